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
}

/// Whether what a leader does has been taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Office {
    Ahead,
    Taken,
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
                state.led = Some(Led { leadership, voters, heard: BTreeMap::new(), office: Office::Ahead });
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

    /// Notes that `by` has taken a message of this leadership that was sent then.
    pub fn heard(&self, by: NodeId, leadership: Leadership, sent_at: Instant) {
        let mut state = self.state.lock();
        if let Some(led) = state.led.as_mut().filter(|led| led.leadership == leadership) {
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

    fn renew(&self, state: &State) {
        let until = state.led.as_ref().filter(|led| led.office == Office::Taken).and_then(|led| self.until(led));
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
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{LEASE, Tenure, TenureLeft};
    use crate::domain::NodeId;
    use crate::log::{Leadership, Term};

    const OWN: NodeId = NodeId(1);

    fn leadership(term: u64) -> Leadership {
        Leadership { term: Term(term), node: OWN }
    }

    fn voters<const N: usize>(nodes: [u64; N]) -> BTreeSet<NodeId> {
        nodes.map(NodeId).into()
    }

    /// A tenure of term 2 with these sets of voters, whose office is taken.
    fn begun(sets: Vec<BTreeSet<NodeId>>) -> Tenure {
        let tenure = Tenure::new(OWN);
        tenure.promise(leadership(2));
        tenure.begin(leadership(2), sets);
        tenure.take_office(leadership(2));
        tenure
    }

    async fn pass(time: Duration) {
        advance(time).await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_lasts_as_long_as_a_majority_elects_nobody_else() {
        let tenure = begun(vec![voters([1, 2, 3])]);
        assert!(!tenure.holds(), "nobody has heard of it");
        let sent = Instant::now();
        pass(Duration::from_millis(300)).await;
        tenure.heard(NodeId(2), leadership(2), sent);
        assert!(tenure.holds());
        pass(LEASE - Duration::from_millis(301)).await;
        assert!(tenure.holds(), "from the sending on");
        assert_eq!(tenure.left(), TenureLeft::Bound(Duration::from_millis(1)));
        pass(Duration::from_millis(1)).await;
        assert!(!tenure.holds());
        assert_eq!(tenure.left(), TenureLeft::Nothing);
        tenure.heard(NodeId(3), leadership(2), Instant::now());
        assert!(tenure.holds(), "another one makes a majority, too");
        tenure.heard(NodeId(3), leadership(2), sent);
        assert!(tenure.holds(), "an answer that was overtaken shortens nothing");
    }

    #[tokio::test(start_paused = true)]
    async fn each_set_of_voters_needs_its_majority() {
        let tenure = begun(vec![voters([1, 2, 3]), voters([3, 4, 5])]);
        tenure.heard(NodeId(2), leadership(2), Instant::now());
        tenure.heard(NodeId(4), leadership(2), Instant::now());
        assert!(!tenure.holds(), "one of three, as it has no vote in the second set");
        tenure.heard(NodeId(5), leadership(2), Instant::now());
        assert!(tenure.holds());
        let five = begun(vec![voters([1, 2, 3, 4, 5])]);
        five.heard(NodeId(2), leadership(2), Instant::now());
        assert!(!five.holds());
        five.heard(NodeId(5), leadership(2), Instant::now());
        assert!(five.holds());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_has_the_only_vote_waits_for_nobody() {
        let tenure = begun(vec![voters([1])]);
        pass(Duration::from_secs(3_600)).await;
        assert!(tenure.holds());
        assert_eq!(tenure.left(), TenureLeft::Unbound);
        tenure.begin(leadership(2), vec![voters([1]), voters([1, 2])]);
        assert!(!tenure.holds(), "a second one has to have heard");
        tenure.heard(NodeId(2), leadership(2), Instant::now());
        assert!(tenure.holds());
    }

    #[tokio::test(start_paused = true)]
    async fn no_tenure_outlives_the_vote_that_made_it() {
        let tenure = begun(vec![voters([1])]);
        tenure.promise(leadership(2));
        assert!(tenure.holds(), "its own vote once more");
        let other = Leadership { term: Term(3), node: NodeId(2) };
        tenure.promise(other);
        assert!(!tenure.holds());
        // News of before that vote come late.
        tenure.begin(leadership(2), vec![voters([1])]);
        tenure.take_office(leadership(2));
        tenure.heard(NodeId(2), leadership(2), Instant::now());
        assert!(!tenure.holds());
        tenure.promise(leadership(4));
        tenure.begin(leadership(4), vec![voters([1])]);
        assert!(!tenure.holds(), "the office is not taken up");
        tenure.take_office(leadership(2));
        assert!(!tenure.holds(), "that of another leadership");
        tenure.take_office(leadership(4));
        assert!(tenure.holds());
        tenure.end();
        assert!(!tenure.holds());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_heard_under_another_leadership_does_not_count() {
        let tenure = begun(vec![voters([1, 2, 3])]);
        tenure.heard(NodeId(2), leadership(1), Instant::now());
        assert!(!tenure.holds());
        tenure.heard(NodeId(2), leadership(2), Instant::now());
        tenure.promise(leadership(3));
        tenure.begin(leadership(3), vec![voters([1, 2, 3])]);
        tenure.take_office(leadership(3));
        assert!(!tenure.holds(), "what the leadership before had heard");
    }
}
