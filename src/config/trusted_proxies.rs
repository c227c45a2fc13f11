//! The proxies that stand in front of the server: the peers whose word is taken for where a request came from. It knows
//! addresses and no headers.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::value::{Allowed, Given, Value, quoted};

pub(super) const PROXIES: Allowed = Allowed::Entries {
    form: "addresses and networks, such as \"127.0.0.1\" or \"10.0.0.0/8\", with commas between them or in a list",
    fault: |given| TrustedProxies::parse(&given.texts()?).err(),
};

/// Bits in front of the IPv4 address in an IPv6 address that stands for one.
const MAPPED_BITS: u8 = 96;

/// The proxies whose headers are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Those that entries name, each an address or a network.
    ///
    /// # Errors
    /// What is wrong with the first wrong one.
    pub fn parse(entries: &[&str]) -> Result<Self, String> {
        entries.iter().map(|entry| network(entry)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a peer at `address` is one of them.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Value for TrustedProxies {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        Self::parse(&given.texts()?).ok()
    }

    fn written(&self) -> String {
        let entries: Vec<_> = self.0.iter().map(|network| quoted(&shown(*network))).collect();
        format!("[{}]", entries.join(", "))
    }
}

/// A network as it would be given: one address without its length.
fn shown(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() { network.addr().to_string() } else { network.to_string() }
}

fn network(entry: &str) -> Result<IpNet, String> {
    let address = entry.parse::<IpAddr>().ok().map(IpNet::from);
    let network = address.or_else(|| entry.parse().ok());
    let network = network.map(canonical).ok_or_else(|| format!("{entry:?} is neither an address nor a network"))?;
    if network.trunc() != network {
        return Err(format!("{entry:?} has an address within its network: write {}", shown(network.trunc())));
    }
    Ok(network)
}

/// The IPv4 network that an IPv6 one stands for, or the network itself.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let of_ipv4 = |address: Ipv4Addr| Ipv4Net::new(address, mapped.prefix_len().checked_sub(MAPPED_BITS)?).ok();
    mapped.addr().to_ipv4_mapped().and_then(of_ipv4).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::{Given, PROXIES, TrustedProxies, Value};

    fn read(text: &str) -> Option<TrustedProxies> {
        TrustedProxies::read(&Given::Text(text.to_owned()), &PROXIES)
    }

    #[test]
    fn a_proxy_is_an_address_or_of_a_network() {
        let proxies = read("10.0.0.0/8, 192.0.2.1, 2001:db8::/32, ::ffff:198.51.100.0/120").expect("proxies");
        assert_eq!(proxies.written(), "[\"10.0.0.0/8\", \"192.0.2.1\", \"2001:db8::/32\", \"198.51.100.0/24\"]");
        for (address, expected) in [
            ("10.255.0.1", true),
            ("::ffff:10.0.0.1", true),
            ("11.0.0.1", false),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("198.51.100.7", true),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
            ("::1", false),
        ] {
            assert_eq!(proxies.trusts(address.parse().expect("an address")), expected, "{address}");
        }
        assert!(read("").expect("none").is_empty());
    }

    #[test]
    fn what_is_no_network_is_told() {
        for (entry, fault) in [
            ("10.0.0.1/8", "\"10.0.0.1/8\" has an address within its network: write 10.0.0.0/8"),
            ("10.0.0.0/33", "\"10.0.0.0/33\" is neither an address nor a network"),
            ("proxy.example", "\"proxy.example\" is neither an address nor a network"),
            ("127.0.0.1:80", "\"127.0.0.1:80\" is neither an address nor a network"),
        ] {
            assert_eq!(TrustedProxies::parse(&[entry]), Err(fault.to_owned()));
        }
    }
}
