//! The whole journey of a buyer: token, the wait for admission, map, hold, charge, pay.

use std::time::{Duration, Instant};

use super::super::known::SeatKnown;
use super::super::lane::Lane;
use super::super::stage::Stage;
use super::super::venue::PRICE;
use super::sale::write_seat;
use super::wallet::write_charge;

const TOKEN: usize = 0;
const POLL: usize = 1;
const MAP: usize = 2;
const HOLD: usize = 3;
const CHARGE: usize = 4;
const PAY: usize = 5;
const JOURNEY: usize = 6;

/// A journey came to an end before its time; why is recorded with the request that it ended at.
struct Abandoned;

/// One journey after the other, each for another seat. A connection has users of its own: a user has one place a
/// concert, which two journeys at once would share.
pub async fn sell(lane: &mut Lane<'_>, stage: &Stage, connections: usize) {
    let own: Vec<usize> = (lane.number..stage.users.len()).step_by(connections).collect();
    for user in own.iter().cycle() {
        let Some(from) = lane.next().await else { return };
        let Some(seat) = stage.next_below(stage.venue.seats) else { return };
        if journey(lane, stage, *user, seat, from).await.is_ok() {
            lane.completed(JOURNEY, from);
        }
    }
}

async fn journey(lane: &mut Lane<'_>, stage: &Stage, user: usize, seat: usize, from: Instant) -> Result<(), Abandoned> {
    let token = admitted(lane, stage, user, seat, from).await?;
    lane.think().await;

    let date = stage.venue.seat(seat).date;
    lane.request.get(format_args!("/seats?date={date}"), Some(&token));
    let answer = lane.send(MAP, Instant::now()).await.map_err(|_| Abandoned)?;
    if !answer.is_success() {
        return Err(Abandoned);
    }
    lane.think().await;

    write_seat(&mut lane.request, "/seats/reserve", stage, &token, user, seat);
    match lane.send(HOLD, Instant::now()).await {
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
    let bought = buy(lane, stage, &token, user, seat).await;
    if bought.is_err() && stage.known.seat(seat) == SeatKnown::Held(user) {
        // The user's next payment ends the place, and this hold with it.
        stage.known.note(seat, SeatKnown::MaybeHeld(user));
    }
    bought
}

/// Charges and pays a seat that is held.
async fn buy(lane: &mut Lane<'_>, stage: &Stage, token: &str, user: usize, seat: usize) -> Result<(), Abandoned> {
    write_charge(lane, &stage.users[user], PRICE);
    match lane.send(CHARGE, Instant::now()).await {
        Ok(answer) if answer.is_success() => stage.known.charged(user, PRICE),
        Ok(_) => return Err(Abandoned),
        Err(_) => {
            stage.known.maybe_charged(user, PRICE);
            return Err(Abandoned);
        }
    }
    lane.think().await;

    write_seat(&mut lane.request, "/seats/payment", stage, token, user, seat);
    match lane.send(PAY, Instant::now()).await {
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

/// The token of a place at the concert of `seat`, once it is ACTIVE.
async fn admitted(
    lane: &mut Lane<'_>,
    stage: &Stage,
    user: usize,
    seat: usize,
    from: Instant,
) -> Result<String, Abandoned> {
    let concert = &stage.venue.concerts[stage.venue.seat(seat).concert].id;
    let body = format_args!(r#"{{"userId":"{}","concertId":"{concert}"}}"#, stage.users[user]);
    lane.request.post(format_args!("/token"), None, body);
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
