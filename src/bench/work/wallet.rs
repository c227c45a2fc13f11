//! Wallets: charge them and read them.

use super::super::lane::Lane;
use super::super::stage::Stage;

const CHARGE: usize = 0;
const BALANCE: usize = 0;
const AMOUNT: u64 = 1;

/// Charges one wallet after the other.
pub async fn charge(lane: &mut Lane<'_>, stage: &Stage) {
    while let Some(from) = lane.next().await {
        let user = stage.next() % stage.users.len();
        write_charge(lane, &stage.users[user], AMOUNT);
        match lane.send(CHARGE, from).await {
            Ok(answer) if answer.is_success() => stage.known.charged(user, AMOUNT),
            Ok(_) => {}
            Err(_) => stage.known.maybe_charged(user, AMOUNT),
        }
    }
}

/// Writes the request that puts `amount` into the wallet of `user`.
pub fn write_charge(lane: &mut Lane<'_>, user: &str, amount: u64) {
    let key = lane.run.server.operator_key.as_deref();
    lane.request.post(format_args!("/users/{user}/balance/charge"), key, format_args!(r#"{{"amount":{amount}}}"#));
}

/// Reads one balance after the other.
pub async fn balance(lane: &mut Lane<'_>, stage: &Stage) {
    while let Some(from) = lane.next().await {
        let user = stage.next() % stage.users.len();
        lane.request.get(format_args!("/users/{}/balance", stage.users[user]), None);
        // How it ended is recorded.
        let _ = lane.send(BALANCE, from).await;
    }
}
