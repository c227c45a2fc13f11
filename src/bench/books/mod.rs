//! The check of the books: what the server says afterwards, over the API, against what it acknowledged before.

mod admissions;
mod money;
mod places;
mod seats;

pub use admissions::newest_event;

use serde::{Deserialize, Serialize};

use super::Error;
use super::answer::Answer;
use super::crew::{Crew, expect_success};
use super::scenario::Work;
use super::stage::Stage;
use super::work::Job;

/// Faults that are told in words; all are counted.
const FAULTS_TOLD: usize = 20;

/// What was checked and what was found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Books {
    /// Whether nothing is wrong.
    pub right: bool,
    /// What was compared, in words.
    pub checked: Vec<String>,
    /// The first faults, in words.
    pub faults: Vec<String>,
    pub fault_count: u64,
}

/// The envelope of a success.
#[derive(Deserialize)]
struct Envelope<T> {
    body: T,
}

impl Books {
    /// Books that could not be read, which is as bad as wrong ones.
    pub fn unchecked(error: Error) -> Self {
        let faults = vec![format!("the check came to no end: {error}")];
        Self { right: false, checked: Vec::new(), faults, fault_count: 1 }
    }

    fn fault(&mut self, words: impl FnOnce() -> String) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_TOLD {
            self.faults.push(words());
        }
    }

    fn checked(&mut self, words: String) {
        self.checked.push(words);
    }
}

/// Compares everything that the run touched.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub async fn check(crew: &Crew<'_>, stage: &Stage, job: &Job<'_>) -> Result<Books, Error> {
    let mut books = Books::default();
    match job.work {
        Work::Rush | Work::Poll => places::check(crew, stage, job, &mut books).await?,
        Work::Charge | Work::Balance => money::check(crew, stage, &mut books).await?,
        Work::Browse | Work::Hold | Work::HotSeat | Work::Pay | Work::OnSale | Work::Overload => {
            if stage.venue.concerts.is_empty() {
                books.checked("only read: nothing to check".to_owned());
            } else {
                seats::check(crew, stage, &mut books).await?;
                money::check(crew, stage, &mut books).await?;
            }
        }
    }
    books.right = books.fault_count == 0;
    Ok(books)
}

/// The body of a success, read as `T`.
fn read<'a, T: Deserialize<'a>>(what: &str, answer: Answer<'a>) -> Result<T, Error> {
    expect_success(what, answer)?;
    let read: Result<Envelope<T>, _> = serde_json::from_slice(answer.body);
    read.map(|envelope| envelope.body).map_err(|_| Error::Refused { what: what.to_owned(), answer: answer.shown() })
}
