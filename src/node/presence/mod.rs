//! Who was seen when: of the waiting, and of those who were admitted. Polls are not logged: this is the leader's memory,
//! and what follows from it, the abandonment of a place, is a command. After a start everybody counts as seen, and so does
//! everybody at a concert which this instance takes over from another. Of concerts that others lead nothing is kept.

pub(super) mod abandonment;
mod heads;
mod last_seen;
mod line_heads;
mod rounds;
mod unclaimed;
mod watched;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use parking_lot::Mutex;

use self::heads::AllHeads;
use self::last_seen::LastSeen;
use self::unclaimed::Unclaimed;
use self::watched::Watched;
use crate::domain::{Change, ConcertNo, Sale, Sequence, Settings, State, StateChange, Timestamp, Waiting};

/// When each waiting place was last seen, and which admitted ones were not seen yet.
pub(super) struct Presence {
    watched: Watched,
    last: LastSeen,
    /// How many open streams follow a place; while there is one it is seen all the time.
    followers: DashMap<(ConcertNo, Sequence), u32, RandomState>,
    unclaimed: Unclaimed,
    /// What the writer knows of those who are first in each line.
    heads: Mutex<AllHeads>,
    /// Counts the changes of policies.
    policies: AtomicU64,
}

impl Presence {
    /// The presence at all concerts, where everybody counts as seen since then.
    pub(super) fn new(since: Timestamp) -> Self {
        Self::at(Watched::All { since })
    }

    fn at(watched: Watched) -> Self {
        Self {
            watched,
            last: LastSeen::default(),
            followers: DashMap::default(),
            unclaimed: Unclaimed::default(),
            heads: Mutex::default(),
            policies: AtomicU64::new(0),
        }
    }

    /// The presence at all concerts from a start on, when everybody counts as seen.
    pub(super) fn at_start(state: &State, now: Timestamp) -> Self {
        let presence = Self::new(now);
        presence.settings_changed(state.queued(ConcertNo(0)).map(|sale| sale.no));
        presence
    }

    /// The presence at no concert yet, where several instances lead.
    pub(super) fn of_several() -> Self {
        Self::at(Watched::Some(DashMap::default()))
    }

    /// Begins at concerts that this instance takes up from now on: everybody counts as seen.
    pub(super) fn take_up(&self, concerts: impl IntoIterator<Item = ConcertNo>, now: Timestamp) {
        for concert in concerts {
            self.forget_all(concert);
            self.watched.begin(concert, now);
            self.policy_changed(concert);
        }
    }

    /// Ends at all concerts that `is_led` does not know.
    pub(super) fn let_go(&self, is_led: impl Fn(ConcertNo) -> bool) {
        for concert in self.watched.end(is_led) {
            self.forget_all(concert);
            self.heads.lock().forget(concert);
        }
    }

    fn forget_all(&self, concert: ConcertNo) {
        self.last.clear(concert);
        self.unclaimed.clear(concert);
    }

    /// Whether it is noted who is seen at a concert.
    pub(super) fn watches(&self, concert: ConcertNo) -> bool {
        self.watched.since(concert).is_some()
    }

    /// Takes up what a command changed; `concerts` are all that there are. To be called before any reader sees it.
    pub(super) fn follow_changes(&self, changes: &[Change], concerts: impl Fn() -> Vec<ConcertNo>) {
        for change in changes {
            match change {
                Change::State(StateChange::Places((concert, _), _) | StateChange::Concerts(concert, _))
                    if !self.watches(*concert) => {}
                Change::State(StateChange::Concerts(concert, None)) => self.let_go(|other| other != *concert),
                Change::State(StateChange::Places((concert, sequence), row)) => {
                    if row.is_none_or(|row| row.active.is_some()) {
                        self.forget(*concert, *sequence);
                    }
                    if let Some((activated_at, _)) = row.and_then(|row| row.active) {
                        self.admitted(*concert, *sequence, activated_at);
                    }
                    self.line_changed(*concert);
                }
                Change::State(StateChange::Concerts(concert, _)) => self.policy_changed(*concert),
                // An opening that the wall clock has come nearer to lets places be abandoned sooner.
                Change::State(StateChange::Settings(..) | StateChange::Clock(..)) => {
                    self.settings_changed(concerts().into_iter().filter(|concert| self.watches(*concert)));
                }
                Change::State(
                    StateChange::Archives(..)
                    | StateChange::Seats(..)
                    | StateChange::Blocked(..)
                    | StateChange::OperatorKeys(..),
                )
                | Change::Restored(_)
                | Change::Record(_) => {}
            }
        }
    }

    /// Notes that a place is seen at `now`, unless it was abandoned before. A use of its token tells that somebody has
    /// noticed the admission; only asking after a place that waits keeps it.
    pub(super) fn note(
        &self,
        sale: &Sale,
        sequence: Sequence,
        now: Timestamp,
        settings: &Settings,
        sighting: Sighting,
    ) -> Noted {
        if !self.watches(sale.no) {
            return Noted::InTime;
        }
        let Some((_, place)) = sale.queue().waiting_place(sequence) else {
            return self.claim(sale, sequence, now, settings);
        };
        let seconds = sale.policy(settings).abandon_seconds;
        if seconds.is_some_and(|seconds| self.fate(sale, place, seconds, now) == Fate::Abandoned) {
            return Noted::TooLate;
        }
        match sighting {
            Sighting::Asked => self.last.note(sale.no, sequence, now),
            Sighting::Used => {}
        }
        Noted::InTime
    }

    /// Notes that an admitted place is seen, unless it was not for too long.
    fn claim(&self, sale: &Sale, sequence: Sequence, now: Timestamp, settings: &Settings) -> Noted {
        let Some(admitted_at) = self.unclaimed.admitted_at(sale.no, sequence) else { return Noted::InTime };
        let from = sale.missed_from().max(admitted_at);
        if !sale.is_paused() && settings.claim_seconds.is_some_and(|seconds| from.plus_seconds(seconds) <= now) {
            return Noted::TooLate;
        }
        self.unclaimed.forget(sale.no, sequence);
        Noted::InTime
    }

    /// A place was admitted at `at`; who follows it sees that.
    pub(super) fn admitted(&self, concert: ConcertNo, sequence: Sequence, at: Timestamp) {
        if self.watches(concert) && !self.followers.contains_key(&(concert, sequence)) {
            self.unclaimed.admitted(concert, sequence, at);
        }
    }

    /// Nothing is waited for any more at an admitted place: it has ended, or its end was refused.
    pub(super) fn settled(&self, concert: ConcertNo, sequence: Sequence) {
        self.unclaimed.forget(concert, sequence);
    }

    /// The admitted places that nobody has seen within their time, by concert, up to `most`.
    pub(super) fn unclaimed(&self, state: &State, now: Timestamp, most: usize) -> BTreeMap<ConcertNo, Vec<Sequence>> {
        let seconds = state.settings().claim_seconds;
        seconds.map_or_else(BTreeMap::new, |seconds| self.unclaimed.overdue(state, now, seconds, most))
    }

    /// When a place may be abandoned next of which the writer knows: an admitted one, or one at the head of a line.
    pub(super) fn next_due(&self, settings: &Settings) -> Option<Timestamp> {
        let unclaimed =
            settings.claim_seconds.zip(self.unclaimed.first()).map(|(seconds, at)| at.plus_seconds(seconds));
        let heads = self.heads.lock();
        // A line that changed is looked at once, so that its next time is known.
        let changed = heads.changed.first().map(|_| Timestamp(0));
        unclaimed.into_iter().chain(changed).chain(heads.due.first().map(|(at, _)| *at)).min()
    }

    /// Notes that a stream follows a place from now on.
    pub(super) fn follow(&self, concert: ConcertNo, sequence: Sequence) {
        *self.followers.entry((concert, sequence)).or_default() += 1;
    }

    /// Notes that a stream which followed a place has ended at `now`.
    pub(super) fn unfollow(&self, sale: &Sale, sequence: Sequence, now: Timestamp) {
        // Seen until now, and noted before the follower goes, so that there is no gap between the two.
        if sale.queue().waits(sequence) && self.watches(sale.no) {
            self.last.note(sale.no, sequence, now);
        }
        self.followers.remove_if_mut(&(sale.no, sequence), |_, followers| {
            *followers -= 1;
            *followers == 0
        });
    }

    /// Forgets that a place waited, and was not seen since its admission.
    pub(super) fn forget(&self, concert: ConcertNo, sequence: Sequence) {
        self.last.forget(concert, sequence);
        self.unclaimed.forget(concert, sequence);
    }

    /// Notes that the line of a concert has changed.
    pub(super) fn line_changed(&self, concert: ConcertNo) {
        self.heads.lock().changed.insert(concert);
    }

    /// What becomes of a waiting place that nobody asks after from `now` on, when `seconds` without are allowed. Nobody
    /// is abandoned before the opening or in a pause: it and the end of that count as being seen, as a start does.
    pub(super) fn fate(&self, sale: &Sale, place: &Waiting, seconds: u32, now: Timestamp) -> Fate {
        if sale.is_paused() {
            return Fate::AbandonedAt(now.plus_seconds(seconds));
        }
        let sequence = place.sequence;
        let Some(since) = self.watched.since(sale.no) else { return Fate::AbandonedAt(now.plus_seconds(seconds)) };
        let due = || {
            let last = self.last.get(sale.no, sequence).unwrap_or(place.issued_at);
            last.max(since).max(sale.missed_from()).plus_seconds(seconds)
        };
        let before = due();
        if now < before {
            return Fate::AbandonedAt(before);
        }
        if self.followers.contains_key(&(sale.no, sequence)) {
            return Fate::Followed;
        }
        // A stream that ended since the first look has noted the place before it was gone itself.
        let after = due();
        if now < after { Fate::AbandonedAt(after) } else { Fate::Abandoned }
    }

    /// Forgets until when no place of a concert is abandoned, since its policy or its opening has changed.
    pub(super) fn policy_changed(&self, concert: ConcertNo) {
        self.policies.fetch_add(1, Ordering::AcqRel);
        self.unclaimed.opening_changed(concert);
        let mut heads = self.heads.lock();
        heads.take(concert);
        heads.changed.insert(concert);
    }

    /// Forgets until when no place is abandoned, since the settings of all `concerts` have changed.
    pub(super) fn settings_changed(&self, concerts: impl Iterator<Item = ConcertNo>) {
        self.policies.fetch_add(1, Ordering::AcqRel);
        let mut heads = self.heads.lock();
        *heads = AllHeads::default();
        for concert in concerts {
            heads.changed.insert(concert);
            self.unclaimed.opening_changed(concert);
        }
    }

    /// How often policies have changed.
    pub(super) fn policies(&self) -> u64 {
        self.policies.load(Ordering::Acquire)
    }
}

/// How a place is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    /// Its client asks after it, by a poll, a stream or POST `/token`.
    Asked,
    /// Its token is used for something else.
    Used,
}

/// Whether a place was seen before it was abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    InTime,
    TooLate,
}

/// What becomes of a waiting place that nobody asks after any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was not seen for as long as the policy allows.
    Abandoned,
    /// It is abandoned at this time.
    AbandonedAt(Timestamp),
    /// A stream follows it.
    Followed,
}
