//! The whole journey of a buyer: token, the wait for admission, map, hold, charge, pay.

use std::time::{Duration, Instant};

use super::super::acknowledged::AcknowledgedSeat;
use super::super::client::{Fault, Response};
use super::super::fixtures::{Buyer, Fixtures, PRICE};
use super::super::virtual_user::VirtualUser;
use super::phase_metrics::PhaseMetrics;

const TOKEN: usize = 0;
const POLL: usize = 1;
const MAP: usize = 2;
const HOLD: usize = 3;
const CHARGE: usize = 4;
const PAY: usize = 5;
/// The journey as a whole.
pub(crate) const JOURNEY: usize = 6;
/// How often a buyer in an overload who was let in asks for the same thing: nobody who has come that far goes away
/// soon.
const PATIENT_TRIES_MAX: u32 = 20;

/// A journey came to an end before its time; why is recorded with the request that it ended at.
pub(super) struct Abandoned;

/// Where the requests of a journey count, and what a buyer does who is told that the server is overloaded.
#[derive(Clone, Copy)]
pub(super) enum Counting<'a> {
    /// Each kind of request for itself; a refusal ends the journey.
    ByKind,
    /// By the phases of an overload; a refusal is waited out.
    ByPhase(&'a PhaseMetrics),
}

/// One journey after the other, each for another seat. A virtual user has users of its own: a user has one place a
/// concert, which two journeys at once would share.
pub(super) async fn sell(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures, connections: usize) {
    let own: Vec<usize> = (virtual_user.number..fixtures.users.len()).step_by(connections).collect();
    // Of somebody who was not let in.
    let mut untouched_seat = None;
    for user in own.iter().cycle() {
        let Some(from) = virtual_user.next().await else { return };
        let Some(seat) = untouched_seat.take().or_else(|| fixtures.next_below(fixtures.concerts.seats)) else { return };
        let buyer = Buyer { user: *user, seat };
        let Ok(token) = admitted(virtual_user, fixtures, buyer, from).await else {
            untouched_seat = Some(seat);
            continue;
        };
        virtual_user.think().await;
        if shop(virtual_user, fixtures, Counting::ByKind, &token, buyer).await.is_ok() {
            virtual_user.completed(JOURNEY, from);
        }
    }
}

/// Writes the request of a buyer for a place at the concert of the seat.
pub(super) fn write_join(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures, buyer: Buyer) {
    let concert = fixtures.concerts.seat(buyer.seat).concert;
    fixtures.write_join(&mut virtual_user.request, buyer.user, concert);
}

/// What a buyer with an ACTIVE place does: map, hold, charge, pay.
///
/// # Errors
/// A step was not granted or not answered.
pub(super) async fn shop(
    virtual_user: &mut VirtualUser<'_>,
    fixtures: &Fixtures,
    counting: Counting<'_>,
    token: &str,
    buyer: Buyer,
) -> Result<(), Abandoned> {
    let Buyer { user, seat } = buyer;
    let date = fixtures.concerts.seat(seat).date;
    virtual_user.request.get(format_args!("/seats?date={date}"), Some(token));
    let response = send(virtual_user, counting, MAP).await.map_err(|_| Abandoned)?;
    if !response.is_success() {
        return Err(Abandoned);
    }
    virtual_user.think().await;

    fixtures.write_seat(&mut virtual_user.request, "/seats/reserve", token, buyer);
    match send(virtual_user, counting, HOLD).await {
        Ok(response) if response.is_success() => {
            fixtures.acknowledged.note_hold(seat, user, response.number("expiresIn").unwrap_or(0));
        }
        Ok(_) => return Err(Abandoned),
        Err(_) => {
            fixtures.acknowledged.note(seat, AcknowledgedSeat::MaybeHeld(user));
            return Err(Abandoned);
        }
    }
    virtual_user.think().await;
    let bought = buy(virtual_user, fixtures, counting, token, buyer).await;
    if bought.is_err() && fixtures.acknowledged.seat(seat) == AcknowledgedSeat::Held(user) {
        // The user's next payment ends the place, and this hold with it.
        fixtures.acknowledged.note(seat, AcknowledgedSeat::MaybeHeld(user));
    }
    bought
}

/// Charges and pays a seat that is held.
async fn buy(
    virtual_user: &mut VirtualUser<'_>,
    fixtures: &Fixtures,
    counting: Counting<'_>,
    token: &str,
    buyer: Buyer,
) -> Result<(), Abandoned> {
    let Buyer { user, seat } = buyer;
    let operator_key = virtual_user.run.server.operator_key.as_deref();
    fixtures.write_charge(&mut virtual_user.request, operator_key, user, PRICE);
    match send(virtual_user, counting, CHARGE).await {
        Ok(response) if response.is_success() => fixtures.acknowledged.charged(user, PRICE),
        Ok(_) => return Err(Abandoned),
        Err(_) => {
            fixtures.acknowledged.maybe_charged(user, PRICE);
            return Err(Abandoned);
        }
    }
    virtual_user.think().await;

    fixtures.write_seat(&mut virtual_user.request, "/seats/payment", token, buyer);
    match send(virtual_user, counting, PAY).await {
        Ok(response) if response.is_success() => {
            fixtures.acknowledged.note(seat, AcknowledgedSeat::Paid(user));
            Ok(())
        }
        Ok(_) => Err(Abandoned),
        Err(_) => {
            fixtures.acknowledged.note(seat, AcknowledgedSeat::MaybePaid(user));
            Err(Abandoned)
        }
    }
}

/// Sends the request in hand, which asks for `kind`, as often as it takes where a refusal is waited out.
async fn send<'v>(
    virtual_user: &'v mut VirtualUser<'_>,
    counting: Counting<'_>,
    kind: usize,
) -> Result<Response<'v>, Fault> {
    let metrics = match counting {
        Counting::ByKind => return virtual_user.send(kind, Instant::now()).await,
        Counting::ByPhase(metrics) => metrics,
    };
    for _ in 0..PATIENT_TRIES_MAX {
        let from = Instant::now();
        let sent = virtual_user.send(metrics.request_step(from), from).await;
        metrics.note(from, sent.as_ref().is_ok_and(Response::is_success));
        let response = sent?;
        match response.retry_after_seconds.filter(|_| response.is_overloaded()) {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => break,
        }
    }
    Ok(virtual_user.response())
}

/// The token of a place at the concert of the seat, once it is ACTIVE.
async fn admitted(
    virtual_user: &mut VirtualUser<'_>,
    fixtures: &Fixtures,
    buyer: Buyer,
    from: Instant,
) -> Result<String, Abandoned> {
    write_join(virtual_user, fixtures, buyer);
    let response = virtual_user.send(TOKEN, from).await.map_err(|_| Abandoned)?;
    let token = response.text("token").ok_or(Abandoned)?.to_owned();
    let mut is_active = response.text("status") == Some("ACTIVE");
    let mut poll_after = response.number("pollAfter").unwrap_or(1);
    while !is_active {
        let ask_at = Instant::now() + Duration::from_secs(poll_after);
        let until = virtual_user.run.iterations.until;
        tokio::time::sleep_until(ask_at.min(until).into()).await;
        if ask_at >= until {
            return Err(Abandoned);
        }
        virtual_user.request.get(format_args!("/token"), Some(&token));
        let response = virtual_user.send(POLL, Instant::now()).await.map_err(|_| Abandoned)?;
        if !response.is_success() {
            return Err(Abandoned);
        }
        is_active = response.text("status") == Some("ACTIVE");
        poll_after = response.number("pollAfter").unwrap_or(1);
    }
    Ok(token)
}
