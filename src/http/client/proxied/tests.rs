//! What is believed of whom: a table a header, forgeries among it, and that nothing that a client sends panics or makes
//! it somebody else.

use std::net::IpAddr;

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::{X_FORWARDED_FOR, client_address, node};
use crate::config::TrustedProxies;

/// A proxy that is trusted, one behind it, and the client that it got the request from.
const PROXY: &str = "10.0.0.1";
const OUTER: &str = "192.0.2.9";
const CLIENT: &str = "203.0.113.7";

fn proxies() -> TrustedProxies {
    TrustedProxies::parse(&["10.0.0.0/8", OUTER, "2001:db8:ffff::/48"]).expect("networks")
}

fn headers(lines: &[(HeaderName, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, line) in lines {
        headers.append(name, HeaderValue::from_bytes(line.as_bytes()).expect("a value"));
    }
    headers
}

fn seen(peer: &str, lines: &[(HeaderName, &str)]) -> String {
    client_address(peer.parse().expect("an address"), &headers(lines), &proxies()).to_string()
}

fn listed(lines: &[&str]) -> String {
    seen(PROXY, &lines.iter().map(|line| (X_FORWARDED_FOR, *line)).collect::<Vec<_>>())
}

fn described(lines: &[&str]) -> String {
    seen(PROXY, &lines.iter().map(|line| (FORWARDED, *line)).collect::<Vec<_>>())
}

#[test]
fn a_peer_that_is_not_trusted_is_the_client_whatever_it_sends() {
    for peer in [CLIENT, "2001:db8::5", "127.0.0.1"] {
        let lines = [(X_FORWARDED_FOR, "198.51.100.1"), (FORWARDED, "for=198.51.100.1")];
        assert_eq!(seen(peer, &lines), peer);
        assert_eq!(seen(peer, &[(X_FORWARDED_FOR, PROXY)]), peer);
    }
    // Nobody is trusted by default.
    let nobody = TrustedProxies::default();
    let forged = headers(&[(X_FORWARDED_FOR, "198.51.100.1")]);
    assert_eq!(client_address("::ffff:10.0.0.1".parse().unwrap(), &forged, &nobody).to_string(), PROXY);
    assert_eq!(seen(PROXY, &[]), PROXY);
}

#[test]
fn a_list_is_read_from_the_right_up_to_the_first_that_is_not_trusted() {
    for (lines, expected) in [
        (&["203.0.113.7"][..], CLIENT),
        (&["198.51.100.1, 203.0.113.7"], CLIENT),
        (&["198.51.100.1,203.0.113.7,192.0.2.9,10.3.2.1"], CLIENT),
        (&["198.51.100.1", "203.0.113.7", "10.3.2.1"], CLIENT),
        (&["198.51.100.1", "203.0.113.7, 192.0.2.9"], CLIENT),
        (&["\t203.0.113.7 "], CLIENT),
        (&["203.0.113.7:4711"], CLIENT),
        (&["::ffff:203.0.113.7"], CLIENT),
        (&["[::ffff:203.0.113.7]:80"], CLIENT),
        (&["2001:db8::5"], "2001:db8::5"),
        (&["[2001:db8::5]"], "2001:db8::5"),
        (&["[2001:DB8::5]:65535, [2001:db8:ffff::1]:80"], "2001:db8::5"),
        // All of them are trusted: the request came from the leftmost.
        (&["10.9.9.9, 192.0.2.9"], "10.9.9.9"),
        // What is no address ends the reading, and the last that is trusted counts.
        (&["203.0.113.7, unknown"], PROXY),
        (&["203.0.113.7, unknown, 192.0.2.9"], OUTER),
        (&["203.0.113.7, _hidden, 192.0.2.9"], OUTER),
        (&["203.0.113.7,, 192.0.2.9"], OUTER),
        (&["203.0.113.7, "], PROXY),
        (&["203.0.113.7", ""], PROXY),
        (&[""], PROXY),
        (&["203.0.113.7", "\u{e9}t\u{e9}"], PROXY),
        (&["203.0.113.7 198.51.100.1"], PROXY),
        (&["203.0.113.7:"], PROXY),
        (&["203.0.113.7:123456"], PROXY),
        (&["203.0.113"], PROXY),
        (&["203.0.113.007"], PROXY),
        (&["[203.0.113.7]"], PROXY),
        (&["[2001:db8::5"], PROXY),
        (&["[2001:db8::5]x"], PROXY),
        (&["fe80::1%eth0"], PROXY),
        (&["\"203.0.113.7\""], PROXY),
        (&["for=203.0.113.7"], PROXY),
    ] {
        assert_eq!(listed(lines), expected, "{lines:?}");
    }
}

#[test]
fn elements_are_read_from_the_right_up_to_the_first_that_is_not_trusted() {
    for (lines, expected) in [
        (&["for=203.0.113.7"][..], CLIENT),
        (&["For=\"203.0.113.7:4711\""], CLIENT),
        (&["for=203.0.113.7;proto=https;by=10.0.0.1"], CLIENT),
        (&["proto=https ; host=\"a, b; for=x\" ; for=203.0.113.7"], CLIENT),
        (&["for=198.51.100.1, for=203.0.113.7, for=192.0.2.9;by=_x"], CLIENT),
        (&["for=198.51.100.1", "for=203.0.113.7", "for=192.0.2.9"], CLIENT),
        (&["for=\"[2001:db8::5]\""], "2001:db8::5"),
        (&["for=\"[2001:db8::5]:_port\""], "2001:db8::5"),
        (&["for=[2001:db8::5]:80"], "2001:db8::5"),
        (&["for=\"[::ffff:203.0.113.7]\""], CLIENT),
        (&["for=203.0.113.7, for=unknown"], PROXY),
        (&["for=203.0.113.7, for=_hidden, for=192.0.2.9"], OUTER),
        (&["for=203.0.113.7, by=10.0.0.1"], PROXY),
        (&["for=203.0.113.7, for=192.0.2.9,"], PROXY),
        (&["for=203.0.113.7", ""], PROXY),
        (&["for=203.0.113.7; for=198.51.100.1"], PROXY),
        (&["for=203.0.113.7;"], PROXY),
        (&["for =203.0.113.7"], PROXY),
        (&["for= 203.0.113.7"], PROXY),
        (&["for=\"203.0.113.7"], PROXY),
        (&["for=203.0.113.7\""], PROXY),
        (&["for=\"203.0.113.7\\\""], PROXY),
        (&["for=\"203.0.113\\.7\""], PROXY),
        (&["for=\"\""], PROXY),
        (&["=203.0.113.7"], PROXY),
        (&["203.0.113.7"], PROXY),
        (&["for=x y=203.0.113.7"], PROXY),
    ] {
        assert_eq!(described(lines), expected, "{lines:?}");
    }
}

#[test]
fn a_quotation_mark_that_a_client_leaves_open_hides_nothing_of_what_the_proxy_adds() {
    for open in ["for=\"", "for=198.51.100.1;x=\"", "\"", "\\", "for=\"\\", "x=\"\\\"", ",;=\"", "for=198.51.100.1,"] {
        for added in ["for=203.0.113.7", "for=\"203.0.113.7\";host=\"a, b\";proto=http"] {
            let line = format!("{open}, {added}");
            assert_eq!(described(&[&line]), CLIENT, "{line}");
        }
    }
}

#[test]
fn two_headers_count_only_where_they_agree() {
    let both = |listed: &str, described: &str| seen(PROXY, &[(X_FORWARDED_FOR, listed), (FORWARDED, described)]);
    assert_eq!(both("198.51.100.1, 203.0.113.7", "for=203.0.113.7"), CLIENT);
    // Either may be the one that the client wrote.
    assert_eq!(both("203.0.113.7", "for=198.51.100.1"), PROXY);
    assert_eq!(both("198.51.100.1", "for=203.0.113.7"), PROXY);
    assert_eq!(both("203.0.113.7", ""), PROXY);
    assert_eq!(both("", "for=203.0.113.7"), PROXY);
}

proptest! {
    /// Whatever a client sends, a proxy that adds to it tells the truth, and one that overwrites nothing of it tells no
    /// address that only the client named.
    #[test]
    fn a_client_is_who_it_is_whatever_it_sends(sent in "[ -~]{0,60}", in_one_line in any::<bool>()) {
        for (name, added) in [(X_FORWARDED_FOR, "203.0.113.7"), (FORWARDED, "for=203.0.113.7;proto=https")] {
            let whole = format!("{sent}, {added}");
            let lines = if in_one_line { vec![whole.as_str()] } else { vec![sent.as_str(), added] };
            let lines: Vec<_> = lines.into_iter().map(|line| (name.clone(), line)).collect();
            prop_assert_eq!(seen(PROXY, &lines), CLIENT);
        }
        let lines = [(X_FORWARDED_FOR, "203.0.113.7"), (FORWARDED, sent.as_str())];
        prop_assert!([CLIENT, PROXY].contains(&seen(PROXY, &lines).as_str()));
    }

    #[test]
    fn a_node_is_read_as_it_is_written(address in any::<IpAddr>(), port in any::<u16>()) {
        let written = match address {
            IpAddr::V4(_) => vec![address.to_string(), format!("{address}:{port}")],
            IpAddr::V6(_) => vec![address.to_string(), format!("[{address}]"), format!("[{address}]:{port}")],
        };
        for text in written {
            prop_assert_eq!(node(&text), Some(address.to_canonical()), "{}", text);
        }
    }
}
