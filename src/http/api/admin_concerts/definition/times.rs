//! Times that nobody can mean: an hour that clocks skip, a date that is over, a sale that opens when nothing is left to
//! sell. Of a change only what is new is judged, so that a concert whose dates are over can still be edited.

use chrono_tz::Tz;

use crate::calendar::{Gap, begins_at, today, write_instant};
use crate::domain::{CalendarDate, Definition, Performance, SaleStatus, WallTime};
use crate::http::api::admin_concerts::request::ConcertChangeRequest;
use crate::http::problem::Problem;

/// What the times of a concert are judged against.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    /// What stood so far; it has no dates when the concert is new.
    pub definition: &'a Definition,
    /// The zone of the concert as it is to be.
    pub zone: Tz,
    pub now: WallTime,
}

impl Before<'_> {
    /// Judges a date, whose name in refusals is `way`.
    ///
    /// # Errors
    /// 400 when it is new and over, or begins at a time that clocks skip.
    pub(super) fn judge_date(self, way: &str, performance: &Performance) -> Result<(), Problem> {
        let (date, starts_at_minutes) = (performance.held_on(), performance.starts_at_minutes);
        let known = self.definition.performance(performance.date);
        if known.is_none() && begins_at(self.zone, date, None) <= self.now {
            let (zone, today) = (self.zone.name(), today(self.zone, self.now));
            return Err(Problem::invalid(
                &format!("{way}.date"),
                format_args!("a date that is not over: in {zone} it is {today}"),
            ));
        }
        let is_new = self.has_new_zone() || known.is_none_or(|known| known.starts_at_minutes != starts_at_minutes);
        match self.gap(date, starts_at_minutes).filter(|_| is_new) {
            Some(gap) => {
                let zone = self.zone.name();
                Err(Problem::invalid(
                    &format!("{way}.startsAt"),
                    format_args!("a time that clocks show: in {zone} they go {gap}"),
                ))
            }
            None => Ok(()),
        }
    }

    /// Judges another zone for dates that stay.
    ///
    /// # Errors
    /// 400 when one of them would begin at a time that clocks skip there.
    pub(super) fn judge_zone(self, performances: &[Performance]) -> Result<(), Problem> {
        let skips = |performance: &Performance| self.gap(performance.held_on(), performance.starts_at_minutes);
        match performances.iter().find_map(skips).filter(|_| self.has_new_zone()) {
            Some(gap) => Err(Problem::invalid("timeZone", format_args!("a zone in which clocks do not go {gap}"))),
            None => Ok(()),
        }
    }

    /// Judges when the sale opens and closes.
    ///
    /// # Errors
    /// 400 when it closes before it opens, has closed already, or opens when the last date has begun.
    pub(super) fn judge_sale(self, request: &ConcertChangeRequest, definition: &Definition) -> Result<(), Problem> {
        let (opens, closes) = (definition.on_sale_at, definition.closes_at);
        if opens.zip(closes).is_some_and(|(opens, closes)| closes <= opens) {
            return Err(Problem::invalid("closesAt", "later than `onSaleAt`"));
        }
        let is_over = closes.is_some_and(|closes| closes <= self.now) && closes != self.definition.closes_at;
        if is_over && definition.status != SaleStatus::Closed {
            return Err(Problem::invalid("closesAt", "in the future; `status` \"closed\" closes a sale at once"));
        }
        let last = last_beginning(definition).expect("a concert has at least one date");
        let is_new = opens != self.definition.on_sale_at || last_beginning(self.definition) != Some(last);
        if is_new && opens.is_some_and(|opens| last <= opens) {
            let last = write_instant(last);
            return Err(if request.on_sale_at.is_value() {
                let expected = format!("earlier than the beginning of the last date, {last}");
                Problem::invalid("onSaleAt", expected)
            } else if request.dates.is_value() {
                Problem::invalid("dates", "dates of which one begins after `onSaleAt`")
            } else {
                Problem::invalid("timeZone", "a zone in which a date begins after `onSaleAt`")
            });
        }
        Ok(())
    }

    fn has_new_zone(self) -> bool {
        self.definition.time_zone != self.zone.name()
    }

    fn gap(self, date: CalendarDate, starts_at_minutes: Option<u32>) -> Option<Gap> {
        Gap::around(self.zone, date, starts_at_minutes?)
    }
}

/// From when on no date can be booked.
fn last_beginning(definition: &Definition) -> Option<WallTime> {
    definition.performances.iter().map(|performance| performance.bookable_until).max()
}
