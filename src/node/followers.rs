//! Who is to be woken when a concert changes: streams and polls that wait.

use std::collections::BTreeSet;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::domain::{Change, ConcertNo, StateChange};

#[derive(Default)]
pub(super) struct Followers {
    watchers: DashMap<ConcertNo, watch::Sender<u64>, RandomState>,
    /// Concerts that changed since the last [`Followers::wake`].
    changed: Mutex<BTreeSet<ConcertNo>>,
    /// Changes with the keys of operators.
    keys: watch::Sender<u64>,
}

impl Followers {
    /// Notes which concerts a command changed.
    pub(super) fn note(&self, changes: &[Change]) {
        let mut changed = self.changed.lock();
        for change in changes {
            match change {
                Change::State(
                    StateChange::Seats((concert, _), _)
                    | StateChange::Blocked((concert, _), _)
                    | StateChange::Places((concert, _), _)
                    | StateChange::Concerts(concert, _),
                ) => {
                    changed.insert(*concert);
                }
                Change::State(StateChange::OperatorKeys(..)) => self.keys.send_modify(|version| *version += 1),
                Change::State(StateChange::Settings(..) | StateChange::Clock(..) | StateChange::Archives(..))
                | Change::Restored(_)
                | Change::Record(_) => {}
            }
        }
    }

    /// Wakes who follows a concert that changed.
    pub(super) fn wake(&self) {
        for concert in std::mem::take(&mut *self.changed.lock()) {
            if let Some(watcher) = self.watchers.get(&concert) {
                watcher.send_modify(|version| *version += 1);
            }
        }
    }

    /// Wakes who follows any concert: all of them may have changed.
    pub(super) fn wake_all(&self) {
        self.changed.lock().clear();
        self.watchers.iter().for_each(|watcher| watcher.send_modify(|version| *version += 1));
        self.keys.send_modify(|version| *version += 1);
    }

    /// A receiver that changes whenever a key of an operator does.
    pub(super) fn watch_keys(&self) -> watch::Receiver<u64> {
        self.keys.subscribe()
    }

    /// A receiver that changes whenever something of the concert does.
    pub(super) fn watch(&self, concert: ConcertNo) -> watch::Receiver<u64> {
        self.watchers.entry(concert).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }
}
