//! The log of the process: its form, its level, and where it goes. A log that nobody can read any more (a closed
//! terminal, a pipe without a reader) is no reason to end.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use serde_json::{Map, Value, json};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, reload};

use crate::config::{Log, LogFormat};

/// Changes the level of the log while the process runs.
pub struct LogLevel(reload::Handle<Targets, Registry>);

/// The consensus library, which tells each of its steps.
const CONSENSUS: &str = "openraft";

impl LogLevel {
    pub fn set(&self, level: tracing::Level) {
        self.0.reload(filter(level)).expect("the log lives as long as the process");
    }
}

/// What is told at a level. Of the steps of the consensus library what matters to people is told by whoever runs it; the
/// library itself calls each message an error that another instance does not take, ten a second while one is down.
fn filter(level: tracing::Level) -> Targets {
    let of_library = match level {
        tracing::Level::TRACE => LevelFilter::TRACE,
        tracing::Level::DEBUG => LevelFilter::ERROR,
        tracing::Level::INFO | tracing::Level::WARN | tracing::Level::ERROR => LevelFilter::OFF,
    };
    Targets::new().with_default(level).with_target(CONSENSUS, of_library)
}

/// Sends the log to standard error, as the settings say; done once in a process.
pub fn start(log: &Log) -> LogLevel {
    let (level, handle) = reload::Layer::new(filter(log.level));
    // What could not be written is not told either: telling it would end the thread where standard error is closed.
    let lines =
        tracing_subscriber::fmt::layer().with_target(false).with_writer(std::io::stderr).log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(level);
    match log.format {
        LogFormat::Text => registry.with(lines.with_ansi(std::io::stderr().is_terminal())).init(),
        LogFormat::Json => {
            registry.with(lines.with_ansi(false).json().flatten_event(true)).init();
            std::panic::set_hook(Box::new(log_panic));
        }
    }
    LogLevel(handle)
}

/// A panic as one line of the log.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let what = info.payload_as_str().unwrap_or("without a message");
    tracing::error!(thread = thread.name().unwrap_or_default(), place, "panicked: {what}");
}

/// A line in the form of the log's JSON, whatever its level is set to.
pub fn json_line(level: &str, message: &str, fields: Map<String, Value>) -> String {
    let mut line = Map::new();
    line.insert("timestamp".to_owned(), json!(chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)));
    line.insert("level".to_owned(), json!(level));
    line.insert("message".to_owned(), json!(message));
    line.extend(fields);
    format!("{}\n", Value::Object(line))
}
