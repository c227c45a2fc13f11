//! Where a request came from that proxies passed on: what `X-Forwarded-For` and `Forwarded` (RFC 7239) say of it, as far
//! as those who wrote that are trusted. Pure functions of the peer, the head and the proxies that are trusted.
//!
//! Each proxy adds, at the right, whom it got the request from. So the list is read from the right: as long as whoever
//! wrote an entry is trusted, the entry is true, and the first address in it that is not trusted is the client. Whatever
//! stands further left was written by that client, or passed on by it, and is not looked at. An entry that is no address
//! (`unknown`, an obfuscated name, nothing, garbage) ends the reading: the last trusted one counts as the client.
//!
//! A proxy sets one of the two headers and may pass the other one on as its client sent it. Which one that is cannot be
//! seen, so they are believed together only when they say the same; otherwise the peer counts as the client. So a client
//! can deprive itself of its address by sending the header that the proxy does not know, and nobody of another one.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};

use crate::config::TrustedProxies;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client whose request came from `peer` with these headers.
pub(in crate::http) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> IpAddr {
    let peer = peer.to_canonical();
    if proxies.is_empty() || !proxies.trusts(peer) {
        return peer;
    }
    let listed = headers.contains_key(X_FORWARDED_FOR).then(|| walk(peer, proxies, listed_addresses(headers)));
    let described = headers.contains_key(FORWARDED).then(|| walk(peer, proxies, described_addresses(headers)));
    match (listed, described) {
        (None, None) => peer,
        (Some(address), None) | (None, Some(address)) => address,
        (Some(one), Some(other)) => {
            if one == other {
                one
            } else {
                peer
            }
        }
    }
}

/// The first address from the right that is not trusted, as far as there are addresses.
fn walk(peer: IpAddr, proxies: &TrustedProxies, addresses: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
    let mut last = peer;
    for address in addresses {
        let Some(address) = address else { break };
        last = address;
        if !proxies.trusts(address) {
            break;
        }
    }
    last
}

/// The lines of a header, the last first; `None` for one that is not text.
fn lines_from_last(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Option<&str>> {
    headers.get_all(name).iter().rev().map(|value| value.to_str().ok())
}

/// The entries of `X-Forwarded-For` from the right; `None` for one that is no address.
fn listed_addresses(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let entries = lines_from_last(headers, X_FORWARDED_FOR).flat_map(|line| line.unwrap_or_default().rsplit(','));
    entries.map(|entry| node(entry.trim_matches(BLANKS)))
}

/// The elements of `Forwarded` from the right; `None` for one that names no address, and behind it nothing of its line.
fn described_addresses(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    lines_from_last(headers, FORWARDED).flat_map(|line| Elements { rest: Some(line.unwrap_or_default()) })
}

const BLANKS: [char; 2] = [' ', '\t'];

/// The elements of a line of `Forwarded`, taken off at its right end. The trusted proxy wrote the last one, and whole; a
/// quotation mark that its client left open stands further left and so swallows nothing of it.
struct Elements<'a> {
    /// What is left of the line; nothing behind its last element, or where it was not understood.
    rest: Option<&'a str>,
}

impl Iterator for Elements<'_> {
    type Item = Option<IpAddr>;

    fn next(&mut self) -> Option<Option<IpAddr>> {
        let line = self.rest.take()?;
        let Some((rest, address)) = last_element(line) else { return Some(None) };
        self.rest = rest;
        Some(address)
    }
}

/// The address that the last element of a line names, and the line in front of it; nothing when it is malformed.
fn last_element(line: &str) -> Option<(Option<&str>, Option<IpAddr>)> {
    let mut line = line.trim_matches(BLANKS);
    let mut of_for = None;
    loop {
        let (front, value) = last_value(line)?;
        let front = front.strip_suffix('=')?;
        let start = front.rfind(|letter| !is_of_token(letter)).map_or(0, |at| at + 1);
        let (front, name) = front.split_at(start);
        if name.is_empty() || (name.eq_ignore_ascii_case("for") && of_for.replace(value).is_some()) {
            return None;
        }
        let front = front.trim_end_matches(BLANKS);
        match front.strip_suffix(';') {
            Some(front) => line = front.trim_end_matches(BLANKS),
            None if front.is_empty() => return Some((None, of_for.and_then(node))),
            None => return Some((Some(front.strip_suffix(',')?), of_for.and_then(node))),
        }
    }
}

/// The value at the end of a pair, without its quotation marks, and what stands in front of it. What has an escape in it
/// is no address and of no use here.
fn last_value(line: &str) -> Option<(&str, &str)> {
    if let Some(open) = line.strip_suffix('"') {
        let (front, value) = open.rsplit_once('"')?;
        return (!value.contains('\\')).then_some((front, value));
    }
    // More than a token may have, since some proxies forget the quotation marks of IPv6.
    let start = line.rfind(|letter: char| !is_of_token(letter) && !"[]:".contains(letter)).map_or(0, |at| at + 1);
    let (front, value) = line.split_at(start);
    (!value.is_empty()).then_some((front, value))
}

/// Whether a letter may be in a token (RFC 9110 section 5.6.2).
fn is_of_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)
}

/// The address of a node: of IPv4, or of IPv6 with or without brackets, with or without a port.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let address = bare.or_else(|| match text.strip_prefix('[') {
        Some(text) => {
            let (address, port) = text.split_once(']')?;
            let is_whole = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            address.parse::<Ipv6Addr>().ok().filter(|_| is_whole).map(IpAddr::V6)
        }
        None => {
            let (address, port) = text.split_once(':')?;
            address.parse().ok().filter(|_| is_port(port)).map(IpAddr::V4)
        }
    })?;
    Some(address.to_canonical())
}

/// Whether a text is a port, or what stands for one that is not to be told.
fn is_port(text: &str) -> bool {
    let is_number = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number || text.strip_prefix('_').is_some_and(|name| !name.is_empty() && name.chars().all(is_of_token))
}

#[cfg(test)]
mod tests;
