//! Dates that are called off: what was begun, and what is left of it.

use super::Sale;
use crate::domain::effects::Effects;
use crate::domain::words::{CalendarDate, CallingOff, Definition, EventData, Rejection, tables};

impl Sale {
    /// Refuses what is about a date that does not take place.
    pub(in crate::domain) fn refuse_called_off(&self, date: CalendarDate) -> Result<(), Rejection> {
        match self.row.definition.performance(date).and_then(|performance| performance.called_off.as_ref()) {
            Some(called_off) => Err(Rejection::CalledOff { reason: called_off.reason.clone() }),
            None => Ok(()),
        }
    }

    /// How the seats and the money of a called-off date go back.
    pub fn progress_of(&self, date: CalendarDate) -> Option<&CallingOff> {
        self.callings_off.get(&date)
    }

    /// The first date whose seats are still to be given back.
    pub fn calling_off(&self) -> Option<CalendarDate> {
        let unfinished = |(_, progress): &(&CalendarDate, &CallingOff)| progress.finished_at.is_none();
        self.callings_off.iter().find(unfinished).map(|(date, _)| *date)
    }

    /// The dates that are called off.
    pub(in crate::domain) fn called_off_dates(&self) -> impl Iterator<Item = CalendarDate> {
        self.callings_off.keys().copied()
    }

    /// Takes up how far a date has come.
    pub(in crate::domain) fn restore_calling_off(&mut self, date: CalendarDate, progress: CallingOff) {
        self.callings_off.insert(date, progress);
    }

    /// Notes how far a date has come.
    pub(in crate::domain) fn note_progress(
        &mut self,
        date: CalendarDate,
        progress: CallingOff,
        effects: &mut Effects<'_>,
    ) {
        self.callings_off.insert(date, progress);
        effects.put::<tables::CallingsOff>((self.no, date), progress);
        let seats_left = self.seats_left(date);
        effects.event(Some(self.no), EventData::DateRefunding { date, progress, seats_left });
    }

    /// Seats of a date that are held or sold.
    pub(in crate::domain) fn seats_left(&self, date: CalendarDate) -> u32 {
        let stats = self.table(date).stats(date, 0);
        stats.held + stats.sold
    }

    /// Forgets dates that a new definition takes away.
    pub(in crate::domain) fn keep_callings_off(&mut self, definition: &Definition, effects: &mut Effects<'_>) {
        let gone: Vec<CalendarDate> =
            self.callings_off.keys().copied().filter(|date| definition.performance(*date).is_none()).collect();
        for date in gone {
            self.callings_off.remove(&date);
            effects.remove::<tables::CallingsOff>((self.no, date));
        }
    }
}
