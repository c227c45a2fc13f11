//! Judges each command as it is applied, by the slots as they stand then: a command about a concert changes something only
//! when its part comes from the owner of the concert's slot, under the epoch that the slot has.

use std::sync::Arc;

use jari::domain::{Command, NodeId, Slot};
use jari::node::{Audit, Audited};
use parking_lot::Mutex;

/// What was applied and should not have been; clones share it.
pub(crate) type Violations = Arc<Mutex<Vec<String>>>;

/// The audit of what an instance applies.
pub(crate) fn audit(node: NodeId, violations: &Violations) -> Audit {
    let violations = Arc::clone(violations);
    Arc::new(move |audited| {
        if audited.is_applied && !is_led(audited) {
            let (command, origin) = (audited.command.name(), audited.origin);
            violations.lock().push(format!("{node} applied {command} of {origin}, which does not lead its concert"));
        }
    })
}

fn is_led(Audited { origin, fences, command, replica, .. }: &Audited<'_>) -> bool {
    // It moves a slot itself.
    if matches!(command, Command::Assign(_)) {
        return true;
    }
    let state = replica.look();
    let Some(cluster) = state.cluster() else { return true };
    let concert = command.concert(&state, replica.store()).expect("its rows can be read");
    let Some(slot) = concert.map(|concert| Slot::of(&concert, cluster.slots)) else { return true };
    let found = state.slots().find(|(of, _)| *of == slot);
    found.is_some_and(|(_, row)| row.owner == *origin && fences.contains(&(slot, row.epoch)))
}
