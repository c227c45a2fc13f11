//! What each virtual user does again and again, one file a kind of workload.

mod browse;
mod connection_flood;
mod followers;
mod gates;
mod journey;
mod overload;
mod phase_metrics;
mod queue_rush;
mod seats;
mod wallets;

pub(crate) use connection_flood::{ConnectionFlood, FloodReport};
pub(crate) use followers::{Followers, FollowersReport};
pub(crate) use journey::JOURNEY;
pub(crate) use overload::{Lost, Overload};
pub(crate) use phase_metrics::{REQUEST, SALE, STEPS_A_PHASE};
pub(crate) use queue_rush::QueueRush;

use super::fixtures::Fixtures;
use super::pacing::Iterations;
use super::scenario::{HotSeatOthers, WorkloadKind};
use super::virtual_user::VirtualUser;

/// What the virtual users of a run do, and the fixtures that they do it with.
pub(super) struct Workload<'a> {
    pub kind: WorkloadKind,
    pub fixtures: &'a Fixtures,
    /// The only step of it that is taken, if it is not all.
    pub only_step: Option<usize>,
    /// How many virtual users hold other seats while one seat is hot: those with the lowest numbers.
    pub holders: usize,
    /// What the others do meanwhile.
    pub others: HotSeatOthers,
    /// One for each virtual user.
    pub connections: usize,
    /// Users who come within a while, where that is the workload.
    pub queue_rush: Option<QueueRush>,
    /// More customers than can be served, where that is the workload.
    pub overload: Option<Overload>,
    /// A client beside the workload that shuts others out, where there is one.
    pub connection_flood: Option<ConnectionFlood>,
    /// Pages that follow the seats of a date beside the workload, where there are some.
    pub followers: Option<Followers>,
}

impl Workload<'_> {
    /// Lets iterations, or what takes their place, come due; blocks until the last has, or the time is over.
    pub(super) fn release(&self, iterations: &Iterations) {
        match (&self.queue_rush, &self.overload) {
            (Some(queue_rush), _) => queue_rush.release(),
            (None, Some(overload)) => overload.release(self.fixtures),
            (None, None) => iterations.release(),
        }
    }

    /// What one virtual user does until there are no more iterations, or nothing is left to do.
    pub(super) async fn run(&self, virtual_user: &mut VirtualUser<'_>) {
        let fixtures = self.fixtures;
        match self.kind {
            WorkloadKind::Browse => browse::read(virtual_user, fixtures, self.only_step).await,
            WorkloadKind::QueueRush => {
                self.queue_rush.as_ref().expect("a queue rush has its users").run(virtual_user, fixtures).await;
            }
            WorkloadKind::Poll => browse::poll(virtual_user, fixtures, 0).await,
            WorkloadKind::Hold => seats::hold(virtual_user, fixtures, 0).await,
            WorkloadKind::HotSeat if virtual_user.number < self.holders => {
                seats::hold(virtual_user, fixtures, seats::HOLD_BESIDE).await;
            }
            WorkloadKind::HotSeat => match self.others {
                HotSeatOthers::Lose => seats::lose(virtual_user, fixtures).await,
                HotSeatOthers::Read => browse::poll(virtual_user, fixtures, seats::POLL_BESIDE).await,
                HotSeatOthers::Rest => {}
            },
            WorkloadKind::Charge => wallets::charge(virtual_user, fixtures).await,
            WorkloadKind::Balance => wallets::balance(virtual_user, fixtures).await,
            WorkloadKind::Pay => seats::pay(virtual_user, fixtures).await,
            WorkloadKind::CheckIn => gates::check_in(virtual_user, fixtures, self.connections).await,
            WorkloadKind::Overload => {
                self.overload.as_ref().expect("an overload has its customers").run(virtual_user, fixtures).await;
            }
            WorkloadKind::OnSale => journey::sell(virtual_user, fixtures, self.connections).await,
        }
    }
}
