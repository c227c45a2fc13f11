//! What a subcommand says. A reader that is gone (a closed terminal, a pipe) is no reason to end.

use std::io::Write;

/// Writes to standard output, where nobody may be reading; then nobody misses it.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The same to standard error.
pub(super) fn print_error(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
