//! Money adds up: accounts to 0, wallets to their entries, payments to their bookings.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::report::{Findings, Sums};
use crate::domain::{
    BALANCE_MAX, EntryKind, LedgerEntry, Payment, PaymentId, PaymentStatus, RowFault, UserId, Wallet, tables,
};
use crate::storage::RowsAtRest;

/// The balances of all accounts.
pub(super) fn sums(at_rest: &RowsAtRest) -> Result<Sums, RowFault> {
    let totals = at_rest.totals()?;
    let mut wallets = 0;
    for row in at_rest.all::<tables::Wallets>()? {
        wallets += i128::from(row?.1.balance);
    }
    Ok(Sums { wallets, revenue: totals.revenue, funding: totals.funding })
}

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let books = read_ledger(at_rest, findings)?;
    check_accounts(at_rest, &books, findings)?;
    check_wallets(at_rest, &books, findings)?;
    check_payments(at_rest, &books, findings)
}

/// What the entries say.
#[derive(Default)]
struct Books {
    wallets: BTreeMap<UserId, Wallet>,
    payments: BTreeMap<PaymentId, Booked>,
    last: u64,
    funding: i128,
    revenue: i128,
}

/// The bookings of one payment.
struct Booked {
    user: UserId,
    amount: u64,
    /// The user's payment before it.
    previous: Option<PaymentId>,
    payments: u32,
    refunds: u32,
}

fn read_ledger(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<Books, RowFault> {
    let mut books = Books::default();
    for row in at_rest.all::<tables::Ledger>()? {
        let (number, entry) = row?;
        if number != books.last + 1 {
            findings.note("ledger", number, format!("it follows entry {}, so entries are missing", books.last));
        }
        books.last = number;
        for what in books.take(number, &entry) {
            findings.note("ledger", number, what);
        }
    }
    Ok(books)
}

impl Books {
    /// Takes an entry in and says what is wrong with it.
    fn take(&mut self, number: u64, entry: &LedgerEntry) -> Vec<String> {
        let mut wrong = Vec::new();
        let amount = i128::from(entry.amount);
        let wallet = self.wallets.entry(entry.user).or_default();
        let before = i128::from(wallet.balance);
        let (after, funding, revenue) = match entry.kind {
            EntryKind::Charge => (before + amount, -amount, 0),
            EntryKind::Payment => (before - amount, 0, amount),
            EntryKind::Refund => (before + amount, 0, -amount),
        };
        self.funding += funding;
        self.revenue += revenue;
        if after != i128::from(entry.balance) {
            wrong.push(format!("the balance after it is {after}, but it says {}", entry.balance));
        }
        if entry.previous != wallet.last_entry {
            wrong.push(format!("the wallet's entry before it is {:?}, not {:?}", wallet.last_entry, entry.previous));
        }
        wallet.balance = entry.balance;
        wallet.last_entry = Some(number);
        match (entry.kind, entry.payment) {
            (EntryKind::Charge, None) => {}
            (EntryKind::Payment, Some(payment)) => {
                let previous = wallet.last_payment.replace(payment);
                let (user, amount) = (entry.user, entry.amount);
                let booked = self.payments.entry(payment);
                booked.or_insert(Booked { user, amount, previous, payments: 0, refunds: 0 }).payments += 1;
            }
            (EntryKind::Refund, Some(payment)) => match self.payments.get_mut(&payment) {
                Some(booked) if (booked.user, booked.amount) == (entry.user, entry.amount) => booked.refunds += 1,
                Some(_) | None => wrong.push("it gives back what its payment did not take".to_owned()),
            },
            (EntryKind::Charge, Some(_)) | (EntryKind::Payment | EntryKind::Refund, None) => {
                wrong.push("its kind and its payment do not go together".to_owned());
            }
        }
        wrong
    }
}

fn check_accounts(at_rest: &RowsAtRest, books: &Books, findings: &mut Findings) -> Result<(), RowFault> {
    let totals = at_rest.totals()?;
    if books.last != totals.last_entry {
        let what = format!("the newest ledger entry is {}, but they say {}", books.last, totals.last_entry);
        findings.note("totals", "last_entry", what);
    }
    for (account, entries, total) in
        [("funding", books.funding, totals.funding), ("revenue", books.revenue, totals.revenue)]
    {
        if entries != total {
            findings.note("totals", account, format!("the entries add up to {entries}, but they say {total}"));
        }
    }
    if books.last > 0 && totals.currency.is_none() {
        findings.note("totals", "currency", "money was booked, but they do not say in what");
    }
    let Sums { wallets, revenue, funding } = sums(at_rest)?;
    if wallets + revenue + funding != 0 {
        let what = format!("wallets {wallets} + revenue {revenue} + funding {funding} is not 0");
        findings.note("totals", "sum of all accounts", what);
    }
    Ok(())
}

fn check_wallets(at_rest: &RowsAtRest, books: &Books, findings: &mut Findings) -> Result<(), RowFault> {
    let mut without_row: BTreeMap<&UserId, &Wallet> = books.wallets.iter().collect();
    for row in at_rest.all::<tables::Wallets>()? {
        let (user, wallet) = row?;
        let by_entries = without_row.remove(&user).copied().unwrap_or_default();
        let key = Uuid::from_u128(user.0);
        if wallet.balance != by_entries.balance {
            let what = format!("its entries add up to {}, but it holds {}", by_entries.balance, wallet.balance);
            findings.note("wallets", key, what);
        }
        if wallet.balance > BALANCE_MAX {
            findings.note("wallets", key, format!("it holds {}, more than a wallet can", wallet.balance));
        }
        if wallet.last_entry != by_entries.last_entry {
            let what = format!("its newest entry is {:?}, but it says {:?}", by_entries.last_entry, wallet.last_entry);
            findings.note("wallets", key, what);
        }
        if wallet.last_payment != by_entries.last_payment {
            findings.note("wallets", key, "it does not name its newest payment");
        }
    }
    for user in without_row.keys() {
        findings.note("wallets", Uuid::from_u128(user.0), "it has entries, but no row");
    }
    Ok(())
}

fn check_payments(at_rest: &RowsAtRest, books: &Books, findings: &mut Findings) -> Result<(), RowFault> {
    let mut found = 0;
    for row in at_rest.all::<tables::Payments>()? {
        let (id, payment) = row?;
        let booked = books.payments.get(&id);
        found += usize::from(booked.is_some());
        if let Some(what) = wrong_booking(&payment, booked) {
            findings.note("payments", Uuid::from_u128(id.0), what);
        }
    }
    if found != books.payments.len() {
        for id in books.payments.keys() {
            if at_rest.get::<tables::Payments>(id)?.is_none() {
                findings.note("payments", Uuid::from_u128(id.0), "it is booked, but has no row");
            }
        }
    }
    Ok(())
}

fn wrong_booking(payment: &Payment, booked: Option<&Booked>) -> Option<String> {
    let Some(booked) = booked else { return Some("it was never booked".to_owned()) };
    let refunds_due = match payment.status {
        PaymentStatus::Paid => 0,
        PaymentStatus::Refunded { .. } => 1,
    };
    if (payment.user, payment.amount) != (booked.user, booked.amount) {
        Some(format!("{} was booked for it, but it says {}, or another user", booked.amount, payment.amount))
    } else if (booked.payments, booked.refunds) != (1, refunds_due) {
        Some(format!("it was booked {} times and refunded {} times", booked.payments, booked.refunds))
    } else if payment.previous != booked.previous {
        Some("it does not name the user's payment before it".to_owned())
    } else {
        None
    }
}
