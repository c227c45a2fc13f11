//! Money: charges less payments are what is in the wallets, payments are there, and revenue is their sum.

use serde::Deserialize;

use super::super::acknowledged::AcknowledgedSeat;
use super::super::client::{Request, Response};
use super::super::client_pool::{ClientPool, read_body};
use super::super::error::Error;
use super::super::fixtures::{Fixtures, PRICE};
use super::findings::Findings;

#[derive(Deserialize)]
struct Balance {
    balance: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payments<'a> {
    #[serde(borrow)]
    payments: Vec<Payment<'a>>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment<'a> {
    concert_id: &'a str,
    date: &'a str,
    seats: Vec<usize>,
    amount: u64,
    status: &'a str,
}

/// What the payments of all users come to.
struct Paid {
    /// For every seat, who paid it.
    payers: Vec<Option<usize>>,
    amount: u64,
    count: u64,
}

/// Compares balances, payments and revenue.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub(super) async fn check(pool: &ClientPool<'_>, fixtures: &Fixtures, findings: &mut Findings) -> Result<(), Error> {
    let balances = check_balances(pool, fixtures, findings).await?;
    let paid = read_payments(pool, fixtures, findings).await?;
    for (seat, payer) in paid.payers.iter().enumerate() {
        let acknowledged = fixtures.acknowledged.seat(seat);
        let right = match acknowledged {
            AcknowledgedSeat::Free | AcknowledgedSeat::MaybeHeld(_) | AcknowledgedSeat::Held(_) => payer.is_none(),
            AcknowledgedSeat::MaybePaid(user) => payer.is_none_or(|payer| payer == user),
            AcknowledgedSeat::Paid(user) => *payer == Some(user),
        };
        if !right {
            let seat = fixtures.concerts.seat(seat);
            findings.fault(|| format!("{seat:?} was acknowledged as {acknowledged:?} and is paid by {payer:?}"));
        }
    }
    let mut revenue = 0;
    for concert in &fixtures.concerts.all {
        let path = format_args!("/admin/concerts/{}/stats", concert.id);
        let stats = pool.call("read revenue", "GET", path, Some(pool.operator_key()?), None).await?;
        revenue += stats["revenue"].as_u64().unwrap_or(0);
    }
    if revenue != paid.amount {
        findings.fault(|| format!("the concerts took {revenue}, the payments come to {}", paid.amount));
    }
    let (users, amount, count) = (fixtures.users.len(), paid.amount, paid.count);
    findings.checked(format!(
        "{users} wallets with {balances} together: that each holds the acknowledged charges less the payments"
    ));
    if !fixtures.concerts.all.is_empty() {
        findings.checked(format!("{count} payments of {amount} together: that they are there, and are the revenue"));
    }
    Ok(())
}

/// Compares every balance with the acknowledged charges and payments; the sum of all balances.
async fn check_balances(pool: &ClientPool<'_>, fixtures: &Fixtures, findings: &mut Findings) -> Result<u64, Error> {
    const WHAT: &str = "read balances";
    let acknowledged = fixtures.acknowledged.balances();
    let build = |user: usize, request: &mut Request| {
        request.get(format_args!("/users/{}/balance", fixtures.users[user]), None);
    };
    let mut sum = 0;
    pool.each(WHAT, fixtures.users.len(), build, |user, response| {
        let Balance { balance } = read_body(WHAT, response)?;
        sum += balance;
        let (least, most) = acknowledged[user];
        if !(least..=most).contains(&balance) {
            findings.fault(|| format!("user {user} has {balance} and must have {least} to {most}"));
        }
        Ok(())
    })
    .await?;
    Ok(sum)
}

/// All payments of the users who may have paid, page by page.
async fn read_payments(pool: &ClientPool<'_>, fixtures: &Fixtures, findings: &mut Findings) -> Result<Paid, Error> {
    const WHAT: &str = "read payments";
    let payer = |acknowledged| match acknowledged {
        AcknowledgedSeat::MaybePaid(user) | AcknowledgedSeat::Paid(user) => Some(user),
        AcknowledgedSeat::Free | AcknowledgedSeat::MaybeHeld(_) | AcknowledgedSeat::Held(_) => None,
    };
    let mut users: Vec<usize> =
        fixtures.acknowledged.seats().filter_map(|(_, acknowledged)| payer(acknowledged)).collect();
    users.sort_unstable();
    users.dedup();
    let mut pages: Vec<(usize, Option<String>)> = users.into_iter().map(|user| (user, None)).collect();
    let mut paid = Paid { payers: vec![None; fixtures.concerts.seats], amount: 0, count: 0 };
    while !pages.is_empty() {
        let mut more = Vec::new();
        let build = |page: usize, request: &mut Request| {
            let (user, cursor) = &pages[page];
            let user = &fixtures.users[*user];
            match cursor {
                Some(cursor) => request.get(format_args!("/users/{user}/payments?limit=100&cursor={cursor}"), None),
                None => request.get(format_args!("/users/{user}/payments?limit=100"), None),
            }
        };
        pool.each(WHAT, pages.len(), build, |page, response: Response| {
            let user = pages[page].0;
            let read: Payments = read_body(WHAT, response)?;
            for payment in &read.payments {
                paid.take(fixtures, user, payment, findings);
            }
            more.extend(read.next_cursor.map(|cursor| (user, Some(cursor))));
            Ok(())
        })
        .await?;
        pages = more;
    }
    Ok(paid)
}

impl Paid {
    fn take(&mut self, fixtures: &Fixtures, user: usize, payment: &Payment, findings: &mut Findings) {
        let Payment { concert_id, date, ref seats, amount, status } = *payment;
        if status != "paid" || amount != PRICE * seats.len() as u64 {
            findings
                .fault(|| format!("user {user} has a payment of {amount} for {seats:?} of {date} that is {status}"));
        }
        self.amount += amount;
        self.count += 1;
        let concert = fixtures.concerts.all.iter().position(|concert| concert.id == concert_id);
        for number in seats {
            let seat = concert.and_then(|concert| fixtures.concerts.index_of(concert, date, *number));
            match seat.map(|seat| (seat, self.payers[seat].replace(user))) {
                Some((_, None)) => {}
                Some((seat, Some(other))) => {
                    let seat = fixtures.concerts.seat(seat);
                    findings.fault(|| format!("{seat:?} is paid by user {user} and by user {other}"));
                }
                None => findings.fault(|| format!("user {user} paid a seat that does not exist: {date} {number}")),
            }
        }
    }
}
