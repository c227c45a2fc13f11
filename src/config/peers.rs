//! Settings about the instances that sell together: which there are, where each is reached, and which one this is. It
//! reads them and judges nothing of how they fit together.

use std::collections::BTreeMap;

use super::origin::{Authority, Host};
use super::value::{Allowed, Given, Value, quoted};
use crate::domain::NodeId;

pub(super) const NODE_OR_NONE: Allowed = Allowed::Text("an integer from 1, or \"none\"");
pub(super) const PEERS: Allowed = Allowed::Entries {
    form: "ids with addresses, such as \"1=http://10.0.0.1:7001\" or \"2=box2.example:7001\", with commas between them or \
           in a list",
    fault: |given| peers(&given.texts()?).err(),
};

const NONE: &str = "none";
const HTTP: &str = "http://";

/// Which instance this is, or none of several.
impl Value for Option<NodeId> {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        match given.text() {
            Some(NONE) => Some(None),
            Some(_) | None => given.integer().filter(|id| *id > 0).map(|id| Some(NodeId(id))),
        }
    }

    fn written(&self) -> String {
        self.map_or_else(|| quoted(NONE), |id| id.to_string())
    }
}

impl Value for BTreeMap<NodeId, String> {
    fn read(given: &Given, _: &Allowed) -> Option<Self> {
        peers(&given.texts()?).ok()
    }

    fn written(&self) -> String {
        let entries: Vec<_> = self.iter().map(|(id, address)| quoted(&format!("{id}={address}"))).collect();
        format!("[{}]", entries.join(", "))
    }
}

/// The instances that entries name, each with its address as `host:port`; or what is wrong with the first wrong one.
fn peers(entries: &[&str]) -> Result<BTreeMap<NodeId, String>, String> {
    let mut peers = BTreeMap::new();
    for entry in entries {
        let (id, address) = peer(entry).map_err(|fault| format!("{entry:?} {fault}"))?;
        if let Some((other, _)) = peers.iter().find(|(other, known)| **other != id && **known == address) {
            return Err(format!("{address} is the address of {other} and of {id}: each instance has one of its own"));
        }
        if peers.insert(id, address).is_some() {
            return Err(format!("the id {id} is given twice: each instance has one of its own"));
        }
    }
    Ok(peers)
}

/// What one entry names, or what is wrong with it.
fn peer(entry: &str) -> Result<(NodeId, String), String> {
    let Some((id, address)) = entry.split_once('=') else {
        return Err(format!("has no id: write it in front, as in 1={entry}"));
    };
    let (id, address) = (id.trim(), address.trim());
    let number = Given::Word(id.to_owned()).integer().filter(|number| *number > 0);
    let number = number.ok_or_else(|| format!("has the id {id:?}: an id is an integer from 1"))?;
    Ok((NodeId(number), host_and_port(address)?))
}

/// The host and the port of the address of an instance, as `cluster.peers` takes it; nothing when it is none.
pub fn peer_address(text: &str) -> Option<String> {
    host_and_port(text).ok()
}

/// The host and the port of an address, as they are compared; or what is wrong with it.
fn host_and_port(address: &str) -> Result<String, String> {
    let rest = match address.split_once("://") {
        None => address,
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
            return Err(format!(
                "is https, which instances do not need, for the cluster key encrypts what they say: write {HTTP}{rest}"
            ));
        }
        Some((_, rest)) => return Err(format!("is not http: write {HTTP}{rest}")),
    };
    if let Some(end) = rest.find(['/', '?', '#']) {
        return Err(format!("has a path, and instances have none: write {HTTP}{}", &rest[..end]));
    }
    let Some(Authority { host, port }) = Authority::parse(rest).filter(|authority| is_resolvable(&authority.host))
    else {
        return Err("has no host with a port, such as 10.0.0.1:7001, box2.example:7001 or [fd00::1]:7001".to_owned());
    };
    if matches!(&host, Host::Address(address) if address.is_unspecified()) {
        return Err(format!(
            "has {host}, where nobody can be reached: write an address of the machine, and give {host} to \
             cluster.peer_listen to listen on all"
        ));
    }
    match port {
        Some(0) => Err("has port 0: a port is an integer from 1 to 65535".to_owned()),
        Some(port) => Ok(format!("{host}:{port}")),
        None => Err(format!("has no port: write it behind the host, as in {host}:7001")),
    }
}

/// Whether a host is an address, or a name of letters, digits, dots, hyphens and underscores as machines have them.
fn is_resolvable(host: &Host) -> bool {
    match host {
        Host::Address(_) => true,
        Host::Name(name) => name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::value::{Given, Value};
    use super::{NODE_OR_NONE, PEERS, peers};
    use crate::domain::NodeId;

    fn read(entries: &[&str]) -> Result<Vec<(u64, String)>, String> {
        peers(entries).map(|peers| peers.into_iter().map(|(id, address)| (id.0, address)).collect())
    }

    #[test]
    fn an_instance_has_an_id_and_an_address() {
        for (entry, id, address) in [
            ("1=http://10.0.0.1:7001", 1, "10.0.0.1:7001"),
            ("2=10.0.0.1:80", 2, "10.0.0.1:80"),
            ("18446744073709551615 = HTTP://Box2.Example.:7001", u64::MAX, "box2.example:7001"),
            ("3=http://[FD00:0::1]:65535", 3, "[fd00::1]:65535"),
            ("4=[::1]:1", 4, "[::1]:1"),
            ("5=localhost:7001", 5, "localhost:7001"),
            ("6=box_2:7001", 6, "box_2:7001"),
        ] {
            assert_eq!(read(&[entry]), Ok(vec![(id, address.to_owned())]), "{entry}");
        }
    }

    #[test]
    fn a_fault_of_an_entry_says_what_would_be_right() {
        for (entry, fault) in [
            ("", "has no id: write it in front"),
            ("http://a:1", "has no id: write it in front, as in 1=http://a:1"),
            ("0=a:1", "has the id \"0\": an id is an integer from 1"),
            ("=a:1", "has the id \"\""),
            ("-1=a:1", "has the id \"-1\""),
            ("x=a:1", "has the id \"x\""),
            ("18446744073709551616=a:1", "has the id \"18446744073709551616\""),
            ("1=https://a:7", "is https, which instances do not need, for the cluster key encrypts"),
            ("1=HTTPS://a:7", "write http://a:7"),
            ("1=tcp://a:7", "is not http: write http://a:7"),
            ("1=http://a:7/", "has a path, and instances have none: write http://a:7"),
            ("1=a:7/x", "has a path, and instances have none: write http://a:7"),
            ("1=http://a", "has no port: write it behind the host, as in a:7001"),
            ("1=http://[fd00::1]", "has no port: write it behind the host, as in [fd00::1]:7001"),
            ("1=a:", "has no port"),
            ("1=a:0", "has port 0"),
            ("1=a:65536", "has no host with a port"),
            ("1=:7", "has no host with a port"),
            ("1=", "has no host with a port"),
            ("1=fd00::1:7", "has no host with a port, such as 10.0.0.1:7001, box2.example:7001 or [fd00::1]:7001"),
            ("1=me@a:7", "has no host with a port"),
            ("1=a:7 2=b:7", "has no host with a port"),
            ("1=2=a:7", "has no host with a port"),
            ("1=0.0.0.0:7", "has 0.0.0.0, where nobody can be reached"),
            ("1=[::]:7", "give [::] to cluster.peer_listen"),
        ] {
            let told = read(&[entry]).expect_err(entry);
            assert!(told.starts_with(&format!("{entry:?} ")) && told.contains(fault), "{entry:?}: {told}");
        }
    }

    #[test]
    fn ids_and_addresses_are_given_once() {
        assert_eq!(read(&["2=b:1", "1=a:1"]), Ok(vec![(1, "a:1".to_owned()), (2, "b:1".to_owned())]));
        let told = read(&["1=a:1", "2=b:1", "1=c:1"]).expect_err("an id twice");
        assert_eq!(told, "the id 1 is given twice: each instance has one of its own");
        let told = read(&["1=a:1", "2=http://A.:1"]).expect_err("an address twice");
        assert_eq!(told, "a:1 is the address of 1 and of 2: each instance has one of its own");
        let told = read(&["1=a:1", "1=a:1"]).expect_err("an entry twice");
        assert_eq!(told, "the id 1 is given twice: each instance has one of its own");
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let peers: BTreeMap<NodeId, String> =
            [(NodeId(1), "[fd00::1]:7001".to_owned()), (NodeId(20), "b:7001".to_owned())].into();
        assert_eq!(peers.written(), r#"["1=[fd00::1]:7001", "20=b:7001"]"#);
        let flag = Given::Word("1=[fd00::1]:7001, 20=http://b:7001,".to_owned());
        let list = Given::Texts(vec!["20=b:7001".to_owned(), "1=[fd00::1]:7001".to_owned()]);
        for given in [flag, list] {
            assert_eq!(BTreeMap::read(&given, &PEERS).as_ref(), Some(&peers), "{given}");
        }
        for (given, id) in [
            (Given::Word("none".to_owned()), Some(None)),
            (Given::Text("none".to_owned()), Some(None)),
            (Given::Word("3".to_owned()), Some(Some(NodeId(3)))),
            (Given::Integer(3), Some(Some(NodeId(3)))),
            (Given::Integer(0), None),
            (Given::Integer(-1), None),
            (Given::Word("0".to_owned()), None),
            (Given::Word(String::new()), None),
            (Given::Text("3".to_owned()), None),
        ] {
            assert_eq!(Option::<NodeId>::read(&given, &NODE_OR_NONE), id, "{given}");
        }
        assert_eq!((Some(NodeId(3)).written(), None::<NodeId>.written()), ("3".to_owned(), "\"none\"".to_owned()));
    }
}
