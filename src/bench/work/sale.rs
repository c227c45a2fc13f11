//! Seats: hold them, lose them, pay them.

use super::super::known::SeatKnown;
use super::super::lane::Lane;
use super::super::request::Request;
use super::super::stage::Stage;
use super::super::venue::Seat;

const LOST_CLAIM: usize = 0;
/// Places of what is done beside a hot seat among the steps of that work.
pub const HOLD_BESIDE: usize = 1;
pub const POLL_BESIDE: usize = 2;
const PAY: usize = 0;
/// The seat that everybody wants.
const HOT_SEAT: usize = 0;

/// Writes the request of `user` with a body that names a seat.
pub fn write_seat(request: &mut Request, path: &str, stage: &Stage, token: &str, user: usize, seat: usize) {
    let Seat { date, number, .. } = stage.venue.seat(seat);
    let body = format_args!(r#"{{"userId":"{}","date":"{date}","seat":{number}}}"#, stage.users[user]);
    request.post(format_args!("{path}"), Some(token), body);
}

/// Holds seats that nobody else wants, as step number `step`.
pub async fn hold(lane: &mut Lane<'_>, stage: &Stage, step: usize) {
    while let Some(from) = lane.next().await {
        let Some(seat) = stage.next_below(stage.venue.seats) else { return };
        let user = seat % stage.users.len();
        write_seat(&mut lane.request, "/seats/reserve", stage, &stage.tokens[user], user, seat);
        match lane.send(step, from).await {
            Ok(answer) if answer.is_success() => {
                stage.note_hold_seconds(answer.number("expiresIn").unwrap_or(0));
                stage.known.note(seat, SeatKnown::Held(user));
            }
            Ok(_) => {}
            Err(_) => stage.known.note(seat, SeatKnown::MaybeHeld(user)),
        }
    }
}

/// Claims a seat that another user holds.
pub async fn lose(lane: &mut Lane<'_>, stage: &Stage) {
    // User 0 holds it.
    let user = 1 + lane.number % (stage.users.len() - 1);
    while let Some(from) = lane.next().await {
        write_seat(&mut lane.request, "/seats/reserve", stage, &stage.tokens[user], user, HOT_SEAT);
        // How it ended is recorded; whoever wins against the holder is found when the books are checked.
        let _ = lane.send(LOST_CLAIM, from).await;
    }
}

/// Pays seats that were held before, each by the user with its number.
pub async fn pay(lane: &mut Lane<'_>, stage: &Stage) {
    while let Some(from) = lane.next().await {
        let Some(seat) = stage.next_below(stage.venue.seats) else { return };
        write_seat(&mut lane.request, "/seats/payment", stage, &stage.tokens[seat], seat, seat);
        match lane.send(PAY, from).await {
            Ok(answer) if answer.is_success() => stage.known.note(seat, SeatKnown::Paid(seat)),
            Ok(_) => {}
            Err(_) => stage.known.note(seat, SeatKnown::MaybePaid(seat)),
        }
    }
}
