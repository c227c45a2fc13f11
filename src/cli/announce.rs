//! What a start and a stop say: to the person who started the server, on standard output, and to the log.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{demo, output};
use crate::config::{Config, LogFormat, currency};
use crate::domain::ConcertId;
use crate::identity::{OPERATOR_KEY_FILE, OPERATOR_KEY_VARIABLE};
use crate::node::{Handle, Recovered};
use crate::telemetry::log;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A server that is about to take requests.
pub(super) struct Started<'a> {
    pub config: &'a Config,
    pub node: &'a Handle,
    pub recovered: Recovered,
    pub data_dir: &'a Path,
    pub address: SocketAddr,
    pub key_from: KeyFrom,
}

/// Where the operator's key comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyFrom {
    File,
    Environment,
    /// The instance that formed the cluster.
    Cluster,
}

impl Started<'_> {
    /// Says that the server runs, where, and how to go on: for people, or as a line of JSON where the log is such.
    pub(super) fn announce(&self) {
        let Recovered { replayed, last } = self.recovered;
        let (sale, wallet) = (&self.config.sale, &self.config.wallet);
        tracing::info!(
            version = VERSION,
            address = %self.address,
            data = %shown(self.data_dir).display(),
            time_zone = sale.time_zone.name(),
            currency = %wallet.currency,
            concerts = self.node.concert_count(),
            last_entry = last,
            replayed_entries = replayed,
            "started: {}",
            recovered(self.recovered)
        );
        if let Some(warning) = self.config.cluster().ok().flatten().and_then(|cluster| cluster.warning()) {
            tracing::warn!("{warning}");
        }
        output::print(&match self.config.log.format {
            LogFormat::Text => self.text(),
            LogFormat::Json => self.json(),
        });
    }

    fn text(&self) -> String {
        let (link, key, currency) = (self.link(), self.key(), self.config.wallet.currency);
        let mut text = format!(
            "jari {VERSION} listens on {}\n  try it out    {link}/docs\n  data          {}\n  operator key  {key}\n  \
             currency      {currency} (amounts count {})\n  time zone     {} (sale.time_zone)\n",
            self.listens(),
            shown(self.data_dir).display(),
            currency::smallest_unit(currency),
            self.config.sale.time_zone.name(),
        );
        let open = self.config.open_settings();
        if !open.is_empty() {
            text.push_str(&format!(
                "  open settings {} (for trying out: anyone who reaches it can act for any user)\n",
                open.join(", ")
            ));
        }
        let first_step = if self.has_demo() {
            text.push_str(&format!("  demo concert  {link}/api/v1/concerts/{}\n", demo::ID));
            format!("curl {link}/api/v1/concerts/{}", demo::ID)
        } else {
            format!("curl {link}/api/v1/concerts")
        };
        text.push_str(&format!("  go on with    {first_step}\n"));
        text
    }

    fn json(&self) -> String {
        let fields = json!({
            "version": VERSION,
            "address": self.address.to_string(),
            "docs": format!("{}/docs", self.link()),
            "data": shown(self.data_dir).display().to_string(),
            "operatorKey": self.key(),
            "timeZone": self.config.sale.time_zone.name(),
            "currency": self.config.wallet.currency.to_string(),
            "openSettings": self.config.open_settings(),
        });
        let serde_json::Value::Object(fields) = fields else { unreachable!("it was written as an object") };
        log::json_line("INFO", &format!("jari {VERSION} listens on {}", self.listens()), fields)
    }

    fn has_demo(&self) -> bool {
        ConcertId::parse(demo::ID).is_some_and(|demo| self.node.public_concert_no(&demo).is_some())
    }

    /// The beginning of an address that a browser can follow.
    fn link(&self) -> String {
        self.config.server.url(self.address)
    }

    /// Where it listens, and what it speaks there.
    fn listens(&self) -> String {
        format!("{}://{}", self.config.server.scheme(), self.address)
    }

    fn key(&self) -> String {
        match self.key_from {
            KeyFrom::Environment => format!("from {OPERATOR_KEY_VARIABLE}"),
            KeyFrom::Cluster => format!("that of the cluster, in {OPERATOR_KEY_FILE} of the instance that formed it"),
            KeyFrom::File => shown(self.data_dir).join(OPERATOR_KEY_FILE).display().to_string(),
        }
    }
}

/// What the start found, in words.
fn recovered(recovered: Recovered) -> String {
    match recovered {
        Recovered { last: 0, .. } => "the data is new".to_owned(),
        Recovered { replayed: 0, last } => format!("the database holds all {last} entries of the log"),
        Recovered { replayed, last } => {
            format!(
                "{replayed} entries were replayed from the log, up to entry {last}; nothing that was answered is lost"
            )
        }
    }
}

/// The whole path of a folder that exists.
fn shown(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Recovered, recovered};

    #[test]
    fn what_was_recovered_is_told_in_words() {
        assert_eq!(recovered(Recovered { replayed: 0, last: 0 }), "the data is new");
        assert_eq!(recovered(Recovered { replayed: 0, last: 7 }), "the database holds all 7 entries of the log");
        assert!(recovered(Recovered { replayed: 3, last: 7 }).starts_with("3 entries were replayed"));
    }
}
