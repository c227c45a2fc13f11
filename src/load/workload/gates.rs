//! Gates that scan the same tickets: each ticket lets somebody in at one of them.

use std::sync::atomic::Ordering;

use super::super::fixtures::Fixtures;
use super::super::virtual_user::VirtualUser;

const ENTER: usize = 0;
const ALREADY_USED: usize = 1;

/// Scans every ticket, from a place on that no other gate begins at.
pub(super) async fn check_in(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures, gates: usize) {
    let (tickets, gate) = (&fixtures.tickets, virtual_user.number);
    let key = virtual_user.run.server.operator_key.as_deref();
    let first = gate * tickets.len() / gates;
    for at in 0..tickets.len() {
        let Some(from) = virtual_user.next().await else { return };
        let ticket = &tickets[(first + at) % tickets.len()];
        let body = format_args!(r#"{{"code":"{}","gate":"gate-{gate}"}}"#, ticket.code);
        virtual_user.request.post(format_args!("/admin/check-ins"), key, body);
        let counted = match virtual_user.send_as([ENTER, ALREADY_USED], from).await {
            Ok(response) if response.is_success() => &ticket.entered,
            Ok(_) => continue,
            Err(_) => &ticket.unanswered,
        };
        counted.fetch_add(1, Ordering::Relaxed);
    }
}
