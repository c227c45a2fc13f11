//! What the two sides of a connection tell of themselves before anything else, and whether they belong together.
//!
//! It is JSON, so that a build can read of a much newer or older one which version it speaks, and a field that it does
//! not know is passed over.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::traffic::Traffic;
use crate::cluster::hexadecimal;
use crate::domain::NodeId;

/// The version of the protocol between instances that this build speaks. What is added under `HELLO_PATH` and in headers
/// keeps it; what an older build would misunderstand raises it.
pub const PROTOCOL_VERSION: u32 = 1;
/// Where a hello is said.
pub(super) const HELLO_PATH: &str = "/hello";
/// Bytes of a hello, and of the sentence that refuses one.
pub(super) const HELLO_BYTES_MAX: usize = 16 * 1024;

/// An instance, as the others are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub node: NodeId,
    /// The cluster that it belongs to, once there is one.
    #[serde(with = "hexadecimal_option")]
    pub cluster: Option<u128>,
    /// Its data folder.
    #[serde(with = "hexadecimal")]
    pub disk: u128,
    pub versions: Versions,
}

/// What an instance speaks and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    pub protocol: u32,
    /// The format of its log.
    pub log: u32,
    /// The format of its data.
    pub data: u64,
}

/// What one side tells the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    #[serde(flatten)]
    pub identity: Identity,
    /// What the connection is for.
    pub traffic: Traffic,
}

/// Why two instances do not belong together. Each side is told the same.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HelloError {
    #[error("the hello is not understood: {0}")]
    Malformed(String),
    #[error(
        "instance {node} speaks version {ours} of the protocol between instances, and was told hello in version \
             {theirs}: run builds that speak the same"
    )]
    Protocol { node: NodeId, ours: u32, theirs: u32 },
    #[error(
        "instance {node} is of cluster {ours:032x}, and instance {other} of cluster {theirs:032x}: an instance that \
             changes clusters begins with an empty data folder"
    )]
    Cluster { node: NodeId, ours: u128, other: NodeId, theirs: u128 },
    #[error("both are instance {0}: give each instance an id of its own, and no address of its own among its peers")]
    SameNode(NodeId),
}

impl Hello {
    /// As it is sent.
    pub(super) fn encoded(&self) -> Bytes {
        serde_json::to_vec(self).expect("a hello is made of numbers and texts").into()
    }

    /// What another instance told, when it belongs together with this one.
    pub(super) fn read(ours: &Identity, bytes: &[u8]) -> Result<Self, HelloError> {
        // Of another version no more than that is read.
        let Spoken { versions: SpokenVersions { protocol } } = decode(bytes)?;
        if protocol != ours.versions.protocol {
            return Err(HelloError::Protocol { node: ours.node, ours: ours.versions.protocol, theirs: protocol });
        }
        let hello: Self = decode(bytes)?;
        let theirs = &hello.identity;
        match (ours.cluster, theirs.cluster) {
            (Some(own), Some(other)) if own != other => {
                Err(HelloError::Cluster { node: ours.node, ours: own, other: theirs.node, theirs: other })
            }
            _ if theirs.node == ours.node => Err(HelloError::SameNode(ours.node)),
            _ => Ok(hello),
        }
    }
}

/// What every version of a hello has.
#[derive(Deserialize)]
struct Spoken {
    versions: SpokenVersions,
}

#[derive(Deserialize)]
struct SpokenVersions {
    protocol: u32,
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, HelloError> {
    serde_json::from_slice(bytes).map_err(|error| HelloError::Malformed(error.to_string()))
}

mod hexadecimal_option {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(number: &Option<u128>, serializer: S) -> Result<S::Ok, S::Error> {
        number.map(|number| format!("{number:032x}")).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| u128::from_str_radix(&text, 16).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::{Hello, HelloError, Identity, PROTOCOL_VERSION, Versions};
    use crate::cluster::link::Traffic;
    use crate::domain::NodeId;

    fn identity(node: u64, cluster: Option<u128>) -> Identity {
        let versions = Versions { protocol: PROTOCOL_VERSION, log: 7, data: 7 };
        Identity { node: NodeId(node), cluster, disk: u128::MAX - u128::from(node), versions }
    }

    fn told(identity: Identity) -> Vec<u8> {
        Hello { identity, traffic: Traffic::Raft }.encoded().to_vec()
    }

    #[test]
    fn a_hello_is_read_as_it_was_said() {
        let text = String::from_utf8(told(identity(2, Some(10)))).expect("JSON is text");
        let expected = r#"{"node":2,"cluster":"0000000000000000000000000000000a","disk":"fffffffffffffffffffffffffffffffd","versions":{"protocol":1,"log":7,"data":7},"traffic":"raft"}"#;
        assert_eq!(text, expected);
        for clusters in [(None, None), (None, Some(10)), (Some(10), None), (Some(10), Some(10))] {
            let theirs = identity(2, clusters.1);
            let read = Hello::read(&identity(1, clusters.0), &told(theirs.clone()));
            assert_eq!(read, Ok(Hello { identity: theirs, traffic: Traffic::Raft }));
        }
    }

    #[test]
    fn strangers_are_refused_with_the_reason() {
        let ours = identity(1, Some(10));
        let refused = |bytes: &[u8]| Hello::read(&ours, bytes).expect_err("it does not belong here");
        let other = HelloError::Cluster { node: NodeId(1), ours: 10, other: NodeId(2), theirs: 11 };
        assert_eq!(refused(&told(identity(2, Some(11)))), other);
        assert_eq!(refused(&told(identity(1, None))), HelloError::SameNode(NodeId(1)));
        // Of a later protocol nothing has to be as it is now.
        let later = br#"{"versions":{"protocol":9,"words":[]},"who":"2"}"#;
        assert_eq!(refused(later), HelloError::Protocol { node: NodeId(1), ours: 1, theirs: 9 });
        assert!(matches!(refused(b"hello"), HelloError::Malformed(_)));
        assert!(matches!(refused(br#"{"versions":{"protocol":1}}"#), HelloError::Malformed(_)));
    }

    #[test]
    fn what_a_newer_build_adds_is_passed_over() {
        let text = String::from_utf8(told(identity(2, None))).expect("JSON is text");
        let more = text.replace(r#""traffic""#, r#""zone":"b","traffic""#);
        assert!(Hello::read(&identity(1, None), more.as_bytes()).is_ok());
    }
}
