//! The configuration: one typed value, made of defaults, a file, the environment and flags. It reads and judges
//! settings; it starts nothing.

mod assigned;
mod cluster;
pub mod currency;
mod declare;
mod faults;
mod file;
mod key;
mod listing;
mod nearest;
mod network;
mod origin;
mod peers;
mod rate;
mod settings;
mod sources;
mod tls;
mod trusted_proxies;
mod value;
mod words;
mod zone;

pub use assigned::{Assigned, Reread};
pub use cluster::{ClusterFault, ClusterSettings};
pub use faults::Faults;
pub use key::{Flag, Taken, variable_of_flag};
pub use listing::{as_file, as_help};
pub use network::{ClientLimit, Loopback, PublicUrl};
pub use origin::{Authority, Host, Origin, Scheme};
pub use peers::peer_address;
pub use rate::{Per, Rate, RateLimit};
pub use settings::{
    Cluster, Config, Events, Hold, Identity, KEYS, Key, Limits, Log, Metrics, Queue, Sale, Server, Site, Storage,
    Wallet,
};
pub use sources::Sources;
pub use tls::{TlsFault, TlsFiles};
pub use trusted_proxies::TrustedProxies;
pub use value::Allowed;
pub use words::{Charging, Guard, IdentityMode, LogFormat};

impl Config {
    /// Whether the server gives its metrics to everyone who reaches it: those of the same machine in any case.
    pub fn metrics_are_open(&self) -> bool {
        self.metrics.open || self.is_on_loopback()
    }

    /// The rate of a limit, where it is on.
    pub fn rate(&self, limit: RateLimit) -> Option<Rate> {
        match limit {
            RateLimit::Off => None,
            RateLimit::Set(rate) => Some(rate),
            RateLimit::Default(rate) => (!self.is_on_loopback()).then_some(rate),
        }
    }

    /// Whether only this machine reaches the server.
    fn is_on_loopback(&self) -> bool {
        self.server.listen.ip().to_canonical().is_loopback()
    }

    /// The settings that let anyone do what is meant for a user or the operator, as they would be written.
    pub fn open_settings(&self) -> Vec<&'static str> {
        let identity = match self.identity.mode {
            IdentityMode::Open => Some("identity.mode = \"open\""),
        };
        let charge = match self.wallet.charge {
            Charging::Open => Some("wallet.charge = \"open\""),
            Charging::Operator => None,
        };
        identity.into_iter().chain(charge).collect()
    }
}
