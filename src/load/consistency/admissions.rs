//! Admission in order of arrival: what the operator's feed of events says of a queue rush, against what its users saw.

use std::collections::HashMap;
use std::time::Instant;

use super::super::acknowledged::AcknowledgedPlaces;
use super::super::client_pool::ClientPool;
use super::super::error::Error;
use super::super::event_feed::{Data, Event, EventFeed};
use super::super::fixtures::Fixtures;
use super::findings::Findings;

/// A place that was taken.
struct Arrival {
    sequence: u64,
    /// When its user asked for it, and when it was there, where that is known.
    times: Option<(Instant, Instant)>,
}

/// What the feed says of the queue, in its order.
#[derive(Default)]
struct QueueHistory {
    arrivals: Vec<Arrival>,
    /// The sequences of those who were admitted.
    admitted: Vec<u64>,
}

/// Compares who was admitted with who came, once nobody is admitted any more and `active` places are ACTIVE.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub(super) async fn check(
    pool: &ClientPool<'_>,
    fixtures: &Fixtures,
    places: &AcknowledgedPlaces,
    active: u64,
    findings: &mut Findings,
) -> Result<(), Error> {
    let history = read_history(pool, fixtures, places).await?;
    let (came, admitted) = (history.arrivals.len(), history.admitted.len());
    if admitted as u64 != active {
        findings.fault(|| format!("{active} places are active, and the feed has {admitted} admissions"));
    }
    compare(&history, findings);
    findings
        .checked(format!("{admitted} admissions in the feed of {came} arrivals: that they are in order of arrival"));
    Ok(())
}

async fn read_history(
    pool: &ClientPool<'_>,
    fixtures: &Fixtures,
    places: &AcknowledgedPlaces,
) -> Result<QueueHistory, Error> {
    let concert = fixtures.concerts.all[0].id.as_str();
    let users: HashMap<&str, usize> = fixtures.users.iter().enumerate().map(|(user, id)| (id.as_str(), user)).collect();
    let mut feed = EventFeed::open(pool).await?;
    let (mut history, mut after) = (QueueHistory::default(), fixtures.events_before);
    loop {
        let page = feed.page(after).await?;
        if page.events.is_empty() {
            return Ok(history);
        }
        for Event { kind, data: Data { user_id, sequence }, .. } in
            page.events.iter().filter(|event| event.concert_id == Some(concert))
        {
            let user = user_id.and_then(|id| users.get(id).copied());
            match (*kind, *sequence) {
                ("token.issued", Some(sequence)) => {
                    let place = user.and_then(|user| places.of(user));
                    let times = place.map(|place| (place.asked, place.answered));
                    history.arrivals.push(Arrival { sequence, times });
                }
                ("token.activated", Some(sequence)) => history.admitted.push(sequence),
                _ => {}
            }
        }
        after = page.next;
    }
}

/// Nobody leaves a queue rush, so the first that were admitted are the first that came; and nobody came before one
/// whose place was there before the other had asked.
fn compare(history: &QueueHistory, findings: &mut Findings) {
    let mut latest_asked: Option<Instant> = None;
    let mut last = 0;
    for Arrival { sequence, times } in &history.arrivals {
        if *sequence <= last {
            findings.fault(|| format!("arrival {sequence} is in the feed behind arrival {last}"));
        }
        last = *sequence;
        if let Some((asked, answered)) = times {
            if latest_asked.is_some_and(|latest| *answered < latest) {
                findings.fault(|| format!("arrival {sequence} was there before one in front of it was asked for"));
            }
            latest_asked = latest_asked.max(Some(*asked));
        }
    }
    for (number, admitted) in history.admitted.iter().enumerate() {
        let due = history.arrivals.get(number).map(|arrival| arrival.sequence);
        if due != Some(*admitted) {
            findings.fault(|| format!("admission {} was of arrival {admitted}, and {due:?} was next", number + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Arrival, Findings, QueueHistory, compare};

    /// Faults of arrivals whose users asked and were answered at these milliseconds, and of these admissions.
    fn faults(arrivals: &[(u64, u64, u64)], admitted: &[u64]) -> u64 {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let arrival = |&(sequence, asked, answered): &_| Arrival { sequence, times: Some((at(asked), at(answered))) };
        let history = QueueHistory { arrivals: arrivals.iter().map(arrival).collect(), admitted: admitted.to_vec() };
        let mut findings = Findings::default();
        compare(&history, &mut findings);
        findings.fault_count
    }

    #[test]
    fn the_first_who_came_are_the_first_who_are_admitted() {
        let came = [(1, 0, 5), (2, 3, 4), (5, 8, 9)];
        assert_eq!(faults(&came, &[]), 0);
        assert_eq!(faults(&came, &[1, 2]), 0);
        assert_eq!(faults(&came, &[1, 2, 5]), 0);
        assert_eq!(faults(&came, &[2]), 1, "the first is passed over");
        assert_eq!(faults(&came, &[1, 5, 2]), 2, "two are exchanged");
        assert_eq!(faults(&came, &[1, 2, 5, 6]), 1, "one never came");
        assert_eq!(faults(&[(2, 0, 1), (1, 2, 3)], &[]), 1, "the feed goes back");
        assert_eq!(faults(&[(1, 5, 6), (2, 0, 4)], &[]), 1, "the second was there before the first had asked");
    }
}
