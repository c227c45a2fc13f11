//! The table of settings: name, meaning, unit and range of each key, and where its value goes. Whatever reads,
//! explains or checks a setting takes it from here.

use std::fmt;
use std::net::SocketAddr;

use chrono_tz::Tz;

use super::{Charging, ClientLimit, Config, Guard, IdentityMode, LogFormat, Loopback, Origin, PublicUrl, currency};

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// As in `config.toml`: section and name.
    pub name: &'static str,
    pub doc: &'static str,
    pub allowed: Allowed,
}

/// Which values a setting may have, and how one is put in its place.
#[derive(Debug)]
pub enum Allowed {
    /// An integer in a range, both ends included.
    Integer { least: u64, most: u64, unit: &'static str, set: fn(&mut Config, u64) },
    /// `true` or `false`.
    Switch { set: fn(&mut Config, bool) },
    /// Texts in a list, or in one text with commas between them; `None` when one is not of the form.
    Texts { form: &'static str, set: fn(&mut Config, &[&str]) -> Option<()> },
    /// A text of a form that is told in words; `None` when it is not of that form.
    Text { form: &'static str, set: fn(&mut Config, &str) -> Option<()> },
    /// One of more texts than can be told; a refusal tells the one that is nearest.
    Listed { form: &'static str, list: fn() -> Vec<&'static str>, set: fn(&mut Config, &str) -> Option<()> },
}

impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { least, most, unit, .. } => write!(out, "an integer from {least} to {most} ({unit})"),
            Self::Switch { .. } => out.write_str("true or false"),
            Self::Text { form, .. } | Self::Texts { form, .. } | Self::Listed { form, .. } => out.write_str(form),
        }
    }
}

/// A value as it was given; flags and environment give texts only.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    Integer(i64),
    Switch(bool),
    Text(String),
    Texts(Vec<String>),
    /// A value in `config.toml` of a type that no setting has.
    Other(&'static str),
    /// A text outside the file, which stands for whatever the key takes.
    Word(String),
}

impl fmt::Display for Given {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(out, "{value}"),
            Self::Switch(value) => write!(out, "{value}"),
            Self::Text(value) | Self::Word(value) => write!(out, "{value:?}"),
            Self::Texts(values) => write!(out, "{values:?}"),
            Self::Other(kind) => out.write_str(kind),
        }
    }
}

impl Key {
    /// The variable of the environment that sets this key: `JARI_` and the name in capitals with underscores.
    pub fn variable(&self) -> String {
        format!("JARI_{}", self.name.to_ascii_uppercase().replace('.', "_"))
    }

    /// Puts `given` into `config`; `None`, and nothing is changed, when it is not what the key allows.
    pub fn put(&self, config: &mut Config, given: &Given) -> Option<()> {
        match &self.allowed {
            Allowed::Integer { least, most, set, .. } => {
                let value = match given {
                    Given::Integer(value) => u64::try_from(*value).ok()?,
                    Given::Word(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
                    Given::Switch(_) | Given::Text(_) | Given::Texts(_) | Given::Other(_) | Given::Word(_) => {
                        return None;
                    }
                };
                (*least..=*most).contains(&value).then(|| set(config, value))
            }
            Allowed::Switch { set } => {
                let value = match given {
                    Given::Switch(value) => *value,
                    Given::Word(text) => text.parse().ok()?,
                    Given::Integer(_) | Given::Text(_) | Given::Texts(_) | Given::Other(_) => return None,
                };
                set(config, value);
                Some(())
            }
            Allowed::Text { set, .. } | Allowed::Listed { set, .. } => match given {
                Given::Text(text) | Given::Word(text) => set(config, text),
                Given::Integer(_) | Given::Switch(_) | Given::Texts(_) | Given::Other(_) => None,
            },
            Allowed::Texts { set, .. } => match given {
                Given::Text(text) | Given::Word(text) => {
                    let texts: Vec<_> = text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
                    set(config, &texts)
                }
                Given::Texts(texts) => set(config, &texts.iter().map(String::as_str).collect::<Vec<_>>()),
                Given::Integer(_) | Given::Switch(_) | Given::Other(_) => None,
            },
        }
    }
}

impl Allowed {
    /// What is nearest to a text that is not allowed, where all that is allowed is listed.
    pub fn nearest(&self, given: &Given) -> Option<&'static str> {
        let (Self::Listed { list, .. }, Given::Text(text) | Given::Word(text)) = (self, given) else { return None };
        let text = text.to_lowercase();
        let likeness = |known: &&str| strsim::jaro_winkler(&known.to_lowercase(), &text);
        let nearest = list().into_iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
        (likeness(&nearest) >= LIKENESS_LEAST).then_some(nearest)
    }
}

/// How alike a text must be to what is allowed to be taken for it: 1 is the same.
const LIKENESS_LEAST: f64 = 0.8;

/// The key called `name`.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

const fn integer(least: u64, most: u64, unit: &'static str, set: fn(&mut Config, u64)) -> Allowed {
    Allowed::Integer { least, most, unit, set }
}

/// `value`, whose range the table keeps within 32 bits.
fn narrow(value: u64) -> u32 {
    u32::try_from(value).expect("the ranges of the table that end here fit 32 bits")
}

/// `value`, where 0 means off.
fn zero_is_off(value: u64) -> Option<u32> {
    (value > 0).then(|| narrow(value))
}

/// Every key, in the order of `config.toml`.
pub const KEYS: &[Key] = &[
    Key {
        name: "server.listen",
        doc: "Address and port to listen on; port 0 takes a free one. An address that others can reach needs \
              --insecure-open while an open setting (identity.mode, wallet.charge) is on.",
        allowed: Allowed::Text {
            form: "an IP address with a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"",
            set: |config, text| text.parse::<SocketAddr>().ok().map(|address| config.server.listen = address),
        },
    },
    Key {
        name: "server.max_connections",
        doc: "Connections open at once; for one more the idlest is closed, and a few more are there for health and the \
              operator.",
        allowed: integer(1, 1_000_000, "connections", |config, value| config.server.max_connections = narrow(value)),
    },
    Key {
        name: "server.request_timeout_seconds",
        doc: "How long the head of a request, its body and its answer may take each, and how long a client may take \
              nothing of an answer.",
        allowed: integer(1, 300, "seconds", |config, value| config.server.request_timeout_seconds = narrow(value)),
    },
    Key {
        name: "server.idle_seconds",
        doc: "How long a connection may stay open without a request; longer than a proxy in front keeps its own.",
        allowed: integer(1, 3_600, "seconds", |config, value| config.server.idle_seconds = narrow(value)),
    },
    Key {
        name: "server.connections_per_client",
        doc: "Connections of one client address (of IPv6: of one /64 network) at once. Clients on the server's own \
              machine are counted only when this is set.",
        allowed: integer(1, 1_000_000, "connections", |config, value| {
            config.server.connections_per_client = ClientLimit { most: narrow(value), loopback: Loopback::Counted };
        }),
    },
    Key {
        name: "server.public_url",
        doc: "Where clients reach the server, when it is behind a proxy: requests and pages with this name are its own.",
        allowed: Allowed::Text {
            form: "a URL such as \"https://tickets.example.com\", or \"\" for none",
            set: |config, text| {
                let url = |text: &str| Some(PublicUrl { text: text.to_owned(), origin: Origin::of_url(text)? });
                config.server.public_url = if text.is_empty() { None } else { Some(url(text)?) };
                Some(())
            },
        },
    },
    Key {
        name: "server.allowed_origins",
        doc: "Origins whose pages may use the API from a browser (CORS); never what is the operator's.",
        allowed: Allowed::Texts {
            form: "origins such as \"https://shop.example.com\", with commas between them or in a list",
            set: |config, texts| {
                config.server.allowed_origins = texts.iter().map(|text| Origin::parse(text)).collect::<Option<_>>()?;
                Some(())
            },
        },
    },
    Key {
        name: "storage.cache_mib",
        doc: "Memory for the pages of the database.",
        allowed: integer(16, 65_536, "MiB", |config, value| config.storage.cache_mib = narrow(value)),
    },
    Key {
        name: "identity.mode",
        doc: "How users prove who they are. \"open\": not at all, a user id is taken at its word.",
        allowed: Allowed::Text {
            form: "\"open\" (\"password\" does not exist in this version)",
            set: |config, text| (text == "open").then(|| config.identity.mode = IdentityMode::Open),
        },
    },
    Key {
        name: "hold.seconds",
        doc: "How long a reserved seat is held for its user.",
        allowed: integer(1, 86_400, "seconds", |config, value| config.hold.seconds = narrow(value)),
    },
    Key {
        name: "queue.max_active",
        doc: "Users who may book at the same time, for a concert that does not say; 0 is no limit.",
        allowed: integer(0, 1_000_000, "places, 0 = no limit", |config, value| {
            config.queue.max_active = zero_is_off(value)
        }),
    },
    Key {
        name: "queue.admit_count",
        doc: "Admissions within any queue.admit_interval, for a concert that does not say; 0 is no limit.",
        allowed: integer(0, 1_000_000, "admissions, 0 = no limit", |config, value| {
            config.queue.admit_count = zero_is_off(value);
        }),
    },
    Key {
        name: "queue.admit_interval",
        doc: "The sliding window in which queue.admit_count admissions are allowed.",
        allowed: integer(1, 3_600, "seconds", |config, value| config.queue.admit_interval = narrow(value)),
    },
    Key {
        name: "queue.active_seconds",
        doc: "How long an admitted user may book, for a concert that does not say.",
        allowed: integer(1, 86_400, "seconds", |config, value| config.queue.active_seconds = narrow(value)),
    },
    Key {
        name: "queue.abandon_seconds",
        doc: "A waiting user who is not seen for so long loses the place; 0 is never.",
        allowed: integer(0, 86_400, "seconds, 0 = never", |config, value| {
            config.queue.abandon_seconds = zero_is_off(value);
        }),
    },
    Key {
        name: "queue.claim_seconds",
        doc: "An admitted user who is not seen for so long after the admission loses the place; 0 is never.",
        allowed: integer(0, 86_400, "seconds, 0 = never", |config, value| {
            config.queue.claim_seconds = zero_is_off(value);
        }),
    },
    Key {
        name: "queue.end_on_hold_lapse",
        doc: "Whether a place ends when its user lets the last hold lapse.",
        allowed: Allowed::Switch { set: |config, value| config.queue.end_on_hold_lapse = value },
    },
    Key {
        name: "queue.guard",
        doc: "What needs an admitted place. \"booking\": dates, seats and payment. \"all\": wallet and history \
              as well.",
        allowed: Allowed::Text {
            form: "\"booking\" or \"all\"",
            set: |config, text| {
                config.queue.guard = match text {
                    "booking" => Guard::Booking,
                    "all" => Guard::All,
                    _ => return None,
                };
                Some(())
            },
        },
    },
    Key {
        name: "wallet.charge",
        doc: "Who may charge a wallet. \"open\": anyone, for trying out. \"operator\": who has the operator's key.",
        allowed: Allowed::Text {
            form: "\"open\" or \"operator\" (\"psp\" does not exist in this version)",
            set: |config, text| {
                config.wallet.charge = match text {
                    "open" => Charging::Open,
                    "operator" => Charging::Operator,
                    _ => return None,
                };
                Some(())
            },
        },
    },
    Key {
        name: "wallet.charge_max",
        doc: "The largest single charge.",
        allowed: integer(1, 1_000_000_000_000, "units of the currency", |config, value| {
            config.wallet.charge_max = value
        }),
    },
    Key {
        name: "wallet.currency",
        doc: "The currency of every price and balance; amounts count its smallest unit. Data keeps the one it began with.",
        allowed: Allowed::Listed {
            form: "an ISO 4217 code of three capital letters, such as \"KRW\"",
            list: currency::codes,
            set: |config, text| currency::find(text).map(|found| config.wallet.currency = found),
        },
    },
    Key {
        name: "sale.seat_limit",
        doc: "Seats that one user may hold and own at a concert that does not say.",
        allowed: integer(1, 1_000, "seats", |config, value| config.sale.seat_limit = narrow(value)),
    },
    Key {
        name: "sale.time_zone",
        doc: "The time zone of a concert that does not say; the system's when none is set.",
        allowed: Allowed::Listed {
            form: "an IANA time zone, such as \"Asia/Seoul\"",
            list: || chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect(),
            set: |config, text| text.parse::<Tz>().ok().map(|zone| config.sale.time_zone = zone),
        },
    },
    Key {
        name: "limits.in_flight",
        doc: "Requests under way at once; more are refused with 503 OVERLOADED, purchases beyond twice as many.",
        allowed: integer(1, 1_000_000, "requests", |config, value| config.limits.in_flight = narrow(value)),
    },
    Key {
        name: "events.keep_days",
        doc: "How long events stay in the feed.",
        allowed: integer(1, 36_500, "days", |config, value| config.events.keep_days = narrow(value)),
    },
    Key {
        name: "metrics.open",
        doc: "Whether /metrics is open to everyone who reaches the server; where it listens on a loopback address it \
              always is, elsewhere it takes the operator's key.",
        allowed: Allowed::Switch { set: |config, value| config.metrics.open = value },
    },
    Key {
        name: "metrics.listen",
        doc: "Address and port on which /metrics, /healthz and /readyz alone are served, open to all who reach it; \
              \"none\" is no such address.",
        allowed: Allowed::Text {
            form: "an IP address with a port, such as \"127.0.0.1:9090\", or \"none\"",
            set: |config, text| {
                config.metrics.listen = match text {
                    "none" => None,
                    address => Some(address.parse().ok()?),
                };
                Some(())
            },
        },
    },
    Key {
        name: "log.format",
        doc: "How log lines are written to standard error.",
        allowed: Allowed::Text {
            form: "\"text\" or \"json\"",
            set: |config, text| {
                config.log.format = match text {
                    "text" => LogFormat::Text,
                    "json" => LogFormat::Json,
                    _ => return None,
                };
                Some(())
            },
        },
    },
    Key {
        name: "log.level",
        doc: "The least important log lines that are written.",
        allowed: Allowed::Text {
            form: "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
            set: |config, text| {
                config.log.level = match text {
                    "error" => tracing::Level::ERROR,
                    "warn" => tracing::Level::WARN,
                    "info" => tracing::Level::INFO,
                    "debug" => tracing::Level::DEBUG,
                    "trace" => tracing::Level::TRACE,
                    _ => return None,
                };
                Some(())
            },
        },
    },
];
