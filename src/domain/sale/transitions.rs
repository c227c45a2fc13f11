//! The transitions of queue places and holds: admit, hold, release, lapse, end, close. One function a transition;
//! each changes the sale and notes the rows and events that follow.

use super::{Due, Sale};
use crate::domain::effects::Effects;
use crate::domain::queue::{Lapse, Waiting};
use crate::domain::state::State;
use crate::domain::words::{
    Bearer, ConcertNo, EndReason, EndedPlace, EventData, ReleaseReason, Reservation, ReservationStatus, RowFault, Rows,
    SaleStatus, SeatKey, SeatRow, Sequence, Settings, Timestamp, UserId, tables,
};

/// Endings and admissions that one step does at most; the rest stays due for the steps of later entries, so that no entry
/// keeps the others waiting for long.
pub const STEP_MAX: u32 = 1_000;
/// What a command does beside its own work, so that an entry full of commands stays short.
const STEP_FEW: u32 = 4;

/// How much of what is due is done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Some endings and some admissions: the command of a user, of which an entry may hold many.
    Few,
    /// A step: the command of an operator, who expects to see its effect.
    Whole,
    /// So many endings and admissions together.
    Tick { steps: u32 },
    /// So many endings, and no admission: others in front of those who would be admitted are still to be ended.
    Settle { steps: u32 },
}

impl Pace {
    /// The endings that it allows.
    pub fn steps(self) -> u32 {
        match self {
            Self::Few => STEP_FEW,
            Self::Whole => STEP_MAX,
            Self::Tick { steps } | Self::Settle { steps } => steps,
        }
    }
}

impl Sale {
    /// Does what is due until `now`, each at its own time, and admits whom the policy allows, as far as `pace` goes.
    pub(in crate::domain) fn advance(
        &mut self,
        now: Timestamp,
        settings: &Settings,
        pace: Pace,
        effects: &mut Effects<'_>,
    ) {
        let lapse = if settings.end_on_hold_lapse { Lapse::Ends } else { Lapse::GoesOn };
        self.queue.observe(now, lapse);
        let mut steps = pace.steps();
        self.do_due(now, settings, &mut steps, effects);
        match pace {
            Pace::Few | Pace::Whole => self.admit(now, settings, pace.steps(), effects),
            Pace::Tick { .. } => self.admit(now, settings, steps, effects),
            // Whom the endings make room for is admitted by the next step.
            Pace::Settle { .. } if !self.queue.waiting().is_empty() => self.set_admission_due(Some(now)),
            Pace::Settle { .. } => {}
        }
    }

    /// Does what is due until `now`, each at its own time, and admits nobody. Every ending takes one of the `steps`; what
    /// they do not reach stays due.
    pub(in crate::domain) fn do_due(
        &mut self,
        now: Timestamp,
        settings: &Settings,
        steps: &mut u32,
        effects: &mut Effects<'_>,
    ) {
        let mut closing_out = false;
        while let Some(&(at, due)) = self.deadlines.first()
            && at <= now
        {
            let taken = self.steps_of(due);
            if taken > *steps {
                break;
            }
            *steps -= taken;
            self.deadlines.pop_first();
            match due {
                Due::HoldLapse(key) => self.lapse(key, at, settings, effects),
                Due::ActiveEnd(sequence) => self.end_of_active_time(sequence, at, effects),
                Due::Closing => self.close(now, effects),
                // Behind everything else that is due.
                Due::CloseOut => closing_out = true,
                Due::Opening => {}
                Due::Archive => self.archive(effects),
                Due::Admission => self.admission_due = None,
            }
        }
        if closing_out {
            *steps -= self.close_out(now, *steps, effects);
        }
    }

    /// The steps that a deadline takes. Where holds carry a place beyond its active time nothing ends, and no step is
    /// taken: a state that was restored from its rows meets such a deadline again, and must do what one that went on does.
    fn steps_of(&self, due: Due) -> u32 {
        match due {
            Due::HoldLapse(_) => 1,
            Due::ActiveEnd(sequence) => {
                let place = self.queue.active().get(&sequence);
                u32::from(place.is_some_and(|place| place.holds.is_empty()))
            }
            Due::Opening | Due::Closing | Due::CloseOut | Due::Admission | Due::Archive => 0,
        }
    }

    /// Does what is due of one place until `now`, each at its own time, wherever it stands among what else is due.
    pub(in crate::domain) fn settle(
        &mut self,
        sequence: Sequence,
        now: Timestamp,
        settings: &Settings,
        effects: &mut Effects<'_>,
    ) {
        if !self.has_due(now) {
            return;
        }
        let Some(place) = self.queue.active().get(&sequence) else { return };
        let lapses = place.holds.iter().map(|(key, at)| (at, Due::HoldLapse(key)));
        let all = lapses.chain([(place.active_until, Due::ActiveEnd(sequence))]);
        let mut due: Vec<(Timestamp, Due)> = all.filter(|(at, _)| *at <= now).collect();
        due.sort_unstable();
        for (at, due) in due {
            // The end of the place takes the others away.
            if !self.deadlines.remove(&(at, due)) {
                continue;
            }
            if let Due::HoldLapse(key) = due {
                self.lapse(key, at, settings, effects);
            } else {
                self.end_of_active_time(sequence, at, effects);
            }
        }
    }

    /// Frees a seat whose hold has lapsed until `now`.
    pub(in crate::domain) fn settle_seat(
        &mut self,
        key: SeatKey,
        now: Timestamp,
        settings: &Settings,
        effects: &mut Effects<'_>,
    ) {
        match self.table(key.date).hold_of(key.seat) {
            Some(SeatRow::Held { sequence, expires_at, .. }) if *expires_at <= now => {
                self.settle(*sequence, now, settings, effects);
            }
            Some(SeatRow::Held { .. } | SeatRow::Sold { .. }) | None => {}
        }
    }

    /// Whether anything is due at `now` that no step has come to.
    fn has_due(&self, now: Timestamp) -> bool {
        self.next_deadline().is_some_and(|at| at <= now)
    }

    /// Whether something has ended until `now` that no step has come to.
    pub fn has_endings_due(&self, now: Timestamp) -> bool {
        let mut due = self.deadlines.iter().take_while(|(at, _)| *at <= now);
        due.any(|(_, due)| matches!(due, Due::HoldLapse(_) | Due::ActiveEnd(_) | Due::Closing))
    }

    /// Puts a user at the end of the queue.
    pub(in crate::domain) fn arrive(&mut self, user: UserId, now: Timestamp, effects: &mut Effects<'_>) -> Sequence {
        self.counters.last_sequence += 1;
        let sequence = Sequence(self.counters.last_sequence);
        let place = Waiting { user, issued_at: now };
        effects.put::<tables::Counters>(self.no, self.counters);
        effects.put::<tables::Places>((self.no, sequence), place.row());
        effects.event(Some(self.no), EventData::TokenIssued { user, sequence });
        self.queue.arrive(sequence, place);
        sequence
    }

    /// Admits as many as the policy allows at `now`, up to `steps` of them, in order of arrival.
    fn admit(&mut self, now: Timestamp, settings: &Settings, steps: u32, effects: &mut Effects<'_>) {
        if !self.is_open(now) || !self.has_opened(now) || self.queue.waiting().is_empty() {
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

    fn set_admission_due(&mut self, at: Option<Timestamp>) {
        if let Some(before) = self.admission_due.take() {
            self.deadlines.remove(&(before, Due::Admission));
        }
        self.admission_due = at;
        self.deadlines.extend(at.map(|at| (at, Due::Admission)));
    }

    /// Holds a free seat for an ACTIVE place. `previous` is the user's newest reservation before it; the number of the
    /// new one comes back.
    pub(in crate::domain) fn hold(
        &mut self,
        bearer: Bearer,
        key: SeatKey,
        expires_at: Timestamp,
        previous: Option<u64>,
        effects: &mut Effects<'_>,
    ) -> u64 {
        let performance = self.row.definition.performance(key.date).expect("judged: the date exists");
        let layout = &performance.layout;
        let amount = layout.place(key.seat).expect("judged: the seat exists").price;
        self.counters.last_reservation += 1;
        let reservation = self.counters.last_reservation;
        let (user, sequence, reserved_at) = (bearer.user, bearer.sequence, effects.wall());
        let row = SeatRow::Held { user, sequence, reservation, previous, reserved_at, expires_at, amount };
        self.seats.whole_mut().table_mut(key.date).hold(key.seat, row, layout);
        assert!(self.queue.add_hold(sequence, key, expires_at), "judged: the place is ACTIVE");
        self.deadlines.insert((expires_at, Due::HoldLapse(key)));
        effects.put::<tables::Counters>(self.no, self.counters);
        effects.put::<tables::Seats>((self.no, key), row);
        self.write_reservation(key, row, ReservationStatus::Held, effects);
        let (date, seat, expires_at) = (key.date, key.seat, self.wall(expires_at));
        effects.event(Some(self.no), EventData::SeatHeld { user, date, seat, amount, expires_at });
        reservation
    }

    /// Notes what became of the reservation behind a held seat.
    pub(in crate::domain) fn write_reservation(
        &self,
        key: SeatKey,
        row: SeatRow,
        status: ReservationStatus,
        effects: &mut Effects<'_>,
    ) {
        let SeatRow::Held { user, reservation, previous, reserved_at, expires_at, amount, .. } = row else {
            unreachable!("a sold seat's reservation is read and written by its refund");
        };
        let (updated_at, offset) = (effects.wall(), effects.clock.anchor.offset);
        let row = Reservation { user, key, status, reserved_at, expires_at, amount, updated_at, offset, previous };
        effects.put::<tables::Reservations>((self.no, reservation), row);
    }

    /// Takes a hold off its seat; what it means for the place is the caller's to decide.
    pub(in crate::domain) fn release(&mut self, key: SeatKey, reason: ReleaseReason, effects: &mut Effects<'_>) {
        let row = self.seats.whole_mut().table_mut(key.date).release(key.seat);
        let SeatRow::Held { user, sequence, expires_at, .. } = row else {
            unreachable!("only a held seat is released");
        };
        self.forget_hold(sequence, key, expires_at);
        let status = match reason {
            ReleaseReason::Canceled => ReservationStatus::Canceled,
            ReleaseReason::Expired => ReservationStatus::Expired,
            ReleaseReason::Refunded => unreachable!("a refund frees a sold seat"),
        };
        effects.remove::<tables::Seats>((self.no, key));
        self.write_reservation(key, row, status, effects);
        let (date, seat) = (key.date, key.seat);
        effects.event(Some(self.no), EventData::SeatReleased { user, date, seat, reason });
    }

    /// Takes a hold off the list of its place, if that still lives, and its deadline off the list of what is due.
    pub(in crate::domain) fn forget_hold(&mut self, sequence: Sequence, key: SeatKey, expires_at: Timestamp) {
        self.deadlines.remove(&(expires_at, Due::HoldLapse(key)));
        self.queue.take_hold(sequence, key);
    }

    /// A hold has lapsed at `at`.
    fn lapse(&mut self, key: SeatKey, at: Timestamp, settings: &Settings, effects: &mut Effects<'_>) {
        let Some(SeatRow::Held { sequence, .. }) = self.table(key.date).hold_of(key.seat).copied() else {
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
    pub(in crate::domain) fn end_if_nothing_carries_it(
        &mut self,
        sequence: Sequence,
        at: Timestamp,
        effects: &mut Effects<'_>,
    ) {
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
    pub(in crate::domain) fn end_place(
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
        effects.remove::<tables::Places>((self.no, sequence));
        effects.put::<tables::EndedPlaces>((self.no, sequence), EndedPlace { place, reason, ended_at });
        effects.event(Some(self.no), EventData::TokenEnded { user: place.user, sequence, reason });
    }

    /// The sale closes: nobody joins any more, and places without holds end, a bounded number at a time.
    fn close(&mut self, now: Timestamp, effects: &mut Effects<'_>) {
        self.row.definition.status = SaleStatus::Closed;
        self.row.closed_at = Some(effects.wall());
        self.write_row(effects);
        self.begin_close_out(now);
    }

    /// Opens a sale again that closed by itself, when the wall clock was set back before its closing time. The places
    /// that the closing ended stay so.
    pub(in crate::domain) fn reopen_if_early(
        &mut self,
        rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<(), RowFault> {
        let is_early = self.row.definition.closes_at.is_some_and(|at| effects.wall() < at);
        if self.row.closed_at.is_none() || !is_early {
            return Ok(());
        }
        self.bring_back(rows, effects)?;
        self.row.definition.status = SaleStatus::OnSale;
        self.row.closed_at = None;
        self.write_row(effects);
        self.deadlines.retain(|(_, due)| *due != Due::CloseOut);
        self.set_opening_deadlines();
        self.set_admission_due(Some(effects.now));
        Ok(())
    }

    /// Ends the places without holds from `now` on.
    pub(in crate::domain) fn begin_close_out(&mut self, now: Timestamp) {
        self.set_opening_deadlines();
        self.set_admission_due(None);
        self.deadlines.insert((now, Due::CloseOut));
    }

    /// Whether a closed sale still has places that its closing ends, because they were too many for one command.
    pub(in crate::domain) fn is_closing_out(&self) -> bool {
        !self.queue.waiting().is_empty() || self.queue.active().values().any(|place| place.holds.is_empty())
    }

    /// Ends places without holds, up to `most` of them, and gives how many.
    fn close_out(&mut self, now: Timestamp, most: u32, effects: &mut Effects<'_>) -> u32 {
        let waiting = self.queue.waiting().iter().map(|(sequence, _)| sequence);
        let idle =
            self.queue.active().iter().filter(|(_, place)| place.holds.is_empty()).map(|(sequence, _)| *sequence);
        let ending: Vec<Sequence> = waiting.chain(idle).take(most as usize).collect();
        for sequence in &ending {
            self.end_place(*sequence, EndReason::Closed, now, effects);
        }
        if ending.len() == most as usize {
            self.deadlines.insert((now, Due::CloseOut));
        }
        ending.len() as u32
    }

    /// Writes the concert's row as its next revision.
    pub(in crate::domain) fn write_row(&mut self, effects: &mut Effects<'_>) {
        self.row.revision += 1;
        self.row.updated_at = effects.wall();
        effects.put::<tables::Concerts>(self.no, Box::new(self.row.clone()));
        effects.event(Some(self.no), EventData::ConcertChanged { revision: self.row.revision });
    }
}

impl State {
    /// Ends all live places of a user; what they held is free, and who waits behind them moves up.
    pub(in crate::domain) fn end_places_of(&mut self, user: UserId, reason: EndReason, effects: &mut Effects<'_>) {
        let place = |sale: &Sale| sale.live_place(user).map(|sequence| (sale.no, sequence));
        let places: Vec<(ConcertNo, Sequence)> = self.queued(ConcertNo(0)).filter_map(place).collect();
        for (concert, sequence) in places {
            let (sale, settings) = self.planned_with_settings(concert);
            sale.settle(sequence, effects.now, settings, effects);
            if sale.live_place(user) == Some(sequence) {
                sale.end_place(sequence, reason, effects.now, effects);
            }
            self.advance(concert, Pace::Few, effects);
        }
    }
}
