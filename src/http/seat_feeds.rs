//! How the seats of dates change, as all who follow a date get it: one task a date looks four times a second at most,
//! writes what changed once, and every follower is sent the same bytes. It knows nothing of who follows.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::broadcast;
use tokio::time::sleep;

use super::values::Date;
use crate::domain::{CalendarDate, ConcertNo};
use crate::node::{Handle, SeatStates};

/// However much happens on a date, its followers are told no oftener.
const TICK: Duration = Duration::from_millis(250);
/// After so long without a change the task of a date looks whether it still has followers.
const LOOK: Duration = Duration::from_secs(15);
/// Changes that a follower may be behind; one further behind is told all states again.
const BEHIND_MAX: usize = 16;
/// Bytes of a change in a frame, about: more changes than all states have bytes are told as states.
const CHANGE_BYTES: usize = 9;

/// A date of a concert, by the day for which it was first announced.
pub(super) type Followed = (ConcertNo, CalendarDate);

/// The dates that are followed; cheap to clone.
#[derive(Clone, Default)]
pub struct SeatFeeds(Arc<DashMap<Followed, Arc<Feed>>>);

/// One followed date.
struct Feed {
    /// What was told last.
    told: Mutex<Arc<Told>>,
    frames: broadcast::Sender<Bytes>,
}

/// All states, as who begins to follow is told them.
struct Told {
    /// When the date takes place.
    date: CalendarDate,
    states: Arc<SeatStates>,
    frame: OnceLock<Bytes>,
}

/// What a follower begins with, and what follows it.
pub(super) struct Joined {
    pub frame: Bytes,
    pub frames: broadcast::Receiver<Bytes>,
}

/// How all seats of a date stand.
#[derive(Serialize)]
pub(super) struct StatesText<'a> {
    pub date: Date,
    pub version: u64,
    pub layout: &'a str,
    pub states: &'a str,
}

impl<'a> StatesText<'a> {
    pub(super) fn of(date: CalendarDate, states: &'a SeatStates) -> Self {
        Self { date: Date(date), version: states.version, layout: &states.layout, states: states.base64() }
    }
}

impl SeatFeeds {
    /// Begins to follow a date; `None` when there is no such date.
    pub(super) fn join(&self, node: &Handle, at: Followed) -> Option<Joined> {
        if let Some(feed) = self.0.get(&at) {
            return Some(feed.join());
        }
        match self.0.entry(at) {
            Entry::Occupied(feed) => Some(feed.get().join()),
            Entry::Vacant(room) => {
                let (date, states) = (node.held_on(at.0, at.1), node.seat_states(at)?.states);
                let told = Told { date, states, frame: OnceLock::new() };
                let frames = broadcast::Sender::new(BEHIND_MAX);
                let feed = Arc::new(Feed { told: Mutex::new(Arc::new(told)), frames });
                let joined = feed.join();
                room.insert(Arc::clone(&feed));
                tokio::spawn(self.clone().tell(feed, node.clone(), at));
                Some(joined)
            }
        }
    }

    /// Tells what changes on a date until nobody follows it, or it is gone.
    async fn tell(self, feed: Arc<Feed>, node: Handle, at: Followed) {
        let mut changes = node.watch_concert(at.0);
        loop {
            changes.mark_unchanged();
            let Some(now) = node.seat_states(at) else { break };
            feed.tell(node.held_on(at.0, at.1), &now.states);
            if self.0.remove_if(&at, |_, feed| feed.frames.receiver_count() == 0).is_some() {
                return;
            }
            sleep(TICK).await;
            let lapse = u64::try_from(now.until.0.saturating_sub(node.now().0)).unwrap_or_default();
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { break },
                () = sleep(LOOK.min(Duration::from_millis(lapse))) => {}
            }
        }
        // The followers notice that nothing comes any more.
        self.0.remove(&at);
    }
}

impl Feed {
    fn join(&self) -> Joined {
        // Under the lock nothing is told, so that nothing is missed between the two.
        let told = self.told.lock();
        Joined { frame: told.frame(), frames: self.frames.subscribe() }
    }

    fn tell(&self, date: CalendarDate, states: &Arc<SeatStates>) {
        let mut told = self.told.lock();
        let changes = states.changes_since(&told.states);
        if changes.as_ref().is_some_and(Vec::is_empty) {
            return;
        }
        let new = Told { date, states: Arc::clone(states), frame: OnceLock::new() };
        let few = changes.filter(|changes| changes.len() * CHANGE_BYTES < states.base64().len().max(1_024));
        let frame = match few {
            Some(changes) => {
                let pairs: Vec<(u32, u8)> = changes.into_iter().map(|(seat, state)| (seat, state as u8)).collect();
                frame("seats", states.version, &pairs)
            }
            None => new.frame(),
        };
        *told = Arc::new(new);
        // Whoever has gone meanwhile needs nothing.
        drop(self.frames.send(frame));
    }
}

impl Told {
    fn frame(&self) -> Bytes {
        let make = || frame("states", self.states.version, &StatesText::of(self.date, &self.states));
        self.frame.get_or_init(make).clone()
    }
}

/// An event as it is sent, in as few bytes as the standard lets it have.
fn frame(name: &str, id: u64, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).expect("texts, numbers and lists can be written as JSON");
    format!("event:{name}\nid:{id}\ndata:{data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn a_change_takes_few_bytes() {
        let one = frame("seats", 12_345, &[(1_234, 1)]);
        assert_eq!(one, "event:seats\nid:12345\ndata:[[1234,1]]\n\n");
        assert!(one.len() <= 40, "{}", one.len());
    }
}
