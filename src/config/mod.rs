//! The configuration: one typed value, made of defaults, a file, the environment and flags. It reads and judges
//! settings; it starts nothing.

pub mod currency;
mod keys;
mod origin;
mod reread;
mod sources;
mod zone;

use std::net::{Ipv4Addr, SocketAddr};

use chrono_tz::Tz;

pub use keys::{Allowed, KEYS, Key};
pub use origin::{Authority, Host, Origin, Scheme};
pub use reread::{Assigned, Reread};
pub use sources::{Faults, Sources};

use crate::domain::{Currency, Settings};

/// Every setting, by section; durations in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub server: Server,
    pub storage: Storage,
    pub identity: Identity,
    pub hold: Hold,
    pub queue: Queue,
    pub wallet: Wallet,
    pub sale: Sale,
    pub limits: Limits,
    pub events: Events,
    pub metrics: Metrics,
    pub log: Log,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub listen: SocketAddr,
    pub max_connections: u32,
    pub request_timeout_seconds: u32,
    pub idle_seconds: u32,
    pub connections_per_client: ClientLimit,
    pub public_url: Option<PublicUrl>,
    /// Pages of which origins may use the API.
    pub allowed_origins: Vec<Origin>,
}

/// Where clients reach the server, when that is not where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    pub text: String,
    pub origin: Origin,
}

/// How many connections one client address may have open; of IPv6 it is the network of 64 bits that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLimit {
    pub most: u32,
    pub loopback: Loopback,
}

/// Whether clients on the server's own machine, a proxy for instance, are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    Free,
    /// Since the limit was set, and not left as it is by default.
    Counted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    pub cache_mib: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub mode: IdentityMode,
}

/// How a user proves who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityMode {
    /// Not at all: a user id is taken at its word.
    Open,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub seconds: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// `None` is no limit; so it is with `admit_count`, `abandon_seconds` and `claim_seconds`.
    pub max_active: Option<u32>,
    pub admit_count: Option<u32>,
    pub admit_interval: u32,
    pub active_seconds: u32,
    pub abandon_seconds: Option<u32>,
    pub claim_seconds: Option<u32>,
    pub end_on_hold_lapse: bool,
    pub guard: Guard,
}

/// What needs an ACTIVE queue place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Dates, seats and payment.
    Booking,
    /// Wallet and history as well.
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub charge: Charging,
    pub charge_max: u64,
    /// What amounts count the smallest unit of.
    pub currency: Currency,
}

/// Who may charge a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charging {
    Open,
    Operator,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    pub seat_limit: u32,
    /// The zone of a concert that does not say.
    pub time_zone: Tz,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests under way at once.
    pub in_flight: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events {
    pub keep_days: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Whether everyone who reaches the server may read them.
    pub open: bool,
    /// An address of their own, where they are open.
    pub listen: Option<SocketAddr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    pub level: tracing::Level,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            server: Server {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
                max_connections: 10_000,
                request_timeout_seconds: 10,
                idle_seconds: 75,
                connections_per_client: ClientLimit { most: 256, loopback: Loopback::Free },
                public_url: None,
                allowed_origins: Vec::new(),
            },
            storage: Storage { cache_mib: 256 },
            identity: Identity { mode: IdentityMode::Open },
            hold: Hold { seconds: 300 },
            queue: Queue {
                max_active: Some(100),
                admit_count: None,
                admit_interval: 10,
                active_seconds: 600,
                abandon_seconds: Some(300),
                claim_seconds: Some(90),
                end_on_hold_lapse: true,
                guard: Guard::Booking,
            },
            wallet: Wallet { charge: Charging::Open, charge_max: 10_000_000, currency: Currency::KRW },
            sale: Sale { seat_limit: 4, time_zone: zone::of_system() },
            limits: Limits { in_flight: 4_096 },
            events: Events { keep_days: 30 },
            metrics: Metrics { open: false, listen: None },
            log: Log { format: LogFormat::Text, level: tracing::Level::INFO },
        }
    }
}

impl Config {
    /// The part of the settings that decides what a command does, as it goes into the log.
    pub fn to_settings(&self) -> Settings {
        Settings {
            hold_seconds: self.hold.seconds,
            max_active: self.queue.max_active,
            admit_count: self.queue.admit_count,
            admit_interval: self.queue.admit_interval,
            active_seconds: self.queue.active_seconds,
            abandon_seconds: self.queue.abandon_seconds,
            claim_seconds: self.queue.claim_seconds,
            end_on_hold_lapse: self.queue.end_on_hold_lapse,
            charge_max: self.wallet.charge_max,
            currency: self.wallet.currency,
            seat_limit: self.sale.seat_limit,
            events_keep_days: self.events.keep_days,
        }
    }

    /// Whether the server gives its metrics to everyone who reaches it: those of the same machine in any case.
    pub fn metrics_are_open(&self) -> bool {
        self.metrics.open || self.server.listen.ip().to_canonical().is_loopback()
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
