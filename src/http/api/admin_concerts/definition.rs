//! The concert that a request of the operator defines: new, or as a change of what stands. Instants are computed here, in
//! the concert's time zone; the core sees instants only.

mod sections;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use self::sections::Beside;
use self::times::Before;
use super::request::{ConcertChangeRequest, DateRequest, Dates, Sections, TranslationRequest};
use crate::calendar::{Gap, begins_at};
use crate::domain::{
    CalendarDate, ConcertId, Definition, Layout, Performance, QueuePolicy, Rejection, SaleStatus, Settings,
    StockDisplay, Transfers, Translation, WallTime,
};
use crate::http::api::concerts::StatusBody;
use crate::http::problem::Problem;
use crate::http::request::Given;
use crate::http::values::kind::expected_list;
use crate::http::values::{self, CurrencyCode, Kind, Price, TimeZone, Title, Truth};

/// Seats of a date that says neither `seats` nor `sections`.
const SEATS_DEFAULT: u32 = 50;

/// What the server adds to what the operator writes.
#[derive(Clone, Copy)]
pub(super) struct Server<'a> {
    /// The zone of a concert that does not say.
    pub zone: Tz,
    pub settings: &'a Settings,
    pub now: WallTime,
}

/// A new concert.
///
/// # Errors
/// 400 naming the first field that cannot be meant.
pub(super) fn new(request: &ConcertChangeRequest, server: Server<'_>) -> Result<Definition, Problem> {
    let blank = Definition {
        title: String::new(),
        description: None,
        venue: None,
        time_zone: server.zone.name().to_owned(),
        on_sale_at: None,
        closes_at: None,
        status: SaleStatus::Draft,
        seat_limit: None,
        transfers: Transfers::Forbidden,
        stock_display: StockDisplay::Shown,
        translations: BTreeMap::new(),
        performances: Vec::new(),
        queue: QueuePolicy::default(),
    };
    changed(request, &blank, server)
}

/// That a change is one of the concert `id`.
///
/// # Errors
/// 400 naming `concertId` when it is another one.
pub(super) fn check_id(request: &ConcertChangeRequest, id: &ConcertId) -> Result<(), Problem> {
    match &request.concert_id {
        Some(values::ConcertId(other)) if other != id => {
            let expected = format!("{id}, as in the path, or left out: an id cannot be changed");
            Err(Problem::invalid("concertId", expected))
        }
        Some(_) | None => Ok(()),
    }
}

/// `current` with what the request changes: absent keeps, `null` clears.
///
/// # Errors
/// 400 naming the first field that cannot be meant.
pub(super) fn changed(
    request: &ConcertChangeRequest,
    current: &Definition,
    server: Server<'_>,
) -> Result<Definition, Problem> {
    let time_zone = match request.time_zone {
        Given::Absent => current.time_zone.parse().unwrap_or(server.zone),
        Given::Null => server.zone,
        Given::Value(TimeZone(zone)) => zone,
    };
    let currency = server.settings.currency.to_string();
    if request.currency.as_ref().is_some_and(|CurrencyCode(code)| *code != currency) {
        return Err(Problem::invalid("currency", format_args!("{currency}, the server's, or left out")));
    }
    let before = Before { definition: current, zone: time_zone, now: server.now };
    let definition = Definition {
        title: match &request.title {
            Given::Absent => current.title.clone(),
            Given::Null => return Err(Problem::invalid("title", Title::expected())),
            Given::Value(Title(title)) => title.clone(),
        },
        description: or_current(&request.description, &current.description, |description| description.0.clone()),
        venue: or_current(&request.venue, &current.venue, |venue| venue.0.clone()),
        time_zone: time_zone.name().to_owned(),
        on_sale_at: or_current(&request.on_sale_at, &current.on_sale_at, |at| at.0),
        closes_at: or_current(&request.closes_at, &current.closes_at, |at| at.0),
        status: match request.status {
            Given::Absent => current.status,
            Given::Null => SaleStatus::Draft,
            Given::Value(StatusBody::Draft) => SaleStatus::Draft,
            Given::Value(StatusBody::OnSale) => SaleStatus::OnSale,
            Given::Value(StatusBody::Closed) => SaleStatus::Closed,
        },
        seat_limit: or_current(&request.seat_limit, &current.seat_limit, |limit| limit.0),
        stock_display: match request.show_stock {
            Given::Absent => current.stock_display,
            Given::Null | Given::Value(Truth(true)) => StockDisplay::Shown,
            Given::Value(Truth(false)) => StockDisplay::Hidden,
        },
        translations: match &request.translations {
            Given::Absent => current.translations.clone(),
            Given::Null => BTreeMap::new(),
            Given::Value(translations) => translations.0.iter().map(translation).collect(),
        },
        transfers: match request.transfers {
            Given::Absent => current.transfers,
            Given::Value(Truth(true)) => Transfers::Allowed,
            Given::Null | Given::Value(Truth(false)) => Transfers::Forbidden,
        },
        performances: performances(&request.dates, before)?,
        queue: match &request.queue {
            Given::Absent => current.queue.clone(),
            Given::Null => QueuePolicy::default(),
            Given::Value(queue) => queue.policy("queue.", server.settings)?,
        },
    };
    before.judge_sale(request, &definition)?;
    Ok(definition)
}

fn translation((language, words): (&String, &TranslationRequest)) -> (String, Translation) {
    let sections = words.sections.as_ref().map(|names| &names.0).into_iter().flatten();
    let words = Translation {
        title: words.title.as_ref().map(|title| title.0.clone()),
        description: words.description.as_ref().map(|description| description.0.clone()),
        venue: words.venue.as_ref().map(|venue| venue.0.clone()),
        sections: sections.map(|(name, other)| (name.clone(), other.0.clone())).collect(),
    };
    (language.clone(), words)
}

/// What stands unless the field says otherwise.
fn or_current<G, T: Clone>(given: &Given<G>, current: &Option<T>, value: impl FnOnce(&G) -> T) -> Option<T> {
    match given {
        Given::Absent => current.clone(),
        Given::Null => None,
        Given::Value(given) => Some(value(given)),
    }
}

/// The dates, ascending, with the instants at which they begin.
fn performances(dates: &Given<Dates>, before: Before<'_>) -> Result<Vec<Performance>, Problem> {
    let (current, zone) = (&before.definition.performances, before.zone);
    let mut performances = match dates {
        Given::Absent => {
            before.judge_zone(current)?;
            current.clone()
        }
        Given::Null => return Err(Problem::invalid("dates", expected_list::<Dates>())),
        Given::Value(Dates(dates)) => {
            let mut known = BTreeSet::new();
            let mut performances = Vec::with_capacity(dates.len());
            for (at, date) in dates.iter().enumerate() {
                let way = format!("dates[{at}]");
                let performance = performance(date, &way, zone)?;
                refuse_left_date(performance.date, current)?;
                let performance = as_it_stands(performance, current);
                before.judge_date(&way, &performance)?;
                if !known.insert(performance.date) {
                    return Err(Problem::invalid(&format!("{way}.date"), "a date that is not there twice"));
                }
                performances.push(performance);
            }
            performances
        }
    };
    for performance in &mut performances {
        performance.bookable_until = begins_at(zone, performance.held_on(), performance.starts_at_minutes);
    }
    performances.sort_by_key(|performance| performance.date);
    Ok(performances)
}

/// Refuses a date that another performance was moved from: rows go on naming that one by it.
fn refuse_left_date(date: CalendarDate, current: &[Performance]) -> Result<(), Problem> {
    let is_free = current.iter().all(|it| it.date != date) || current.iter().any(|it| it.held_on() == date);
    if is_free {
        return Ok(());
    }
    let what = format!("a performance was moved from {date}, so the date cannot be given anew");
    Err(Rejection::ConcertInUse { what }.into())
}

/// The definition with the performance of `date` on another day.
///
/// # Errors
/// 404 `DATE_NOT_FOUND`; 409 `DATE_CALLED_OFF`, or `CONCERT_IN_USE` when the day is that of this or another performance;
/// 400 when it is over, or begins at a time that clocks skip.
pub(in crate::http::api) fn moved(
    current: &Definition,
    date: CalendarDate,
    (to, starts_at_minutes): (CalendarDate, Option<u32>),
    now: WallTime,
) -> Result<Definition, Problem> {
    let mut definition = current.clone();
    let found = definition.performances.iter().position(|it| it.held_on() == date).ok_or(Rejection::DateNotFound)?;
    let zone: Tz = current.time_zone.parse().map_err(|_| Problem::internal("a concert is in an unknown zone"))?;
    let others = current.performances.iter().enumerate().filter(|(at, _)| *at != found);
    if date == to || others.into_iter().any(|(_, other)| other.held_on() == to || other.date == to) {
        let what = format!("{to} is the date of a performance");
        return Err(Rejection::ConcertInUse { what }.into());
    }
    let performance = &mut definition.performances[found];
    if let Some(called_off) = &performance.called_off {
        return Err(Rejection::CalledOff { reason: called_off.reason.clone() }.into());
    }
    if begins_at(zone, to, None) <= now {
        return Err(Problem::invalid("to", "a date that is not over"));
    }
    let starts_at_minutes = starts_at_minutes.or(performance.starts_at_minutes);
    if let Some(gap) = starts_at_minutes.and_then(|minutes| Gap::around(zone, to, minutes)) {
        return Err(Problem::invalid("startsAt", format_args!("a time that clocks show: there they go {gap}")));
    }
    performance.moved_to = (to != performance.date).then_some(to);
    performance.starts_at_minutes = starts_at_minutes;
    performance.bookable_until = begins_at(zone, to, starts_at_minutes);
    Ok(definition)
}

/// A date with what only its own requests change: that it was moved or called off. It is known by when it takes place.
fn as_it_stands(performance: Performance, current: &[Performance]) -> Performance {
    match current.iter().find(|it| it.held_on() == performance.date) {
        Some(Performance { date, moved_to, called_off, .. }) => {
            Performance { date: *date, moved_to: *moved_to, called_off: called_off.clone(), ..performance }
        }
        None => performance,
    }
}

/// `way` is the name of the date in refusals.
fn performance(request: &DateRequest, way: &str, zone: Tz) -> Result<Performance, Problem> {
    let values::Date(date) = request.date;
    let starts_at_minutes = request.starts_at.as_ref().map(|starts_at| starts_at.0);
    let (seats, price) = (request.seats.map(|seats| seats.0), request.price.map(|price| price.0));
    let layout = match &request.sections {
        Some(Sections(sections)) => sections::layout(sections, way, Beside { seats, price })?,
        None => Layout::Plain {
            seats: seats.unwrap_or(SEATS_DEFAULT),
            price: price.ok_or_else(|| {
                let expected = format!("{}, unless there are `sections`", Price::expected());
                Problem::invalid(&format!("{way}.price"), expected)
            })?,
        },
    };
    let bookable_until = begins_at(zone, date, starts_at_minutes);
    Ok(Performance { date, moved_to: None, called_off: None, starts_at_minutes, bookable_until, layout })
}

#[cfg(test)]
mod tests;
