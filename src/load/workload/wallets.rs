//! Wallets: charge them and read them.

use super::super::fixtures::Fixtures;
use super::super::virtual_user::VirtualUser;

const CHARGE: usize = 0;
const BALANCE: usize = 0;
const AMOUNT: u64 = 1;

/// Charges one wallet after the other.
pub(super) async fn charge(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures) {
    let operator_key = virtual_user.run.server.operator_key.as_deref();
    while let Some(from) = virtual_user.next().await {
        let user = fixtures.next() % fixtures.users.len();
        fixtures.write_charge(&mut virtual_user.request, operator_key, user, AMOUNT);
        match virtual_user.send(CHARGE, from).await {
            Ok(response) if response.is_success() => fixtures.acknowledged.charged(user, AMOUNT),
            Ok(_) => {}
            Err(_) => fixtures.acknowledged.maybe_charged(user, AMOUNT),
        }
    }
}

/// Reads one balance after the other.
pub(super) async fn balance(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures) {
    while let Some(from) = virtual_user.next().await {
        let user = fixtures.next() % fixtures.users.len();
        virtual_user.request.get(format_args!("/users/{}/balance", fixtures.users[user]), None);
        // How it ended is recorded.
        let _ = virtual_user.send(BALANCE, from).await;
    }
}
