//! Admitted places that nobody has seen or used since their admission. Like the polls it is the leader's memory: after a
//! start every place counts as seen, and what follows from it, the end of a place, is a command.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;

use crate::domain::{ConcertNo, Sale, Sequence, State, Timestamp};

/// The admitted places of all concerts that are still to be seen.
#[derive(Default)]
pub(super) struct Unclaimed {
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    admitted_at: BTreeMap<(ConcertNo, Sequence), Timestamp>,
    /// The same in the order in which they come due: by admission, or by an opening or the end of a pause behind it.
    in_order: BTreeSet<(Timestamp, ConcertNo, Sequence)>,
    /// Where each stands in `in_order`, when that is not its admission.
    moved: BTreeMap<(ConcertNo, Sequence), Timestamp>,
}

impl Unclaimed {
    /// Every place of a concert counts as seen.
    pub(super) fn clear(&self, concert: ConcertNo) {
        let mut places = self.places.lock();
        let of_concert = (concert, Sequence(0))..=(concert, Sequence(u64::MAX));
        let admitted: Vec<Sequence> =
            places.admitted_at.range(of_concert).map(|((_, sequence), _)| *sequence).collect();
        for sequence in admitted {
            places.remove(concert, sequence);
        }
    }

    /// A place was admitted at `at`.
    pub(super) fn admitted(&self, concert: ConcertNo, sequence: Sequence, at: Timestamp) {
        let mut places = self.places.lock();
        places.admitted_at.insert((concert, sequence), at);
        places.in_order.insert((at, concert, sequence));
    }

    /// When a place was admitted that was not seen since.
    pub(super) fn admitted_at(&self, concert: ConcertNo, sequence: Sequence) -> Option<Timestamp> {
        self.places.lock().admitted_at.get(&(concert, sequence)).copied()
    }

    /// A place is seen, or has ended.
    pub(super) fn forget(&self, concert: ConcertNo, sequence: Sequence) {
        self.places.lock().remove(concert, sequence);
    }

    /// When the first of them stands in the order, so that it is due a claim time later or after that.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.places.lock().in_order.first().map(|(at, ..)| *at)
    }

    /// Up to `most` places that are due at `now` and were not seen for `seconds`, by concert.
    pub(super) fn overdue(
        &self,
        state: &State,
        now: Timestamp,
        seconds: u32,
        most: usize,
    ) -> BTreeMap<ConcertNo, Vec<Sequence>> {
        let mut overdue: BTreeMap<ConcertNo, Vec<Sequence>> = BTreeMap::new();
        let mut places = self.places.lock();
        let mut after = None;
        for _ in 0..most {
            let next = match after {
                None => places.in_order.first().copied(),
                Some(last) => {
                    places.in_order.range((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded)).next().copied()
                }
            };
            let Some((at, concert, sequence)) = next.filter(|(at, ..)| at.plus_seconds(seconds) <= now) else { break };
            match state.sale(concert).map(|sale| missed_from(sale, now)).filter(|from| at < *from) {
                Some(from) => places.reorder(concert, sequence, from),
                None => overdue.entry(concert).or_default().push(sequence),
            }
            after = Some((at, concert, sequence));
        }
        overdue
    }

    /// The opening of a concert may have been moved, or its pause have ended: its places stand where they were admitted until they come up.
    pub(super) fn opening_changed(&self, concert: ConcertNo) {
        let mut places = self.places.lock();
        let of_concert = (concert, Sequence(0))..=(concert, Sequence(u64::MAX));
        let moved: Vec<Sequence> = places.moved.range(of_concert).map(|((_, sequence), _)| *sequence).collect();
        for sequence in moved {
            let at = places.admitted_at[&(concert, sequence)];
            places.reorder(concert, sequence, at);
        }
    }
}

/// From when on an admitted place has to be seen; in a pause that is put off again and again.
fn missed_from(sale: &Sale, now: Timestamp) -> Timestamp {
    if sale.is_paused() { now } else { sale.missed_from() }
}

impl Places {
    fn remove(&mut self, concert: ConcertNo, sequence: Sequence) {
        let place = (concert, sequence);
        if let Some(admitted_at) = self.admitted_at.remove(&place) {
            let at = self.moved.remove(&place).unwrap_or(admitted_at);
            self.in_order.remove(&(at, concert, sequence));
        }
    }

    fn reorder(&mut self, concert: ConcertNo, sequence: Sequence, to: Timestamp) {
        let place = (concert, sequence);
        let admitted_at = self.admitted_at[&place];
        let at = self.moved.remove(&place).unwrap_or(admitted_at);
        self.in_order.remove(&(at, concert, sequence));
        self.in_order.insert((to, concert, sequence));
        if to != admitted_at {
            self.moved.insert(place, to);
        }
    }
}
