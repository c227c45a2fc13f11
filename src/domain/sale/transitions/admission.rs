//! Arrivals, and their admission as the policy allows.

use crate::domain::effects::Effects;
use crate::domain::queue::Waiting;
use crate::domain::sale::{Due, Sale};
use crate::domain::words::{EventData, LineOrder, Sequence, Settings, Timestamp, UserId, tables};

impl Sale {
    /// Puts a user at the end of the queue.
    pub(in crate::domain) fn arrive(&mut self, user: UserId, now: Timestamp, effects: &mut Effects<'_>) -> Sequence {
        self.counters.last_sequence += 1;
        let sequence = Sequence(self.counters.last_sequence);
        let (order, place) = (LineOrder::from(sequence), Waiting { sequence, user, issued_at: now });
        effects.put::<tables::Counters>(self.no, self.counters);
        effects.put::<tables::Places>((self.no, sequence), place.row(order));
        effects.event(Some(self.no), EventData::TokenIssued { user, sequence });
        self.queue.arrive(order, place);
        sequence
    }

    /// Admits nobody while admission is paused, else as many as the policy allows at `now`, up to `steps` of them, as they stand in line.
    pub(super) fn admit(&mut self, now: Timestamp, settings: &Settings, steps: u32, effects: &mut Effects<'_>) {
        if !self.is_open(now) || !self.has_opened(now) || self.is_paused() || self.queue.waiting().is_empty() {
            return;
        }
        let policy = self.policy(settings);
        let active = self.queue.active().len() as u64;
        let places = policy.max_active.map_or(u64::MAX, |most| u64::from(most).saturating_sub(active));
        let window = policy.admit.map(|(count, span)| (count, i64::from(span) * 1_000));
        let in_window = window.map_or(u64::MAX, |(count, span_ms)| self.admissions.room(now, count, span_ms));
        let room = places.min(in_window).min(u64::from(steps));
        let admitted = self.admit_first(room, now, policy.active_seconds, effects);
        if admitted > 0 {
            let window_ms = window.map_or(0, |(_, span_ms)| span_ms);
            self.counters.admitted += u64::from(admitted);
            effects.put::<tables::Counters>(self.no, self.counters);
            self.admissions.record(self.no, now, admitted, window_ms, &mut effects.changes);
        }
        let admitted = u64::from(admitted);
        if self.queue.waiting().is_empty() || admitted == places {
            return self.set_admission_due(None);
        }
        let next = match window {
            Some((count, span_ms)) if admitted == in_window => self.admissions.room_at(now, 1, count, span_ms),
            _ => now,
        };
        self.set_admission_due(Some(next));
    }

    fn admit_first(&mut self, room: u64, now: Timestamp, active_seconds: u32, effects: &mut Effects<'_>) -> u32 {
        let active_until = now.plus_seconds(active_seconds);
        let mut admitted = 0;
        for _ in 0..room {
            let Some((sequence, place)) = self.queue.admit_first(now, active_until) else { break };
            let user = place.user;
            effects.put::<tables::Places>((self.no, sequence), place.row());
            effects.event(
                Some(self.no),
                EventData::TokenActivated { user, sequence, expires_at: self.wall(active_until) },
            );
            self.deadlines.insert((active_until, Due::ActiveEnd(sequence)));
            admitted += 1;
        }
        admitted
    }

    pub(super) fn set_admission_due(&mut self, at: Option<Timestamp>) {
        if let Some(before) = self.admission_due.take() {
            self.deadlines.remove(&(before, Due::Admission));
        }
        self.admission_due = at;
        self.deadlines.extend(at.map(|at| (at, Due::Admission)));
    }
}
