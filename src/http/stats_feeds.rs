//! Numbers of sales that are followed: written once a second for each concert, whatever the number of followers, and not at
//! all while nobody follows.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::sync::watch;

use crate::domain::ConcertNo;

/// How often they are written.
const EVERY: Duration = Duration::from_secs(1);

/// The numbers of each concert that is followed, as JSON text; cheap to clone.
#[derive(Clone, Default)]
pub struct StatsFeeds(Arc<DashMap<ConcertNo, watch::Sender<Arc<str>>>>);

impl StatsFeeds {
    /// Follows a concert, whose numbers `write` tells. It ends when there is nothing to tell any more.
    pub(super) fn follow(
        &self,
        concert: ConcertNo,
        write: impl Fn() -> Option<String> + Send + 'static,
    ) -> Option<watch::Receiver<Arc<str>>> {
        match self.0.entry(concert) {
            Entry::Occupied(feed) => Some(feed.get().subscribe()),
            Entry::Vacant(room) => {
                let sender = watch::Sender::new(Arc::from(write()?));
                let receiver = sender.subscribe();
                room.insert(sender);
                let feeds = self.clone();
                tokio::spawn(async move {
                    loop {
                        tokio::time::sleep(EVERY).await;
                        if feeds.0.remove_if(&concert, |_, feed| feed.receiver_count() == 0).is_some() {
                            return;
                        }
                        let Some(text) = write() else {
                            feeds.0.remove(&concert);
                            return;
                        };
                        if let Some(feed) = feeds.0.get(&concert) {
                            feed.send_replace(Arc::from(text));
                        }
                    }
                });
                Some(receiver)
            }
        }
    }
}
