//! Reports of scans that are of tickets of several concerts: a report a concert, each taken where that is led, and one
//! answer made of theirs. A report that is sent again changes nothing, so that one of which a part fails may fail whole.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::asked::Asked;
use super::leadership::{Leadership, NotFresh};
use super::named::scanned_ticket;
use super::plan::fresh_by;
use crate::domain::ConcertId;
use crate::http::api::admin_check_ins::scans::is_report;
use crate::http::problem::Problem;
use crate::http::request::object::read_object;
use crate::node::Fate;

/// The field of a report, and of an answer to one, that has a list.
const CHECK_INS: &str = "checkIns";
/// Bytes of an answer to a part: many times what one to as many scans as a report has takes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The scans of a report that are of one concert, or of none that is known.
pub(super) struct Part {
    pub asked: Asked,
    /// Where they stand in the report.
    places: Vec<usize>,
}

/// The answer to a report, as far as its parts are answered.
#[derive(Default)]
pub(super) struct Answers {
    check_ins: BTreeMap<usize, Value>,
    entered: u64,
    refused: u64,
}

/// An answer to a part.
#[derive(Deserialize, Serialize)]
struct Success {
    result: String,
    body: Outcomes,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcomes {
    check_ins: Vec<Value>,
    entered: u64,
    refused: u64,
}

/// The parts of a report; nothing when it is one part, or malformed, which whoever answers it says.
///
/// # Errors
/// [`NotFresh`] where a ticket is not known, and it cannot be known whether there is one.
pub(super) async fn parts(
    leadership: &dyn Leadership,
    asked: &Asked,
    deadline: Instant,
) -> Result<Option<Vec<Part>>, NotFresh> {
    let Some(scans) = scans(asked.body()) else { return Ok(None) };
    let mut concerts = concerts(leadership, &scans);
    let is_unknown =
        |(scan, concert): (&Value, &Option<ConcertId>)| concert.is_none() && scanned_ticket(scan).is_some();
    if scans.iter().zip(&concerts).any(is_unknown) {
        fresh_by(leadership, deadline).await?;
        concerts = self::concerts(leadership, &scans);
    }
    let mut by_concert: BTreeMap<Option<ConcertId>, Vec<usize>> = BTreeMap::new();
    for (place, concert) in concerts.into_iter().enumerate() {
        by_concert.entry(concert).or_default().push(place);
    }
    if by_concert.len() < 2 {
        return Ok(None);
    }
    let part = |places: Vec<usize>| {
        let scans: Vec<&Value> = places.iter().map(|place| &scans[*place]).collect();
        Part { asked: asked.with_body(json!({CHECK_INS: scans}).to_string().into()), places }
    };
    Ok(Some(by_concert.into_values().map(part).collect()))
}

/// The scans of a well-formed report.
fn scans(body: &Bytes) -> Option<Vec<Value>> {
    let mut report = read_object(body).ok().filter(is_report)?;
    match report.remove(CHECK_INS) {
        Some(Value::Array(scans)) => Some(scans),
        Some(_) | None => None,
    }
}

fn concerts(leadership: &dyn Leadership, scans: &[Value]) -> Vec<Option<ConcertId>> {
    scans.iter().map(|scan| leadership.concert_of_ticket(scanned_ticket(scan)?)).collect()
}

impl Answers {
    /// Takes in the answer to a part.
    ///
    /// # Errors
    /// What ends the whole report, as its answer.
    pub(super) async fn add(&mut self, Part { places, .. }: Part, response: Response) -> Result<(), Response> {
        let (parts, body) = response.into_parts();
        // Whoever answered is lost, with what became of the part.
        let lost = || Problem::no_leader(Fate::Unknown).into_response();
        let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|_| lost())?;
        if parts.status != StatusCode::OK {
            // That nothing was done is not true of the report when a part of it was.
            let is_begun = !self.check_ins.is_empty() && parts.extensions.get::<Fate>().is_some();
            return Err(if is_begun { lost() } else { Response::from_parts(parts, Body::from(bytes)) });
        }
        let unreadable = || Problem::internal("the answer to a part of a report is none").into_response();
        let Success { body: Outcomes { check_ins, entered, refused }, .. } =
            serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        if check_ins.len() != places.len() {
            return Err(unreadable());
        }
        self.check_ins.extend(places.into_iter().zip(check_ins));
        self.entered += entered;
        self.refused += refused;
        Ok(())
    }

    /// The answer to the whole report.
    pub(super) fn whole(self) -> Response {
        let Self { check_ins, entered, refused } = self;
        let body = Outcomes { check_ins: check_ins.into_values().collect(), entered, refused };
        let success = Success { result: "success".to_owned(), body };
        let json = serde_json::to_vec(&success).expect("answers hold texts, numbers and lists only");
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
    }
}
