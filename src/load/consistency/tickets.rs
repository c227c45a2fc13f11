//! Tickets: each let somebody in once, and is used when it did.

use std::sync::atomic::Ordering;

use serde::Deserialize;

use super::super::client::Request;
use super::super::client_pool::{ClientPool, read_body};
use super::super::error::Error;
use super::super::fixtures::Fixtures;
use super::findings::Findings;

#[derive(Deserialize)]
struct Ticket<'a> {
    status: &'a str,
}

/// Compares every ticket with the entries that were acknowledged.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub(super) async fn check(pool: &ClientPool<'_>, fixtures: &Fixtures, findings: &mut Findings) -> Result<(), Error> {
    const WHAT: &str = "read tickets";
    let key = Some(pool.operator_key()?);
    let (tickets, mut entries) = (&fixtures.tickets, 0);
    let build =
        |ticket: usize, request: &mut Request| request.get(format_args!("/tickets/{}", tickets[ticket].id), key);
    pool.each(WHAT, tickets.len(), build, |ticket, response| {
        let Ticket { status } = read_body(WHAT, response)?;
        let ticket = &tickets[ticket];
        let [entered, unanswered] = [&ticket.entered, &ticket.unanswered].map(|count| count.load(Ordering::Relaxed));
        entries += entered;
        if entered > 1 {
            findings.fault(|| format!("ticket {} let in {entered}", ticket.id));
        }
        let is_right = match status {
            "used" => entered == 1 || unanswered > 0,
            _ => entered == 0,
        };
        if !is_right {
            findings.fault(|| format!("ticket {} is {status}, and let in {entered}", ticket.id));
        }
        Ok(())
    })
    .await?;
    let count = tickets.len();
    findings.checked(format!("{count} tickets, {entries} entries: that each let in once, and is used since"));
    Ok(())
}
