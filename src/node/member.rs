//! This instance as one of several that order the log.

use std::sync::Arc;

use super::under_way::UnderWay;
use crate::cluster::Instance;
use crate::domain::Settings;
use crate::storage::codec;

/// What an instance has that is one of several.
pub(super) struct Member {
    pub instance: Arc<Instance>,
    pub under_way: UnderWay,
}

impl Member {
    pub(super) fn new(instance: Arc<Instance>) -> Self {
        Self { instance, under_way: UnderWay::default() }
    }
}

/// What tells settings from others.
pub(super) fn digest(settings: &Settings) -> u64 {
    let mut bytes = Vec::new();
    codec::encode_payload(settings, &mut bytes);
    blake3::hash(&bytes).as_bytes().iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}
