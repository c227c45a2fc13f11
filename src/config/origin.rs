//! Names of servers as they travel: the authority of a request, `host` or `host:port`, and the origin of a page. It reads
//! and compares them and resolves nothing.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Characters of a host name at most: what the domain name system allows, and a dot.
const HOST_LENGTH_MAX: usize = 254;

/// A host as it is compared: in lower case, without the dot of an absolute name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Name(String),
    Address(IpAddr),
}

/// The server that a request is for: the value of `Host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub host: Host,
    /// `None` stands for the scheme's own.
    pub port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// The origin of a page: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub scheme: Scheme,
    pub authority: Authority,
}

impl Authority {
    /// What `text` names; `None` unless it is a host with or without a port, as RFC 9110 has it.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(text) => {
                let (address, rest) = text.split_once(']')?;
                (Host::Address(canonical(address.parse::<Ipv6Addr>().ok()?.into())), rest)
            }
            None => {
                let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
                (Host::parse(host)?, rest)
            }
        };
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            None => return None,
            Some("") => None,
            Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(port.parse().ok()?),
            Some(_) => return None,
        };
        Some(Self { host, port })
    }
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        let sane = (1..=HOST_LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_of_name);
        if !sane || !has_whole_escapes(text) {
            return None;
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        (!name.is_empty()).then_some(Self::Name(name))
    }

    /// Whether it names this machine wherever it is read: `localhost`, names below it, and loopback addresses.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Self::Address(address) => address.is_loopback(),
        }
    }
}

/// Characters of a registered name: those that stand for themselves, and those of an escape.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

fn has_whole_escapes(text: &str) -> bool {
    let is_hexadecimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('%').skip(1).all(|rest| rest.get(..2).is_some_and(is_hexadecimal))
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

impl Origin {
    /// The origin that `text` is, as browsers write one; `None` for anything else, `null` among it.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => Scheme::Http,
            _ if scheme.eq_ignore_ascii_case("https") => Scheme::Https,
            _ => return None,
        };
        let Authority { host, port } = Authority::parse(authority)?;
        // The scheme's own port is not told.
        Some(Self { scheme, authority: Authority { host, port: port.filter(|port| *port != scheme.port()) } })
    }

    /// The origin of a URL of this server, which may have a path.
    pub fn of_url(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let end = rest.find('/').unwrap_or(rest.len());
        let is_plain = !rest.contains(['?', '#', '@', '\\']) && !rest.contains(|text: char| text.is_whitespace());
        if is_plain { Self::parse(&format!("{scheme}://{}", &rest[..end])) } else { None }
    }

    /// Whether pages of this origin come from the server that `asked` names. Which scheme a request came with is not
    /// known behind a proxy, so a port that is not told is the origin's.
    pub fn is_of(&self, asked: &Authority) -> bool {
        self.authority.host == asked.host
            && asked.port.filter(|port| *port != self.scheme.port()) == self.authority.port
    }
}

impl Scheme {
    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => out.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(out, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(out, "[{address}]"),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://{}", self.scheme, self.authority.host)?;
        self.authority.port.map_or(Ok(()), |port| write!(out, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, Origin};

    fn shown(text: &str) -> Option<String> {
        Authority::parse(text).map(|authority| format!("{} {:?}", authority.host, authority.port))
    }

    #[test]
    fn a_host_may_have_a_port() {
        for (text, expected) in [
            ("localhost", "localhost None"),
            ("LocalHost:8080", "localhost Some(8080)"),
            ("localhost.:80", "localhost Some(80)"),
            ("127.0.0.1:", "127.0.0.1 None"),
            ("[::1]:8080", "[::1] Some(8080)"),
            ("[0:0::1]", "[::1] None"),
            ("[::ffff:127.0.0.1]", "127.0.0.1 None"),
            ("tickets.example.com", "tickets.example.com None"),
            ("a_b%2Fc", "a_b%2fc None"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
        let long = "h".repeat(255);
        for text in [
            "",
            ":80",
            ".",
            "a b",
            "a/b",
            "a@b",
            "a:b",
            "a:80:80",
            "a:65536",
            "a:-1",
            "a:+1",
            "[::1",
            "::1",
            "[::1]x",
            "[]",
            "[fe80::1%25eth0]",
            "http://a",
            "a%2",
            "a%zz",
            "ä",
            "a,b:c",
            &long,
        ] {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }

    #[test]
    fn loopback_is_known_by_its_names_and_addresses() {
        let is_loopback = |text: &str| Authority::parse(text).expect("a host").host.is_loopback();
        for own in ["localhost", "LOCALHOST.", "a.localhost:1", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"]
        {
            assert!(is_loopback(own), "{own}");
        }
        for foreign in [
            "example.com",
            "localhost.example.com",
            "notlocalhost",
            "127.0.0.1.example.com",
            "0.0.0.0",
            "[::]",
            "127.1",
            "2130706433",
            "0x7f000001",
            "192.168.0.1",
            "localhost..",
        ] {
            assert!(!is_loopback(foreign), "{foreign}");
        }
    }

    #[test]
    fn an_origin_is_compared_with_the_server_that_was_asked() {
        for (origin, asked, same) in [
            ("http://localhost:8080", "localhost:8080", true),
            ("http://LOCALHOST:8080", "localhost.:8080", true),
            ("http://localhost", "localhost:80", true),
            ("https://tickets.example.com", "tickets.example.com", true),
            ("https://tickets.example.com:443", "tickets.example.com:443", true),
            ("http://localhost:3000", "localhost:8080", false),
            ("http://localhost", "localhost:8080", false),
            ("http://127.0.0.1:8080", "localhost:8080", false),
            ("https://evil.example", "localhost:8080", false),
        ] {
            let origin = Origin::parse(origin).expect("an origin");
            assert_eq!(origin.is_of(&Authority::parse(asked).expect("a host")), same, "{origin:?} {asked}");
        }
        for other in ["null", "", "localhost", "ftp://a", "http://", "http://a/b", "http://a/", "file://", "http://a@b"]
        {
            assert_eq!(Origin::parse(other), None, "{other}");
        }
    }

    #[test]
    fn the_url_of_a_server_may_have_a_path() {
        let origin = |text: &str| Origin::of_url(text);
        assert_eq!(origin("https://a.example/tickets/"), Origin::parse("https://a.example"));
        assert_eq!(origin("http://a.example:8080"), Origin::parse("http://a.example:8080"));
        for other in ["a.example", "https://a.example?x", "https://b@a.example", "ftp://a", "https:///x", "https://a b"]
        {
            assert_eq!(origin(other), None, "{other}");
        }
    }
}
