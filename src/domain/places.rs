//! The transitions of queue places and holds: admit, hold, release, lapse, end, close. One function a transition;
//! each changes the sale and notes the rows and events that follow.

use super::apply::Effects;
use super::queue::Lapse;
use super::sale::{Due, Sale};
use super::{
    Bearer, Change, EndReason, EndedPlace, EventData, ReleaseReason, Reservation, ReservationStatus, SaleStatus,
    SeatKey, SeatRow, Sequence, Settings, Timestamp, UserId, Waiting,
};

/// Admissions, and endings after a closing, that one command does at most; the rest is due at once in a further one,
/// so that no single step keeps the others waiting for long.
const STEP_MAX: usize = 1_000;

impl Sale {
    /// Does what is due until `now`, each at its own time, and admits whom the policy allows.
    pub(super) fn advance(&mut self, now: Timestamp, settings: &Settings, effects: &mut Effects<'_>) {
        let lapse = if settings.end_on_hold_lapse { Lapse::Ends } else { Lapse::GoesOn };
        self.queue.observe(now, lapse);
        self.do_due(now, settings, effects);
        self.admit(now, settings, effects);
    }

    /// Does what is due until `now`, each at its own time, and admits nobody.
    pub(super) fn do_due(&mut self, now: Timestamp, settings: &Settings, effects: &mut Effects<'_>) {
        let mut ended = 0;
        while let Some(&(at, due)) = self.deadlines.first()
            && at <= now
        {
            self.deadlines.pop_first();
            match due {
                Due::HoldLapse(key) => self.lapse(key, at, settings, effects),
                Due::ActiveEnd(sequence) => self.end_of_active_time(sequence, at, effects),
                Due::Closing => self.close(now, effects),
                // Behind everything else that is due, so that breaking off below leaves nothing else undone.
                Due::CloseOut if at < now => drop(self.deadlines.insert((now, Due::CloseOut))),
                Due::CloseOut => ended += self.close_out(now, STEP_MAX - ended, effects),
                Due::Opening => {}
                Due::Admission => self.admission_due = None,
            }
            if ended == STEP_MAX {
                break;
            }
        }
    }

    /// Puts a user at the end of the queue.
    pub(super) fn arrive(&mut self, user: UserId, now: Timestamp, effects: &mut Effects<'_>) -> Sequence {
        self.counters.last_sequence += 1;
        let sequence = Sequence(self.counters.last_sequence);
        let place = Waiting { user, issued_at: now };
        effects.push(Change::Counters(self.no, self.counters));
        effects.push(Change::Place(self.no, sequence, Some(place.row())));
        effects.event(Some(self.no), EventData::TokenIssued { user, sequence });
        self.queue.arrive(sequence, place);
        sequence
    }

    /// Admits as many as the policy allows at `now`, in order of arrival.
    pub(super) fn admit(&mut self, now: Timestamp, settings: &Settings, effects: &mut Effects<'_>) {
        if !self.is_open(now) || !self.has_opened(now) || self.queue.waiting().is_empty() {
            return;
        }
        let policy = self.policy(settings);
        let active = self.queue.active().len() as u64;
        let places = policy.max_active.map_or(u64::MAX, |most| u64::from(most).saturating_sub(active));
        let window = policy.admit.map(|(count, span)| (count, i64::from(span) * 1_000));
        let in_window = window.map_or(u64::MAX, |(count, span_ms)| self.admissions.room(now, count, span_ms));
        let room = usize::try_from(places.min(in_window)).unwrap_or(usize::MAX);
        let admitted = self.admit_first(room.min(STEP_MAX), now, policy.active_seconds, effects);
        if admitted > 0 {
            let window_ms = window.map_or(0, |(_, span_ms)| span_ms);
            self.counters.admitted += u64::from(admitted);
            effects.push(Change::Counters(self.no, self.counters));
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

    fn admit_first(&mut self, room: usize, now: Timestamp, active_seconds: u32, effects: &mut Effects<'_>) -> u32 {
        let active_until = now.plus_seconds(active_seconds);
        let mut admitted = 0;
        for _ in 0..room {
            let Some((sequence, place)) = self.queue.admit_first(now, active_until) else { break };
            let user = place.user;
            effects.push(Change::Place(self.no, sequence, Some(place.row())));
            effects.event(Some(self.no), EventData::TokenActivated { user, sequence, expires_at: active_until });
            self.deadlines.insert((active_until, Due::ActiveEnd(sequence)));
            admitted += 1;
        }
        admitted
    }

    fn set_admission_due(&mut self, at: Option<Timestamp>) {
        if let Some(before) = self.admission_due.take() {
            self.deadlines.remove(&(before, Due::Admission));
        }
        self.admission_due = at;
        self.deadlines.extend(at.map(|at| (at, Due::Admission)));
    }

    /// Holds a free seat for an ACTIVE place. `previous` is the user's newest reservation before it; the number of the
    /// new one comes back.
    pub(super) fn hold(
        &mut self,
        bearer: Bearer,
        key: SeatKey,
        expires_at: Timestamp,
        previous: Option<u64>,
        effects: &mut Effects<'_>,
    ) -> u64 {
        let performance = self.row.definition.performance(key.date).expect("judged: the date exists");
        let amount = performance.layout.place(key.seat).expect("judged: the seat exists").price;
        self.counters.last_reservation += 1;
        let reservation = self.counters.last_reservation;
        let (user, sequence, reserved_at) = (bearer.user, bearer.sequence, effects.now);
        let row = SeatRow::Held { user, sequence, reservation, previous, reserved_at, expires_at, amount };
        self.seats.get_mut(&key.date).expect("a table for every date").take(key.seat, row);
        assert!(self.queue.add_hold(sequence, key, expires_at), "judged: the place is ACTIVE");
        self.deadlines.insert((expires_at, Due::HoldLapse(key)));
        effects.push(Change::Counters(self.no, self.counters));
        effects.push(Change::Seat(self.no, key, Some(row)));
        self.write_reservation(key, row, ReservationStatus::Held, effects);
        let (date, seat) = (key.date, key.seat);
        effects.event(Some(self.no), EventData::SeatHeld { user, date, seat, amount, expires_at });
        reservation
    }

    /// Notes what became of the reservation behind a held seat.
    pub(super) fn write_reservation(
        &self,
        key: SeatKey,
        row: SeatRow,
        status: ReservationStatus,
        effects: &mut Effects<'_>,
    ) {
        let SeatRow::Held { user, reservation, previous, reserved_at, expires_at, amount, .. } = row else {
            unreachable!("a sold seat's reservation is read and written by its refund");
        };
        let updated_at = effects.now;
        let row = Reservation { user, key, status, reserved_at, expires_at, amount, updated_at, previous };
        effects.push(Change::Reservation(self.no, reservation, row));
    }

    /// Takes a hold off its seat; what it means for the place is the caller's to decide.
    pub(super) fn release(&mut self, key: SeatKey, reason: ReleaseReason, effects: &mut Effects<'_>) {
        let row = self.seats.get_mut(&key.date).expect("a table for every date").free_up(key.seat);
        let SeatRow::Held { user, sequence, expires_at, .. } = row else {
            unreachable!("only a held seat is released");
        };
        self.forget_hold(sequence, key, expires_at);
        let status = match reason {
            ReleaseReason::Canceled => ReservationStatus::Canceled,
            ReleaseReason::Expired => ReservationStatus::Expired,
            ReleaseReason::Refunded => unreachable!("a refund frees a sold seat"),
        };
        effects.push(Change::Seat(self.no, key, None));
        self.write_reservation(key, row, status, effects);
        let (date, seat) = (key.date, key.seat);
        effects.event(Some(self.no), EventData::SeatReleased { user, date, seat, reason });
    }

    /// Takes a hold off the list of its place, if that still lives, and its deadline off the list of what is due.
    pub(super) fn forget_hold(&mut self, sequence: Sequence, key: SeatKey, expires_at: Timestamp) {
        self.deadlines.remove(&(expires_at, Due::HoldLapse(key)));
        self.queue.take_hold(sequence, key);
    }

    /// A hold has lapsed at `at`.
    fn lapse(&mut self, key: SeatKey, at: Timestamp, settings: &Settings, effects: &mut Effects<'_>) {
        let Some(SeatRow::Held { sequence, .. }) = self.seats[&key.date].row(key.seat).copied() else {
            unreachable!("the deadline of a hold goes with it");
        };
        self.release(key, ReleaseReason::Expired, effects);
        let holds = self.queue.active()[&sequence].holds.len();
        if holds == 0 && settings.end_on_hold_lapse {
            self.end_place(sequence, EndReason::HoldLapsed, at, effects);
        } else {
            self.end_if_nothing_carries_it(sequence, at, effects);
        }
    }

    fn end_of_active_time(&mut self, sequence: Sequence, at: Timestamp, effects: &mut Effects<'_>) {
        if self.queue.active().contains_key(&sequence) {
            self.end_if_nothing_carries_it(sequence, at, effects);
        }
    }

    /// Ends an ACTIVE place without holds when the sale is closed or its active time is over.
    pub(super) fn end_if_nothing_carries_it(&mut self, sequence: Sequence, at: Timestamp, effects: &mut Effects<'_>) {
        let place = &self.queue.active()[&sequence];
        if !place.holds.is_empty() {
            return;
        }
        if self.is_closed(at) {
            self.end_place(sequence, EndReason::Closed, at, effects);
        } else if place.active_until <= at {
            self.end_place(sequence, EndReason::TimedOut, at, effects);
        }
    }

    /// Ends a live place: its holds are released at the same moment.
    pub(super) fn end_place(
        &mut self,
        sequence: Sequence,
        reason: EndReason,
        ended_at: Timestamp,
        effects: &mut Effects<'_>,
    ) {
        let (place, holds) = self.queue.remove(sequence, ended_at).expect("only a live place ends");
        for (key, expires_at) in holds {
            let lapsed = expires_at <= ended_at;
            self.release(key, if lapsed { ReleaseReason::Expired } else { ReleaseReason::Canceled }, effects);
        }
        if let Some((_, active_until)) = place.active {
            self.deadlines.remove(&(active_until, Due::ActiveEnd(sequence)));
        }
        effects.push(Change::Place(self.no, sequence, None));
        effects.push(Change::EndedPlace(self.no, sequence, EndedPlace { place, reason, ended_at }));
        effects.event(Some(self.no), EventData::TokenEnded { user: place.user, sequence, reason });
    }

    /// The sale closes: nobody joins any more, and places without holds end, a bounded number at a time.
    fn close(&mut self, now: Timestamp, effects: &mut Effects<'_>) {
        self.row.definition.status = SaleStatus::Closed;
        self.write_row(effects);
        self.begin_close_out(now);
    }

    /// Ends the places without holds from `now` on.
    pub(super) fn begin_close_out(&mut self, now: Timestamp) {
        self.set_opening_deadlines();
        self.set_admission_due(None);
        self.deadlines.insert((now, Due::CloseOut));
    }

    /// Whether a closed sale still has places that its closing ends, because they were too many for one command.
    pub(super) fn is_closing_out(&self) -> bool {
        !self.queue.waiting().is_empty() || self.queue.active().values().any(|place| place.holds.is_empty())
    }

    fn close_out(&mut self, now: Timestamp, most: usize, effects: &mut Effects<'_>) -> usize {
        let waiting = self.queue.waiting().iter().map(|(sequence, _)| sequence);
        let idle =
            self.queue.active().iter().filter(|(_, place)| place.holds.is_empty()).map(|(sequence, _)| *sequence);
        let ending: Vec<Sequence> = waiting.chain(idle).take(most).collect();
        for sequence in &ending {
            self.end_place(*sequence, EndReason::Closed, now, effects);
        }
        if ending.len() == most {
            self.deadlines.insert((now, Due::CloseOut));
        }
        ending.len()
    }

    /// Writes the concert's row as its next revision.
    pub(super) fn write_row(&mut self, effects: &mut Effects<'_>) {
        self.row.revision += 1;
        self.row.updated_at = effects.now;
        effects.push(Change::Concert(self.no, Box::new(self.row.clone())));
        effects.event(Some(self.no), EventData::ConcertChanged { revision: self.row.revision });
    }
}
