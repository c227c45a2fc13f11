//! What is broken of queue places and of admissions.

use jari::domain::{
    Counters, EndReason, EndedPlace, LineOrder, PlaceRow, Rows, Sequence, Table, Timestamp, UserId, tables,
};
use jari::replica::Recovered;
use jari::simulation::SimulatedDisk;

use super::{CONCERT, check, counters, rows};

fn live_place(opened: &Recovered<SimulatedDisk>, sequence: u64) -> PlaceRow {
    opened.replica.store().get::<tables::Places>(&(CONCERT, Sequence(sequence))).expect("read").expect("it lives")
}

#[test]
fn queue_places_out_of_order_are_found() {
    let waiting = PlaceRow { user: UserId(4), issued_at: Timestamp(i64::MAX), order: LineOrder(8), active: None };
    check(
        vec![tables::Places::change((CONCERT, Sequence(8)), Some(waiting))],
        &[
            "places concert 1 place 8: place 7 is due here",
            "places concert 1 place 8: its user has another live place",
            "counters concert 1: the last place is 8 and 5 were admitted, but they say 6 and 5",
        ],
    );
    let ended = EndedPlace { place: waiting, reason: EndReason::Left, ended_at: Timestamp(i64::MAX) };
    check(
        vec![tables::EndedPlaces::change((CONCERT, Sequence(6)), Some(ended))],
        &["places concert 1 place 6: it is live and over at once"],
    );
    check(
        vec![tables::Places::change((CONCERT, Sequence(4)), None)],
        &[
            "places concert 1 place 5: place 4 is due here",
            "places concert 1 place 6: place 5 is due here",
            "counters concert 1: the last place is 6 and 4 were admitted, but they say 6 and 5",
            "admissions concert 1: they count 5 admissions, but 4 to 4 places were admitted in their time",
        ],
    );
    let overtaken = PlaceRow { active: None, ..waiting };
    check(
        vec![tables::Places::change(
            (CONCERT, Sequence(4)),
            Some(PlaceRow { issued_at: Timestamp(1_900_000_020_300), order: LineOrder(4), ..overtaken }),
        )],
        &[
            "places concert 1 place 4: it was issued before the one in front of it",
            "places concert 1 place 5: it was admitted while place 4 still waits",
            "counters concert 1: the last place is 6 and 4 were admitted, but they say 6 and 5",
            "admissions concert 1: they count 5 admissions, but 4 to 4 places were admitted in their time",
        ],
    );
    let beside = PlaceRow { order: LineOrder(5), ..rows(|opened| live_place(opened, 6)) };
    check(
        vec![tables::Places::change((CONCERT, Sequence(6)), Some(beside))],
        &["places concert 1 place 6: another place is number 5 in line, too"],
    );
    let ahead = PlaceRow { order: LineOrder(9), ..rows(|opened| live_place(opened, 6)) };
    check(
        vec![tables::Places::change((CONCERT, Sequence(6)), Some(ahead))],
        &["places concert 1 place 6: it is number 9 in line, of 6 that ever were"],
    );
    let counters = Counters { last_sequence: 6, last_reservation: 3, admitted: 9, ..rows(counters) };
    check(
        vec![tables::Counters::change(CONCERT, Some(counters))],
        &["counters concert 1: the last place is 6 and 5 were admitted, but they say 6 and 9"],
    );
}

#[test]
fn more_active_places_than_the_policy_allowed_are_found() {
    // Given a policy of 3 ACTIVE places, when the fourth is ACTIVE with the others.
    let at = Timestamp(1_900_000_100_000);
    let active = PlaceRow { user: UserId(6), issued_at: at, order: LineOrder(6), active: Some((at, at)) };
    let counters = Counters { last_sequence: 6, last_reservation: 3, admitted: 6, ..rows(counters) };
    check(
        vec![
            tables::Places::change((CONCERT, Sequence(6)), Some(active)),
            tables::Counters::change(CONCERT, Some(counters)),
            tables::Admissions::change((CONCERT, at), Some(1)),
        ],
        &["places concert 1: more than 3 ACTIVE places at 1900000100000"],
    );
}
