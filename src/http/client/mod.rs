//! Clients, as far as their addresses tell them apart: one notion for the limits of connections, the limits of rates and
//! the log.

pub(super) mod proxied;

use std::net::{IpAddr, Ipv6Addr};

/// Bits of an IPv6 address that tell clients apart: a household or an office has all addresses below them.
const IPV6_CLIENT_BITS: u32 = 64;

/// Where a request came from, as far as that can be believed. It travels with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientAddress(pub IpAddr);

/// A client as far as its address tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client(IpAddr);

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub address: IpAddr,
    /// The client that it counts for among connections, where it is counted.
    pub client: Option<Client>,
}

impl Client {
    /// The client at `address`.
    pub(super) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            address @ IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let network = address.to_bits() >> (128 - IPV6_CLIENT_BITS) << (128 - IPV6_CLIENT_BITS);
                Ipv6Addr::from_bits(network).into()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Client;

    #[test]
    fn a_client_is_an_address_and_of_ipv6_a_network_of_64_bits() {
        for (one, other, are_one) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
            ("2001:db8:0:7::1", "2001:db8:0:7:ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:7::1", "2001:db8:0:8::1", false),
            ("::1", "127.0.0.1", false),
        ] {
            let client = |text: &str| Client::of(text.parse().expect("an address"));
            assert_eq!(client(one) == client(other), are_one, "{one} {other}");
        }
    }
}
