//! What one connection does again and again, one file a kind of work.

mod browse;
mod crowd;
mod on_sale;
mod rush;
mod sale;
mod siege;
mod wallet;

pub use crowd::{Crowd, Lost, REQUEST, SALE, STEPS_A_PHASE};
pub use on_sale::JOURNEY;
pub use rush::Rush;
pub use siege::{Siege, SiegeReport};

use super::lane::Lane;
use super::scenario::{Others, Work};
use super::schedule::Starts;
use super::stage::Stage;

/// The work of a run and what it works on.
pub struct Job<'a> {
    pub work: Work,
    pub stage: &'a Stage,
    /// The only step of it that is taken, if it is not all.
    pub only_step: Option<usize>,
    /// How many connections hold other seats while one seat is hot: those with the lowest numbers.
    pub holders: usize,
    /// What the others do meanwhile.
    pub others: Others,
    pub connections: usize,
    /// Users who come within a while, where that is the work.
    pub rush: Option<Rush>,
    /// More customers than can be served, where that is the work.
    pub crowd: Option<Crowd>,
    /// A client beside the work that shuts others out, where there is one.
    pub siege: Option<Siege>,
}

impl Job<'_> {
    /// Lets starts come due.
    pub fn pace(&self, starts: &Starts) {
        match (&self.rush, &self.crowd) {
            (Some(rush), _) => rush.pace(),
            (None, Some(crowd)) => crowd.pace(self.stage),
            (None, None) => starts.pace(),
        }
    }

    /// Works on one connection until there are no more starts, or no more work.
    pub async fn work(&self, lane: &mut Lane<'_>) {
        let stage = self.stage;
        match self.work {
            Work::Browse => browse::read(lane, stage, self.only_step).await,
            Work::Rush => self.rush.as_ref().expect("a rush has its users").work(lane, stage).await,
            Work::Poll => browse::poll(lane, stage, 0).await,
            Work::Hold => sale::hold(lane, stage, 0).await,
            Work::HotSeat if lane.number < self.holders => sale::hold(lane, stage, sale::HOLD_BESIDE).await,
            Work::HotSeat => match self.others {
                Others::Lose => sale::lose(lane, stage).await,
                Others::Read => browse::poll(lane, stage, sale::POLL_BESIDE).await,
                Others::Rest => {}
            },
            Work::Charge => wallet::charge(lane, stage).await,
            Work::Balance => wallet::balance(lane, stage).await,
            Work::Pay => sale::pay(lane, stage).await,
            Work::Overload => self.crowd.as_ref().expect("an overload has a crowd").work(lane, stage).await,
            Work::OnSale => on_sale::sell(lane, stage, self.connections).await,
        }
    }
}
