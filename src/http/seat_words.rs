//! Refusals about seats as clients are told of them: in words, as the plan stands, beside the numbers.

use super::app::App;
use super::problem::Problem;
use crate::domain::{CalendarDate, ConcertNo, Rejection, SeatKey};
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

/// What is told of an error of a change of a concert.
pub(super) fn of_concert(app: &App, concert: ConcertNo, error: ChangeError) -> Problem {
    let error = match error {
        ChangeError::Told(problem) => return problem,
        ChangeError::Submit(error) => error,
    };
    let in_use =
        if let SubmitError::Rejected(Rejection::SeatsInUse { seats }) = &error { seats.clone() } else { vec![] };
    let problem = Problem::from(error);
    if in_use.is_empty() {
        return problem;
    }
    let words = app.node.seat_words(concert, &in_use);
    problem.of_seats(in_use.into_iter().zip(words).filter_map(|(key, words)| Some((key, words?))))
}
