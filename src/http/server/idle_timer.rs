//! The idle timer: what tells an idle connection from one whose client is slow, and both from one whose client waits for
//! the server. One timer a connection looks at it now and then, instead of one that is set for every request.

use std::time::{Duration, Instant};

use super::connection::{Connection, Stage};

/// After how long a request or an answer on its way counts as one of a slow client.
const SLOW: Duration = Duration::from_secs(1);
/// After how long without another request a connection counts as idle. A client that is about to ask again is not idle.
const RESTING: Duration = Duration::from_secs(1);

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Until it asks.
    pub idle: Duration,
    /// For a head, and without taking anything of an answer.
    pub request: Duration,
}

impl Patience {
    /// No longer than `most`.
    pub(super) fn shortened(self, most: Duration) -> Self {
        Self { idle: self.idle.min(most), request: self.request.min(most) }
    }
}

/// What to do about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Look again after so long.
    Wait(Duration),
    /// The client asked nothing for too long.
    Idle,
    /// The head of a request did not come to its end.
    Slow,
    /// The client takes nothing of its answer.
    Stalled,
}

/// How much a connection is in nobody's use: the greatest is the first that may end. The longest comes first, and of
/// two that are as long the one without a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Idleness {
    /// For how long already.
    passed: Duration,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// It sends its request, or takes its answer.
    Slow,
    /// It asks nothing.
    Idle,
}

impl Idleness {
    /// How much `connection` is in nobody's use at `now`; nothing when the server or the client is at work.
    pub(super) fn of(connection: &Connection, now: Instant) -> Option<Self> {
        let slow = |passed: Duration| (passed >= SLOW).then_some(Self { passed, kind: Kind::Slow });
        let idle = |passed: Duration| Some(Self { passed, kind: Kind::Idle });
        match (connection.stalled(now), connection.stage(now)) {
            (Some(stalled), _) => slow(stalled),
            // There may be a crowd of those that never ask, and only they can make room for one that does.
            (None, (Stage::Silent, passed)) => idle(passed),
            (None, (Stage::Idle, passed)) => idle(passed).filter(|_| passed >= RESTING),
            (None, (Stage::Head | Stage::Body, passed)) => slow(passed),
            (None, (Stage::Answer | Stage::Delivery, _)) => None,
        }
    }
}

/// What is to be done about `connection` at `now`.
pub(super) fn judge(connection: &Connection, patience: Patience, now: Instant) -> Verdict {
    // A timer that is never set for longer than the shortest patience meets each end when it comes.
    let soon = patience.idle.min(patience.request);
    let left = |limit: Duration, passed: Duration, late: Verdict| match limit.saturating_sub(passed) {
        Duration::ZERO => late,
        left => Verdict::Wait(left.min(soon)),
    };
    if let Some(stalled) = connection.stalled(now) {
        return left(patience.request, stalled, Verdict::Stalled);
    }
    if let Some(open) = connection.head_open(now) {
        return left(patience.request, open, Verdict::Slow);
    }
    match connection.stage(now) {
        (Stage::Silent | Stage::Idle, passed) => left(patience.idle, passed, Verdict::Idle),
        (Stage::Head, passed) => left(patience.request, passed, Verdict::Slow),
        // The pipeline sees to the time of a body and of an answer.
        (Stage::Body | Stage::Answer | Stage::Delivery, _) => Verdict::Wait(soon),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use axum::body::Body;
    use futures_util::stream;

    use super::{Idleness, Kind, Patience, Stage, Verdict};
    use crate::http::server::connection::{Connection, Room, Waits};
    use crate::http::server::response_body::ResponseBody;

    const HOUR: Duration = Duration::from_secs(3_600);
    const NONE: Duration = Duration::ZERO;

    fn judge(connection: &Connection, idle: Duration, request: Duration) -> Verdict {
        super::judge(connection, Patience { idle, request }, Instant::now())
    }

    fn stage(connection: &Connection) -> Stage {
        connection.stage(Instant::now()).0
    }

    /// One that is in `stage` for so many milliseconds already.
    fn aged(stage: Stage, ms: u64) -> Connection {
        let connected = Instant::now().checked_sub(Duration::from_millis(ms)).expect("the clock is older than a test");
        let connection = Connection::new(0, None, Room::Regular, connected);
        connection.begin_in(stage);
        connection
    }

    #[test]
    fn an_exchange_goes_through_its_stages() {
        let connection = Arc::new(Connection::default());
        assert_eq!(judge(&connection, NONE, HOUR), Verdict::Idle, "it is to ask");
        connection.note_bytes();
        assert_eq!(judge(&connection, NONE, HOUR), Verdict::Wait(NONE), "it has begun to");
        assert_eq!(judge(&connection, HOUR, NONE), Verdict::Slow);
        connection.note_head();
        assert_eq!(stage(&connection), Stage::Body);
        assert!(connection.keeps_end_back(), "the whole body may be here");
        connection.note_request();
        assert_eq!((stage(&connection), connection.keeps_end_back()), (Stage::Answer, true));
        let answer = ResponseBody::new(Body::from("an answer"), Arc::clone(&connection));
        connection.note_delivery();
        assert_eq!(stage(&connection), Stage::Answer, "its body is still to come");
        drop(answer);
        assert_eq!((stage(&connection), connection.keeps_end_back()), (Stage::Delivery, true));
        connection.note_delivery();
        assert_eq!(judge(&connection, NONE, HOUR), Verdict::Idle);
    }

    #[test]
    fn a_stream_goes_on_until_it_ends_unless_its_client_takes_nothing() {
        let connection = Arc::new(Connection::default());
        connection.note_request();
        let body = Body::from_stream(stream::pending::<Result<&str, std::io::Error>>());
        let body = ResponseBody::new(body, Arc::clone(&connection));
        assert_eq!(judge(&connection, NONE, NONE), Verdict::Wait(NONE));
        connection.note_stall();
        assert_eq!(judge(&connection, NONE, NONE), Verdict::Stalled);
        connection.note_taken(Waits::Nothing);
        assert_eq!(judge(&connection, NONE, NONE), Verdict::Wait(NONE));
        drop(body);
    }

    #[test]
    fn the_longest_is_the_idlest_and_one_that_has_just_been_answered_is_not_idle() {
        let now = Instant::now();
        let idleness = |stage, ms| Idleness::of(&aged(stage, ms), now);
        assert!(idleness(Stage::Head, 9_000) > idleness(Stage::Silent, 0));
        assert!(idleness(Stage::Head, 9_000) > idleness(Stage::Idle, 5_000));
        assert!(idleness(Stage::Idle, 9_000) > idleness(Stage::Body, 5_000));
        assert!(idleness(Stage::Silent, 0).is_some(), "it counts from its first moment");
        for stage in [Stage::Idle, Stage::Head, Stage::Body, Stage::Answer, Stage::Delivery] {
            assert_eq!(idleness(stage, 500), None, "{stage:?}");
        }
        let (slow, idle) = (Kind::Slow, Kind::Idle);
        assert!(Idleness { passed: HOUR, kind: idle } > Idleness { passed: HOUR, kind: slow });
        let ended = aged(Stage::Delivery, 500);
        ended.note_end();
        assert!(Idleness::of(&ended, now).is_some(), "nothing more is answered");
    }

    #[tokio::test]
    async fn the_end_of_sending_is_told_to_those_who_wait_for_it_and_to_those_who_come_later() {
        let connection = Connection::default();
        let noting = async { connection.note_half_close() };
        tokio::join!(connection.half_closed(), noting);
        connection.half_closed().await;
    }
}
