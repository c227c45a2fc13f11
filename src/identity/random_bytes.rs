//! Random bytes of the operating system, of which secrets are made.

use std::fs::File;
use std::io::{self, Read};

/// Random bytes of the operating system.
///
/// # Errors
/// It has none.
pub(super) fn random_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
