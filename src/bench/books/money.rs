//! Money: charges less payments are what is in the wallets, payments are there, and revenue is their sum.

use serde::Deserialize;

use super::super::Error;
use super::super::answer::Answer;
use super::super::crew::Crew;
use super::super::known::SeatKnown;
use super::super::request::Request;
use super::super::stage::Stage;
use super::super::venue::PRICE;
use super::{Books, read};

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
pub async fn check(crew: &Crew<'_>, stage: &Stage, books: &mut Books) -> Result<(), Error> {
    let balances = check_balances(crew, stage, books).await?;
    let paid = read_payments(crew, stage, books).await?;
    for (seat, payer) in paid.payers.iter().enumerate() {
        let known = stage.known.seat(seat);
        let right = match known {
            SeatKnown::Free | SeatKnown::MaybeHeld(_) | SeatKnown::Held(_) => payer.is_none(),
            SeatKnown::MaybePaid(user) => payer.is_none_or(|payer| payer == user),
            SeatKnown::Paid(user) => *payer == Some(user),
        };
        if !right {
            let seat = stage.venue.seat(seat);
            books.fault(|| format!("{seat:?} was acknowledged as {known:?} and is paid by {payer:?}"));
        }
    }
    let mut revenue = 0;
    for concert in &stage.venue.concerts {
        let path = format_args!("/admin/concerts/{}/stats", concert.id);
        let stats = crew.call("read revenue", "GET", path, Some(crew.operator_key()?), None).await?;
        revenue += stats["revenue"].as_u64().unwrap_or(0);
    }
    if revenue != paid.amount {
        books.fault(|| format!("the concerts took {revenue}, the payments come to {}", paid.amount));
    }
    let (users, amount, count) = (stage.users.len(), paid.amount, paid.count);
    books.checked(format!(
        "{users} wallets with {balances} together: that each holds the acknowledged charges less the payments"
    ));
    if !stage.venue.concerts.is_empty() {
        books.checked(format!("{count} payments of {amount} together: that they are there, and are the revenue"));
    }
    Ok(())
}

/// Compares every balance with the acknowledged charges and payments; the sum of all balances.
async fn check_balances(crew: &Crew<'_>, stage: &Stage, books: &mut Books) -> Result<u64, Error> {
    const WHAT: &str = "read balances";
    let known = stage.known.balances();
    let build = |user: usize, request: &mut Request| {
        request.get(format_args!("/users/{}/balance", stage.users[user]), None);
    };
    let mut sum = 0;
    crew.each(WHAT, stage.users.len(), build, |user, answer| {
        let Balance { balance } = read(WHAT, answer)?;
        sum += balance;
        let (least, most) = known[user];
        if !(least..=most).contains(&balance) {
            books.fault(|| format!("user {user} has {balance} and must have {least} to {most}"));
        }
        Ok(())
    })
    .await?;
    Ok(sum)
}

/// All payments of the users who may have paid, page by page.
async fn read_payments(crew: &Crew<'_>, stage: &Stage, books: &mut Books) -> Result<Paid, Error> {
    const WHAT: &str = "read payments";
    let payer = |known| match known {
        SeatKnown::MaybePaid(user) | SeatKnown::Paid(user) => Some(user),
        SeatKnown::Free | SeatKnown::MaybeHeld(_) | SeatKnown::Held(_) => None,
    };
    let mut users: Vec<usize> = stage.known.seats().filter_map(|(_, known)| payer(known)).collect();
    users.sort_unstable();
    users.dedup();
    let mut pages: Vec<(usize, Option<String>)> = users.into_iter().map(|user| (user, None)).collect();
    let mut paid = Paid { payers: vec![None; stage.venue.seats], amount: 0, count: 0 };
    while !pages.is_empty() {
        let mut more = Vec::new();
        let build = |page: usize, request: &mut Request| {
            let (user, cursor) = &pages[page];
            let user = &stage.users[*user];
            match cursor {
                Some(cursor) => request.get(format_args!("/users/{user}/payments?limit=100&cursor={cursor}"), None),
                None => request.get(format_args!("/users/{user}/payments?limit=100"), None),
            }
        };
        crew.each(WHAT, pages.len(), build, |page, answer: Answer| {
            let user = pages[page].0;
            let read: Payments = read(WHAT, answer)?;
            for payment in &read.payments {
                paid.take(stage, user, payment, books);
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
    fn take(&mut self, stage: &Stage, user: usize, payment: &Payment, books: &mut Books) {
        let Payment { concert_id, date, ref seats, amount, status } = *payment;
        if status != "paid" || amount != PRICE * seats.len() as u64 {
            books.fault(|| format!("user {user} has a payment of {amount} for {seats:?} of {date} that is {status}"));
        }
        self.amount += amount;
        self.count += 1;
        let concert = stage.venue.concerts.iter().position(|concert| concert.id == concert_id);
        for number in seats {
            let seat = concert.and_then(|concert| stage.venue.index_of(concert, date, *number));
            match seat.map(|seat| (seat, self.payers[seat].replace(user))) {
                Some((_, None)) => {}
                Some((seat, Some(other))) => {
                    let seat = stage.venue.seat(seat);
                    books.fault(|| format!("{seat:?} is paid by user {user} and by user {other}"));
                }
                None => books.fault(|| format!("user {user} paid a seat that does not exist: {date} {number}")),
            }
        }
    }
}
