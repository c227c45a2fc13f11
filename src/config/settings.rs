//! Every setting, declared once. Whatever reads, explains, checks, writes or compares settings follows from here.
//!
//! The texts are what people read in `jari serve --help`, in `config.toml` and in the README's table.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono_tz::Tz;

use super::currency::CURRENCY;
use super::declare::settings;
use super::key::{Details, Flag, KeyOf, Taken};
use super::network::{ADDRESS, ADDRESS_OR_NONE, ClientLimit, Loopback, ORIGINS, PublicUrl, URL_OR_NONE, loopback};
use super::origin::Origin;
use super::peers::{NODE_OR_NONE, PEERS};
use super::rate::{RATE, RateLimit};
use super::trusted_proxies::{PROXIES, TrustedProxies};
use super::value::{Allowed, FILE_OR_NONE, Value, integer, words};
use super::words::{Charging, Guard, IdentityMode, LogFormat};
use super::zone::{self, ZONE};
use crate::domain::{Currency, NodeId, Settings};

/// One setting.
pub type Key = KeyOf<Config>;

settings! {
    /// Where the server listens, what it is called, and which connections it takes.
    server: Server {
        /// Address and port to listen on; port 0 takes a free one.
        ///
        /// An address that others can reach needs `--insecure-open` while an open setting (`identity.mode`,
        /// `wallet.charge`) is on.
        listen: SocketAddr {
            default: loopback(8080), allowed: ADDRESS, taken: AtStart, flag: "listen" "ADDR:PORT",
        }
        /// Connections at once; for one more the one that has been idle for longest is closed.
        ///
        /// When none is idle, a few more are taken, which hear only about the server's health and what is the operator's.
        max_connections: u32 { default: 10_000, allowed: integer(1, 1_000_000, "connections"), taken: AtStart }
        /// How long the head of a request, its body and its answer may take each; then it is 408 `REQUEST_TIMEOUT`.
        ///
        /// A client that takes nothing of an answer for so long is cut off, streams included.
        request_timeout_seconds: u32 { default: 10, allowed: integer(1, 300, "seconds"), taken: AtStart }
        /// How long a connection may stay open without a request.
        ///
        /// Let it be longer than a proxy in front keeps its own (nginx: 60), or the proxy sends a request into a
        /// connection that is just being closed.
        idle_seconds: u32 { default: 75, allowed: integer(1, 3_600, "seconds"), taken: AtStart }
        /// Connections of one client address (of IPv6: of one /64 network) at once.
        ///
        /// A school or an office may be behind one address, and a proxy on another machine is one: give it as many as it
        /// needs. Clients on this machine, such as a proxy beside the server, are counted only when this is set.
        connections_per_client: ClientLimit {
            default: ClientLimit { most: 256, loopback: Loopback::Free },
            allowed: integer(1, 1_000_000, "connections"),
            taken: AtStart,
        }
        /// Proxies whose `X-Forwarded-For` or `Forwarded` says where a request came from; anybody else's is ignored.
        ///
        /// They are read from the right up to the first address that is none of these: it is the client in limits and logs.
        /// Name every proxy on the way, and nobody else. A proxy has to add to one of the two headers, or to set it, and to
        /// drop the other one: where they disagree none is believed, and the proxy itself counts as the client.
        trusted_proxies: TrustedProxies { default: TrustedProxies::default(), allowed: PROXIES, taken: AtStart }
        /// The file with the certificate for HTTPS and HTTP/2 and those that lead from it to a trusted one (PEM), with
        /// `server.tls_key`; without both the server speaks HTTP.
        ///
        /// Both files are looked at every minute and on SIGHUP, and new ones are taken without a restart. A relative path
        /// begins where jari is started.
        tls_cert: Option<PathBuf> { default: None, allowed: FILE_OR_NONE, taken: AtStart }
        /// The file with the private key of the certificate (PEM); nobody else may read it.
        tls_key: Option<PathBuf> { default: None, allowed: FILE_OR_NONE, taken: AtStart }
        /// Where clients reach the server, such as `https://tickets.example.com`; without it `server.listen` says where.
        ///
        /// Behind a proxy it is the proxy's. Links are made with it, those of the start among them.
        ///
        /// On a loopback address with `identity.mode = "open"` it answers only to its own names, those of loopback and this
        /// one: no page in a browser on this machine may lead it elsewhere.
        public_url: Option<PublicUrl> { default: None, allowed: URL_OR_NONE, taken: AtStart }
        /// Origins whose pages may use the API from a browser (CORS), such as `https://shop.example.com`; never what is
        /// the operator's.
        allowed_origins: Vec<Origin> { default: Vec::new(), allowed: ORIGINS, taken: AtStart }
    }

    /// What people read of the house that sells here.
    site: Site {
        /// The name of the house.
        name: String { default: "jari".to_owned(), allowed: Allowed::Line { least: 1, most: 100 }, taken: AtStart }
        /// Where buyers ask for help: an e-mail address, a telephone number or a page.
        contact: String { default: String::new(), allowed: Allowed::Line { least: 0, most: 200 }, taken: AtStart }
    }

    /// What lies on the disk.
    storage: Storage {
        /// The folder with the data and the keys; it is made when missing.
        ///
        /// A relative path begins where jari is started. `jari verify` and `jari repair` look there, too.
        data_dir: PathBuf {
            default: PathBuf::from("./data"),
            allowed: Allowed::Text("the path of a folder"),
            taken: AtStart,
            flag: "data-dir" "DIR",
        }
        /// Memory for the pages of the database, at most.
        cache_mib: u32 { default: 256, allowed: integer(16, 65_536, "MiB"), taken: AtStart }
    }

    /// Who users are.
    identity: Identity {
        /// How users prove who they are. `open`: not at all, a user id is taken at its word; for trying out.
        ///
        /// There is no other way in this version; `password` is to come.
        mode: IdentityMode { default: IdentityMode::Open, allowed: words::<IdentityMode>(), taken: AtStart }
    }

    /// Seats that are reserved and not paid for yet.
    hold: Hold {
        /// How long a reserved seat is held for its user.
        seconds: u32 { default: 300, allowed: integer(1, 86_400, "seconds"), taken: AtOnce, logged: hold_seconds }
    }

    /// Queues of concerts that do not say otherwise.
    queue: Queue {
        /// Users who may book at the same time; 0 is no limit.
        max_active: Option<u32> {
            default: Some(100), allowed: integer(0, 1_000_000, "places"), taken: AtOnce, logged: max_active,
        }
        /// Admissions in any stretch of `queue.admit_interval`; 0 is no limit.
        admit_count: Option<u32> {
            default: None, allowed: integer(0, 1_000_000, "admissions"), taken: AtOnce, logged: admit_count,
        }
        /// The sliding window in which `queue.admit_count` admissions are allowed.
        admit_interval: u32 { default: 10, allowed: integer(1, 3_600, "seconds"), taken: AtOnce, logged: admit_interval }
        /// How long an admitted user may book.
        active_seconds: u32 { default: 600, allowed: integer(1, 86_400, "seconds"), taken: AtOnce, logged: active_seconds }
        /// A waiting user who is not seen for so long loses the place, but not before `onSaleAt`; 0 is never.
        abandon_seconds: Option<u32> {
            default: Some(300), allowed: integer(0, 86_400, "seconds"), taken: AtOnce, logged: abandon_seconds,
        }
        /// An admitted user who is not seen for so long after the admission loses the place; 0 is never.
        claim_seconds: Option<u32> {
            default: Some(90), allowed: integer(0, 86_400, "seconds"), taken: AtOnce, logged: claim_seconds,
        }
        /// Whether a place ends when its user lets the last hold lapse.
        end_on_hold_lapse: bool { default: true, allowed: Allowed::Switch, taken: AtOnce, logged: end_on_hold_lapse }
        /// What needs an admitted place. `booking`: dates, seats and payment. `all`: wallet and history as well.
        guard: Guard { default: Guard::Booking, allowed: words::<Guard>(), taken: AtStart }
    }

    /// Wallets and their money.
    wallet: Wallet {
        /// Who may charge a wallet. `open`: anyone, for trying out. `operator`: who has the operator's key.
        ///
        /// There are no payment providers in this version.
        charge: Charging { default: Charging::Open, allowed: words::<Charging>(), taken: AtStart }
        /// The largest single charge.
        charge_max: u64 {
            default: 10_000_000,
            allowed: integer(1, 1_000_000_000_000, "units of the currency"),
            taken: AtOnce,
            logged: charge_max,
        }
        /// The currency of every price and balance (ISO 4217); amounts count its smallest unit.
        ///
        /// KRW 5000 is 5,000 won, EUR 5000 is 50 euros. It is written with the first user or concert; a start with another
        /// one is refused then.
        currency: Currency { default: Currency::KRW, allowed: CURRENCY, taken: AtStart, logged: currency }
    }

    /// Concerts that do not say otherwise.
    sale: Sale {
        /// Seats of a concert that one user may hold and own, where the concert does not say.
        seat_limit: u32 { default: 4, allowed: integer(1, 1_000, "seats"), taken: AtOnce, logged: seat_limit }
        /// The time zone of a concert that names none; `system` is that of the machine.
        time_zone: Tz { default: zone::of_system(), allowed: ZONE, taken: AtStart, shown: "\"system\"" }
    }

    /// What bounds the work under way, and how often a client or a user may ask for some. A client is an
    /// address, of IPv6 a network of 64 bits. Rates are off where the server listens on a loopback address, unless they
    /// are set. The operator is never limited. Each of several instances counts for itself.
    limits: Limits {
        /// Requests under way at once; more are refused with 503 `OVERLOADED`, purchases beyond twice as many.
        in_flight: u32 { default: 4_096, allowed: integer(1, 1_000_000, "requests"), taken: AtStart }
        /// Users whom one client may make; more are refused with 429 `RATE_LIMITED`. On loopback off unless it is set.
        ///
        /// All at once, or one after the other: a limit of N in a time lets N through at once, and then one as often as N
        /// fit into the time. A school or an office of 500 people behind one address needs "500/h".
        sign_up: RateLimit { default: RateLimit::by_hour(10), allowed: RATE, taken: AtStart }
        /// Times that one client may ask for a queue place. On loopback off unless it is set.
        ///
        /// An office of 500 people who all come when a sale opens needs "500/min".
        join: RateLimit { default: RateLimit::by_minute(30), allowed: RATE, taken: AtStart }
        /// Other changes that one user may ask for, wherever from. On loopback off unless it is set.
        ///
        /// The user is that of the queue token, else the one whom the path names; where there is neither the client counts.
        change: RateLimit { default: RateLimit::by_minute(300), allowed: RATE, taken: AtStart }
        /// Times that one client may read: lists, places, seats. On loopback off unless it is set.
        ///
        /// A stream counts once, when it opens. A user in a sale reads about 30 times a minute: for an office of 500 people
        /// "15000/min" is enough.
        read: RateLimit { default: RateLimit::by_minute(1_200), allowed: RATE, taken: AtStart }
    }

    /// The feed of events.
    events: Events {
        /// How long events stay in the feed.
        keep_days: u32 { default: 30, allowed: integer(1, 36_500, "days"), taken: AtOnce, logged: events_keep_days }
    }

    /// Figures for whoever watches the server.
    metrics: Metrics {
        /// Whether `/metrics` is open to everyone who reaches the server.
        ///
        /// Where it listens on a loopback address it always is; elsewhere it takes the operator's key.
        open: bool { default: false, allowed: Allowed::Switch, taken: AtStart }
        /// Address and port on which `/metrics`, `/healthz` and `/readyz` alone are served, open to all who reach it.
        listen: Option<SocketAddr> { default: None, allowed: ADDRESS_OR_NONE, taken: AtStart }
    }

    /// Several instances that sell together, each over data of its own.
    cluster: Cluster {
        /// Which of `cluster.peers` this instance is.
        ///
        /// An id whose instance has lost its data is not given again.
        node_id: Option<NodeId> { default: None, allowed: NODE_OR_NONE, taken: AtStart, flag: "node-id" "ID" }
        /// All instances with their ids, and where they reach each other, this one included; without it the server runs
        /// alone.
        ///
        /// It is the same for all instances. Clients never connect there: `server.listen` is for them.
        peers: BTreeMap<NodeId, String> {
            default: BTreeMap::new(), allowed: PEERS, taken: AtStart, flag: "peers" "ID=HOST:PORT,...",
        }
        /// Address and port on which the other instances reach this one; `none` is what `cluster.peers` says of it.
        ///
        /// Where that has an IP address it is this address with its port, else all IPv4 addresses of the machine with the
        /// port: name one here behind address translation, or when the machine has IPv6 alone.
        peer_listen: Option<SocketAddr> {
            default: None, allowed: ADDRESS_OR_NONE, taken: AtStart, flag: "peer-listen" "ADDR:PORT",
        }
        /// Shares into which concerts fall by their ids, each led by one instance; fixed for the life of a cluster.
        ///
        /// It is the same for all instances.
        shards: u16 { default: 64, allowed: integer(1, 4_096, "shards"), taken: AtStart, flag: "shards" "N" }
        /// The file with the secret by which the instances know each other, the same for all; nobody else may read it.
        ///
        /// It has 64 hexadecimal digits or at least 32 characters. `(umask 077; head -c 32 /dev/urandom | base64 >
        /// cluster.key)` makes one. A relative path begins where jari is started.
        key_file: Option<PathBuf> { default: None, allowed: FILE_OR_NONE, taken: AtStart, flag: "cluster-key-file" "FILE" }
    }

    /// What the server says about itself, on standard error.
    log: Log {
        /// How lines are written.
        format: LogFormat { default: LogFormat::Text, allowed: words::<LogFormat>(), taken: AtStart }
        /// The least important lines that are written.
        level: tracing::Level { default: tracing::Level::INFO, allowed: words::<tracing::Level>(), taken: AtOnce }
    }
}

/// The setting called `name`.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}
