//! A bug in a thread of the instance ends the process, as a fault of the disk does.

use crate::storage::end_process;

/// Ends the process when the thread that holds it panics: a writer that stopped half-way must not look alive.
pub(super) struct EndOnPanic;

impl Drop for EndOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            end_process("a bug stopped a thread of the instance", &"see the panic message above");
        }
    }
}
