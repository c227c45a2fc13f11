//! The sections of a date: what each of them says must fit together.

use std::collections::BTreeSet;

use crate::domain::{Layout, NamedRow, Numbering, SEATS_PER_DATE_MAX, Section, SectionRows};
use crate::http::api::admin_concerts::sections::{RowRequest, RowsRequest, SectionRequest, SectionSeats};
use crate::http::problem::Problem;
use crate::http::values::{Kind, SeatsOfDate};

/// What a date says beside its sections.
#[derive(Clone, Copy)]
pub(super) struct Beside {
    pub seats: Option<u32>,
    pub price: Option<u32>,
}

/// The sections of a date, whose name in refusals is `way`. What `seats` and `price` say beside them must agree with
/// them, so that an answer can be sent back as a change.
///
/// # Errors
/// 400 naming the first field that cannot be meant.
pub(super) fn layout(requests: &[SectionRequest], way: &str, beside: Beside) -> Result<Layout, Problem> {
    let (mut names, mut sections, mut total) = (BTreeSet::new(), Vec::with_capacity(requests.len()), 0_u64);
    for (at, request) in requests.iter().enumerate() {
        let way = format!("{way}.sections[{at}]");
        if !names.insert(&request.name.0) {
            return refuse(&way, "name", "a name that no other section of the date has");
        }
        let rows = rows(request, &way)?;
        let before = total;
        total += match &rows {
            SectionRows::Equal { rows, seats_per_row } => u64::from(*rows) * u64::from(*seats_per_row),
            SectionRows::Named(rows) => rows.iter().map(|row| u64::from(row.seats)).sum(),
        };
        let own = before + 1..=total;
        let listed = |seats: &Option<SectionSeats>, field: &str| match seats {
            Some(SectionSeats(seats)) if seats.iter().all(|seat| own.contains(&u64::from(*seat))) => Ok(seats.clone()),
            Some(_) => {
                let expected = format!("numbers of seats of the section: {} to {}", own.start(), own.end());
                refuse(&way, field, &expected)
            }
            None => Ok(Vec::new()),
        };
        sections.push(Section {
            name: request.name.0.clone(),
            numbering: request.numbering.map_or(Numbering::default(), Numbering::from),
            at: request.at.as_ref().map(Into::into),
            accessible: listed(&request.accessible, "accessible")?,
            restricted_view: listed(&request.restricted_view, "restrictedView")?,
            price: request.price.0,
            rows,
        });
    }
    if total > u64::from(SEATS_PER_DATE_MAX) {
        return refuse(way, "sections", &format!("of at most {SEATS_PER_DATE_MAX} seats together"));
    }
    if beside.seats.is_some_and(|seats| u64::from(seats) != total) {
        return refuse(way, "seats", &format!("{total}, as the sections have, or left out"));
    }
    if beside.price.is_some_and(|price| sections.iter().any(|section| section.price != price)) {
        return refuse(way, "price", "the price of every section, or left out");
    }
    Ok(Layout::Sections(sections))
}

fn rows(request: &SectionRequest, way: &str) -> Result<SectionRows, Problem> {
    match (&request.rows, request.seats_per_row) {
        (RowsRequest::Equal(rows), Some(seats_per_row)) => {
            Ok(SectionRows::Equal { rows: rows.0, seats_per_row: seats_per_row.0 })
        }
        (RowsRequest::Equal(_), None) => {
            refuse(way, "seatsPerRow", &format!("{}, unless `rows` is a list", SeatsOfDate::expected()))
        }
        (RowsRequest::Named(_), Some(_)) => refuse(way, "seatsPerRow", "left out where `rows` is a list"),
        (RowsRequest::Named(rows), None) => named(rows, way).map(SectionRows::Named),
    }
}

fn named(requests: &[RowRequest], way: &str) -> Result<Vec<NamedRow>, Problem> {
    let mut labels = BTreeSet::new();
    let mut rows = Vec::with_capacity(requests.len());
    for (at, request) in requests.iter().enumerate() {
        let label = request.label.as_ref().map_or_else(|| (at + 1).to_string(), |label| label.0.clone());
        if !labels.insert(label.clone()) {
            let expected = format!("a label that no other row of the section has; {label} is there twice");
            return refuse(&format!("{way}.rows[{at}]"), "label", &expected);
        }
        let first_number = request.first_number.map_or(1, |number| number.0);
        rows.push(NamedRow { label, seats: request.seats.0, first_number });
    }
    Ok(rows)
}

fn refuse<T>(way: &str, field: &str, expected: &str) -> Result<T, Problem> {
    Err(Problem::invalid(&format!("{way}.{field}"), expected))
}
