//! Settings about addresses: where the server listens, what it is called, whose pages and how many connections it takes.

use std::net::{Ipv4Addr, SocketAddr};

use super::origin::Origin;
use super::value::{Allowed, Given, Value, quoted};

pub(super) const ADDRESS: Allowed =
    Allowed::Text("an IP address with a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\", or \"localhost:8080\"");
pub(super) const ADDRESS_OR_NONE: Allowed =
    Allowed::Text("an IP address with a port, such as \"127.0.0.1:9090\", or \"localhost:9090\", or \"none\"");
pub(super) const URL_OR_NONE: Allowed =
    Allowed::Text("a URL such as \"https://tickets.example.com\", or \"\" for none");
pub(super) const ORIGINS: Allowed =
    Allowed::Text("origins such as \"https://shop.example.com\", with commas between them or in a list");

const NONE: &str = "none";
const LOCALHOST: &str = "localhost";

/// Where clients reach the server, when that is not where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    pub text: String,
    pub origin: Origin,
}

/// How many connections one client address may have open; of IPv6 it is the network of 64 bits that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLimit {
    pub most: u32,
    pub loopback: Loopback,
}

/// Whether clients on the server's own machine, a proxy for instance, are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    Free,
    /// Since the limit was set, and not left as it is by default.
    Counted,
}

/// The loopback address of IPv4 with a port.
pub(super) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// No name is resolved but the one that means the same everywhere: a start must not depend on a name server.
fn address(text: &str) -> Option<SocketAddr> {
    let on_localhost = || {
        let (host, port) = text.split_once(':')?;
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
        if host.eq_ignore_ascii_case(LOCALHOST) && is_port { port.parse().ok().map(loopback) } else { None }
    };
    text.parse().ok().or_else(on_localhost)
}

impl Value for SocketAddr {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        address(given.text()?)
    }

    fn written(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for Option<SocketAddr> {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        match given.text()? {
            NONE => Some(None),
            text => address(text).map(Some),
        }
    }

    fn written(&self) -> String {
        quoted(&self.map_or_else(|| NONE.to_owned(), |address| address.to_string()))
    }
}

impl Value for ClientLimit {
    fn read(given: &Given, allowed: &Allowed) -> Option<Self> {
        u32::read(given, allowed).map(|most| Self { most, loopback: Loopback::Counted })
    }

    fn written(&self) -> String {
        self.most.to_string()
    }
}

impl Value for Option<PublicUrl> {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        match given.text()? {
            "" => Some(None),
            text => Some(Some(PublicUrl { text: text.to_owned(), origin: Origin::of_url(text)? })),
        }
    }

    fn written(&self) -> String {
        quoted(self.as_ref().map_or("", |url| &url.text))
    }
}

impl Value for Vec<Origin> {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        given.texts()?.into_iter().map(Origin::parse).collect()
    }

    fn written(&self) -> String {
        let origins: Vec<_> = self.iter().map(|origin| quoted(&origin.to_string())).collect();
        format!("[{}]", origins.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_is_numbers_or_localhost_with_a_port() {
        for (text, expected) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:0", "[::1]:0"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("LocalHost:0", "127.0.0.1:0"),
        ] {
            assert_eq!(address(text).map(|address| address.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "8080", ":8080", "localhost", "localhost:", "localhost:+1", "localhost:65536", "box.example:80"]
        {
            assert_eq!(address(text), None, "{text:?}");
        }
    }
}
