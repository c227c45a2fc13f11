//! What must hold of a state after every command, as code: each broken rule is named with its row.
//! Rules about rows that are not kept in memory are checked where the rows are (`jari verify`).

use std::collections::BTreeMap;

use crate::domain::sale::{Due, Sale};
use crate::domain::seats::SeatTables;
use crate::domain::state::State;
use crate::domain::words::{SaleStatus, SeatKey, SeatRow, Sequence, Timestamp};

/// Every broken invariant of `state`, in words; empty when all is well.
pub fn violations(state: &State) -> Vec<String> {
    state.sales().flat_map(of_sale).collect()
}

fn of_sale(sale: &Sale) -> Vec<String> {
    let mut broken = Vec::new();
    let mut note = |what: String| broken.push(format!("concert {}: {what}", sale.id()));
    let queue = sale.queue();
    let places = queue.waiting().len() + queue.active().len();
    if sale.is_archived() && (places > 0 || sale.row().definition.status != SaleStatus::Closed) {
        note(format!("it is archived with {places} live places, and its status is {:?}", sale.row().definition.status));
    }
    if queue.live() != places as u64 {
        note(format!("{places} live places, but {} users with one", queue.live()));
    }
    let users = queue.waiting().iter().map(|(_, place)| (place.sequence, place.user));
    for (sequence, user) in users.chain(queue.active().iter().map(|(sequence, place)| (*sequence, place.user))) {
        if queue.of_user(user) != Some(sequence) {
            note(format!("place {} is not the live place of its user", sequence.0));
        }
        if sequence.0 > sale.counters().last_sequence {
            note(format!("place {} is above the last sequence {}", sequence.0, sale.counters().last_sequence));
        }
    }
    for (index, (order, place)) in queue.waiting().iter().enumerate() {
        if !(1..=sale.counters().last_sequence).contains(&order.0) {
            note(format!("place {} is number {} in line, which no arrival had", place.sequence.0, order.0));
        }
        let sequence = place.sequence;
        if queue.position(sequence) != index as u64 + 1 {
            note(format!(
                "place {} is {}., but its position reads {}",
                sequence.0,
                index + 1,
                queue.position(sequence)
            ));
        }
    }
    let held = held_seats(sale);
    for (key, (sequence, expires_at)) in &held {
        let holds = queue.active().get(sequence).map(|place| &place.holds);
        if holds.and_then(|holds| holds.get(*key)) != Some(*expires_at) {
            note(format!("seat {} of {} is held by place {}, which does not hold it", key.seat, key.date, sequence.0));
        }
        if !sale.deadlines().contains(&(*expires_at, Due::HoldLapse(*key))) {
            note(format!("the hold of seat {} of {} has no deadline", key.seat, key.date));
        }
    }
    let holds: usize = queue.active().values().map(|place| place.holds.len()).sum();
    if holds != held.len() {
        note(format!("places hold {holds} seats, but {} seats are held", held.len()));
    }
    for (sequence, place) in queue.active() {
        let ended =
            place.holds.is_empty() && !sale.deadlines().contains(&(place.active_until, Due::ActiveEnd(*sequence)));
        if ended {
            note(format!("ACTIVE place {} has neither a hold nor a deadline", sequence.0));
        }
    }
    broken
}

fn held_seats(sale: &Sale) -> BTreeMap<SeatKey, (Sequence, Timestamp)> {
    let mut held = BTreeMap::new();
    for (date, table) in sale.seats.whole().into_iter().flat_map(SeatTables::iter) {
        for (seat, row) in table.held() {
            if let SeatRow::Held { sequence, expires_at, .. } = row {
                held.insert(SeatKey { date, seat }, (*sequence, *expires_at));
            }
        }
    }
    held
}
