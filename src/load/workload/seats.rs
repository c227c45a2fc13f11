//! Seats: hold them, lose them, pay them.

use super::super::acknowledged::AcknowledgedSeat;
use super::super::fixtures::{Buyer, Fixtures};
use super::super::virtual_user::VirtualUser;

const LOST_CLAIM: usize = 0;
/// Places of what is done beside a hot seat among the steps of that workload.
pub(super) const HOLD_BESIDE: usize = 1;
pub(super) const POLL_BESIDE: usize = 2;
const PAY: usize = 0;
/// The seat that everybody wants.
const HOT_SEAT: usize = 0;

/// Holds seats that nobody else wants, as step number `step`.
pub(super) async fn hold(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures, step: usize) {
    while let Some(from) = virtual_user.next().await {
        let Some(seat) = fixtures.next_below(fixtures.concerts.seats) else { return };
        let user = seat % fixtures.users.len();
        let token = &fixtures.tokens[user];
        fixtures.write_seat(&mut virtual_user.request, "/seats/reserve", token, Buyer { user, seat });
        match virtual_user.send(step, from).await {
            Ok(response) if response.is_success() => {
                fixtures.acknowledged.note_hold(seat, user, response.number("expiresIn").unwrap_or(0));
            }
            Ok(_) => {}
            Err(_) => fixtures.acknowledged.note(seat, AcknowledgedSeat::MaybeHeld(user)),
        }
    }
}

/// Claims a seat that another user holds.
pub(super) async fn lose(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures) {
    // User 0 holds it.
    let user = 1 + virtual_user.number % (fixtures.users.len() - 1);
    let (token, buyer) = (&fixtures.tokens[user], Buyer { user, seat: HOT_SEAT });
    while let Some(from) = virtual_user.next().await {
        fixtures.write_seat(&mut virtual_user.request, "/seats/reserve", token, buyer);
        // How it ended is recorded; a win against the holder is found when the reservations are checked.
        let _ = virtual_user.send(LOST_CLAIM, from).await;
    }
}

/// Pays seats that were held before, each by the user with its number.
pub(super) async fn pay(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures) {
    while let Some(from) = virtual_user.next().await {
        let Some(seat) = fixtures.next_below(fixtures.concerts.seats) else { return };
        let (token, buyer) = (&fixtures.tokens[seat], Buyer { user: seat, seat });
        fixtures.write_seat(&mut virtual_user.request, "/seats/payment", token, buyer);
        match virtual_user.send(PAY, from).await {
            Ok(response) if response.is_success() => {
                fixtures.acknowledged.note(seat, AcknowledgedSeat::Paid(seat));
            }
            Ok(_) => {}
            Err(_) => fixtures.acknowledged.note(seat, AcknowledgedSeat::MaybePaid(seat)),
        }
    }
}
