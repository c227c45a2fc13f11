//! How a run begins, and what an organiser may say at random.

use jari::domain::{CalendarDate, Limit, QueuePolicy, SaleStatus, Settings, Timestamp, WallOffset, WallTime};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::naive::{Concert, Date, Model, User};

pub(crate) const USERS: u128 = 4;
pub(crate) const CONCERTS: u32 = 2;
const BEGINNING: Timestamp = Timestamp(1_900_000_000_000);
/// What the wall clock shows then.
const BEGINNING_WALL: WallTime = WallTime(BEGINNING.0);

/// A box office with two concerts on sale and some users.
pub(crate) fn beginning() -> impl Strategy<Value = Model> {
    (settings(), vec(concert(), CONCERTS as usize)).prop_map(|(settings, concerts)| Model {
        now: BEGINNING,
        offset: WallOffset(0),
        settings,
        concerts,
        users: (0..USERS).map(|_| User { blocked: false, deleted: false }).collect(),
        entries: Vec::new(),
        payments: Vec::new(),
        kept: Vec::new(),
        asked: 0,
        answer: None,
    })
}

pub(crate) fn settings() -> impl Strategy<Value = Settings> {
    (1..20_u32, option::of(2..4_u32), 3..40_u32, any::<bool>(), 1..5_u32).prop_map(
        |(hold_seconds, max_active, active_seconds, end_on_hold_lapse, seat_limit)| Settings {
            hold_seconds,
            max_active,
            active_seconds,
            end_on_hold_lapse,
            seat_limit,
            charge_max: 20,
            ..Settings::default()
        },
    )
}

pub(crate) fn concert() -> impl Strategy<Value = Concert> {
    let opens = option::weighted(0.2, time(BEGINNING_WALL));
    let closes = option::weighted(0.2, time(BEGINNING_WALL.plus_seconds(30)));
    (policy(), dates(BEGINNING_WALL), opens, closes, option::of(1..4_u32)).prop_map(
        |(policy, dates, opens_at, closes_at, seat_limit)| Concert {
            status: SaleStatus::OnSale,
            opens_at,
            closes_at,
            closed_itself: false,
            offset: WallOffset(0),
            offset_since: Timestamp(0),
            offset_before: WallOffset(0),
            seat_limit,
            dates,
            policy,
            places: Vec::new(),
            bookings: Vec::new(),
            admissions: Vec::new(),
        },
    )
}

pub(crate) fn policy() -> impl Strategy<Value = QueuePolicy> {
    let limit = |most: u32| prop_oneof![Just(Limit::Server), Just(Limit::Off), (1..most).prop_map(Limit::Set)];
    let active_seconds = prop_oneof![Just(Limit::Server), (3..40_u32).prop_map(Limit::Set)];
    (limit(4), limit(4), limit(9), active_seconds).prop_map(
        |(max_active, admit_count, admit_interval, active_seconds)| QueuePolicy {
            max_active,
            admit_count,
            admit_interval,
            active_seconds,
            ..QueuePolicy::default()
        },
    )
}

pub(crate) fn day(day: u32) -> CalendarDate {
    CalendarDate::new(2030, 12, day).expect("a day of December")
}

/// The 24th with two sections, the 25th or none with one row.
pub(crate) fn dates(now: WallTime) -> impl Strategy<Value = Vec<Date>> {
    let far = WallTime(i64::MAX);
    let begins = prop_oneof![8 => Just(far), 1 => time(now.plus_seconds(10))];
    (begins, 0..9_u32, 1..4_u32, 1..3_u32).prop_map(move |(begins, plain, price, rows)| {
        let section = |name: &str, rows, seats, price| (name.to_owned(), rows, seats, price);
        let mut dates = vec![Date::new(day(24), begins, vec![section("A", rows, 3, price), section("B", 1, 4, 2)])];
        if plain > 1 {
            dates.push(Date::new(day(25), far, vec![section("A", 1, plain / 2, price)]));
        }
        dates
    })
}

/// Within some seconds from `from` on, often at a whole second.
pub(crate) fn time(from: WallTime) -> impl Strategy<Value = WallTime> {
    prop_oneof![(0..20_i64).prop_map(|seconds| seconds * 1_000), 0..20_000_i64]
        .prop_map(move |after_ms| WallTime(from.0 + after_ms))
}
