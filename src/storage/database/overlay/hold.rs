//! All rows replaced at once: meanwhile no generation goes into the tables.

use std::sync::Arc;

use super::{Batch, Course, Generation, Overlay, Signal, Snapshot};
use crate::log::Position;

/// While it lives no generation goes into the tables, and none is on its way.
pub(crate) struct Hold<'o>(&'o Overlay);

impl Overlay {
    /// Keeps generations above the tables from now on, and waits until none is on its way.
    pub(crate) fn hold(&self) -> Hold<'_> {
        let mut signal = self.signal.lock();
        self.layers.write().course = Course::Held;
        while *signal != Signal::Ended && self.layers.read().frozen.is_some() {
            self.room.wait(&mut signal);
        }
        Hold(self)
    }
}

impl Hold<'_> {
    /// Puts a snapshot, which holds the history as far as `applied`, in place of all layers.
    pub(crate) fn replace(self, snapshot: Snapshot, applied: Position) {
        let mut layers = self.0.layers.write();
        layers.current = Generation::default();
        layers.batch = Batch::Complete;
        layers.snapshot = Arc::new(snapshot);
        layers.applied = applied;
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.0.layers.write().course = Course::Open;
        drop(self.0.signal.lock());
        self.0.work.notify_one();
        self.0.room.notify_all();
    }
}
