//! More customers than the server can serve: they come by a schedule, whoever is told that the server is overloaded
//! comes again when it says so, and goes away after some tries. A customer uses one connection from the first answer
//! to the last and none while away, as behind a proxy that keeps its connections.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::future::poll_fn;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::super::lane::Lane;
use super::super::phases::{Phase, Phases};
use super::super::recovery::Recovery;
use super::super::schedule::pace;
use super::super::stage::Stage;
use super::on_sale::{Buyer, Manner, shop, write_join};

/// Places of the steps of a phase among the steps of the work.
const ARRIVAL: usize = 0;
pub const REQUEST: usize = 1;
/// The last: it is no request of its own.
pub const SALE: usize = 2;
pub const STEPS_A_PHASE: usize = 3;
/// How often arrivals are let in: rarely enough to cost little, often enough not to show beside what they wait.
const LET_IN_EVERY: Duration = Duration::from_millis(1);
/// The longest time in which nobody looks for customers who come again.
const LOOK_AFTER: Duration = Duration::from_millis(10);
/// What a customer waits who was refused without being told how long.
const UNTOLD: Duration = Duration::from_secs(1);

/// The customers and what they are about to do.
pub struct Crowd {
    pub phases: Phases,
    /// How often a customer asks to be let in before going away.
    tries_max: u32,
    until: Instant,
    given_up: Arc<AtomicBool>,
    agenda: Mutex<Agenda>,
    recovery: Mutex<Recovery>,
}

/// Customers of the peak who did not get what they came for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Who went away after as many tries as they have.
    pub went_away: u64,
    /// Whom nobody played: all users, seats or connections were in use.
    pub left_out: u64,
}

impl Lost {
    pub fn add(&mut self, other: Self) {
        self.went_away += other.went_away;
        self.left_out += other.left_out;
    }
}

struct Agenda {
    arrived: u64,
    /// Who comes again, and when.
    returning: BinaryHeap<Reverse<(Instant, Customer)>>,
    /// Visits that came due and nobody took.
    ready: VecDeque<(Instant, Customer)>,
    /// Connections that are free, the one that was used last on top: a few that are warm cost less than many.
    idle_connections: Vec<Waker>,
    /// Who is not in the shop, the one who rested longest in front.
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

impl Crowd {
    /// `users` take turns; each has one journey at a time.
    pub fn new(phases: Phases, tries_max: u32, users: usize, given_up: Arc<AtomicBool>) -> Self {
        let agenda = Agenda {
            arrived: 0,
            returning: BinaryHeap::new(),
            ready: VecDeque::new(),
            idle_connections: Vec::new(),
            idle_users: (0..users).collect(),
            spare_seats: Vec::new(),
            lost: Lost::default(),
            is_over: false,
        };
        let until = phases.peak_ends() + phases.lengths.after;
        let recovery = Recovery::new(phases.peak_ends(), phases.lengths.after);
        let (agenda, recovery) = (Mutex::new(agenda), Mutex::new(recovery));
        Self { phases, tries_max, until, given_up, agenda, recovery }
    }

    /// Lets customers come until the time is over.
    pub fn pace(&self, stage: &Stage) {
        pace(self.until, &self.given_up, |now| {
            let mut agenda = self.agenda();
            while agenda.arrived < self.phases.due(now) {
                let came = self.phases.intended(agenda.arrived);
                agenda.arrived += 1;
                match agenda.customer(stage, came) {
                    Some(customer) => agenda.ready.push_back((came, customer)),
                    None => agenda.lost.left_out += 1,
                }
            }
            while let Some(Reverse((at, customer))) = agenda.returning.peek().copied().filter(|next| next.0.0 <= now) {
                agenda.returning.pop();
                agenda.ready.push_back((at, customer));
            }
            let free = agenda.idle_connections.len().saturating_sub(agenda.ready.len());
            let woken = agenda.idle_connections.split_off(free);
            let next = (agenda.arrived < self.phases.total()).then(|| self.phases.intended(agenda.arrived));
            drop(agenda);
            woken.into_iter().for_each(Waker::wake);
            Some(next.unwrap_or(now + LOOK_AFTER).clamp(now + LET_IN_EVERY, now + LOOK_AFTER))
        });
        let mut agenda = self.agenda();
        agenda.is_over = true;
        let idle = std::mem::take(&mut agenda.idle_connections);
        drop(agenda);
        idle.into_iter().for_each(Waker::wake);
    }

    /// Plays one customer after the other.
    pub async fn work(&self, lane: &mut Lane<'_>, stage: &Stage) {
        while let Some((intended, customer)) = self.next().await {
            lane.began(intended);
            self.visit(lane, stage, intended, customer).await;
        }
    }

    /// Customers whom the overload kept from buying. Those who were let in and not played when the time was over are
    /// left out, too.
    pub fn lost(&self) -> Lost {
        let agenda = self.agenda();
        Lost { left_out: agenda.lost.left_out + agenda.ready.len() as u64, ..agenda.lost }
    }

    /// How long after the overload latency was normal again, when a p99 of `usual_us` microseconds is usual.
    pub fn recovered_after(&self, usual_us: u64) -> Option<Duration> {
        self.recovery.lock().expect("nobody panics while it is locked").after(usual_us)
    }

    /// The step as which a request of a sale counts that is sent now.
    pub fn request_step(&self, at: Instant) -> usize {
        self.step(REQUEST, at)
    }

    /// Notes for the recovery how a request ended that was meant for `from`.
    pub fn note(&self, from: Instant, is_success: bool) {
        if self.phases.at(from) == Phase::After {
            let took = is_success.then(|| from.elapsed());
            self.recovery.lock().expect("nobody panics while it is locked").note(from, took);
        }
    }

    fn step(&self, step: usize, at: Instant) -> usize {
        let phase = match self.phases.at(at) {
            Phase::Before => 0,
            Phase::Peak => 1,
            Phase::After => 2,
        };
        phase * STEPS_A_PHASE + step
    }

    async fn next(&self) -> Option<(Instant, Customer)> {
        poll_fn(|cx| {
            let mut agenda = self.agenda();
            if agenda.is_over {
                return Poll::Ready(None);
            }
            let next = agenda.ready.pop_front();
            if next.is_none() {
                agenda.idle_connections.push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(next)
        })
        .await
    }

    async fn visit(&self, lane: &mut Lane<'_>, stage: &Stage, intended: Instant, customer: Customer) {
        let Customer { came, user, seat, .. } = customer;
        write_join(&mut lane.request, stage, user, seat);
        let sent = lane.send(self.step(ARRIVAL, intended), intended).await;
        self.note(intended, sent.as_ref().is_ok_and(|answer| answer.is_success()));
        let token = match sent {
            Ok(answer) if answer.is_overloaded() => {
                let wait = answer.retry_after_seconds.map_or(UNTOLD, Duration::from_secs);
                return self.refused(Instant::now() + wait, customer);
            }
            Ok(answer) => answer.text("token").map(str::to_owned),
            Err(_) => None,
        };
        let Some(token) = token else { return self.leaves(customer, Some(seat)) };
        let bought = shop(lane, stage, Manner::InCrowd(self), &token, Buyer { user, seat }).await;
        if bought.is_ok() {
            // A sale counts where it was completed.
            lane.completed(self.step(SALE, Instant::now()), came);
        }
        self.leaves(customer, None);
    }

    /// A customer who was refused comes again `at`, or goes away.
    fn refused(&self, at: Instant, customer: Customer) {
        let customer = Customer { refused: customer.refused + 1, ..customer };
        if customer.refused < self.tries_max {
            self.agenda().returning.push(Reverse((at, customer)));
        } else {
            self.agenda().lost.went_away += 1;
            self.leaves(customer, Some(customer.seat));
        }
    }

    fn leaves(&self, customer: Customer, untouched_seat: Option<usize>) {
        let mut agenda = self.agenda();
        agenda.idle_users.push_back(customer.user);
        agenda.spare_seats.extend(untouched_seat);
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().expect("nobody panics while it is locked")
    }
}

impl Agenda {
    /// Somebody who is not in the shop, for a seat that nobody wanted yet.
    fn customer(&mut self, stage: &Stage, came: Instant) -> Option<Customer> {
        let user = self.idle_users.pop_front()?;
        let seat = self.spare_seats.pop().or_else(|| stage.next_below(stage.venue.seats));
        if seat.is_none() {
            self.idle_users.push_back(user);
        }
        Some(Customer { came, user, seat: seat?, refused: 0 })
    }
}
