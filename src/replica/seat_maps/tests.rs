//! A rendering equals what a fresh serialisation of the state gives, whatever changed and whatever lapsed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLock;

use super::{Coding, Part, SeatMaps, SharedArray, coded};
use crate::domain::{
    CalendarDate, Change, Command, ConcertId, ConcertNo, Definition, EarlyEnds, Layout, MemoryRows, Performance,
    PlaceRef, Sale, Section, Selection, Sequence, Settings, Stamped, State, Timestamp, UserId, Username, WallTime,
    apply, commands, fixtures,
};

const CONCERT: ConcertNo = ConcertNo(1);
const BEARER: PlaceRef = PlaceRef { concert: CONCERT, sequence: Sequence(1), user: UserId(1) };

fn date() -> CalendarDate {
    CalendarDate::new(2099, 12, 24).expect("a date")
}

/// A state behind its lock, its rows, and renderings that follow it.
struct Office {
    state: RwLock<State>,
    rows: MemoryRows,
    maps: SeatMaps,
}

impl Office {
    /// Two sections of 100 and 60 seats and one user with an ACTIVE place.
    fn open() -> Self {
        let mut office =
            Self { state: RwLock::new(State::default()), rows: MemoryRows::default(), maps: SeatMaps::default() };
        let settings = Settings { seat_limit: 1_000, end_on_hold_lapse: false, ..Settings::default() };
        office.run(0, Command::Configure(commands::Configure { settings }));
        office.run(
            0,
            Command::CreateUser(commands::CreateUser {
                user: BEARER.user,
                username: Username::plain("kim"),
                email: None,
            }),
        );
        let id = ConcertId::parse("spring").expect("an id");
        office.run(0, Command::CreateConcert(commands::CreateConcert { id, definition: Box::new(definition(60)) }));
        office.run(
            0,
            Command::Join(commands::Join { concert: CONCERT, user: BEARER.user, early_ends: EarlyEnds::default() }),
        );
        office
    }

    fn run(&mut self, seconds: i64, command: Command) {
        let stamped = Stamped { now: Timestamp(seconds * 1_000), idempotency: None, by: None, command };
        let mut state = self.state.write();
        let outcome = apply(&mut state, &self.rows, &stamped).expect("memory can be read");
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        for change in &outcome.changes {
            if let Change::State(change) = change {
                self.maps.note(change);
            }
        }
        self.rows.put_all(outcome.changes);
    }

    fn reserve(&mut self, seconds: i64, seats: &[u32]) {
        let selection = Selection::Seats(seats.to_vec());
        self.run(
            seconds,
            Command::Reserve(commands::Reserve { place_ref: BEARER, date: date(), selection, user: BEARER.user }),
        );
    }

    /// The rendering as it is kept must be what new renderings make of the same state.
    fn check(&self, seconds: i64) -> String {
        let now = Timestamp(seconds * 1_000);
        let fresh = SeatMaps::default();
        let at = (CONCERT, date());
        let free = |maps: &SeatMaps| text(maps.free(&self.state, at, now).expect("the date is bookable"));
        let mine = |sale: &Sale| sale.seats_of(BEARER.user, date(), now);
        let (kept, mine) = self.maps.map(&self.state, at, now, mine).expect("the date exists");
        let (made, ()) = fresh.map(&self.state, at, now, |_| ()).expect("the date exists");
        assert_eq!(kept.tag, made.tag, "at {seconds}");
        let (kept, made) = (text(kept.seats), text(made.seats));
        assert_eq!(kept, made, "at {seconds}");
        assert_eq!(free(&self.maps), free(&fresh), "at {seconds}");
        assert_eq!(
            kept.matches(r#""status":"held""#).count(),
            mine.len(),
            "at {seconds} all held seats are the user's"
        );
        kept
    }
}

fn text(array: Arc<SharedArray>) -> String {
    String::from_utf8(coded(&[Part::Shared(array)], Coding::Identity).concat()).expect("JSON is UTF-8")
}

fn definition(rows_of_b: u32) -> Definition {
    let section = |name: &str, rows, seats_per_row| Section::of_equal_rows(name, rows, seats_per_row, 5);
    let layout = Layout::Sections(vec![section("A", 10, 10), section("B \"side\"", rows_of_b, 1)]);
    let bookable_until = WallTime(i64::MAX);
    let performances = vec![Performance {
        date: date(),
        moved_to: None,
        called_off: None,
        starts_at_minutes: None,
        bookable_until,
        layout,
    }];
    Definition { performances, ..fixtures::definition() }
}

#[test]
fn a_view_follows_holds_cancellations_and_lapses_without_a_tick() {
    let mut office = Office::open();
    let free = office.check(0);
    office.reserve(10, &[1, 64, 65, 100, 101, 160]);
    let held = office.check(10);
    assert_eq!(held.matches(r#""status":"held""#).count(), 6);
    office.run(
        20,
        Command::Cancel(commands::Cancel { place_ref: BEARER, date: date(), seats: vec![64], user: BEARER.user }),
    );
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
    office.run(11, Command::ReviseConcert(commands::ReviseConcert { concert: CONCERT, revision: 1, definition }));
    let map = office.check(11);
    assert_eq!(map.matches(r#""seat""#).count(), 180);
    assert_eq!(map.matches(r#""status":"held""#).count(), 1);
}

#[test]
fn a_change_writes_one_chunk_and_shares_the_others() {
    let mut office = Office::open();
    office.run(
        0,
        Command::ReviseConcert(commands::ReviseConcert {
            concert: CONCERT,
            revision: 1,
            definition: Box::new(definition(900)),
        }),
    );
    let at = (CONCERT, date());
    let pieces = |office: &Office, seconds: i64| {
        let (map, ()) =
            office.maps.map(&office.state, at, Timestamp(seconds * 1_000), |_| ()).expect("the date exists");
        coded(&[Part::Shared(map.seats)], Coding::Identity).into_iter().filter(|piece| piece.len() > 1).collect()
    };
    let before: Vec<bytes::Bytes> = pieces(&office, 0);
    assert_eq!(before.len(), 4, "1,000 seats");
    office.reserve(1, &[300]);
    let after: Vec<bytes::Bytes> = pieces(&office, 1);
    let shared: Vec<bool> = before.iter().zip(&after).map(|(one, other)| one.as_ptr() == other.as_ptr()).collect();
    assert_eq!(shared, [true, false, true, true]);
}

#[test]
fn the_dates_that_were_not_asked_for_longest_give_way() {
    const BYTES_MAX: usize = 1_000_000;
    let mut office = Office::open();
    office.maps = SeatMaps::new(BYTES_MAX);
    let day = |number| CalendarDate::new(2099, 1, number).expect("a date");
    let mut large = definition(1);
    let layout = Layout::Plain { seats: 2_000, price: 5 };
    let first = large.performances[0].clone();
    let performance = |number| Performance { date: day(number), layout: layout.clone(), ..first.clone() };
    large.performances = (1..=28).map(performance).collect();
    office.run(
        0,
        Command::ReviseConcert(commands::ReviseConcert { concert: CONCERT, revision: 1, definition: Box::new(large) }),
    );
    let ask = |office: &Office, number: u32, seconds: i64| {
        let now = Timestamp(seconds * 1_000);
        text(office.maps.free(&office.state, (CONCERT, day(number)), now).expect("the date is bookable")).len()
    };
    let whole = ask(&office, 1, 0);
    for number in 1..=28 {
        assert_eq!(ask(&office, number, i64::from(number)), whole, "on day {number}");
        assert_eq!(ask(&office, 1, i64::from(number)), whole, "the first is asked for all the time");
        assert!(office.maps.bytes.load(Ordering::Relaxed) <= BYTES_MAX, "behind day {number}");
    }
    let is_kept = |number: &u32| office.maps.dates.contains_key(&(CONCERT, day(*number)));
    let kept: Vec<u32> = (1..=28).filter(is_kept).collect();
    assert!((3..28).contains(&kept.len()) && kept[0] == 1 && !kept.contains(&2) && kept.contains(&28), "{kept:?}");
    let held: usize = office.maps.dates.iter().map(|date| date.bytes.load(Ordering::Relaxed)).sum();
    assert_eq!(held, office.maps.bytes.load(Ordering::Relaxed));
    // A date that was dropped and is asked for again shows what changed meanwhile.
    office.run(
        40,
        Command::Reserve(commands::Reserve {
            place_ref: BEARER,
            date: day(2),
            selection: Selection::Seats(vec![7]),
            user: BEARER.user,
        }),
    );
    assert_eq!(ask(&office, 2, 40), whole - "7,".len());
}

#[test]
fn seats_are_valid_json_in_order() {
    let office = Office::open();
    let seats: Vec<serde_json::Value> = serde_json::from_str(&office.check(0)).expect("JSON");
    assert_eq!(seats.len(), 160);
    assert_eq!(seats[100]["section"], "B \"side\"");
    let told = serde_json::json!({
        "seat": 16, "section": "A", "row": 2, "rowLabel": "2", "label": "2-6", "price": 5, "status": "free"
    });
    assert_eq!(seats[15], told);
}
