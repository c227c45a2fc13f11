//! A concert as the operator writes it: new, or as a change of what stands. Instants are computed here, in the
//! concert's time zone; the core sees instants only.

mod times;

use std::collections::BTreeSet;

use chrono_tz::Tz;

use self::times::Before;
use crate::calendar::{INSTANT, begins_at, read_instant, read_time_of_day};
use crate::domain::{
    CalendarDate, ConcertId, Definition, Layout, Performance, QueuePolicy, SEATS_PER_DATE_MAX, SaleStatus, Section,
    Settings, WallTime,
};
use crate::http::Problem;
use crate::http::api::admin_queue::read_policy;
use crate::http::request::{Fields, Given};
use crate::http::values::optional_concert_id;

const TITLE_LENGTH_MAX: usize = 200;
const DESCRIPTION_LENGTH_MAX: usize = 5_000;
const VENUE_LENGTH_MAX: usize = 200;
const SECTION_NAME_LENGTH_MAX: usize = 64;
const DATES_MAX: usize = 366;
/// Sections of a date: each has a seat at least.
const SECTIONS_MAX: usize = SEATS_PER_DATE_MAX as usize;
const PRICE_MAX: u32 = 10_000_000;
const SEAT_LIMIT_MAX: u32 = 1_000;
/// Seats of a date that says neither `seats` nor `sections`.
const SEATS_DEFAULT: u32 = 50;

/// What a concert may say. The last ones are only told: an answer can be sent back as it came.
pub const CONCERT_FIELDS: [&str; 14] = [
    "concertId",
    "title",
    "description",
    "venue",
    "timeZone",
    "onSaleAt",
    "closesAt",
    "status",
    "seatLimit",
    "dates",
    "queue",
    "currency",
    "createdAt",
    "updatedAt",
];
/// What a date of a concert may say. The last ones are only told.
pub const DATE_FIELDS: [&str; 7] = ["date", "startsAt", "seats", "price", "sections", "beginsAt", "bookableUntil"];
/// What a section of a date may say.
pub const SECTION_FIELDS: [&str; 4] = ["name", "rows", "seatsPerRow", "price"];

/// What the server adds to what the operator writes.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    /// The zone of a concert that does not say.
    pub zone: Tz,
    pub settings: &'a Settings,
    pub now: WallTime,
}

/// A new concert and the id that it asks for.
///
/// # Errors
/// 400 naming the first field that is unknown, missing or wrong.
pub fn read_new(fields: &Fields, server: Server<'_>) -> Result<(Option<ConcertId>, Definition), Problem> {
    fields.only(&CONCERT_FIELDS)?;
    let blank = Definition {
        title: String::new(),
        description: None,
        venue: None,
        time_zone: server.zone.name().to_owned(),
        on_sale_at: None,
        closes_at: None,
        status: SaleStatus::Draft,
        seat_limit: None,
        performances: Vec::new(),
        queue: QueuePolicy::default(),
    };
    let id = optional_concert_id(fields)?;
    Ok((id, read_changed(fields, &blank, server)?))
}

/// The fields of a change of the concert `id`, as far as they can be judged without knowing it.
///
/// # Errors
/// 400 naming a field that is unknown, or `concertId` when it is another one.
pub fn check_change(fields: &Fields, id: &ConcertId) -> Result<(), Problem> {
    fields.only(&CONCERT_FIELDS)?;
    match optional_concert_id(fields)? {
        Some(other) if other != *id => {
            Err(fields.refuse("concertId", format_args!("{id}, as in the path, or left out: an id cannot be changed")))
        }
        Some(_) | None => Ok(()),
    }
}

/// `current` with the changes that `fields` write: absent keeps, `null` clears.
///
/// # Errors
/// 400 naming the first field that is wrong.
pub fn read_changed(fields: &Fields, current: &Definition, server: Server<'_>) -> Result<Definition, Problem> {
    let time_zone = match fields.parsed("timeZone", "an IANA time zone such as Asia/Seoul", |text| text.parse().ok())? {
        Given::Absent => current.time_zone.parse().unwrap_or(server.zone),
        Given::Null => server.zone,
        Given::Value(zone) => zone,
    };
    let currency = server.settings.currency.to_string();
    let is_own = |text: &str| (text == currency).then_some(());
    fields.parsed("currency", &format!("{currency}, the server's, or left out"), is_own)?;
    let before = Before { definition: current, zone: time_zone, now: server.now };
    let definition = Definition {
        title: read_title(fields, &current.title)?,
        description: changed(fields.text("description", 0..=DESCRIPTION_LENGTH_MAX)?, &current.description),
        venue: changed(fields.line("venue", 0..=VENUE_LENGTH_MAX)?, &current.venue),
        time_zone: time_zone.name().to_owned(),
        on_sale_at: changed(fields.parsed("onSaleAt", INSTANT, read_instant)?, &current.on_sale_at),
        closes_at: changed(fields.parsed("closesAt", INSTANT, read_instant)?, &current.closes_at),
        status: read_status(fields, current.status)?,
        seat_limit: changed(fields.integer("seatLimit", 1..=SEAT_LIMIT_MAX)?, &current.seat_limit),
        performances: read_dates(fields, before)?,
        queue: match fields.object("queue")? {
            Given::Absent => current.queue.clone(),
            Given::Null => QueuePolicy::default(),
            Given::Value(queue) => read_policy(&queue, server.settings)?,
        },
    };
    before.judge_sale(fields, &definition)?;
    Ok(definition)
}

/// What stands unless the field says otherwise.
fn changed<G: Into<T>, T: Clone>(given: Given<G>, current: &Option<T>) -> Option<T> {
    match given {
        Given::Absent => current.clone(),
        Given::Null => None,
        Given::Value(value) => Some(value.into()),
    }
}

fn read_title(fields: &Fields, current: &str) -> Result<String, Problem> {
    match fields.line("title", 1..=TITLE_LENGTH_MAX)? {
        Given::Absent if !current.is_empty() => Ok(current.to_owned()),
        Given::Value(title) if !title.trim().is_empty() => Ok(title.to_owned()),
        Given::Absent | Given::Null | Given::Value(_) => {
            Err(fields.refuse("title", format_args!("a text of 1 to {TITLE_LENGTH_MAX} characters, not only blanks")))
        }
    }
}

fn read_status(fields: &Fields, current: SaleStatus) -> Result<SaleStatus, Problem> {
    let status = fields.parsed("status", "\"draft\", \"on_sale\" or \"closed\"", |text| match text {
        "draft" => Some(SaleStatus::Draft),
        "on_sale" => Some(SaleStatus::OnSale),
        "closed" => Some(SaleStatus::Closed),
        _ => None,
    })?;
    Ok(match status {
        Given::Absent => current,
        Given::Null => SaleStatus::Draft,
        Given::Value(status) => status,
    })
}

/// The dates, ascending, with the instants at which they begin.
fn read_dates(fields: &Fields, before: Before<'_>) -> Result<Vec<Performance>, Problem> {
    let (current, zone) = (&before.definition.performances, before.zone);
    let mut performances = match fields.objects("dates", 1..=DATES_MAX)? {
        Given::Absent if !current.is_empty() => {
            before.judge_zone(fields, current)?;
            current.clone()
        }
        Given::Absent | Given::Null => {
            return Err(fields.refuse("dates", format_args!("a list of 1 to {DATES_MAX} objects")));
        }
        Given::Value(dates) => {
            let mut known = BTreeSet::new();
            let mut performances = Vec::with_capacity(dates.len());
            for date in &dates {
                let performance = read_date(date, zone)?;
                before.judge_date(date, &performance)?;
                if !known.insert(performance.date) {
                    return Err(date.refuse("date", "a date that is not there twice"));
                }
                performances.push(performance);
            }
            performances
        }
    };
    for performance in &mut performances {
        performance.bookable_until = begins_at(zone, performance.date, performance.starts_at_minutes);
    }
    performances.sort_by_key(|performance| performance.date);
    Ok(performances)
}

fn read_date(fields: &Fields, zone: Tz) -> Result<Performance, Problem> {
    const DATE: &str = "a calendar date written as YYYY-MM-DD";
    fields.only(&DATE_FIELDS)?;
    let date = fields.parsed("date", DATE, CalendarDate::parse)?.value();
    let date = date.ok_or_else(|| fields.refuse("date", DATE))?;
    let starts_at_minutes = fields.parsed("startsAt", "a time of day written as HH:MM", read_time_of_day)?.value();
    let seats = fields.integer("seats", 1..=SEATS_PER_DATE_MAX)?.value();
    let price = fields.integer("price", 0..=PRICE_MAX)?.value();
    let layout = match fields.objects("sections", 1..=SECTIONS_MAX)?.value() {
        Some(sections) => read_sections(fields, &sections, seats, price)?,
        None => Layout::Plain {
            seats: seats.unwrap_or(SEATS_DEFAULT),
            price: price.ok_or_else(|| {
                fields.refuse("price", format_args!("an integer from 0 to {PRICE_MAX}, unless there are `sections`"))
            })?,
        },
    };
    Ok(Performance { date, starts_at_minutes, bookable_until: begins_at(zone, date, starts_at_minutes), layout })
}

/// The sections of a date. What `seats` and `price` say beside them must agree with them, so that an answer can be
/// sent back as a change.
fn read_sections(
    date: &Fields,
    sections: &[Fields],
    seats: Option<u32>,
    price: Option<u32>,
) -> Result<Layout, Problem> {
    let mut names = BTreeSet::new();
    let mut total = 0;
    let mut read = Vec::with_capacity(sections.len());
    for fields in sections {
        let section = read_section(fields)?;
        if !names.insert(section.name.clone()) {
            return Err(fields.refuse("name", "a name that no other section of the date has"));
        }
        total += u64::from(section.rows) * u64::from(section.seats_per_row);
        read.push(section);
    }
    if total > u64::from(SEATS_PER_DATE_MAX) {
        return Err(date.refuse("sections", format_args!("of at most {SEATS_PER_DATE_MAX} seats together")));
    }
    if seats.is_some_and(|seats| u64::from(seats) != total) {
        return Err(date.refuse("seats", format_args!("{total}, as the sections have, or left out")));
    }
    if price.is_some_and(|price| read.iter().any(|section| section.price != price)) {
        return Err(date.refuse("price", "the price of every section, or left out"));
    }
    Ok(Layout::Sections(read))
}

fn read_section(fields: &Fields) -> Result<Section, Problem> {
    fields.only(&SECTION_FIELDS)?;
    let name = fields.line("name", 1..=SECTION_NAME_LENGTH_MAX)?.value();
    let name = name.ok_or_else(|| {
        fields.refuse(
            "name",
            format_args!("a text without control characters of 1 to {SECTION_NAME_LENGTH_MAX} characters"),
        )
    })?;
    let number = |field, least, most| {
        let value = fields.integer(field, least..=most)?.value();
        value.ok_or_else(|| fields.refuse(field, format_args!("an integer from {least} to {most}")))
    };
    Ok(Section {
        name: name.to_owned(),
        rows: number("rows", 1, SEATS_PER_DATE_MAX)?,
        seats_per_row: number("seatsPerRow", 1, SEATS_PER_DATE_MAX)?,
        price: number("price", 0, PRICE_MAX)?,
    })
}

#[cfg(test)]
mod tests;
