//! Everyone comes at once: users join a queue by a schedule, then each asks after the place when the server says so,
//! until admitted. Joins and polls count from the moment at which they were meant to be.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::super::acknowledged::{AcknowledgedPlace, AcknowledgedPlaces};
use super::super::fixtures::Fixtures;
use super::super::pacing::{ArrivalSchedule, release_when_due};
use super::super::virtual_user::VirtualUser;

const JOIN: usize = 0;
const POLL: usize = 1;
/// The longest time in which nobody looks for polls that came due: shorter than any `pollAfter`.
const LOOK_AFTER: Duration = Duration::from_millis(100);

/// The users of a queue rush and what they are about to do.
pub(crate) struct QueueRush {
    schedule: ArrivalSchedule,
    until: Instant,
    interrupted: Arc<AtomicBool>,
    /// Actions that are ready and no virtual user took.
    due: Semaphore,
    queue: Mutex<ActionQueue>,
    /// The place of each user who got one.
    pub places: AcknowledgedPlaces,
}

#[derive(Default)]
struct ActionQueue {
    /// Users who were told to join.
    joined: u64,
    polls: BinaryHeap<Reverse<(Instant, usize)>>,
    ready: VecDeque<(Instant, Action)>,
    admitted: u64,
}

#[derive(Clone, Copy)]
enum Action {
    Join(usize),
    Poll(usize),
}

impl QueueRush {
    pub(crate) fn new(schedule: ArrivalSchedule, until: Instant, interrupted: Arc<AtomicBool>) -> Self {
        Self {
            schedule,
            until,
            interrupted,
            due: Semaphore::new(0),
            queue: Mutex::default(),
            places: AcknowledgedPlaces::new(schedule.total),
        }
    }

    /// Joins a second.
    pub(crate) fn rate(&self) -> f64 {
        self.schedule.rate
    }

    /// Lets actions come due until everyone is admitted or the time is over.
    pub(crate) fn release(&self) {
        release_when_due(self.until, &self.interrupted, |now| {
            let mut queue = self.queue();
            let before = queue.ready.len();
            while queue.joined < self.schedule.due(now) {
                let intended = self.schedule.intended(queue.joined);
                let user = queue.joined as usize;
                queue.ready.push_back((intended, Action::Join(user)));
                queue.joined += 1;
            }
            while let Some(Reverse((at, user))) = queue.polls.peek().copied().filter(|Reverse((at, _))| *at <= now) {
                queue.polls.pop();
                queue.ready.push_back((at, Action::Poll(user)));
            }
            self.due.add_permits(queue.ready.len() - before);
            let next_join = (queue.joined < self.schedule.total).then(|| self.schedule.intended(queue.joined));
            let next_poll = queue.polls.peek().map(|Reverse((at, _))| *at);
            let next = next_join.into_iter().chain(next_poll).min().unwrap_or(now + LOOK_AFTER);
            (queue.admitted < self.schedule.total).then(|| next.min(now + LOOK_AFTER))
        });
        self.due.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Users who did not join before the time was over.
    pub(crate) fn dropped(&self) -> u64 {
        let queue = self.queue();
        let waiting = queue.ready.iter().filter(|(_, action)| matches!(action, Action::Join(_))).count() as u64;
        self.schedule.total - queue.joined + waiting
    }

    /// Does what is due.
    pub(crate) async fn run(&self, virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures) {
        while let Some((intended, action)) = self.next().await {
            virtual_user.began(intended);
            match action {
                Action::Join(user) => self.join(virtual_user, fixtures, user, intended).await,
                Action::Poll(user) => self.poll(virtual_user, user, intended).await,
            }
        }
    }

    async fn next(&self) -> Option<(Instant, Action)> {
        self.due.acquire().await.ok()?.forget();
        if Instant::now() >= self.until || self.interrupted.load(Ordering::Relaxed) {
            return None;
        }
        self.queue().ready.pop_front()
    }

    async fn join(&self, virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures, user: usize, intended: Instant) {
        fixtures.write_join(&mut virtual_user.request, user, 0);
        let asked = Instant::now();
        match virtual_user.send(JOIN, intended).await {
            Ok(response) => {
                let (Some(token), Some(position)) = (response.text("token"), response.number("queuePosition")) else {
                    return;
                };
                self.places.note(user, AcknowledgedPlace::new(token.to_owned(), asked, position));
                self.plan(user, position, response.number("pollAfter"));
            }
            Err(_) => self.places.note_unanswered(),
        }
    }

    async fn poll(&self, virtual_user: &mut VirtualUser<'_>, user: usize, intended: Instant) {
        let place = self.places.of(user).expect("a user who polls has a place");
        virtual_user.request.get(format_args!("/token"), Some(&place.token));
        let (position, poll_after) = match virtual_user.send(POLL, intended).await {
            Ok(response) if response.is_success() => (response.number("queuePosition"), response.number("pollAfter")),
            Ok(_) | Err(_) => (None, None),
        };
        let position = position.unwrap_or(place.position());
        self.places.note_position(user, position);
        self.plan(user, position, poll_after);
    }

    /// Plans what a user at `position` does next.
    fn plan(&self, user: usize, position: u64, poll_after_seconds: Option<u64>) {
        let mut queue = self.queue();
        if position == 0 {
            queue.admitted += 1;
        } else {
            let at = Instant::now() + Duration::from_secs(poll_after_seconds.unwrap_or(1));
            queue.polls.push(Reverse((at, user)));
        }
    }

    fn queue(&self) -> MutexGuard<'_, ActionQueue> {
        self.queue.lock().expect("nobody panics while it is locked")
    }
}
