//! Users and their names, the clock, the events and the idempotency records: what is counted has no gap, what is named is
//! there, nothing is later than the latest command.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::report::Findings;
use crate::domain::{ConcertNo, EmailKey, IdempotencyKey, KeyScope, RowFault, RowKey, Timestamp, tables};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    check_users(at_rest, findings)?;
    check_clock(at_rest, findings)?;
    check_events(at_rest, findings)?;
    check_answers(at_rest, findings)
}

fn check_users(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    for row in at_rest.all::<tables::Users>()? {
        let (id, user) = row?;
        let key = Uuid::from_u128(id.0);
        if user.username.is_erased() != user.deleted_at.is_some() || user.deleted_at.is_some() && user.email.is_some() {
            findings.note("users", key, "its name and its e-mail are not erased with it, or were before");
        } else if user.deleted_at.is_none() && at_rest.get::<tables::Usernames>(&user.username.canonical)? != Some(id) {
            findings.note("users", key, format!("the username {:?} does not lead to it", user.username.canonical));
        }
        if at_rest.get::<tables::Wallets>(&id)?.is_none() {
            findings.note("users", key, "it has no wallet");
        }
        if at_rest.get::<tables::UserNumbers>(&user.number)? != Some(id) {
            findings.note("users", key, format!("number {} does not lead to it", user.number));
        }
        if let Some(email) = &user.email
            && at_rest.get::<tables::Emails>(&EmailKey::of(email, id))?.is_none()
        {
            findings.note("users", key, "its e-mail address does not lead to it");
        }
    }
    check_user_numbers(at_rest, findings)?;
    for row in at_rest.all::<tables::Emails>()? {
        let (key, ()) = row?;
        let user = at_rest.get::<tables::Users>(&key.user)?;
        let is_its = |email: &String| EmailKey::of(email, key.user) == key;
        if !user.and_then(|user| user.email).as_ref().is_some_and(is_its) {
            findings.note("emails", key.name(), "it leads to a user with another address, or to none");
        }
    }
    for row in at_rest.all::<tables::Usernames>()? {
        let (username, id) = row?;
        let user = at_rest.get::<tables::Users>(&id)?;
        if user.is_none_or(|user| user.username.canonical != username) {
            findings.note("usernames", format!("{username:?}"), "it leads to a user of another name, or to none");
        }
    }
    for row in at_rest.all::<tables::Wallets>()? {
        let (id, _) = row?;
        if at_rest.get::<tables::Users>(&id)?.is_none() {
            findings.note("wallets", Uuid::from_u128(id.0), "it belongs to no user");
        }
    }
    Ok(())
}

fn check_user_numbers(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let mut last = 0;
    for row in at_rest.all::<tables::UserNumbers>()? {
        let (number, id) = row?;
        if number != last + 1 || at_rest.get::<tables::Users>(&id)?.is_none_or(|user| user.number != number) {
            findings.note("user_numbers", number, "users are missing before it, or it leads to another user or none");
        }
        last = number;
    }
    let totals = at_rest.totals()?;
    if last != totals.last_user {
        findings.note("totals", "last_user", format!("the newest user is {last}, but they say {}", totals.last_user));
    }
    Ok(())
}

fn check_clock(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let mut now = at_rest.totals()?.now;
    for row in at_rest.all::<tables::Times>()? {
        let (concert, at) = row?;
        now = now.max(at);
        if at_rest.get::<tables::Concerts>(&concert)?.is_none() {
            findings.note("times", format!("concert {}", concert.0), "the concert does not exist");
        }
    }
    for row in at_rest.all::<tables::Concerts>()? {
        let (concert, _) = row?;
        if at_rest.get::<tables::Times>(&concert)?.is_none() {
            findings.note("times", format!("concert {}", concert.0), "the concert has no time");
        }
    }
    let clock = at_rest.get::<tables::Clock>(&())?.unwrap_or_default();
    if clock.at > now || clock.corrected_at > clock.at {
        findings.note("clock", "at", "it was set later than the latest command, or corrected later than it was set");
    }
    Ok(())
}

fn check_events(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let totals = at_rest.totals()?;
    let mut next = totals.first_event.max(1);
    let mut before: BTreeMap<Option<ConcertNo>, Timestamp> = BTreeMap::new();
    for row in at_rest.all::<tables::Events>()? {
        let (number, event) = row?;
        if number != next {
            findings.note("events", number, format!("event {next} is due here"));
        }
        if before.insert(event.concert, event.logged_at).is_some_and(|before| event.logged_at < before) {
            findings.note("events", number, "it is older than the event of its concert before it");
        }
        next = number + 1;
    }
    if next != totals.last_event + 1 {
        let what = format!("the newest event is {}, but they say {}", next - 1, totals.last_event);
        findings.note("totals", "last_event", what);
    }
    Ok(())
}

fn check_answers(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let totals = at_rest.totals()?;
    let mut next = totals.first_answer.max(1);
    for row in at_rest.all::<tables::IdempotencyOrder>()? {
        let (number, key) = row?;
        if number != next {
            findings.note("idempotency_order", number, format!("number {next} is due here"));
        }
        // A key that was used again after its day has a newer record than this one.
        let record = at_rest.get::<tables::IdempotencyRecords>(&key)?;
        if record.is_none_or(|record| record.number < number) {
            findings.note("idempotency_order", number, "it names a record that does not exist");
        }
        next = number + 1;
    }
    if next != totals.last_answer + 1 {
        let what = format!("the newest record is {}, but they say {}", next - 1, totals.last_answer);
        findings.note("totals", "last_answer", what);
    }
    for row in at_rest.all::<tables::IdempotencyRecords>()? {
        let (key, record) = row?;
        if at_rest.get::<tables::IdempotencyOrder>(&record.number)?.as_ref() != Some(&key) {
            findings.note(
                "idempotency_records",
                name(&key),
                format!("number {} of the order is not its own", record.number),
            );
        }
    }
    Ok(())
}

fn name(key: &IdempotencyKey) -> String {
    match key.scope {
        KeyScope::Operator(by) => format!("operator {} key {:?}", by.name(), key.key),
        KeyScope::User(user) => format!("user {} key {:?}", Uuid::from_u128(user.0), key.key),
        KeyScope::Newcomer => format!("newcomer key {:?}", key.key),
    }
}
