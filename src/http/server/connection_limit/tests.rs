//! Newcomers at the cap and at that of a client.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::{ConnectionLimit, Counted, Full, Room, SPARE_CONNECTIONS};
use crate::config::{ClientLimit, Loopback};
use crate::http::server::connection::Stage;

fn limit(max_connections: u32, most: u32, loopback: Loopback) -> ConnectionLimit {
    ConnectionLimit::new(max_connections, ClientLimit { most, loopback })
}

fn take(limit: &ConnectionLimit, from: &str) -> Result<Counted, Full> {
    limit.take(from.parse::<IpAddr>().expect("an address"), Instant::now())
}

fn is_told(connection: &Counted) -> bool {
    connection.told_to_leave().now_or_never().is_some()
}

/// A connection whose client waits for an answer.
fn busy(limit: &ConnectionLimit) -> Counted {
    let busy = take(limit, "192.0.2.1").expect("there is room");
    busy.note_request();
    busy
}

#[test]
fn a_client_has_so_many_connections_wherever_in_its_network_it_is() {
    let limit = limit(100, 2, Loopback::Counted);
    for (one, same, other) in [
        ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"),
        ("2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ("::1", "::1", "::1:0:0:0:1"),
    ] {
        let first = take(&limit, one).expect("the first");
        let _second = take(&limit, same).expect("the second");
        assert_eq!(take(&limit, one).err(), Some(Full::Client), "{one}");
        assert_eq!(take(&limit, same).err(), Some(Full::Client), "{same}");
        drop(take(&limit, other).expect("another client"));
        drop(first);
        drop(take(&limit, same).expect("one has gone"));
    }
}

#[test]
fn loopback_is_counted_only_when_that_was_asked_for() {
    let limit = limit(100, 1, Loopback::Free);
    let _many = ["127.0.0.1", "127.0.0.1", "127.9.9.9", "::1", "::1", "::ffff:127.0.0.1"]
        .map(|from| take(&limit, from).expect("not counted"));
    let _one = take(&limit, "192.0.2.7").expect("the first");
    assert_eq!(take(&limit, "192.0.2.7").err(), Some(Full::Client));
}

#[test]
fn the_idlest_leaves_for_a_newcomer_and_a_busy_one_does_not() {
    let limit = limit(3, 100, Loopback::Free);
    let busy = busy(&limit);
    let idlest = take(&limit, "192.0.2.1").expect("there is room");
    let idle = take(&limit, "192.0.2.1").expect("there is room");
    let newcomer = take(&limit, "192.0.2.2").expect("there is always room for health");
    assert_eq!(newcomer.room(), Room::Regular);
    assert_eq!([&busy, &idlest, &idle, &newcomer].map(is_told), [false, true, false, false]);
}

#[test]
fn one_that_has_just_been_answered_stays_and_one_that_is_slow_for_longer_leaves_first() {
    let limit = limit(3, 100, Loopback::Free);
    let aged = |stage, seconds| {
        let connected = Instant::now().checked_sub(Duration::from_secs(seconds)).expect("the clock is older");
        let connection = limit.take("192.0.2.1".parse().expect("an address"), connected).expect("there is room");
        connection.begin_in(stage);
        connection
    };
    let (answered, slow, resting) = (aged(Stage::Idle, 0), aged(Stage::Head, 9), aged(Stage::Idle, 5));
    let told = || [&answered, &slow, &resting].map(is_told);
    let first = aged(Stage::Answer, 0);
    assert_eq!((first.room(), told()), (Room::Regular, [false, true, false]));
    let second = aged(Stage::Answer, 0);
    assert_eq!((second.room(), told()), (Room::Regular, [false, false, true]));
    let third = aged(Stage::Answer, 0);
    assert_eq!((third.room(), told()), (Room::Spare, [false; 3]));
}

#[test]
fn one_that_has_asked_since_it_was_found_idle_stays() {
    let limit = limit(2, 100, Loopback::Free);
    let first = take(&limit, "192.0.2.1").expect("there is room");
    let second = take(&limit, "192.0.2.1").expect("there is room");
    let _third = take(&limit, "192.0.2.1").expect("the first leaves");
    assert!(is_told(&first));
    second.note_request();
    let fourth = take(&limit, "192.0.2.1").expect("the third leaves");
    assert_eq!((is_told(&second), fourth.room()), (false, Room::Regular));
}

#[test]
fn beyond_the_cap_there_are_a_few_and_the_first_that_asks_nothing_leaves() {
    let limit = limit(1, 1_000, Loopback::Free);
    let regular = busy(&limit);
    let spare: Vec<_> = (0..SPARE_CONNECTIONS).map(|_| take(&limit, "192.0.2.2").expect("a spare one")).collect();
    assert!(spare.iter().all(|connection| connection.room() == Room::Spare));
    spare[0].note_request();
    let another = take(&limit, "192.0.2.3").expect("one leaves");
    assert_eq!([&spare[0], &spare[1], &spare[2]].map(is_told), [false, true, false]);
    assert_eq!(spare[2].promote(), Room::Spare, "there is no room yet");
    drop(regular);
    assert_eq!(spare[2].room(), Room::Spare);
    assert_eq!(spare[2].promote(), Room::Regular);
    assert_eq!(spare[2].room(), Room::Regular);
    spare[2].note_request();
    for connection in spare.iter().skip(3).chain([&another]) {
        connection.note_request();
        assert_eq!(connection.promote(), Room::Spare);
    }
    let room = |limit| take(limit, "192.0.2.4").map(|connection| connection.room());
    assert_eq!(room(&limit), Ok(Room::Spare), "the two that left are gone");
    drop(spare);
    drop(another);
    assert_eq!(room(&limit), Ok(Room::Regular), "nothing is left behind");
}
