//! Prepared answers: the seat map and the free seats of a date as JSON, serialised once a change and shared as bytes.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use dashmap::DashMap;

use crate::domain::{CalendarDate, Change, ConcertNo, Owner, Sale, SeatRow, State, Timestamp};

/// The seat map of a date.
#[derive(Clone)]
pub struct SeatMap {
    /// A JSON array of `{"seat","section","row","price","status"}`.
    pub seats: Bytes,
    /// A hash of `seats` in hex: equal maps have equal tags, on every instance and after every start.
    pub tag: Arc<str>,
}

struct View {
    /// The versions of date and layout that it shows.
    version: (u64, u64),
    /// The first instant at which a hold lapses, and so the view is over.
    until: Timestamp,
    map: SeatMap,
    /// A JSON array of the numbers of the free seats.
    free: Bytes,
}

/// Views by date, and how often each date has changed.
#[derive(Default)]
pub struct SeatViews {
    dates: DashMap<(ConcertNo, CalendarDate), u64>,
    layouts: DashMap<ConcertNo, u64>,
    views: DashMap<(ConcertNo, CalendarDate), Arc<View>>,
}

impl SeatViews {
    /// Notes a committed change.
    pub fn note(&self, change: &Change) {
        match change {
            Change::Seat(concert, key, _) => *self.dates.entry((*concert, key.date)).or_default() += 1,
            Change::Concert(concert, row) => {
                *self.layouts.entry(*concert).or_default() += 1;
                let known = |date| row.definition.performance(date).is_some();
                self.dates.retain(|(no, date), _| no != concert || known(*date));
                self.views.retain(|(no, date), _| no != concert || known(*date));
            }
            Change::Settings(_)
            | Change::Totals(_)
            | Change::User(..)
            | Change::Username(..)
            | Change::Wallet(..)
            | Change::LedgerEntry(..)
            | Change::Counters(..)
            | Change::Place(..)
            | Change::EndedPlace(..)
            | Change::Admissions(..)
            | Change::Reservation(..)
            | Change::Patron(..)
            | Change::Payment(..)
            | Change::Answered(..)
            | Change::AnsweredOrder(..)
            | Change::Event(..) => {}
        }
    }

    /// The seat map of a date at `now`, or `None` when the concert has no such date.
    pub fn map(
        &self,
        state: &parking_lot::RwLock<State>,
        concert: ConcertNo,
        date: CalendarDate,
        now: Timestamp,
    ) -> Option<SeatMap> {
        self.view(state, concert, date, now).map(|view| view.map.clone())
    }

    /// The free seats of a date at `now` as a JSON array of their numbers.
    pub fn free(
        &self,
        state: &parking_lot::RwLock<State>,
        concert: ConcertNo,
        date: CalendarDate,
        now: Timestamp,
    ) -> Option<Bytes> {
        self.view(state, concert, date, now).map(|view| view.free.clone())
    }

    fn view(
        &self,
        state: &parking_lot::RwLock<State>,
        concert: ConcertNo,
        date: CalendarDate,
        now: Timestamp,
    ) -> Option<Arc<View>> {
        // The versions are read before the state, so a view never claims to be newer than what it shows.
        let version = (
            self.dates.get(&(concert, date)).map_or(0, |version| *version),
            self.layouts.get(&concert).map_or(0, |version| *version),
        );
        let prepared = self.views.get(&(concert, date)).map(|view| Arc::clone(&view));
        if let Some(view) = prepared.filter(|view| view.version == version && now < view.until) {
            return Some(view);
        }
        let view = Arc::new(prepare(state.read().sale(concert)?, date, now, version)?);
        self.views.insert((concert, date), Arc::clone(&view));
        Some(view)
    }
}

fn prepare(sale: &Sale, date: CalendarDate, now: Timestamp, version: (u64, u64)) -> Option<View> {
    let table = sale.seat_table(date)?;
    let performance = sale.row().definition.performance(date)?;
    let mut map = String::from("[");
    let mut free = String::from("[");
    for block in performance.layout.blocks() {
        let section = serde_json::to_string(block.name).expect("a string is JSON");
        let price = block.price;
        for row in 1..=block.rows() {
            for seat in block.row(row) {
                let status = match table.owner(seat, now) {
                    Owner::Nobody | Owner::LapsedFrom(_) => "free",
                    Owner::Held(_) => "held",
                    Owner::Sold(..) => "sold",
                };
                let comma = if map.len() > 1 { "," } else { "" };
                let head = r#"{"seat":"#;
                write!(
                    map,
                    r#"{comma}{head}{seat},"section":{section},"row":{row},"price":{price},"status":"{status}"}}"#
                )
                .expect("a string takes all that is written");
                if status == "free" {
                    let comma = if free.len() > 1 { "," } else { "" };
                    write!(free, "{comma}{seat}").expect("a string takes all that is written");
                }
            }
        }
    }
    map.push(']');
    free.push(']');
    let lapses = table.taken().values().filter_map(|row| match row {
        SeatRow::Held { expires_at, .. } if now < *expires_at => Some(*expires_at),
        SeatRow::Held { .. } | SeatRow::Sold { .. } => None,
    });
    let until = lapses.min().unwrap_or(Timestamp(i64::MAX));
    let hash = blake3::hash(map.as_bytes());
    let tag: Arc<str> = hash.to_hex()[..32].into();
    Some(View { version, until, map: SeatMap { seats: Bytes::from(map), tag }, free: Bytes::from(free) })
}
