//! The abandoned places at the head of each line, which the writer ends before it admits anybody.

use std::collections::BTreeMap;

use super::heads::Heads;
use super::{Fate, Presence};
use crate::domain::{ConcertNo, LineOrder, Sale, Sequence, Settings, State, Timestamp};

/// Places at the head of a queue that the writer knows of before it admits: as many as one step may admit.
const HEADS: u64 = 1_000;

impl Presence {
    /// The abandoned places among the first in each line, up to `most` of them, by concert. Behind those of a concert
    /// there may be more, also where none of them is among the `most`: nobody is to be admitted there in the same entry.
    pub(in crate::node) fn abandoned(
        &self,
        state: &State,
        now: Timestamp,
        most: usize,
    ) -> BTreeMap<ConcertNo, Vec<Sequence>> {
        let lines = self.heads.lock().take_lines_due(now);
        let (mut abandoned, mut left) = (BTreeMap::new(), most);
        for concert in lines {
            let Some(sale) = state.sale(concert).filter(|sale| !sale.is_closed(now)) else {
                // Whom a closing ends is the closing's.
                self.heads.lock().take(concert);
                continue;
            };
            let mut found = self.abandoned_heads(sale, now, state.settings());
            if !found.is_empty() {
                // Those that go beyond the bound are found again.
                found.truncate(left);
                left -= found.len();
                self.line_changed(concert);
                abandoned.insert(concert, found);
            }
        }
        abandoned
    }

    /// The abandoned places among the first in line, so that the writer can end them before it admits anybody. Only
    /// those are looked at who came among the first since the last time, unless one of them may be due.
    pub(in crate::node) fn abandoned_heads(&self, sale: &Sale, now: Timestamp, settings: &Settings) -> Vec<Sequence> {
        let line = sale.queue().waiting();
        let mut heads = self.heads.lock();
        let known = heads.take(sale.no);
        let Some(seconds) = sale.policy(settings).abandon_seconds.filter(|_| !line.is_empty()) else {
            return Vec::new();
        };
        // Who is no longer followed from now on is not abandoned before this either.
        let unknown = Heads { through: LineOrder(0), none_before: now.plus_seconds(seconds) };
        let mut known = known.filter(|known| now < known.none_before).unwrap_or(unknown);
        let new = HEADS.saturating_sub(line.rank(known.through));
        let mut abandoned = Vec::new();
        for (order, place) in line.iter_from(LineOrder(known.through.0 + 1)).take(new as usize) {
            known.through = order;
            match self.fate(sale, place, seconds, now) {
                Fate::Abandoned => abandoned.push(place.sequence),
                Fate::AbandonedAt(due) => known.none_before = due.min(known.none_before),
                Fate::Followed => {}
            }
        }
        // Until the abandoned have gone they are found again.
        if abandoned.is_empty() {
            heads.put(sale.no, known);
        }
        abandoned
    }
}
