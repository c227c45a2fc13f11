//! A view equals what a fresh serialisation of the state gives, whatever changed and whatever lapsed.

use parking_lot::RwLock;

use super::SeatViews;
use crate::domain::{
    Bearer, CalendarDate, Command, ConcertId, ConcertNo, Definition, Layout, MemoryRows, Performance, QueuePolicy,
    SaleStatus, Section, Selection, Sequence, Settings, Stamped, State, Timestamp, UserId, Username, WallTime, apply,
};

const CONCERT: ConcertNo = ConcertNo(1);
const BEARER: Bearer = Bearer { concert: CONCERT, sequence: Sequence(1), user: UserId(1) };

fn date() -> CalendarDate {
    CalendarDate::new(2099, 12, 24).expect("a date")
}

/// A state behind its lock, its rows, and views that follow it.
struct Office {
    state: RwLock<State>,
    rows: MemoryRows,
    views: SeatViews,
}

impl Office {
    /// Two sections of 100 and 60 seats and one user with an ACTIVE place.
    fn open() -> Self {
        let mut office =
            Self { state: RwLock::new(State::default()), rows: MemoryRows::default(), views: SeatViews::default() };
        let settings = Settings { seat_limit: 1_000, end_on_hold_lapse: false, ..Settings::default() };
        office.run(0, Command::Configure(settings));
        office.run(0, Command::CreateUser { user: BEARER.user, username: Username::plain("kim"), email: None });
        let id = ConcertId::parse("spring").expect("an id");
        office.run(0, Command::CreateConcert { id, definition: Box::new(definition(60)) });
        office.run(0, Command::Join { concert: CONCERT, user: BEARER.user });
        office
    }

    fn run(&mut self, seconds: i64, command: Command) {
        let stamped = Stamped { now: Timestamp(seconds * 1_000), once: None, command };
        let mut state = self.state.write();
        let outcome = apply(&mut state, &self.rows, &stamped).expect("memory can be read");
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        outcome.changes.iter().for_each(|change| self.views.note(change));
        self.rows.absorb(outcome.changes);
    }

    fn reserve(&mut self, seconds: i64, seats: &[u32]) {
        let selection = Selection::Seats(seats.to_vec());
        self.run(seconds, Command::Reserve { bearer: BEARER, date: date(), selection });
    }

    /// The view as it is kept must be what new views make of the same state.
    fn check(&self, seconds: i64) -> String {
        let now = Timestamp(seconds * 1_000);
        let fresh = SeatViews::default();
        let at = (CONCERT, date());
        let kept = self.views.map(&self.state, at, now).expect("the date exists");
        let made = fresh.map(&self.state, at, now).expect("the date exists");
        assert_eq!(kept.seats, made.seats, "at {seconds}");
        assert_eq!(kept.tag, made.tag, "at {seconds}");
        assert_eq!(self.views.free(&self.state, at, now), fresh.free(&self.state, at, now), "at {seconds}");
        String::from_utf8(kept.seats.to_vec()).expect("JSON is UTF-8")
    }
}

fn definition(rows_of_b: u32) -> Definition {
    let section = |name: &str, rows, seats_per_row| Section { name: name.into(), rows, seats_per_row, price: 5 };
    let layout = Layout::Sections(vec![section("A", 10, 10), section("B \"side\"", rows_of_b, 1)]);
    let bookable_until = WallTime(i64::MAX);
    Definition {
        title: "Spring".into(),
        description: None,
        venue: None,
        time_zone: "Asia/Seoul".into(),
        on_sale_at: None,
        closes_at: None,
        status: SaleStatus::OnSale,
        seat_limit: None,
        performances: vec![Performance { date: date(), starts_at_minutes: None, bookable_until, layout }],
        queue: QueuePolicy::default(),
    }
}

#[test]
fn a_view_follows_holds_cancellations_and_lapses_without_a_tick() {
    let mut office = Office::open();
    let free = office.check(0);
    office.reserve(10, &[1, 64, 65, 100, 101, 160]);
    let held = office.check(10);
    assert_eq!(held.matches(r#""status":"held""#).count(), 6);
    office.run(20, Command::Cancel { bearer: BEARER, date: date(), seats: vec![64] });
    assert_eq!(office.check(20).matches(r#""status":"held""#).count(), 5);
    assert_ne!(office.check(309), free);
    assert_eq!(office.check(310), free, "holds of 300 s that lapsed are free though no tick came");
}

#[test]
fn a_view_follows_a_new_layout() {
    let mut office = Office::open();
    office.reserve(10, &[160]);
    office.check(10);
    let definition = Box::new(definition(80));
    office.run(11, Command::ReviseConcert { concert: CONCERT, revision: 1, definition });
    let map = office.check(11);
    assert_eq!(map.matches(r#""seat""#).count(), 180);
    assert_eq!(map.matches(r#""status":"held""#).count(), 1);
}

#[test]
fn seats_are_valid_json_in_order() {
    let office = Office::open();
    let seats: Vec<serde_json::Value> = serde_json::from_str(&office.check(0)).expect("JSON");
    assert_eq!(seats.len(), 160);
    assert_eq!(seats[100]["section"], "B \"side\"");
    assert_eq!(seats[15], serde_json::json!({"seat": 16, "section": "A", "row": 2, "price": 5, "status": "free"}));
}
