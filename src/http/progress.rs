//! How far the exchanges on one connection are, and since when: what tells an idle connection from one whose client is
//! slow, and both from one whose client waits for the server. One timer a connection looks at it now and then, instead
//! of one that is set for every request. It knows no HTTP.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

/// Bits of the word with phase and milliseconds that hold the phase.
const PHASE_BITS: u32 = 3;
/// Stands for "nothing waits to be taken" where else the milliseconds stand.
const NOT_STALLED: u64 = u64::MAX;

/// After how long a request or an answer on its way counts as one of a slow client.
const SLOW: Duration = Duration::from_secs(1);
/// After how long without another request a connection counts as idle. A client that is about to ask again is not idle.
const RESTING: Duration = Duration::from_secs(1);

/// What the connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first byte of all, or nothing any more.
    Silent,
    /// The first byte of another request.
    Idle,
    /// The rest of a head.
    Head,
    /// The rest of a body.
    Body,
    /// The server's answer, or the end of a stream.
    Answer,
    /// The last bytes of an answer that is made.
    Delivery,
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until it asks.
    pub idle: Duration,
    /// For a head, and without taking anything of an answer.
    pub request: Duration,
}

impl Patience {
    /// No longer than `most`.
    pub fn shortened(self, most: Duration) -> Self {
        Self { idle: self.idle.min(most), request: self.request.min(most) }
    }
}

/// What to do about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
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
pub struct Idleness {
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

/// Shared by a connection, the answers on it and whoever looks for idle connections.
#[derive(Clone, Debug)]
pub struct Progress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connected: Instant,
    /// The phase in the low bits, the milliseconds after `connected` at which it began in the others.
    phase: AtomicU64,
    /// Since how many milliseconds after `connected` bytes wait that the client does not take.
    stalled_ms: AtomicU64,
    half_closed: AtomicBool,
    half_close: Notify,
}

/// The body of an answer, whose end is noted.
pub struct AnswerBody {
    body: Body,
    progress: Progress,
}

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Inner {
            connected: Instant::now(),
            phase: AtomicU64::new(0),
            stalled_ms: AtomicU64::new(NOT_STALLED),
            half_closed: AtomicBool::new(false),
            half_close: Notify::new(),
        }))
    }
}

impl Progress {
    /// What the connection waits for, and for how long already.
    pub fn phase(&self) -> (Phase, Duration) {
        self.phase_at(Instant::now())
    }

    fn phase_at(&self, now: Instant) -> (Phase, Duration) {
        let word = self.0.phase.load(Ordering::Relaxed);
        let phase = match word & ((1 << PHASE_BITS) - 1) {
            0 => Phase::Silent,
            1 => Phase::Idle,
            2 => Phase::Head,
            3 => Phase::Body,
            4 => Phase::Answer,
            _ => Phase::Delivery,
        };
        (phase, self.since(word >> PHASE_BITS, now))
    }

    fn enter(&self, phase: Phase) {
        self.enter_at(phase, self.now_ms());
    }

    fn enter_at(&self, phase: Phase, at_ms: u64) {
        let word = match phase {
            Phase::Silent => 0,
            Phase::Idle => 1,
            Phase::Head => 2,
            Phase::Body => 3,
            Phase::Answer => 4,
            Phase::Delivery => 5,
        };
        self.0.phase.store(at_ms << PHASE_BITS | word, Ordering::Relaxed);
    }

    /// One that is in `phase` for `age` already.
    #[cfg(test)]
    pub fn aged(phase: Phase, age: Duration) -> Self {
        let connected = Instant::now().checked_sub(age).expect("the clock is older than a test");
        let Self(inner) = Self::default();
        let inner = Arc::into_inner(inner).expect("nobody shares it yet");
        let aged = Self(Arc::new(Inner { connected, ..inner }));
        aged.enter_at(phase, 0);
        aged
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.0.connected.elapsed().as_millis()).expect("no connection lasts for so many years")
    }

    fn since(&self, at_ms: u64, now: Instant) -> Duration {
        now.saturating_duration_since(self.0.connected).saturating_sub(Duration::from_millis(at_ms))
    }

    /// Bytes came from the client.
    pub fn heard(&self) {
        if matches!(self.phase().0, Phase::Silent | Phase::Idle) {
            self.enter(Phase::Head);
        }
    }

    /// The head of a request is complete, and `body` is still to come or not.
    pub fn begin(&self, body: &impl HttpBody) {
        self.enter(if body.is_end_stream() { Phase::Answer } else { Phase::Body });
    }

    /// The body of the request was read.
    pub fn received(&self) {
        if self.phase().0 == Phase::Body {
            self.enter(Phase::Answer);
        }
    }

    /// The body of the answer, at whose end the answer has only to be delivered.
    pub fn follow(&self, body: Body) -> AnswerBody {
        AnswerBody { body, progress: self.clone() }
    }

    /// Everything that was to be written is.
    pub fn written(&self) {
        if self.phase().0 == Phase::Delivery {
            self.enter(Phase::Idle);
        }
    }

    /// Nothing more is answered: the connection is idle for as long as it was in its last phase.
    pub fn end(&self) {
        self.enter_at(Phase::Silent, self.0.phase.load(Ordering::Relaxed) >> PHASE_BITS);
    }

    /// The client has taken something; more of what was offered waits for it, or not.
    pub fn taken(&self, waits: Waits) {
        let since = match waits {
            Waits::Nothing => NOT_STALLED,
            Waits::Something => self.now_ms(),
        };
        self.0.stalled_ms.store(since, Ordering::Relaxed);
    }

    /// The client takes nothing.
    pub fn not_taken(&self) {
        if self.0.stalled_ms.load(Ordering::Relaxed) == NOT_STALLED {
            self.taken(Waits::Something);
        }
    }

    /// For how long the client has taken nothing of what waits for it.
    fn stalled_at(&self, now: Instant) -> Option<Duration> {
        let since = Some(self.0.stalled_ms.load(Ordering::Relaxed)).filter(|since| *since != NOT_STALLED);
        since.map(|since| self.since(since, now))
    }

    /// Whether everything that was asked is answered, so that more can be said.
    pub fn has_been_answered(&self) -> bool {
        matches!(self.phase().0, Phase::Silent | Phase::Idle | Phase::Head)
    }

    /// Whether the client's end of sending is to be kept from the HTTP library: it would give up the answer.
    pub fn keeps_end_back(&self) -> bool {
        match self.phase().0 {
            Phase::Silent | Phase::Idle | Phase::Head => false,
            Phase::Body | Phase::Answer | Phase::Delivery => true,
        }
    }

    /// The client sends nothing more.
    pub fn note_half_close(&self) {
        if !self.0.half_closed.swap(true, Ordering::Relaxed) {
            self.0.half_close.notify_waiters();
        }
    }

    /// Whether the client sends nothing more.
    pub fn is_half_closed(&self) -> bool {
        self.0.half_closed.load(Ordering::Relaxed)
    }

    /// Waits until the client sends nothing more.
    pub async fn half_closed(&self) {
        let closing = self.0.half_close.notified();
        if !self.0.half_closed.load(Ordering::Relaxed) {
            closing.await;
        }
    }

    /// How much it is in nobody's use at `now`; nothing when the server or the client is at work.
    pub fn idleness(&self, now: Instant) -> Option<Idleness> {
        let slow = |passed: Duration| (passed >= SLOW).then_some(Idleness { passed, kind: Kind::Slow });
        let idle = |passed: Duration| Some(Idleness { passed, kind: Kind::Idle });
        match (self.stalled_at(now), self.phase_at(now)) {
            (Some(stalled), _) => slow(stalled),
            // There may be a crowd of those that never ask, and only they can make room for one that does.
            (None, (Phase::Silent, passed)) => idle(passed),
            (None, (Phase::Idle, passed)) => idle(passed).filter(|_| passed >= RESTING),
            (None, (Phase::Head | Phase::Body, passed)) => slow(passed),
            (None, (Phase::Answer | Phase::Delivery, _)) => None,
        }
    }

    /// What is to be done now.
    pub fn judge(&self, patience: Patience) -> Verdict {
        // A timer that is never set for longer than the shortest patience meets each end when it comes.
        let soon = patience.idle.min(patience.request);
        let left = |limit: Duration, passed: Duration, late: Verdict| match limit.saturating_sub(passed) {
            Duration::ZERO => late,
            left => Verdict::Wait(left.min(soon)),
        };
        if let Some(stalled) = self.stalled_at(Instant::now()) {
            return left(patience.request, stalled, Verdict::Stalled);
        }
        match self.phase() {
            (Phase::Silent | Phase::Idle, passed) => left(patience.idle, passed, Verdict::Idle),
            (Phase::Head, passed) => left(patience.request, passed, Verdict::Slow),
            // The edge sees to the time of a body and of an answer.
            (Phase::Body | Phase::Answer | Phase::Delivery, _) => Verdict::Wait(soon),
        }
    }
}

/// Whether some of an answer waits for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    Nothing,
    Something,
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.progress.enter(Phase::Delivery);
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use axum::body::Body;
    use futures_util::stream;

    use super::{Idleness, Kind, Patience, Phase, Progress, Verdict, Waits};

    const HOUR: Duration = Duration::from_secs(3_600);
    const NONE: Duration = Duration::ZERO;

    fn judge(progress: &Progress, idle: Duration, request: Duration) -> Verdict {
        progress.judge(Patience { idle, request })
    }

    #[test]
    fn an_exchange_goes_through_its_phases() {
        let progress = Progress::default();
        assert_eq!(judge(&progress, NONE, HOUR), Verdict::Idle, "it is to ask");
        progress.heard();
        assert_eq!(judge(&progress, NONE, HOUR), Verdict::Wait(NONE), "it has begun to");
        assert_eq!(judge(&progress, HOUR, NONE), Verdict::Slow);
        progress.begin(&Body::from("a body"));
        assert_eq!(progress.phase().0, Phase::Body);
        assert!(progress.keeps_end_back(), "the whole body may be here");
        progress.received();
        assert_eq!((progress.phase().0, progress.keeps_end_back()), (Phase::Answer, true));
        let answer = progress.follow(Body::from("an answer"));
        progress.written();
        assert_eq!(progress.phase().0, Phase::Answer, "its body is still to come");
        drop(answer);
        assert_eq!((progress.phase().0, progress.keeps_end_back()), (Phase::Delivery, true));
        progress.written();
        assert_eq!(judge(&progress, NONE, HOUR), Verdict::Idle);
    }

    #[test]
    fn a_stream_goes_on_until_it_ends_unless_its_client_takes_nothing() {
        let progress = Progress::default();
        progress.begin(&Body::empty());
        let body = progress.follow(Body::from_stream(stream::pending::<Result<&str, std::io::Error>>()));
        assert_eq!(judge(&progress, NONE, NONE), Verdict::Wait(NONE));
        progress.not_taken();
        assert_eq!(judge(&progress, NONE, NONE), Verdict::Stalled);
        progress.taken(Waits::Nothing);
        assert_eq!(judge(&progress, NONE, NONE), Verdict::Wait(NONE));
        drop(body);
    }

    #[test]
    fn the_longest_is_the_idlest_and_one_that_has_just_been_answered_is_not_idle() {
        let now = Instant::now();
        let idleness = |phase, ms| Progress::aged(phase, Duration::from_millis(ms)).idleness(now);
        assert!(idleness(Phase::Head, 9_000) > idleness(Phase::Silent, 0));
        assert!(idleness(Phase::Head, 9_000) > idleness(Phase::Idle, 5_000));
        assert!(idleness(Phase::Idle, 9_000) > idleness(Phase::Body, 5_000));
        assert!(idleness(Phase::Silent, 0).is_some(), "it counts from its first moment");
        for phase in [Phase::Idle, Phase::Head, Phase::Body, Phase::Answer, Phase::Delivery] {
            assert_eq!(idleness(phase, 500), None, "{phase:?}");
        }
        let (slow, idle) = (Kind::Slow, Kind::Idle);
        assert!(Idleness { passed: HOUR, kind: idle } > Idleness { passed: HOUR, kind: slow });
        let ended = Progress::aged(Phase::Delivery, Duration::from_millis(500));
        ended.end();
        assert!(ended.idleness(now).is_some(), "nothing more is answered");
    }

    #[tokio::test]
    async fn the_end_of_sending_is_told_to_those_who_wait_for_it_and_to_those_who_come_later() {
        let progress = Progress::default();
        let waiting = progress.half_closed();
        let noting = async { progress.note_half_close() };
        tokio::join!(waiting, noting);
        progress.half_closed().await;
    }
}
