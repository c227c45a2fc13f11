//! Clients, as far as their addresses tell them apart.

use std::net::{IpAddr, Ipv6Addr};

use crate::config::{ClientLimit, Loopback};

/// Bits of an IPv6 address that tell clients apart: a household or an office has all addresses below them.
const IPV6_CLIENT_BITS: u32 = 64;

/// A client as far as its address tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client(IpAddr);

impl Client {
    /// The client at `address`; `None` when it is not counted.
    pub(super) fn of(address: IpAddr, limit: ClientLimit) -> Option<Self> {
        let address = address.to_canonical();
        if address.is_loopback() && limit.loopback == Loopback::Free {
            return None;
        }
        Some(Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let network = address.to_bits() >> (128 - IPV6_CLIENT_BITS) << (128 - IPV6_CLIENT_BITS);
                Ipv6Addr::from_bits(network).into()
            }
        }))
    }
}
