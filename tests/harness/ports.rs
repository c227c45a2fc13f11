//! Ports for servers that have to be told to others before they listen.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that the system gives to connections, so that none takes one meanwhile.
const PORTS: Range<u16> = 12_000..30_000;

/// A port that nothing listens on, and that no other test asks for at the moment.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start)).expect("below the length");
    loop {
        // Neighbouring processes begin far from each other.
        let step = process.wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + step % (PORTS.end - PORTS.start);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
