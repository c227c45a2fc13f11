//! What is said of an address that cannot be listened on.

use std::io::ErrorKind;
use std::net::SocketAddr;

use super::exit::Exit;

/// Why an address cannot be listened on, and what to do about it.
pub(super) fn cannot_listen(setting: &str, address: SocketAddr, error: &std::io::Error) -> Exit {
    let advice = match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "; another program has this port (`ss -ltnp` names it): stop that one, or take another with {setting}"
            )
        }
        ErrorKind::PermissionDenied => {
            format!("; ports below 1024 are for the system's superuser: take a higher one with {setting}")
        }
        ErrorKind::AddrNotAvailable => {
            format!("; this machine does not have this address: name one of its own with {setting}")
        }
        _ => String::new(),
    };
    Exit::Failure(format!("cannot listen on {address}: {error}{advice}"))
}
