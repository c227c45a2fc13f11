//! What a simulation is told of every command as it is applied, so that it can judge by itself whether it may be.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::domain::{Command, Epoch, NodeId, Slot};
use crate::log::Part;
use crate::replica::{Applied, Fate, Replica};

/// Is told of every command of a part, behind its application.
pub type Audit = Arc<dyn Fn(&Audited<'_>) + Send + Sync>;

/// A command of a part, and what became of it.
pub struct Audited<'a> {
    pub origin: NodeId,
    /// The epochs that its origin believed in.
    pub fences: &'a [(Slot, Epoch)],
    pub command: &'a Command,
    /// Whether it was applied, and not passed over.
    pub is_applied: bool,
    pub replica: &'a Replica,
}

/// Tells an audit of what is applied, once there is one.
#[derive(Default)]
pub(super) struct Auditing {
    audit: OnceLock<Audit>,
    part: Mutex<(NodeId, Vec<(Slot, Epoch)>)>,
}

impl Auditing {
    pub(super) fn begin(&self, audit: Audit) {
        assert!(self.audit.set(audit).is_ok(), "there is one");
    }

    pub(super) fn begins_part(&self, part: &Part) {
        *self.part.lock() = (part.origin, part.fences.clone());
    }

    pub(super) fn done(&self, applied: &Applied<'_>, replica: &Replica) {
        let Some(audit) = self.audit.get() else { return };
        let (origin, fences) = &*self.part.lock();
        let is_applied = matches!(applied.fate, Fate::Applied(..));
        audit(&Audited { origin: *origin, fences, command: &applied.stamped.command, is_applied, replica });
    }
}
