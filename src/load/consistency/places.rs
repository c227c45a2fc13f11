//! The queue: nobody is in it twice, nobody is lost, and who was there first stands before who came later.

use std::time::Instant;

use super::super::acknowledged::{AcknowledgedPlace, AcknowledgedPlaces};
use super::super::client::{Request, Response};
use super::super::client_pool::{ClientPool, expect_success, refused};
use super::super::error::Error;
use super::super::fixtures::{Admission, Fixtures};
use super::admissions;
use super::findings::Findings;

/// A user in the queue.
#[derive(Clone, Copy)]
struct ObservedPlace<'a> {
    token: &'a str,
    /// When the user asked for the place, and when it was there, where that is known.
    times: Option<(Instant, Instant)>,
    /// The last position that was seen before, where one was.
    before: Option<u64>,
    /// The position now; 0 is ACTIVE.
    position: u64,
}

/// Stops admission and asks after every place.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub(super) async fn check(
    pool: &ClientPool<'_>,
    fixtures: &Fixtures,
    acknowledged: Option<&AcknowledgedPlaces>,
    findings: &mut Findings,
) -> Result<(), Error> {
    let concert = &fixtures.concerts.all[0].id;
    let key = Some(pool.operator_key()?);
    let path = format_args!("/admin/concerts/{concert}/queue");
    pool.call("stop admission", "PUT", path, key, Some(&Admission::MaxActive(1).to_json())).await?;
    let mut observed: Vec<ObservedPlace> = match acknowledged {
        Some(places) => places.iter().map(ObservedPlace::of_rush).collect(),
        None => fixtures.tokens.iter().map(|token| ObservedPlace::of_token(token)).collect(),
    };
    read_positions(pool, &mut observed).await?;
    let path = format_args!("/admin/concerts/{concert}/stats");
    let stats = pool.call("read the numbers of the queue", "GET", path, key, None).await?;
    let [waiting, active] = ["waiting", "active"].map(|name| stats[name].as_u64().unwrap_or(0));
    let unanswered = acknowledged.map_or(0, AcknowledgedPlaces::unanswered);
    let worsened = acknowledged.map_or(0, AcknowledgedPlaces::worsened);
    if worsened > 0 {
        findings.fault(|| format!("{worsened} answers told a worse place than the one before"));
    }
    let places = observed.len() as u64;
    if !(places..=places + unanswered).contains(&(waiting + active)) {
        findings.fault(|| format!("{places} places were acknowledged, {waiting} wait and {active} are active"));
    }
    compare(&mut observed, unanswered, findings);
    if let Some(acknowledged) = acknowledged {
        admissions::check(pool, fixtures, acknowledged, active, findings).await?;
    }
    findings.checked(format!(
        "{waiting} places that wait and {active} that are active: that every position is there once, in order of arrival"
    ));
    Ok(())
}

impl<'a> ObservedPlace<'a> {
    /// A place that was prepared.
    fn of_token(token: &'a str) -> Self {
        Self { token, times: None, before: None, position: 0 }
    }

    /// A place of a queue rush.
    fn of_rush(place: &'a AcknowledgedPlace) -> Self {
        let times = Some((place.asked, place.answered));
        Self { token: &place.token, times, before: Some(place.position()), position: 0 }
    }
}

async fn read_positions(pool: &ClientPool<'_>, places: &mut [ObservedPlace<'_>]) -> Result<(), Error> {
    const WHAT: &str = "ask after every place";
    let tokens: Vec<&str> = places.iter().map(|place| place.token).collect();
    let build = |place: usize, request: &mut Request| request.get(format_args!("/token"), Some(tokens[place]));
    pool.each(WHAT, tokens.len(), build, |place, response: Response| {
        expect_success(WHAT, response)?;
        let missing = || refused(WHAT, response);
        places[place].position = response.number("queuePosition").ok_or_else(missing)?;
        Ok(())
    })
    .await
}

/// Positions are 1, 2, 3 and so on, but for places whose responses were lost; nobody stands behind one who came later.
fn compare(places: &mut [ObservedPlace], unanswered: u64, findings: &mut Findings) {
    places.sort_by_key(|place| place.position);
    let mut last = 0;
    let mut latest_asked: Option<Instant> = None;
    for place in places.iter() {
        let position = place.position;
        if place.before.is_some_and(|before| before < position) {
            findings.fault(|| format!("position {position} was better before"));
        }
        if position == 0 {
            continue;
        }
        if position == last {
            findings.fault(|| format!("position {position} is there twice"));
        } else if position > last + 1 + unanswered {
            findings.fault(|| format!("nobody is at position {}", last + 1));
        }
        last = position;
        if let Some((asked, answered)) = place.times {
            if latest_asked.is_some_and(|latest| answered < latest) {
                findings.fault(|| format!("position {position} was there before one in front of it was asked for"));
            }
            latest_asked = latest_asked.max(Some(asked));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Findings, ObservedPlace, compare};

    /// Faults of places at `positions`, the user with number i having asked at i ms and been answered 0.5 ms later.
    fn faults(positions: &[u64], unanswered: u64) -> u64 {
        let start = Instant::now();
        let at = |index: usize, us: u64| start + Duration::from_micros(index as u64 * 1_000 + us);
        let place = |(index, position): (usize, &u64)| ObservedPlace {
            token: "",
            times: Some((at(index, 0), at(index, 500))),
            before: None,
            position: *position,
        };
        let mut places: Vec<_> = positions.iter().enumerate().map(place).collect();
        let mut findings = Findings::default();
        compare(&mut places, unanswered, &mut findings);
        findings.fault_count
    }

    #[test]
    fn positions_are_there_once_without_gaps_in_the_order_of_arrival() {
        assert_eq!(faults(&[0, 0, 1, 2, 3], 0), 0);
        assert_eq!(faults(&[1, 2, 2, 3], 0), 1);
        assert_eq!(faults(&[1, 3], 0), 1);
        assert_eq!(faults(&[1, 3], 1), 0);
        assert_eq!(faults(&[2, 1], 0), 1);
    }
}
