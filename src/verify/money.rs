//! Money adds up: accounts to 0, wallets to their entries, payments to their bookings.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::report::{Findings, Sums};
use crate::domain::{
    Account, BALANCE_MAX, EntryKind, LedgerEntry, Means, Payment, PaymentId, RowFault, TillRow, TillSum, Totals,
    UserId, Wallet, tables,
};
use crate::storage::RowsAtRest;

/// The balances of all accounts.
pub(super) fn sums(at_rest: &RowsAtRest) -> Result<Sums, RowFault> {
    let Totals { revenue, funding, cash, card, .. } = at_rest.totals()?;
    let mut wallets = 0;
    for row in at_rest.all::<tables::Wallets>()? {
        wallets += i128::from(row?.1.balance);
    }
    Ok(Sums { wallets, revenue, funding, cash, card })
}

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let books = read_ledger(at_rest, findings)?;
    check_accounts(at_rest, &books, findings)?;
    check_wallets(at_rest, &books, findings)?;
    check_till(at_rest, &books, findings)?;
    check_payments(at_rest, &books, findings)
}

/// What the till counted is what the ledger booked, as far as operators alone book it.
fn check_till(at_rest: &RowsAtRest, books: &Books, findings: &mut Findings) -> Result<(), RowFault> {
    let mut counted: BTreeMap<Means, TillRow> = BTreeMap::new();
    for row in at_rest.all::<tables::Till>()? {
        let ((_, key), row) = row?;
        counted.entry(key.means).or_default().add(&row);
    }
    let of = |means: Means| counted.get(&means).copied().unwrap_or_default();
    let booked = |kind: EntryKind| books.kinds.get(&kind).copied().unwrap_or_default();
    for (name, sum, kind) in [
        ("sales in cash", of(Means::Cash).sales, EntryKind::CashSale),
        ("sales by card", of(Means::Card).sales, EntryKind::CardSale),
        ("refunds in cash", of(Means::Cash).refunds, EntryKind::CashRefund),
        ("refunds by card", of(Means::Card).refunds, EntryKind::CardRefund),
        ("refunds to wallets", of(Means::Wallet).refunds, EntryKind::Refund),
        ("withdrawals", of(Means::Cash).withdrawals, EntryKind::Withdrawal),
    ] {
        let booked = booked(kind);
        if sum != booked {
            let what = format!(
                "it counts {} for {}, but {} for {} were booked",
                sum.count, sum.amount, booked.count, booked.amount
            );
            findings.note("till", name, what);
        }
    }
    let (charges, all) = (of(Means::Wallet).charges, booked(EntryKind::Charge));
    if charges.count > all.count || charges.amount > all.amount {
        findings.note("till", "charges", format!("it counts {}, more than were booked", charges.amount));
    }
    Ok(())
}

/// What the entries say.
#[derive(Default)]
struct Books {
    wallets: BTreeMap<UserId, Wallet>,
    payments: BTreeMap<PaymentId, Booked>,
    last: u64,
    /// The balances of the accounts that are not wallets.
    accounts: BTreeMap<Account, i128>,
    kinds: BTreeMap<EntryKind, TillSum>,
}

/// The bookings of one payment.
struct Booked {
    means: Means,
    /// Whose wallet paid.
    user: Option<UserId>,
    amount: u64,
    payments: u32,
    refunded: u64,
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
        if entry.user.is_some() != entry.kind.moves_wallet() {
            wrong.push("its kind and its user do not go together".to_owned());
            return wrong;
        }
        self.kinds.entry(entry.kind).or_default().add(TillSum { count: 1, amount: entry.amount });
        let (debited, credited) = entry.kind.accounts(entry.user);
        for (account, signed) in [(debited, -i128::from(entry.amount)), (credited, i128::from(entry.amount))] {
            if let Account::Wallet(user) = account {
                wrong.extend(self.take_of_wallet(number, entry, user, signed));
            } else {
                *self.accounts.entry(account).or_default() += signed;
            }
        }
        wrong.extend(self.take_of_payment(entry).map(str::to_owned));
        wrong
    }

    fn take_of_wallet(&mut self, number: u64, entry: &LedgerEntry, user: UserId, signed: i128) -> Vec<String> {
        let mut wrong = Vec::new();
        let wallet = self.wallets.entry(user).or_default();
        let after = i128::from(wallet.balance) + signed;
        if after != i128::from(entry.balance) {
            wrong.push(format!("the balance after it is {after}, but it says {}", entry.balance));
        }
        if entry.previous != wallet.last_entry {
            wrong.push(format!("the wallet's entry before it is {:?}, not {:?}", wallet.last_entry, entry.previous));
        }
        wallet.balance = entry.balance;
        wallet.last_entry = Some(number);
        wrong
    }

    /// Takes in what an entry says of its payment.
    fn take_of_payment(&mut self, entry: &LedgerEntry) -> Option<&'static str> {
        const APART: Option<&str> = Some("its kind and its payment do not go together");
        let (means, payment) = match (entry.kind, entry.payment) {
            (EntryKind::Charge | EntryKind::Withdrawal, None) => return None,
            (EntryKind::Payment, Some(payment)) => (Means::Wallet, payment),
            (EntryKind::CashSale, Some(payment)) => (Means::Cash, payment),
            (EntryKind::CardSale, Some(payment)) => (Means::Card, payment),
            (EntryKind::Refund | EntryKind::CashRefund | EntryKind::CardRefund, Some(payment)) => {
                let Some(booked) = self.payments.get_mut(&payment) else {
                    return Some("it gives back what its payment did not take");
                };
                booked.refunded = booked.refunded.saturating_add(entry.amount);
                let of_another = entry.user.is_some_and(|user| booked.user != Some(user));
                let too_much = of_another || booked.refunded > booked.amount;
                return too_much.then_some("it gives back what its payment did not take");
            }
            (EntryKind::Charge | EntryKind::Withdrawal, Some(_)) => return APART,
            (
                EntryKind::Payment
                | EntryKind::CashSale
                | EntryKind::CardSale
                | EntryKind::Refund
                | EntryKind::CashRefund
                | EntryKind::CardRefund,
                None,
            ) => return APART,
        };
        let (user, amount) = (entry.user, entry.amount);
        let booked = self.payments.entry(payment);
        booked.or_insert(Booked { means, user, amount, payments: 0, refunded: 0 }).payments += 1;
        None
    }

    fn account(&self, account: Account) -> i128 {
        self.accounts.get(&account).copied().unwrap_or_default()
    }
}

fn check_accounts(at_rest: &RowsAtRest, books: &Books, findings: &mut Findings) -> Result<(), RowFault> {
    let totals = at_rest.totals()?;
    if books.last != totals.last_entry {
        let what = format!("the newest ledger entry is {}, but they say {}", books.last, totals.last_entry);
        findings.note("totals", "last_entry", what);
    }
    for (name, account, total) in [
        ("funding", Account::Funding, totals.funding),
        ("revenue", Account::Revenue, totals.revenue),
        ("cash", Account::Cash, totals.cash),
        ("card", Account::Card, totals.card),
    ] {
        let entries = books.account(account);
        if entries != total {
            findings.note("totals", name, format!("the entries add up to {entries}, but they say {total}"));
        }
    }
    if books.last > 0 && totals.currency.is_none() {
        findings.note("totals", "currency", "money was booked, but they do not say in what");
    }
    let sums = sums(at_rest)?;
    if sums.total() != 0 {
        let what = format!("{sums} is not 0");
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
    }
    for user in without_row.keys() {
        findings.note("wallets", Uuid::from_u128(user.0), "it has entries, but no row");
    }
    Ok(())
}

fn check_payments(at_rest: &RowsAtRest, books: &Books, findings: &mut Findings) -> Result<(), RowFault> {
    let mut found = 0;
    let mut of_user: BTreeMap<UserId, u64> = BTreeMap::new();
    for row in at_rest.all::<tables::Payments>()? {
        let (id, payment) = row?;
        let booked = books.payments.get(&id);
        found += usize::from(booked.is_some());
        payment.user.into_iter().for_each(|user| *of_user.entry(user).or_default() += 1);
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
    check_chains(at_rest, of_user, findings)
}

/// Every payment of a user is found from the wallet, newest first.
fn check_chains(
    at_rest: &RowsAtRest,
    mut of_user: BTreeMap<UserId, u64>,
    findings: &mut Findings,
) -> Result<(), RowFault> {
    for row in at_rest.all::<tables::Wallets>()? {
        let (user, wallet) = row?;
        let count = of_user.remove(&user).unwrap_or_default();
        let (mut next, mut found) = (wallet.last_payment, 0);
        while let Some(id) = next.filter(|_| found <= count) {
            let payment = at_rest.get::<tables::Payments>(&id)?.filter(|payment| payment.user == Some(user));
            found += 1;
            next = payment.and_then(|payment| payment.previous);
        }
        if found != count {
            let what = format!("the user has {count} payments, but {found} follow from its newest");
            findings.note("wallets", Uuid::from_u128(user.0), what);
        }
    }
    for user in of_user.keys() {
        findings.note("wallets", Uuid::from_u128(user.0), "the user has payments, but it has no row");
    }
    Ok(())
}

fn wrong_booking(payment: &Payment, booked: Option<&Booked>) -> Option<String> {
    let Some(booked) = booked else {
        let is_free = payment.paid_by == Means::Free && (payment.amount, payment.refunded) == (0, 0);
        return (!is_free).then(|| "it was never booked".to_owned());
    };
    let of = (payment.paid_by, payment.user.filter(|_| payment.paid_by == Means::Wallet), payment.amount);
    if of != (booked.means, booked.user, booked.amount) {
        Some(format!("{} was booked for it, but it says {}, or another user", booked.amount, payment.amount))
    } else if booked.payments != 1 {
        Some(format!("it was booked {} times", booked.payments))
    } else if booked.refunded != payment.refunded {
        Some(format!("{} of it was given back, but it says {}", booked.refunded, payment.refunded))
    } else {
        None
    }
}
