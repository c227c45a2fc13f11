//! The words of options into what they mean, or into a sentence that says what would be right.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use crate::config::Scheme;

const PORT_DEFAULT: u16 = 80;
const PORT_DEFAULT_TLS: u16 = 443;

/// The key that a file holds.
pub(in crate::cli) fn read_key(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file);
    text.map(|key| key.trim().to_owned())
        .map_err(|error| format!("cannot read --operator-key-file {}: {error}", file.display()))
}

/// Host and address of an `http://` URL without a path.
pub(in crate::cli) fn read_url(url: &str) -> Result<(String, SocketAddr), String> {
    let expected = || format!("--url must be http://HOST or http://HOST:PORT, without a path, and is {url}");
    resolve(host_of(url, "http://").ok_or_else(expected)?, PORT_DEFAULT)
}

/// The same of one that may also be an `https://` URL, with what it is.
pub(in crate::cli) fn read_url_of_either(url: &str) -> Result<(Scheme, String, SocketAddr), String> {
    let found = host_of(url, "http://").map(|host| (Scheme::Http, host, PORT_DEFAULT));
    let found = found.or_else(|| Some((Scheme::Https, host_of(url, "https://")?, PORT_DEFAULT_TLS)));
    let expected = || format!("--url must be http://HOST:PORT or https://HOST:PORT, without a path, and is {url}");
    let (scheme, host, port) = found.ok_or_else(expected)?;
    resolve(host, port).map(|(host, address)| (scheme, host, address))
}

fn host_of<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let host = url.strip_prefix(scheme).map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    host.filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']))
}

fn resolve(host: &str, port: u16) -> Result<(String, SocketAddr), String> {
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let resolved = if has_port { host.to_socket_addrs() } else { (host, port).to_socket_addrs() };
    let address = resolved.ok().and_then(|mut addresses| addresses.next());
    Ok((host.to_owned(), address.ok_or_else(|| format!("--url names a host that cannot be found: {host}"))?))
}

/// Starts a second.
pub(super) fn read_rate(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.strip_suffix("/s").unwrap_or(text).parse().ok();
    let fine = number.filter(|rate| (0.01..=1_000_000.0).contains(rate));
    fine.ok_or_else(|| "a number of starts a second from 0.01 to 1000000, such as 5000 or 5000/s".to_owned())
}

/// A length of time.
pub(super) fn read_seconds(text: &str) -> Result<Duration, String> {
    let number: Option<f64> = text.parse().ok();
    let fine = number.filter(|seconds| (0.1..=86_400.0).contains(seconds));
    fine.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds from 0.1 to 86400".to_owned())
}

/// A factor.
pub(super) fn read_times(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|times| (0.1..=100.0).contains(times)).ok_or_else(|| "a number from 0.1 to 100".to_owned())
}
