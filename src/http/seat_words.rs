//! Refusals about seats as clients are told of them: in words, as the plan stands, beside the numbers.

use super::app::App;
use super::problem::Problem;
use crate::domain::{CalendarDate, ConcertNo, Rejection, SeatKey, SeatWords};
use crate::node::SubmitError;

/// What `tell` makes of an error of a request about seats of a date, if they are all of one.
pub(super) fn of_date(
    app: &App,
    (concert, date): (ConcertNo, Option<CalendarDate>),
    error: SubmitError,
    tell: impl FnOnce(SubmitError) -> Problem,
) -> Problem {
    let seat = if let SubmitError::Rejected(rejection) = &error { rejection.seat() } else { None };
    let key = date.zip(seat).map(|(date, seat)| SeatKey { date, seat });
    let words = key.and_then(|key| app.node.seat_words(concert, &[key]).pop().flatten());
    let problem = tell(error);
    match words {
        Some(words) => problem.of_seat(words),
        None => problem,
    }
}

/// Why a change of a concert did not go through.
pub(super) enum ChangeError {
    Told(Problem),
    Submit(SubmitError),
}

impl From<Problem> for ChangeError {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

impl From<SubmitError> for ChangeError {
    fn from(error: SubmitError) -> Self {
        Self::Submit(error)
    }
}

/// What is told of an error of a change of a concert: seats by the days on which they are held.
pub(super) fn of_concert(app: &App, concert: ConcertNo, error: ChangeError) -> Problem {
    let error = match error {
        ChangeError::Told(problem) => return problem,
        ChangeError::Submit(error) => error,
    };
    let SubmitError::Rejected(Rejection::SeatsInUse { seats }) = error else { return Problem::from(error) };
    let words = app.node.seat_words(concert, &seats);
    let told = |(key, words): (SeatKey, Option<SeatWords>)| {
        (SeatKey { date: app.node.held_on(concert, key.date), ..key }, words)
    };
    let mut told: Vec<_> = seats.into_iter().zip(words).map(told).collect();
    told.sort_by_key(|(key, _)| (key.date, key.seat));
    let seats = told.iter().map(|(key, _)| *key).collect();
    let problem = Problem::from(Rejection::SeatsInUse { seats });
    problem.of_seats(told.into_iter().filter_map(|(key, words)| Some((key, words?))))
}
