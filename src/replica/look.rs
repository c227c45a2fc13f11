//! A look at the committed state.

use parking_lot::{RwLock, RwLockReadGuard};

use crate::domain::State;

/// Pauses of the processor in which a reader waits for the writer before it gives way: as long as several commands take,
/// some 50 us, since one that gives up the processor misses the gaps between them.
const SPINS_MAX: u32 = 1_000;

/// The committed state, for a short look. The writer holds it for a few microseconds a command, so it pays to spin for
/// about as long: giving up the processor may cost milliseconds where there are few of them.
pub(super) fn look(state: &RwLock<State>) -> RwLockReadGuard<'_, State> {
    for _ in 0..SPINS_MAX {
        if let Some(state) = state.try_read() {
            return state;
        }
        std::hint::spin_loop();
    }
    state.read()
}
