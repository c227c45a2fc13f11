//! More customers than the server can serve: they come by a schedule, whoever is told that the server is overloaded
//! comes again when it says so, and goes away after some tries. A customer uses one connection from the first response
//! to the last and none while away, as behind a proxy that keeps its connections.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::future::poll_fn;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::super::client::Response;
use super::super::fixtures::{Buyer, Fixtures};
use super::super::pacing::{Ramp, release_when_due};
use super::super::virtual_user::VirtualUser;
use super::journey::{Counting, shop, write_join};
use super::phase_metrics::{ARRIVAL, PhaseMetrics, SALE};

/// How often arrivals are released: rarely enough to cost little, often enough not to show beside what they wait.
const RELEASE_EVERY: Duration = Duration::from_millis(1);
/// The longest time in which nobody looks for customers who come again.
const LOOK_AFTER: Duration = Duration::from_millis(10);
/// What a customer waits who was refused without being told how long.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

/// The customers and what they are about to do.
pub(crate) struct Overload {
    pub metrics: PhaseMetrics,
    /// How often a customer asks to be let in before going away.
    tries_max: u32,
    until: Instant,
    interrupted: Arc<AtomicBool>,
    queue: Mutex<VisitQueue>,
}

/// Customers of the peak who did not get what they came for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Customers who went away after as many tries as they have.
    pub went_away: u64,
    /// Arrivals that no virtual user took: all users, seats or connections were in use.
    pub dropped: u64,
}

impl Lost {
    pub(crate) fn add(&mut self, other: Self) {
        self.went_away += other.went_away;
        self.dropped += other.dropped;
    }
}

struct VisitQueue {
    arrived: u64,
    /// Customers who come again, and when.
    returning: BinaryHeap<Reverse<(Instant, Customer)>>,
    /// Visits that came due and no virtual user took.
    ready: VecDeque<(Instant, Customer)>,
    /// Virtual users that are free, the one that was used last on top: a few warm connections cost less than many.
    idle_virtual_users: Vec<Waker>,
    /// Users who are not in the shop, the one who rested longest in front.
    idle_users: VecDeque<usize>,
    spare_seats: Vec<usize>,
    lost: Lost,
    is_over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Customer {
    came: Instant,
    user: usize,
    seat: usize,
    /// Refusals so far.
    refused: u32,
}

impl Overload {
    /// `users` take turns; each has one journey at a time.
    pub(crate) fn new(ramp: Ramp, tries_max: u32, users: usize, interrupted: Arc<AtomicBool>) -> Self {
        let queue = VisitQueue {
            arrived: 0,
            returning: BinaryHeap::new(),
            ready: VecDeque::new(),
            idle_virtual_users: Vec::new(),
            idle_users: (0..users).collect(),
            spare_seats: Vec::new(),
            lost: Lost::default(),
            is_over: false,
        };
        let until = ramp.peak_ends() + ramp.lengths.after;
        Self { metrics: PhaseMetrics::new(ramp), tries_max, until, interrupted, queue: Mutex::new(queue) }
    }

    /// Lets customers come until the time is over.
    pub(crate) fn release(&self, fixtures: &Fixtures) {
        let ramp = &self.metrics.ramp;
        release_when_due(self.until, &self.interrupted, |now| {
            let mut queue = self.queue();
            while queue.arrived < ramp.due(now) {
                let came = ramp.intended(queue.arrived);
                queue.arrived += 1;
                match queue.customer(fixtures, came) {
                    Some(customer) => queue.ready.push_back((came, customer)),
                    None => queue.lost.dropped += 1,
                }
            }
            while let Some(Reverse((at, customer))) = queue.returning.peek().copied().filter(|next| next.0.0 <= now) {
                queue.returning.pop();
                queue.ready.push_back((at, customer));
            }
            let free = queue.idle_virtual_users.len().saturating_sub(queue.ready.len());
            let woken = queue.idle_virtual_users.split_off(free);
            let next = (queue.arrived < ramp.total()).then(|| ramp.intended(queue.arrived));
            drop(queue);
            woken.into_iter().for_each(Waker::wake);
            Some(next.unwrap_or(now + LOOK_AFTER).clamp(now + RELEASE_EVERY, now + LOOK_AFTER))
        });
        let mut queue = self.queue();
        queue.is_over = true;
        let idle = std::mem::take(&mut queue.idle_virtual_users);
        drop(queue);
        idle.into_iter().for_each(Waker::wake);
    }

    /// Serves one customer after the other.
    pub(crate) async fn run(&self, virtual_user: &mut VirtualUser<'_>, fixtures: &Fixtures) {
        while let Some((intended, customer)) = self.next().await {
            virtual_user.began(intended);
            self.visit(virtual_user, fixtures, intended, customer).await;
        }
    }

    /// Customers whom the overload kept from buying. Those who were released and not taken when the time was over count
    /// as dropped, too.
    pub(crate) fn lost(&self) -> Lost {
        let queue = self.queue();
        Lost { dropped: queue.lost.dropped + queue.ready.len() as u64, ..queue.lost }
    }

    async fn next(&self) -> Option<(Instant, Customer)> {
        poll_fn(|cx| {
            let mut queue = self.queue();
            if queue.is_over {
                return Poll::Ready(None);
            }
            let next = queue.ready.pop_front();
            if next.is_none() {
                queue.idle_virtual_users.push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(next)
        })
        .await
    }

    async fn visit(
        &self,
        virtual_user: &mut VirtualUser<'_>,
        fixtures: &Fixtures,
        intended: Instant,
        customer: Customer,
    ) {
        let Customer { came, user, seat, .. } = customer;
        let buyer = Buyer { user, seat };
        write_join(virtual_user, fixtures, buyer);
        let sent = virtual_user.send(self.metrics.step(ARRIVAL, intended), intended).await;
        self.metrics.note(intended, sent.as_ref().is_ok_and(Response::is_success));
        let token = match sent {
            Ok(response) if response.is_overloaded() => {
                let wait = response.retry_after_seconds.map_or(RETRY_AFTER_DEFAULT, Duration::from_secs);
                return self.refused(Instant::now() + wait, customer);
            }
            Ok(response) => response.text("token").map(str::to_owned),
            Err(_) => None,
        };
        let Some(token) = token else { return self.leaves(customer, Some(seat)) };
        let bought = shop(virtual_user, fixtures, Counting::ByPhase(&self.metrics), &token, buyer).await;
        if bought.is_ok() {
            // A sale counts where it was completed.
            virtual_user.completed(self.metrics.step(SALE, Instant::now()), came);
        }
        self.leaves(customer, None);
    }

    /// A customer who was refused comes again `at`, or goes away.
    fn refused(&self, at: Instant, customer: Customer) {
        let customer = Customer { refused: customer.refused + 1, ..customer };
        if customer.refused < self.tries_max {
            self.queue().returning.push(Reverse((at, customer)));
        } else {
            self.queue().lost.went_away += 1;
            self.leaves(customer, Some(customer.seat));
        }
    }

    fn leaves(&self, customer: Customer, untouched_seat: Option<usize>) {
        let mut queue = self.queue();
        queue.idle_users.push_back(customer.user);
        queue.spare_seats.extend(untouched_seat);
    }

    fn queue(&self) -> MutexGuard<'_, VisitQueue> {
        self.queue.lock().expect("nobody panics while it is locked")
    }
}

impl VisitQueue {
    /// A user who is not in the shop, for a seat that nobody wanted yet.
    fn customer(&mut self, fixtures: &Fixtures, came: Instant) -> Option<Customer> {
        let user = self.idle_users.pop_front()?;
        let seat = self.spare_seats.pop().or_else(|| fixtures.next_below(fixtures.concerts.seats));
        if seat.is_none() {
            self.idle_users.push_back(user);
        }
        Some(Customer { came, user, seat: seat?, refused: 0 })
    }
}
