//! Reading: concerts, maps, free seats, and how a place in a queue stands.

use super::super::fixtures::Fixtures;
use super::super::virtual_user::VirtualUser;

const CONCERTS: usize = 0;
const MAP: usize = 1;
const AVAILABLE: usize = 2;
/// Places that a virtual user passes over between two polls: a prime, so that each virtual user comes to all of them.
const POLLS_APART: usize = 1_000_003;

/// Reads one thing after the other, or only one.
pub(super) async fn read(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures, only_step: Option<usize>) {
    while let Some(from) = virtual_user.next().await {
        let iteration = fixtures.next();
        let step = only_step.unwrap_or(iteration % virtual_user.run.steps.len());
        if step == CONCERTS {
            virtual_user.request.get(format_args!("/concerts"), None);
        } else {
            let pass = iteration / virtual_user.run.steps.len();
            let token = Some(fixtures.tokens[pass % fixtures.tokens.len()].as_str());
            let concert = &fixtures.concerts.all[0];
            let date = &concert.dates[pass % concert.dates.len()];
            match step {
                MAP => virtual_user.request.get(format_args!("/seats?date={date}"), token),
                AVAILABLE => virtual_user.request.get(format_args!("/seats/available?date={date}"), token),
                _availability => virtual_user.request.get(format_args!("/concerts/{}/availability", concert.id), token),
            }
        }
        // How it ended is recorded.
        let _ = virtual_user.send(step, from).await;
    }
}

/// Asks after one place after the other, as step number `step`.
pub(super) async fn poll(virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures, step: usize) {
    // Apart from the numbers that the fixtures give out: where polls go on beside holds, those are seats.
    for user in (virtual_user.number..).step_by(POLLS_APART).map(|place| place % fixtures.tokens.len()) {
        let Some(from) = virtual_user.next().await else { return };
        virtual_user.request.get(format_args!("/token"), Some(&fixtures.tokens[user]));
        // How it ended is recorded.
        let _ = virtual_user.send(step, from).await;
    }
}
