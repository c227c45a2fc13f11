//! For how long whoever orders the log may act without asking: a majority that has heard from it elects nobody else for
//! a while. Whoever is not sure does not answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::domain::NodeId;
use crate::log::Leadership;

/// How long behind the sending of a message an instance that took it elects nobody else, clocks that run a tenth too
/// fast included.
const LEASE: Duration = Duration::from_millis(810);
/// What the tenure of whoever has the only vote is bound by.
const UNBOUND: u64 = u64::MAX;

/// For how long this instance may act. Cheap to ask.
#[derive(Debug)]
pub struct Tenure {
    own: NodeId,
    base: Instant,
    /// Microseconds behind `base` at which it ends; 0 without.
    until_us: AtomicU64,
    state: Mutex<State>,
}

/// For how long an instance may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenureLeft {
    /// It does not lead, or its time is over.
    Nothing,
    Bound(Duration),
    /// It has the only vote.
    Unbound,
}

#[derive(Debug, Default)]
struct State {
    /// The newest leadership that this instance has voted for.
    promised: Leadership,
    led: Option<Led>,
}

/// A leadership of this instance.
#[derive(Debug)]
struct Led {
    leadership: Leadership,
    /// A majority of each set has to have heard.
    voters: Vec<BTreeSet<NodeId>>,
    /// When the newest message was sent that each has taken.
    heard: BTreeMap<NodeId, Instant>,
    office: Office,
    course: Course,
}

/// Whether what a leader does has been taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Office {
    Ahead,
    Taken,
}

/// Whether those who have heard of a leadership keep to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// What was sent from then on counts.
    Going {
        since: Instant,
    },
    Suspended,
}

impl Tenure {
    /// That of an instance which leads nothing yet.
    #[must_use]
    pub fn new(own: NodeId) -> Self {
        Self { own, base: Instant::now(), until_us: AtomicU64::new(0), state: Mutex::default() }
    }

    /// Notes that this instance leads, and has applied all that was committed before. With the same leadership again it
    /// takes other voters up.
    pub fn begin(&self, leadership: Leadership, voters: Vec<BTreeSet<NodeId>>) {
        let mut state = self.state.lock();
        if leadership != state.promised {
            return; // It has voted for another one since.
        }
        match &mut state.led {
            Some(led) if led.leadership == leadership => led.voters = voters,
            Some(_) | None => {
                let (office, course) = (Office::Ahead, Course::Going { since: self.base });
                state.led = Some(Led { leadership, voters, heard: BTreeMap::new(), office, course });
            }
        }
        self.renew(&state);
    }

    /// Notes that this instance has all that leaders before it may have answered, its own earlier lives included.
    pub fn take_office(&self, leadership: Leadership) {
        let mut state = self.state.lock();
        if let Some(led) = state.led.as_mut().filter(|led| led.leadership == leadership) {
            led.office = Office::Taken;
        }
        self.renew(&state);
    }

    /// Notes that those who have heard of this leadership may elect another one from now on.
    pub fn suspend(&self, leadership: Leadership) {
        self.set_course(leadership, Course::Suspended);
    }

    /// Notes that they may no more. Only what is sent from now on counts.
    pub fn resume(&self, leadership: Leadership) {
        self.set_course(leadership, Course::Going { since: Instant::now() });
    }

    /// Notes that `by` has taken a message of this leadership that was sent then.
    pub fn heard(&self, by: NodeId, leadership: Leadership, sent_at: Instant) {
        let mut state = self.state.lock();
        let counts = |course| matches!(course, Course::Going { since } if sent_at >= since);
        if let Some(led) = state.led.as_mut().filter(|led| led.leadership == leadership && counts(led.course)) {
            let newest = led.heard.entry(by).or_insert(sent_at);
            *newest = sent_at.max(*newest);
        }
        self.renew(&state);
    }

    /// Notes what this instance votes for. To be called before the vote is written: whoever is elected by it may act at
    /// once.
    pub fn promise(&self, leadership: Leadership) {
        let mut state = self.state.lock();
        state.promised = state.promised.max(leadership);
        if state.led.as_ref().is_some_and(|led| led.leadership != leadership) {
            state.led = None;
        }
        self.renew(&state);
    }

    /// Notes that this instance leads no more.
    pub fn end(&self) {
        let mut state = self.state.lock();
        state.led = None;
        self.renew(&state);
    }

    /// For how long this instance may act from now on.
    #[must_use]
    pub fn left(&self) -> TenureLeft {
        match self.until_us.load(Ordering::Acquire) {
            0 => TenureLeft::Nothing,
            UNBOUND => TenureLeft::Unbound,
            until_us => {
                let left = Duration::from_micros(until_us.saturating_sub(self.microseconds(Instant::now())));
                if left.is_zero() { TenureLeft::Nothing } else { TenureLeft::Bound(left) }
            }
        }
    }

    /// Whether this instance leads, and answers, at this moment.
    #[must_use]
    pub fn holds(&self) -> bool {
        let until_us = self.until_us.load(Ordering::Acquire);
        until_us != 0 && self.microseconds(Instant::now()) < until_us
    }

    fn set_course(&self, leadership: Leadership, course: Course) {
        let mut state = self.state.lock();
        if let Some(led) = state.led.as_mut().filter(|led| led.leadership == leadership) {
            led.course = course;
            // What was taken until now counts no more.
            led.heard.clear();
        }
        self.renew(&state);
    }

    fn renew(&self, state: &State) {
        let counts = |led: &&Led| led.office == Office::Taken && led.course != Course::Suspended;
        let until = state.led.as_ref().filter(counts).and_then(|led| self.until(led));
        self.until_us.store(until.unwrap_or(0), Ordering::Release);
    }

    /// When the tenure of a leadership ends: some time behind what a majority of each set has heard.
    fn until(&self, led: &Led) -> Option<u64> {
        let of_set = |voters: &BTreeSet<NodeId>| {
            // It hears itself all the time.
            let others = voters.iter().filter(|node| **node != self.own);
            let mut heard: Vec<Instant> = others.filter_map(|node| led.heard.get(node).copied()).collect();
            heard.sort_unstable_by(|left, right| right.cmp(left));
            let needed = voters.len() / 2 + usize::from(!voters.contains(&self.own));
            match needed.checked_sub(1) {
                None => Some(UNBOUND),
                Some(last) => heard.get(last).map(|at| self.microseconds(*at + LEASE)),
            }
        };
        led.voters.iter().map(of_set).try_fold(UNBOUND, |least, until| Some(least.min(until?)))
    }

    fn microseconds(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.base).as_micros()).unwrap_or(UNBOUND)
    }
}

#[cfg(test)]
mod tests;
