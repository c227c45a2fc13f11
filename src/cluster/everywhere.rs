//! A change at the concerts of several owners is known to all of them before it is answered.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep_until};

use super::control::ask_applied;
use super::instance::Instance;
use super::owner_tenure::OVER_AFTER;
use crate::log::Index;

impl Instance {
    /// Waits until every instance that may answer for a slot has applied all that is committed now. One that has not when
    /// its tenure of before is over may answer no more until it has: a grant from now on names these entries.
    pub async fn known_everywhere(&self) {
        let begun = Instant::now();
        let is_known = match self.fresh().await {
            Ok(()) => self.have_all(self.applied()).await,
            Err(_) => false,
        };
        if !is_known {
            sleep_until(begun + OVER_AFTER).await;
        }
    }

    async fn have_all(&self, index: Index) -> bool {
        let peers = self.peers().all();
        let asked = peers.values().map(|peer| ask_applied(&peer.control, index, OVER_AFTER));
        join_all(asked).await.into_iter().all(|answer| answer.is_ok_and(|applied| applied >= index))
    }

    /// How far the copy of this instance has come once it has an entry, or after so long.
    pub(super) async fn applied_within(&self, index: Index, limit: Duration) -> Index {
        // How far it has come by then is told below.
        drop(tokio::time::timeout(limit, self.applied_through(index)).await);
        self.applied()
    }
}
