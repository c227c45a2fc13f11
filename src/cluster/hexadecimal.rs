//! Numbers of 128 bits as 32 digits: JSON's own numbers do not hold them.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(in crate::cluster) fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{number:032x}"))
}

pub(in crate::cluster) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    let text = String::deserialize(deserializer)?;
    u128::from_str_radix(&text, 16).map_err(D::Error::custom)
}
