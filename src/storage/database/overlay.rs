//! What is committed in the log but not yet in the database: typed rows over a snapshot of the tables.
//!
//! Two generations lie over the snapshot: `current` takes what is applied now, `frozen` is being written by the checkpoint
//! thread. A reader asks current, then frozen, then the snapshot, all three taken under one lock, so that no row is
//! missed while a generation moves down. The sequencer is the only writer.

pub(crate) mod hold;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, RwLock};

use super::key_range::{Direction, KeyRange};
use super::tables::{Layer, Snapshot};
use crate::domain::Change;
use crate::domain::tables::{Ranged, Table};
use crate::log::{Index, Position};

/// Rows in `current` beyond which the sequencer waits for the checkpoint thread: about 200 MB of rows in memory.
pub const OVERLAY_ROWS_MAX: usize = 400_000;

/// The rows of some whole log entries.
#[derive(Default)]
pub(crate) struct Generation {
    pub rows: Layer,
    /// How far the history has come with it.
    pub applied: Position,
}

/// The rows of a range as they lay at one moment.
pub(crate) struct Lying<T: Table> {
    /// Those of `current`, in the order in which they are read.
    pub newest: Vec<(T::Key, Option<T::Row>)>,
    /// Whether `current` has more of them behind these.
    pub has_more: bool,
    pub frozen: Option<Arc<Generation>>,
    pub snapshot: Arc<Snapshot>,
}

/// Rows over the tables.
pub(crate) struct Overlay {
    layers: RwLock<Layers>,
    signal: Mutex<Signal>,
    /// There may be something to write, or the end has come.
    work: Condvar,
    /// There may be room again.
    room: Condvar,
    /// The checkpoint thread shall not let rows gather any longer.
    hurry: Condvar,
}

struct Layers {
    current: Generation,
    batch: Batch,
    frozen: Option<Arc<Generation>>,
    /// The room of the rows that were written last, for the next generation.
    spare: Layer,
    snapshot: Arc<Snapshot>,
    /// How far the history has come that was taken in.
    applied: Position,
    course: Course,
}

/// Whether generations go into the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Open,
    /// All rows are being replaced.
    Held,
}

/// Whether the rows of an entry are being taken in, of which the tables may only see all or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Batch {
    Complete,
    Underway,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Running,
    /// Write what there is and end.
    Draining,
    /// Nobody writes any more.
    Ended,
}

impl Layers {
    /// Whether `current` holds whole entries, and may go into the tables.
    fn can_freeze(&self) -> bool {
        let is_whole = self.batch == Batch::Complete && self.current.applied.index() != Index(0);
        is_whole && self.frozen.is_none() && self.course == Course::Open
    }
}

impl Overlay {
    /// Nothing over a snapshot, which holds the history as far as `applied`.
    pub(crate) fn new(snapshot: Snapshot, applied: Position) -> Self {
        let layers = Layers {
            current: Generation::default(),
            batch: Batch::Complete,
            frozen: None,
            spare: Layer::default(),
            snapshot: Arc::new(snapshot),
            applied,
            course: Course::Open,
        };
        Self {
            layers: RwLock::new(layers),
            signal: Mutex::new(Signal::Running),
            work: Condvar::new(),
            room: Condvar::new(),
            hurry: Condvar::new(),
        }
    }

    /// Takes in the changes of one command, so that readers see all of them or none.
    pub(crate) fn put_all(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        let mut layers = self.layers.write();
        layers.batch = Batch::Underway;
        for change in changes {
            layers.current.rows.take(change);
        }
    }

    /// Ends the batch: everything up to `position` is taken in.
    pub(crate) fn applied(&self, position: Position) {
        let mut layers = self.layers.write();
        layers.batch = Batch::Complete;
        layers.current.applied = position;
        layers.applied = position;
        drop(layers);
        // The lock makes sure that the checkpoint thread either sees the batch or already waits.
        drop(self.signal.lock());
        self.work.notify_one();
    }

    /// How far the history has come that was taken in.
    pub(crate) fn position(&self) -> Position {
        self.layers.read().applied
    }

    /// Waits while `current` is over its bound and somebody writes.
    pub(crate) fn wait_for_room(&self) {
        if self.has_room() {
            return;
        }
        let mut signal = self.signal.lock();
        self.hurry.notify_all();
        while *signal != Signal::Ended && !self.has_room() {
            self.room.wait(&mut signal);
        }
    }

    /// Looks at the layers, newest first: `current`, then `frozen`. When none answers, the snapshot is given that lies
    /// below them.
    pub(crate) fn look<T>(&self, mut layer: impl FnMut(&Layer) -> Option<T>) -> Result<T, Arc<Snapshot>> {
        let layers = self.layers.read();
        if let Some(found) = layer(&layers.current.rows) {
            return Ok(found);
        }
        if let Some(found) = layers.frozen.as_ref().and_then(|frozen| layer(&frozen.rows)) {
            return Ok(found);
        }
        Err(Arc::clone(&layers.snapshot))
    }

    /// The rows of one moment with keys in a range: of `current` at most `limit`, which are copied, so that the writer
    /// waits for no more than that.
    pub(crate) fn range<T: Ranged>(&self, keys: &KeyRange<T::Key>, direction: Direction, limit: usize) -> Lying<T> {
        let layers = self.layers.read();
        let mut rows = layers.current.rows.of::<T>().range(keys, direction);
        let newest = rows.by_ref().take(limit).map(|(key, row)| (key.clone(), row.clone())).collect();
        let has_more = rows.next().is_some();
        drop(rows);
        let (frozen, snapshot) = (layers.frozen.clone(), Arc::clone(&layers.snapshot));
        Lying { newest, has_more, frozen, snapshot }
    }

    /// Freezes `current` for writing, when it holds whole entries and nothing is frozen already.
    pub(crate) fn freeze(&self) -> Option<Arc<Generation>> {
        let mut layers = self.layers.write();
        if !layers.can_freeze() {
            return None;
        }
        let next = Generation { rows: std::mem::take(&mut layers.spare), ..Generation::default() };
        let frozen = Arc::new(std::mem::replace(&mut layers.current, next));
        layers.frozen = Some(Arc::clone(&frozen));
        drop(layers);
        drop(self.signal.lock());
        self.room.notify_all();
        Some(frozen)
    }

    /// Everything that was applied, where nobody takes in or writes any more.
    pub(crate) fn at_rest(&self) -> (Arc<Generation>, Arc<Snapshot>) {
        self.freeze();
        let layers = self.layers.read();
        (layers.frozen.clone().unwrap_or_default(), Arc::clone(&layers.snapshot))
    }

    /// Waits for something to write and freezes it; `None` when everything is written and the end has come.
    pub(crate) fn wait_for_work(&self) -> Option<Arc<Generation>> {
        loop {
            if let Some(frozen) = self.freeze() {
                return Some(frozen);
            }
            let mut signal = self.signal.lock();
            if self.has_work() {
                continue;
            }
            if *signal != Signal::Running {
                return None;
            }
            self.work.wait(&mut signal);
        }
    }

    /// Lets rows gather for `pause`, or less when the end has come or the sequencer waits for room.
    pub(crate) fn gather(&self, pause: Duration) {
        let mut signal = self.signal.lock();
        if *signal == Signal::Running && self.has_room() {
            self.hurry.wait_for(&mut signal, pause);
        }
    }

    /// The rows of `frozen` are in `snapshot`: reads go there from now on.
    pub(crate) fn written(&self, frozen: Arc<Generation>, snapshot: Snapshot) {
        let snapshot = Arc::new(snapshot);
        let old;
        {
            let mut layers = self.layers.write();
            old = std::mem::replace(&mut layers.snapshot, snapshot);
            layers.frozen = None;
        }
        drop(self.signal.lock());
        self.room.notify_all();
        // Freeing many rows takes long, so it happens outside of the lock. Memory that was touched before is much cheaper
        // than new memory, so the room of the rows is used again.
        drop(old);
        if let Some(mut written) = Arc::into_inner(frozen) {
            written.rows.clear();
            self.layers.write().spare = written.rows;
        }
    }

    /// Waits until everything that was applied is in the tables; not at all where nobody writes checkpoints.
    pub(crate) fn wait_until_written(&self) {
        let mut signal = self.signal.lock();
        while *signal == Signal::Running && (self.has_work() || self.layers.read().frozen.is_some()) {
            self.hurry.notify_all();
            self.room.wait(&mut signal);
        }
    }

    /// Asks the checkpoint thread to write what there is and to end.
    pub(crate) fn drain(&self) {
        let mut signal = self.signal.lock();
        if *signal == Signal::Running {
            *signal = Signal::Draining;
        }
        drop(signal);
        self.work.notify_all();
        self.hurry.notify_all();
    }

    /// Nobody writes any more, so nobody may wait for it.
    pub(crate) fn end(&self) {
        *self.signal.lock() = Signal::Ended;
        self.room.notify_all();
    }

    /// Rows that are not in the database yet.
    pub(crate) fn rows(&self) -> usize {
        let layers = self.layers.read();
        layers.current.rows.rows() + layers.frozen.as_ref().map_or(0, |frozen| frozen.rows.rows())
    }

    /// Whether the rows that wait to be frozen are more than half of what they may be.
    pub(crate) fn is_half_full(&self) -> bool {
        self.layers.read().current.rows.rows() > OVERLAY_ROWS_MAX / 2
    }

    fn has_room(&self) -> bool {
        self.layers.read().current.rows.rows() < OVERLAY_ROWS_MAX
    }

    fn has_work(&self) -> bool {
        self.layers.read().can_freeze()
    }
}
