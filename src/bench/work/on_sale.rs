//! The whole journey of a buyer: token, the wait for admission, map, hold, charge, pay.

use std::time::{Duration, Instant};

use super::super::answer::{Answer, Fault};
use super::super::known::SeatKnown;
use super::super::lane::Lane;
use super::super::request::Request;
use super::super::stage::Stage;
use super::super::venue::PRICE;
use super::crowd::Crowd;
use super::sale::write_seat;
use super::wallet::write_charge;

const TOKEN: usize = 0;
const POLL: usize = 1;
const MAP: usize = 2;
const HOLD: usize = 3;
const CHARGE: usize = 4;
const PAY: usize = 5;
/// The journey as a whole.
pub const JOURNEY: usize = 6;
/// How often a buyer in a crowd who was let in asks for the same thing: nobody who has come that far goes away soon.
const PATIENT_TRIES_MAX: u32 = 20;

/// A journey came to an end before its time; why is recorded with the request that it ended at.
pub struct Abandoned;

/// Where the requests of a journey count, and what a buyer does who is told that the server is overloaded.
#[derive(Clone, Copy)]
pub enum Manner<'a> {
    /// Each kind of request for itself; a refusal ends the journey.
    ByKind,
    /// By the phases of an overload; a refusal is waited out.
    InCrowd(&'a Crowd),
}

/// Who buys what; numbers of a user and of a seat.
#[derive(Clone, Copy)]
pub struct Buyer {
    pub user: usize,
    pub seat: usize,
}

/// One journey after the other, each for another seat. A connection has users of its own: a user has one place a
/// concert, which two journeys at once would share.
pub async fn sell(lane: &mut Lane<'_>, stage: &Stage, connections: usize) {
    let own: Vec<usize> = (lane.number..stage.users.len()).step_by(connections).collect();
    // Of somebody who was not let in.
    let mut untouched_seat = None;
    for user in own.iter().cycle() {
        let Some(from) = lane.next().await else { return };
        let Some(seat) = untouched_seat.take().or_else(|| stage.next_below(stage.venue.seats)) else { return };
        let buyer = Buyer { user: *user, seat };
        let Ok(token) = admitted(lane, stage, buyer, from).await else {
            untouched_seat = Some(seat);
            continue;
        };
        lane.think().await;
        if shop(lane, stage, Manner::ByKind, &token, buyer).await.is_ok() {
            lane.completed(JOURNEY, from);
        }
    }
}

/// Writes the request of `user` for a place at the concert of `seat`.
pub fn write_join(request: &mut Request, stage: &Stage, user: usize, seat: usize) {
    let concert = &stage.venue.concerts[stage.venue.seat(seat).concert].id;
    let body = format_args!(r#"{{"userId":"{}","concertId":"{concert}"}}"#, stage.users[user]);
    request.post(format_args!("/token"), None, body);
}

/// What a buyer with an ACTIVE place does: map, hold, charge, pay.
///
/// # Errors
/// A step was not granted or not answered.
pub async fn shop(
    lane: &mut Lane<'_>,
    stage: &Stage,
    manner: Manner<'_>,
    token: &str,
    buyer: Buyer,
) -> Result<(), Abandoned> {
    let Buyer { user, seat } = buyer;
    let date = stage.venue.seat(seat).date;
    lane.request.get(format_args!("/seats?date={date}"), Some(token));
    let answer = send(lane, manner, MAP).await.map_err(|_| Abandoned)?;
    if !answer.is_success() {
        return Err(Abandoned);
    }
    lane.think().await;

    write_seat(&mut lane.request, "/seats/reserve", stage, token, user, seat);
    match send(lane, manner, HOLD).await {
        Ok(answer) if answer.is_success() => {
            stage.note_hold_seconds(answer.number("expiresIn").unwrap_or(0));
            stage.known.note(seat, SeatKnown::Held(user));
        }
        Ok(_) => return Err(Abandoned),
        Err(_) => {
            stage.known.note(seat, SeatKnown::MaybeHeld(user));
            return Err(Abandoned);
        }
    }
    lane.think().await;
    let bought = buy(lane, stage, manner, token, buyer).await;
    if bought.is_err() && stage.known.seat(seat) == SeatKnown::Held(user) {
        // The user's next payment ends the place, and this hold with it.
        stage.known.note(seat, SeatKnown::MaybeHeld(user));
    }
    bought
}

/// Charges and pays a seat that is held.
async fn buy(
    lane: &mut Lane<'_>,
    stage: &Stage,
    manner: Manner<'_>,
    token: &str,
    buyer: Buyer,
) -> Result<(), Abandoned> {
    let Buyer { user, seat } = buyer;
    write_charge(lane, &stage.users[user], PRICE);
    match send(lane, manner, CHARGE).await {
        Ok(answer) if answer.is_success() => stage.known.charged(user, PRICE),
        Ok(_) => return Err(Abandoned),
        Err(_) => {
            stage.known.maybe_charged(user, PRICE);
            return Err(Abandoned);
        }
    }
    lane.think().await;

    write_seat(&mut lane.request, "/seats/payment", stage, token, user, seat);
    match send(lane, manner, PAY).await {
        Ok(answer) if answer.is_success() => {
            stage.known.note(seat, SeatKnown::Paid(user));
            Ok(())
        }
        Ok(_) => Err(Abandoned),
        Err(_) => {
            stage.known.note(seat, SeatKnown::MaybePaid(user));
            Err(Abandoned)
        }
    }
}

/// Sends the request in hand, which asks for `kind`, as often as it takes where that is the manner.
async fn send<'l>(lane: &'l mut Lane<'_>, manner: Manner<'_>, kind: usize) -> Result<Answer<'l>, Fault> {
    let crowd = match manner {
        Manner::ByKind => return lane.send(kind, Instant::now()).await,
        Manner::InCrowd(crowd) => crowd,
    };
    for _ in 0..PATIENT_TRIES_MAX {
        let from = Instant::now();
        let sent = lane.send(crowd.request_step(from), from).await;
        crowd.note(from, sent.as_ref().is_ok_and(|answer| answer.is_success()));
        let answer = sent?;
        match answer.retry_after_seconds.filter(|_| answer.is_overloaded()) {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => break,
        }
    }
    Ok(lane.answer())
}

/// The token of a place at the concert of the seat, once it is ACTIVE.
async fn admitted(lane: &mut Lane<'_>, stage: &Stage, buyer: Buyer, from: Instant) -> Result<String, Abandoned> {
    write_join(&mut lane.request, stage, buyer.user, buyer.seat);
    let answer = lane.send(TOKEN, from).await.map_err(|_| Abandoned)?;
    let token = answer.text("token").ok_or(Abandoned)?.to_owned();
    let mut is_active = answer.text("status") == Some("ACTIVE");
    let mut poll_after = answer.number("pollAfter").unwrap_or(1);
    while !is_active {
        let ask_at = Instant::now() + Duration::from_secs(poll_after);
        tokio::time::sleep_until(ask_at.min(lane.run.starts.until).into()).await;
        if ask_at >= lane.run.starts.until {
            return Err(Abandoned);
        }
        lane.request.get(format_args!("/token"), Some(&token));
        let answer = lane.send(POLL, Instant::now()).await.map_err(|_| Abandoned)?;
        if !answer.is_success() {
            return Err(Abandoned);
        }
        is_active = answer.text("status") == Some("ACTIVE");
        poll_after = answer.number("pollAfter").unwrap_or(1);
    }
    Ok(token)
}
