//! What a start does beside others: where it listens for them, the key that all have, and the keys that they share.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use super::addresses::cannot_listen;
use super::exit::Exit;
use crate::cluster::link::ClusterKey;
use crate::cluster::{self, key_file};
use crate::config::{ClusterSettings, Config};
use crate::http;
use crate::identity::{OperatorKey, SealingSecret, SharedKeys, SigningKey, TicketKey};

/// What a start has ready before it opens the data.
pub(super) struct Prepared {
    settings: ClusterSettings,
    key: ClusterKey,
    listener: TcpListener,
}

/// Reads the cluster key and listens for the other instances; nothing alone.
///
/// # Errors
/// Why that is not possible.
pub(super) fn prepare(config: &Config) -> Result<Option<Prepared>, Exit> {
    // What does not fit together was told with all other settings.
    let Some(settings) = config.cluster().ok().flatten() else { return Ok(None) };
    let key = key_file::read(&settings.key_file).map_err(|error| Exit::Failure(error.to_string()))?;
    let listener = listen(settings.listen).map_err(|error| cannot_listen("--peer-listen", settings.listen, &error))?;
    Ok(Some(Prepared { settings, key, listener }))
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    http::listen(address)?.into_std()
}

impl Prepared {
    /// How the instance finds its place among the others. `operator_key` is what its environment says.
    pub(super) fn options(self, data_dir: &Path, operator_key: Option<String>) -> (cluster::Entrance, SealingSecret) {
        let Self { settings, key, listener } = self;
        let secret = || SealingSecret::from_bytes(key.sealing_secret());
        let (sealing, opening) = (secret(), secret());
        let folder: PathBuf = data_dir.to_owned();
        let seal_keys = Box::new(move || seal(&folder, operator_key.as_deref(), &sealing));
        let ClusterSettings { node, peers, shards, .. } = settings;
        let options = cluster::Options { node, peers, slots: shards, key, data_dir: data_dir.to_owned(), seal_keys };
        (cluster::Entrance { options, listener }, opening)
    }
}

/// The keys of this instance, sealed, for all.
fn seal(data_dir: &Path, operator_key: Option<&str>, with: &SealingSecret) -> Result<Vec<u8>, String> {
    let keys = own_keys(data_dir, operator_key).map_err(|error| error.to_string())?;
    Ok(keys.seal(with))
}

/// The keys that the data folder and the environment have, made at the first start.
///
/// # Errors
/// One of them cannot be used.
pub(super) fn own_keys(data_dir: &Path, operator_key: Option<&str>) -> Result<SharedKeys, crate::identity::KeyError> {
    Ok(SharedKeys {
        operator: OperatorKey::load(data_dir, operator_key)?,
        signing: SigningKey::load(data_dir)?,
        tickets: TicketKey::load(data_dir)?,
    })
}

/// The keys that all instances share.
///
/// # Errors
/// They were sealed with another cluster key, or the environment has another operator's key.
pub(super) fn shared_keys(sealed: &[u8], with: &SealingSecret, operator_key: Option<&str>) -> Result<SharedKeys, Exit> {
    let keys = SharedKeys::open(sealed, with).map_err(|error| Exit::Failure(error.to_string()))?;
    // What is no key at all was told with the settings.
    if let Some(given) = operator_key.and_then(OperatorKey::parse) {
        keys.check_operator_key(&given).map_err(|error| Exit::Usage(error.to_string()))?;
    }
    Ok(keys)
}
