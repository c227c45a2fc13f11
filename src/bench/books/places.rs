//! The queue: nobody is in it twice, nobody is lost, and who was there first stands before who came later.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::super::Error;
use super::super::answer::Answer;
use super::super::crew::{Crew, expect_success};
use super::super::request::Request;
use super::super::stage::Stage;
use super::super::venue::Admission;
use super::super::work::{Job, Rush};
use super::{Books, admissions};

/// A user in the queue.
#[derive(Clone, Copy)]
struct Standing<'a> {
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
pub async fn check(crew: &Crew<'_>, stage: &Stage, job: &Job<'_>, books: &mut Books) -> Result<(), Error> {
    let concert = &stage.venue.concerts[0].id;
    let key = Some(crew.operator_key()?);
    let path = format_args!("/admin/concerts/{concert}/queue");
    crew.call("stop admission", "PUT", path, key, Some(&Admission::MaxActive(1).to_json())).await?;
    let mut standings = match &job.rush {
        Some(rush) => of_rush(rush),
        None => stage.tokens.iter().map(|token| Standing { token, times: None, before: None, position: 0 }).collect(),
    };
    read_positions(crew, &mut standings).await?;
    let path = format_args!("/admin/concerts/{concert}/stats");
    let stats = crew.call("read the numbers of the queue", "GET", path, key, None).await?;
    let [waiting, active] = ["waiting", "active"].map(|name| stats[name].as_u64().unwrap_or(0));
    let doubtful = job.rush.as_ref().map_or(0, |rush| rush.doubtful.load(Ordering::Relaxed));
    let worsened = job.rush.as_ref().map_or(0, |rush| rush.worsened.load(Ordering::Relaxed));
    if worsened > 0 {
        books.fault(|| format!("{worsened} answers told a worse place than the one before"));
    }
    let places = standings.len() as u64;
    if !(places..=places + doubtful).contains(&(waiting + active)) {
        books.fault(|| format!("{places} places were acknowledged, {waiting} wait and {active} are active"));
    }
    compare(&mut standings, doubtful, books);
    if let Some(rush) = &job.rush {
        admissions::check(crew, stage, rush, active, books).await?;
    }
    books.checked(format!(
        "{waiting} places that wait and {active} that are active: that every position is there once, in order of arrival"
    ));
    Ok(())
}

fn of_rush(rush: &Rush) -> Vec<Standing<'_>> {
    let places = rush.places.iter().filter_map(|place| place.get());
    let standing = places.map(|place| Standing {
        token: &place.token,
        times: Some((place.asked, place.answered)),
        before: Some(place.position.load(Ordering::Relaxed)),
        position: 0,
    });
    standing.collect()
}

async fn read_positions(crew: &Crew<'_>, standings: &mut [Standing<'_>]) -> Result<(), Error> {
    const WHAT: &str = "ask after every place";
    let tokens: Vec<&str> = standings.iter().map(|standing| standing.token).collect();
    let build = |place: usize, request: &mut Request| request.get(format_args!("/token"), Some(tokens[place]));
    crew.each(WHAT, tokens.len(), build, |place, answer: Answer| {
        expect_success(WHAT, answer)?;
        let missing = || Error::Refused { what: WHAT.to_owned(), answer: answer.shown() };
        standings[place].position = answer.number("queuePosition").ok_or_else(missing)?;
        Ok(())
    })
    .await
}

/// Positions are 1, 2, 3 and so on, but for places whose answers were lost; nobody stands behind one who came later.
fn compare(standings: &mut [Standing], doubtful: u64, books: &mut Books) {
    standings.sort_by_key(|standing| standing.position);
    let mut last = 0;
    let mut latest_asked: Option<Instant> = None;
    for standing in standings.iter() {
        let position = standing.position;
        if standing.before.is_some_and(|before| before < position) {
            books.fault(|| format!("position {position} was better before"));
        }
        if position == 0 {
            continue;
        }
        if position == last {
            books.fault(|| format!("position {position} is there twice"));
        } else if position > last + 1 + doubtful {
            books.fault(|| format!("nobody is at position {}", last + 1));
        }
        last = position;
        if let Some((asked, answered)) = standing.times {
            if latest_asked.is_some_and(|latest| answered < latest) {
                books.fault(|| format!("position {position} was there before one in front of it was asked for"));
            }
            latest_asked = latest_asked.max(Some(asked));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Books, Standing, compare};

    /// Faults of places at `positions`, the user with number i having asked at i ms and been answered 0.5 ms later.
    fn faults(positions: &[u64], doubtful: u64) -> u64 {
        let start = Instant::now();
        let at = |index: usize, us: u64| start + Duration::from_micros(index as u64 * 1_000 + us);
        let standing = |(index, position): (usize, &u64)| Standing {
            token: "",
            times: Some((at(index, 0), at(index, 500))),
            before: None,
            position: *position,
        };
        let mut standings: Vec<_> = positions.iter().enumerate().map(standing).collect();
        let mut books = Books::default();
        compare(&mut standings, doubtful, &mut books);
        books.fault_count
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
