//! What one connection does again and again, one file a kind of work.

mod browse;
mod on_sale;
mod rush;
mod sale;
mod wallet;

pub use rush::Rush;

use super::lane::Lane;
use super::scenario::Work;
use super::schedule::Starts;
use super::stage::Stage;

/// The work of a run and what it works on.
pub struct Job<'a> {
    pub work: Work,
    pub stage: &'a Stage,
    /// The only step of it that is taken, if it is not all.
    pub only_step: Option<usize>,
    /// How many connections hold other seats while one seat is hot: those with the lowest numbers.
    pub beside: usize,
    pub connections: usize,
    /// Users who come within a while, where that is the work.
    pub rush: Option<Rush>,
}

impl Job<'_> {
    /// Lets starts come due.
    pub fn pace(&self, starts: &Starts) {
        match &self.rush {
            Some(rush) => rush.pace(),
            None => starts.pace(),
        }
    }

    /// Works on one connection until there are no more starts, or no more work.
    pub async fn work(&self, lane: &mut Lane<'_>) {
        let stage = self.stage;
        match self.work {
            Work::Browse => browse::read(lane, stage, self.only_step).await,
            Work::Rush => self.rush.as_ref().expect("a rush has its users").work(lane, stage).await,
            Work::Poll => browse::poll(lane, stage).await,
            Work::Hold => sale::hold(lane, stage, 0).await,
            Work::HotSeat if lane.number < self.beside => sale::hold(lane, stage, 1).await,
            Work::HotSeat => sale::lose(lane, stage).await,
            Work::Charge => wallet::charge(lane, stage).await,
            Work::Balance => wallet::balance(lane, stage).await,
            Work::Pay => sale::pay(lane, stage).await,
            Work::OnSale => on_sale::sell(lane, stage, self.connections).await,
        }
    }
}
