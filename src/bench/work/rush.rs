//! Everyone comes at once: users join a queue by a schedule, then each asks after the place when the server says so,
//! until admitted. Joins and polls count from the moment at which they were meant to be.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::super::lane::Lane;
use super::super::schedule::{Schedule, pace};
use super::super::stage::Stage;

const JOIN: usize = 0;
const POLL: usize = 1;
/// The longest time in which nobody looks for polls that came due: shorter than any `pollAfter`.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// The users of a rush and what they are about to do.
pub struct Rush {
    schedule: Schedule,
    until: Instant,
    given_up: Arc<AtomicBool>,
    /// Errands that are ready and nobody took.
    due: Semaphore,
    agenda: Mutex<Agenda>,
    /// The place of each user who got one.
    pub places: Vec<OnceLock<Place>>,
    /// Joins that were not answered.
    pub doubtful: AtomicU64,
    /// Answers by which a place got worse.
    pub worsened: AtomicU64,
}

/// What is known of a user's place.
pub struct Place {
    pub token: String,
    /// When the user asked for it, and when it was there.
    pub asked: Instant,
    pub answered: Instant,
    /// The last position that was seen; 0 is ACTIVE.
    pub position: AtomicU64,
}

#[derive(Default)]
struct Agenda {
    /// Users who were told to join.
    joined: u64,
    polls: BinaryHeap<Reverse<(Instant, usize)>>,
    ready: VecDeque<(Instant, Errand)>,
    admitted: u64,
}

#[derive(Clone, Copy)]
enum Errand {
    Join(usize),
    Poll(usize),
}

impl Rush {
    pub fn new(schedule: Schedule, until: Instant, given_up: Arc<AtomicBool>) -> Self {
        Self {
            schedule,
            until,
            given_up,
            due: Semaphore::new(0),
            agenda: Mutex::default(),
            places: (0..schedule.total).map(|_| OnceLock::new()).collect(),
            doubtful: AtomicU64::new(0),
            worsened: AtomicU64::new(0),
        }
    }

    /// Joins a second.
    pub fn rate(&self) -> f64 {
        self.schedule.rate
    }

    /// Lets errands come due until everyone is admitted or the time is over.
    pub fn pace(&self) {
        pace(self.until, &self.given_up, |now| {
            let mut agenda = self.agenda();
            let before = agenda.ready.len();
            while agenda.joined < self.schedule.due(now) {
                let intended = self.schedule.intended(agenda.joined);
                let user = agenda.joined as usize;
                agenda.ready.push_back((intended, Errand::Join(user)));
                agenda.joined += 1;
            }
            while let Some(Reverse((at, user))) = agenda.polls.peek().copied().filter(|Reverse((at, _))| *at <= now) {
                agenda.polls.pop();
                agenda.ready.push_back((at, Errand::Poll(user)));
            }
            self.due.add_permits(agenda.ready.len() - before);
            let next_join = (agenda.joined < self.schedule.total).then(|| self.schedule.intended(agenda.joined));
            let next_poll = agenda.polls.peek().map(|Reverse((at, _))| *at);
            let next = next_join.into_iter().chain(next_poll).min().unwrap_or(now + LOOK_AFTER);
            (agenda.admitted < self.schedule.total).then(|| next.min(now + LOOK_AFTER))
        });
        self.due.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Users who were not told to join before the time was over.
    pub fn left_out(&self) -> u64 {
        let agenda = self.agenda();
        let waiting = agenda.ready.iter().filter(|(_, errand)| matches!(errand, Errand::Join(_))).count() as u64;
        self.schedule.total - agenda.joined + waiting
    }

    /// Does what is due.
    pub async fn work(&self, lane: &mut Lane<'_>, stage: &Stage) {
        while let Some((intended, errand)) = self.next().await {
            lane.began(intended);
            match errand {
                Errand::Join(user) => self.join(lane, stage, user, intended).await,
                Errand::Poll(user) => self.poll(lane, user, intended).await,
            }
        }
    }

    async fn next(&self) -> Option<(Instant, Errand)> {
        self.due.acquire().await.ok()?.forget();
        if Instant::now() >= self.until || self.given_up.load(Ordering::Relaxed) {
            return None;
        }
        self.agenda().ready.pop_front()
    }

    async fn join(&self, lane: &mut Lane<'_>, stage: &Stage, user: usize, intended: Instant) {
        let concert = &stage.venue.concerts[0].id;
        let body = format_args!(r#"{{"userId":"{}","concertId":"{concert}"}}"#, stage.users[user]);
        lane.request.post(format_args!("/token"), None, body);
        let asked = Instant::now();
        match lane.send(JOIN, intended).await {
            Ok(answer) => {
                let (Some(token), Some(position)) = (answer.text("token"), answer.number("queuePosition")) else {
                    return;
                };
                let (token, position) = (token.to_owned(), AtomicU64::new(position));
                let place = Place { token, asked, answered: Instant::now(), position };
                self.expect(user, place.position.load(Ordering::Relaxed), answer.number("pollAfter"));
                let is_first = self.places[user].set(place).is_ok();
                assert!(is_first, "a user joins once");
            }
            Err(_) => {
                self.doubtful.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    async fn poll(&self, lane: &mut Lane<'_>, user: usize, intended: Instant) {
        let place = self.places[user].get().expect("who polls has a place");
        lane.request.get(format_args!("/token"), Some(&place.token));
        let (position, poll_after) = match lane.send(POLL, intended).await {
            Ok(answer) if answer.is_success() => (answer.number("queuePosition"), answer.number("pollAfter")),
            Ok(_) | Err(_) => (None, None),
        };
        let before = place.position.load(Ordering::Relaxed);
        let position = position.unwrap_or(before);
        if position > before {
            self.worsened.fetch_add(1, Ordering::Relaxed);
        }
        place.position.store(position, Ordering::Relaxed);
        self.expect(user, position, poll_after);
    }

    /// What a user at `position` does next.
    fn expect(&self, user: usize, position: u64, poll_after_seconds: Option<u64>) {
        let mut agenda = self.agenda();
        if position == 0 {
            agenda.admitted += 1;
        } else {
            let at = Instant::now() + Duration::from_secs(poll_after_seconds.unwrap_or(1));
            agenda.polls.push(Reverse((at, user)));
        }
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().expect("nobody panics while it is locked")
    }
}
