//! Reading: concerts, maps, free seats, and how a place in a queue stands.

use super::super::lane::Lane;
use super::super::stage::Stage;

const CONCERTS: usize = 0;
const MAP: usize = 1;
const AVAILABLE: usize = 2;
/// Places that a connection passes over between two polls: a prime, so that each connection comes to all of them.
const POLLS_APART: usize = 1_000_003;

/// Reads one thing after the other, or only one.
pub async fn read(lane: &mut Lane<'_>, stage: &Stage, only_step: Option<usize>) {
    while let Some(from) = lane.next().await {
        let turn = stage.next();
        let step = only_step.unwrap_or(turn % lane.run.steps.len());
        if step == CONCERTS {
            lane.request.get(format_args!("/concerts"), None);
        } else {
            let round = turn / lane.run.steps.len();
            let token = Some(stage.tokens[round % stage.tokens.len()].as_str());
            let concert = &stage.venue.concerts[0];
            let date = &concert.dates[round % concert.dates.len()];
            match step {
                MAP => lane.request.get(format_args!("/seats?date={date}"), token),
                AVAILABLE => lane.request.get(format_args!("/seats/available?date={date}"), token),
                _availability => lane.request.get(format_args!("/concerts/{}/availability", concert.id), token),
            }
        }
        // How it ended is recorded.
        let _ = lane.send(step, from).await;
    }
}

/// Asks after one place after the other, as step number `step`.
pub async fn poll(lane: &mut Lane<'_>, stage: &Stage, step: usize) {
    // Apart from the numbers that the stage gives out: where polls go on beside holds, those are seats.
    for user in (lane.number..).step_by(POLLS_APART).map(|turn| turn % stage.tokens.len()) {
        let Some(from) = lane.next().await else { return };
        lane.request.get(format_args!("/token"), Some(&stage.tokens[user]));
        // How it ended is recorded.
        let _ = lane.send(step, from).await;
    }
}
