//! What the log tells of sales: opened, paused, closed, sold out. It looks at the committed state now and then, so that
//! it costs the writer nothing, and tells what is another than at the last look.

use std::collections::BTreeMap;
use std::time::Duration;

use super::handle::Handle;
use crate::domain::{ConcertId, ConcertNo, Sale, SaleStatus, State, Timestamp};

/// How often it looks.
const GLANCE: Duration = Duration::from_secs(1);

/// How far a sale has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Draft,
    /// On sale, and its opening is still to come.
    Lobby,
    Open,
    SoldOut,
    Closed,
}

/// The stage of each concert at the last look.
#[derive(Default)]
struct Stages(BTreeMap<ConcertNo, Stage>);

impl Stage {
    fn of(sale: &Sale, now: Timestamp) -> Self {
        match sale.status(now) {
            SaleStatus::Draft => Self::Draft,
            SaleStatus::Closed => Self::Closed,
            SaleStatus::OnSale if !sale.has_opened(now) => Self::Lobby,
            SaleStatus::OnSale if is_sold_out(sale, now) => Self::SoldOut,
            SaleStatus::OnSale => Self::Open,
        }
    }

    /// What the log says of a sale that has come from `before` to here.
    fn told(self, before: Option<Self>) -> Option<&'static str> {
        match (before, self) {
            (Some(before), now) if before == now => None,
            (_, Self::Open) if before == Some(Self::SoldOut) => Some("there are seats again"),
            (_, Self::Open) => Some("the sale is open"),
            (_, Self::SoldOut) => Some("the concert is sold out"),
            (_, Self::Closed) => Some("the sale is closed"),
            (Some(Self::Open | Self::SoldOut), Self::Lobby) => Some("the sale is paused until its new opening"),
            (Some(Self::Open | Self::SoldOut | Self::Lobby), Self::Draft) => Some("the sale is paused: a draft again"),
            (_, Self::Lobby) => Some("the lobby is open"),
            (None | Some(Self::Draft | Self::Closed), Self::Draft) => None,
        }
    }
}

/// Whether every seat that can still be booked is sold.
fn is_sold_out(sale: &Sale, now: Timestamp) -> bool {
    let mut bookable = sale.bookable(now).map(|performance| performance.date).peekable();
    let is_sold = |date| sale.seat_table(date).is_some_and(|table| table.stats(date, 0).sold == table.seats());
    bookable.peek().is_some() && bookable.all(is_sold)
}

impl Stages {
    /// What is to be told of each concert that has come to another stage.
    fn look(&mut self, state: &State, now: Timestamp) -> Vec<(ConcertId, &'static str)> {
        let mut told = Vec::new();
        for sale in state.sales() {
            let stage = Stage::of(sale, now);
            let before = self.0.insert(sale.no, stage);
            told.extend(stage.told(before).map(|words| (sale.id().clone(), words)));
        }
        told
    }
}

/// Tells of sales for as long as the instance runs; how they stand at its start is not told.
pub async fn tell_milestones(node: Handle) {
    let mut stages = Stages::default();
    node.read(|state| stages.look(state, node.now()));
    let mut interval = tokio::time::interval(GLANCE);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        for (concert, words) in node.read(|state| stages.look(state, node.now())) {
            tracing::info!(%concert, "{words}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn a_change_is_told_once_and_drafts_are_not_told() {
        assert_eq!(Stage::Open.told(Some(Stage::Open)), None);
        assert_eq!(Stage::Draft.told(None), None);
        assert_eq!(Stage::Open.told(Some(Stage::Lobby)), Some("the sale is open"));
        assert_eq!(Stage::Open.told(None), Some("the sale is open"), "created on sale");
        assert_eq!(Stage::Open.told(Some(Stage::Draft)), Some("the sale is open"));
        assert_eq!(Stage::Open.told(Some(Stage::SoldOut)), Some("there are seats again"));
        assert_eq!(Stage::SoldOut.told(Some(Stage::Open)), Some("the concert is sold out"));
        assert_eq!(Stage::Closed.told(Some(Stage::SoldOut)), Some("the sale is closed"));
        assert!(Stage::Lobby.told(Some(Stage::Open)).is_some_and(|words| words.contains("paused")));
        assert!(Stage::Draft.told(Some(Stage::Lobby)).is_some_and(|words| words.contains("paused")));
    }
}
