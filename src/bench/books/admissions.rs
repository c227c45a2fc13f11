//! Admission in order of arrival: what the operator's feed of events says of a rush, against what its users saw.

use std::collections::HashMap;
use std::time::Instant;

use serde::Deserialize;

use super::super::Error;
use super::super::connection::Connection;
use super::super::crew::Crew;
use super::super::request::Request;
use super::super::stage::Stage;
use super::super::work::Rush;
use super::{Books, read};

const WHAT: &str = "read the feed of events";
/// Events that the server gives at once at most.
const EVENTS_AT_ONCE: u32 = 100;

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow)]
    events: Vec<Event<'a>>,
    next: u64,
    newest: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    concert_id: Option<&'a str>,
    #[serde(borrow)]
    data: Data<'a>,
}

/// What the events of a queue have; others lack it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    user_id: Option<&'a str>,
    sequence: Option<u64>,
}

/// A place that was taken.
struct Arrival {
    sequence: u64,
    /// When its user asked for it, and when it was there, where that is known.
    times: Option<(Instant, Instant)>,
}

/// What the feed says, in its order.
#[derive(Default)]
struct Feed {
    arrivals: Vec<Arrival>,
    /// The sequences of those who were admitted.
    admitted: Vec<u64>,
}

/// The number of the newest event, 0 when there is none.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub async fn newest_event(crew: &Crew<'_>) -> Result<u64, Error> {
    let mut reader = Reader::open(crew).await?;
    reader.request.get(format_args!("/admin/events?limit=1"), Some(reader.key));
    Ok(reader.part().await?.newest)
}

/// Compares who was admitted with who came, once nobody is admitted any more and `active` places are ACTIVE.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub async fn check(crew: &Crew<'_>, stage: &Stage, rush: &Rush, active: u64, books: &mut Books) -> Result<(), Error> {
    let feed = read_feed(crew, stage, rush).await?;
    let (came, admitted) = (feed.arrivals.len(), feed.admitted.len());
    if admitted as u64 != active {
        books.fault(|| format!("{active} places are active, and the feed has {admitted} admissions"));
    }
    compare(&feed, books);
    books.checked(format!("{admitted} admissions in the feed of {came} arrivals: that they are in order of arrival"));
    Ok(())
}

async fn read_feed(crew: &Crew<'_>, stage: &Stage, rush: &Rush) -> Result<Feed, Error> {
    let concert = stage.venue.concerts[0].id.as_str();
    let users: HashMap<&str, usize> = stage.users.iter().enumerate().map(|(user, id)| (id.as_str(), user)).collect();
    let mut reader = Reader::open(crew).await?;
    let (mut feed, mut after) = (Feed::default(), stage.events_before);
    loop {
        reader.request.get(format_args!("/admin/events?after={after}&limit={EVENTS_AT_ONCE}"), Some(reader.key));
        let part = reader.part().await?;
        if part.events.is_empty() {
            return Ok(feed);
        }
        for Event { kind, data: Data { user_id, sequence }, .. } in
            part.events.iter().filter(|event| event.concert_id == Some(concert))
        {
            let user = user_id.and_then(|id| users.get(id).copied());
            match (*kind, *sequence) {
                ("token.issued", Some(sequence)) => {
                    let place = user.and_then(|user| rush.places.get(user)?.get());
                    feed.arrivals.push(Arrival { sequence, times: place.map(|place| (place.asked, place.answered)) });
                }
                ("token.activated", Some(sequence)) => feed.admitted.push(sequence),
                _ => {}
            }
        }
        after = part.next;
    }
}

/// Nobody leaves a rush, so the first that were admitted are the first that came; and nobody came before one whose
/// place was there before the other had asked.
fn compare(feed: &Feed, books: &mut Books) {
    let mut latest_asked: Option<Instant> = None;
    let mut last = 0;
    for Arrival { sequence, times } in &feed.arrivals {
        if *sequence <= last {
            books.fault(|| format!("arrival {sequence} is in the feed behind arrival {last}"));
        }
        last = *sequence;
        if let Some((asked, answered)) = times {
            if latest_asked.is_some_and(|latest| *answered < latest) {
                books.fault(|| format!("arrival {sequence} was there before one in front of it was asked for"));
            }
            latest_asked = latest_asked.max(Some(*asked));
        }
    }
    for (number, admitted) in feed.admitted.iter().enumerate() {
        let due = feed.arrivals.get(number).map(|arrival| arrival.sequence);
        if due != Some(*admitted) {
            books.fault(|| format!("admission {} was of arrival {admitted}, and {due:?} was next", number + 1));
        }
    }
}

/// A connection that reads the feed: each part follows from the one before.
struct Reader<'a> {
    key: &'a str,
    connection: Connection,
    request: Request,
}

impl<'a> Reader<'a> {
    async fn open(crew: &'a Crew<'_>) -> Result<Self, Error> {
        let unanswered = |fault| Error::Unanswered { what: WHAT.to_owned(), fault };
        let connection = Connection::open(crew.server.address).await.map_err(unanswered)?;
        Ok(Self { key: crew.operator_key()?, connection, request: Request::new(&crew.server.host) })
    }

    /// The part of the feed that the request asks for.
    async fn part(&mut self) -> Result<Part<'_>, Error> {
        let unanswered = |fault| Error::Unanswered { what: WHAT.to_owned(), fault };
        self.connection.exchange(self.request.bytes()).await.map_err(unanswered)?;
        read(WHAT, self.connection.answer())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Arrival, Books, Feed, compare};

    /// Faults of arrivals whose users asked and were answered at these milliseconds, and of these admissions.
    fn faults(arrivals: &[(u64, u64, u64)], admitted: &[u64]) -> u64 {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let arrival = |&(sequence, asked, answered): &_| Arrival { sequence, times: Some((at(asked), at(answered))) };
        let feed = Feed { arrivals: arrivals.iter().map(arrival).collect(), admitted: admitted.to_vec() };
        let mut books = Books::default();
        compare(&feed, &mut books);
        books.fault_count
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
