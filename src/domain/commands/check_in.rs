//! Check-in: whoever shows a ticket at the entrance goes in once. A gate asks at the moment of the scan, or reports later
//! what it scanned while nobody could be asked.

use serde::{Deserialize, Serialize};

use super::execute::{Execute, View};
use crate::domain::effects::Effects;
use crate::domain::state::State;
use crate::domain::words::{
    Admittance, ApplyError, CalendarDate, CheckedIn, ConcertNo, EventData, Performance, Rejection, RowFault, Rows,
    TicketId, TicketRow, TicketStatus, WallTime, tables,
};

/// By how many seconds the clock of a gate may be ahead of the server's, or say that a ticket was used before it was
/// sold.
pub const GATE_CLOCK_SKEW_SECONDS: u32 = 60;

/// Let the bearer of a ticket in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckIn {
    pub ticket: TicketId,
    /// That of the code that was shown; `None` when the ticket was named without one.
    pub version: Option<u8>,
    /// What is played at this entrance; `None` asks for neither concert nor date.
    pub concert: Option<ConcertNo>,
    /// As it is held.
    pub date: Option<CalendarDate>,
    pub gate: Option<String>,
    pub device: Option<String>,
    pub scan: Scan,
}

/// When a ticket was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scan {
    /// Now: who shows it waits for the answer. A gate may name the instant by its own clock.
    Live(Option<WallTime>),
    /// Before: who showed it has gone in. Of several the earliest is the entry.
    Reported(WallTime),
}

/// What a check-in comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Entry {
    /// Nobody has gone in with it.
    First,
    /// It is the very scan by which it is used.
    Known,
    /// Another scan, a later one, was taken for the entry.
    BeforeAnother(Admittance),
}

impl Execute for CheckIn {
    /// The ticket, what is noted of the entry, and what it comes to.
    type Plan = (Box<TicketRow>, Admittance, Entry);

    fn judge(&self, view: &impl View) -> Result<Self::Plan, ApplyError> {
        let row = view.rows().get::<tables::Tickets>(&self.ticket)?.ok_or(Rejection::TicketNotFound)?;
        row.is_good(self.version)?;
        let wall = {
            let state = view.state();
            self.judge_place(&state, &row)?;
            state.wall(view.now())
        };
        self.judge_time(view.rows(), &row, wall)?;
        let admittance = self.admittance(wall);
        let entry = self.entry(&row, &admittance)?;
        Ok((row, admittance, entry))
    }

    fn perform(
        &self,
        (row, admittance, entry): Self::Plan,
        _state: &mut State,
        _rows: &impl Rows,
        effects: &mut Effects<'_>,
    ) -> Result<CheckedIn, RowFault> {
        let conflict = match entry {
            Entry::Known => return Ok(CheckedIn { ticket: self.ticket, row, conflict: None }),
            Entry::First => None,
            Entry::BeforeAnother(other) => Some(other),
        };
        let row = TicketRow { status: TicketStatus::Used(admittance.clone()), ..*row };
        let event =
            EventData::TicketUsed { ticket: self.ticket, seat: row.key, admittance, conflict: conflict.clone() };
        effects.event(Some(row.concert), event);
        let row = effects.put_told_ticket(self.ticket, row);
        Ok(CheckedIn { ticket: self.ticket, row, conflict })
    }
}

impl CheckIn {
    /// That the ticket is for what is played at this entrance.
    fn judge_place(&self, state: &State, row: &TicketRow) -> Result<(), Rejection> {
        if self.concert.is_some_and(|concert| concert != row.concert) {
            return Err(Rejection::TicketOfAnotherConcert);
        }
        let sale = state.existing(row.concert)?;
        let held_on = sale.row().definition.performance(row.key.date).map_or(row.key.date, Performance::held_on);
        match self.date {
            Some(date) if date != held_on => Err(Rejection::WrongDate { date: held_on }),
            Some(_) | None => Ok(()),
        }
    }

    /// That an instant which the gate names can be.
    fn judge_time(&self, rows: &impl Rows, row: &TicketRow, wall: WallTime) -> Result<(), ApplyError> {
        let (Scan::Live(Some(at)) | Scan::Reported(at)) = self.scan else { return Ok(()) };
        if at > wall.plus_seconds(GATE_CLOCK_SKEW_SECONDS) {
            return Err(Rejection::ScanAhead.into());
        }
        let payment = rows.get::<tables::Payments>(&row.payment)?;
        let sold_at = payment.expect("a ticket has its payment").paid_at;
        if at.plus_seconds(GATE_CLOCK_SKEW_SECONDS) < sold_at {
            return Err(Rejection::ScanBeforeSale.into());
        }
        Ok(())
    }

    fn admittance(&self, wall: WallTime) -> Admittance {
        let at = match self.scan {
            Scan::Live(at) => at.unwrap_or(wall),
            Scan::Reported(at) => at,
        };
        Admittance { at, gate: self.gate.clone(), device: self.device.clone() }
    }

    /// What it comes to beside what is known of the ticket: scans that are reported settle on the least of them, in
    /// whatever order and however often they come.
    fn entry(&self, row: &TicketRow, admittance: &Admittance) -> Result<Entry, Rejection> {
        let names_instant = self.scan != Scan::Live(None);
        match &row.status {
            TicketStatus::Used(known) if names_instant && known == admittance => Ok(Entry::Known),
            TicketStatus::Used(known) if matches!(self.scan, Scan::Reported(_)) && admittance < known => {
                Ok(Entry::BeforeAnother(known.clone()))
            }
            TicketStatus::Used(known) => Err(Rejection::AlreadyUsed(known.clone())),
            TicketStatus::Valid if names_instant && row.returned.as_ref() == Some(admittance) => {
                Err(Rejection::EntryUndone)
            }
            TicketStatus::Valid => Ok(Entry::First),
            TicketStatus::Void { .. } => unreachable!("judged: the ticket is good"),
        }
    }
}
