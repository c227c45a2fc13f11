//! What this instance keeps of what it hears of the others, where it orders the log, and what it tells of itself for that.

use parking_lot::Mutex;

use super::Instance;
use crate::cluster::digests::{Checkpoint, Digests};
use crate::cluster::walls::Walls;
use crate::cluster::warden::Warden;

impl Instance {
    /// What it decides about slots, where it orders the log.
    pub(in crate::cluster) fn warden(&self) -> &Mutex<Option<Warden>> {
        &self.warden
    }

    /// The wall clocks of the others, as it hears of them where it orders the log.
    pub(in crate::cluster) fn walls(&self) -> &Walls {
        &self.walls
    }

    /// What became of every command up to the newest entry at which copies are compared.
    pub(in crate::cluster) fn checkpoint(&self) -> Option<Checkpoint> {
        *self.checkpoint.lock()
    }

    pub(in crate::cluster) fn set_checkpoint(&self, checkpoint: Checkpoint) {
        *self.checkpoint.lock() = Some(checkpoint);
    }

    /// The checkpoints of all, where it orders the log.
    pub(in crate::cluster) fn digests(&self) -> &Mutex<Digests> {
        &self.digests
    }
}
