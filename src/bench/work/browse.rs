//! Reading: concerts, maps, free seats, and how a place in a queue stands.

use super::super::lane::Lane;
use super::super::stage::Stage;

const CONCERTS: usize = 0;
const MAP: usize = 1;
const AVAILABLE: usize = 2;
const POLL: usize = 0;

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

/// Asks after one place after the other.
pub async fn poll(lane: &mut Lane<'_>, stage: &Stage) {
    while let Some(from) = lane.next().await {
        let user = stage.next() % stage.tokens.len();
        lane.request.get(format_args!("/token"), Some(&stage.tokens[user]));
        // How it ended is recorded.
        let _ = lane.send(POLL, from).await;
    }
}
