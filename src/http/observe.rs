//! How the server is watched from outside: one log line a request, and the metrics in the text format
//! of Prometheus. It reads the node and changes nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::{Extensions, Method, StatusCode};
use metrics::{Counter, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::wrong_keys::WRONG_KEYS;
use super::{App, OperatorKey};
use crate::domain::{DateStats, Sale, Timestamp};

/// Connections open now.
pub(super) const CONNECTIONS: &str = "jari_connections";
const REQUESTS: &str = "jari_requests_total";
const REQUEST_SECONDS: &str = "jari_request_seconds";

/// Upper bounds of the latency histograms: from a read out of memory to the longest time that a request may take.
const SECONDS_BUCKETS: [f64; 15] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Upper bounds of the histogram of commands in a batch.
const BATCH_BUCKETS: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0];
/// How often the histograms take in what was recorded, so that they do not grow while nobody asks for them.
const UPKEEP_SECONDS: u64 = 5;

/// The route in metrics of a request that no route took.
const UNMATCHED: &str = "unmatched";

/// Where it is noted which route took a request, and whether it was the operator's; it travels with the request, so that
/// it is known even when the handler never answers.
#[derive(Clone, Debug, Default)]
pub struct Route(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    matched: OnceLock<MatchedPath>,
    by_operator: AtomicBool,
}

/// One request that was answered.
pub(super) struct Seen<'a> {
    pub method: &'a Method,
    /// Its template bounds the number of series.
    pub route: &'a Route,
    pub path: &'a str,
    pub id: &'a str,
    pub status: StatusCode,
    pub took: Duration,
    /// Why the answer is 500.
    pub fault: Option<&'a str>,
}

impl Route {
    /// Notes which route took a request, in the note that the request carries. Whoever reads a request does it, rather than a
    /// layer around every route, which would cost each request some allocations.
    pub fn note(extensions: &mut Extensions) -> Self {
        let route: Self = extensions.remove().unwrap_or_default();
        if let Some(matched) = extensions.get::<MatchedPath>() {
            // A request is read once.
            let _ = route.0.matched.set(matched.clone());
        }
        route
    }

    /// Notes that the operator sent the request.
    pub fn note_operator(&self) {
        self.0.by_operator.store(true, Ordering::Relaxed);
    }

    pub fn is_operators(&self) -> bool {
        self.0.by_operator.load(Ordering::Relaxed)
    }

    /// The template of the route.
    pub fn name(&self) -> &str {
        self.0.matched.get().map_or(UNMATCHED, MatchedPath::as_str)
    }
}

/// Begins to keep metrics; done once in a process.
///
/// # Errors
/// When metrics are kept already.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full("jari_batch_commands".to_owned()), &BATCH_BUCKETS)?
        .install_recorder()?;
    describe_counter!(REQUESTS, "Requests that were answered, by route and status.");
    describe_histogram!(REQUEST_SECONDS, "Seconds until the head of an answer was made, by route.");
    describe_histogram!("jari_batch_commands", "Commands in one log entry.");
    describe_histogram!("jari_commit_seconds", "Seconds until a log entry was on the disk.");
    describe_counter!("jari_log_bytes_total", "Bytes that were appended to the log.");
    describe_histogram!("jari_table_commit_seconds", "Seconds of one transaction of the database.");
    describe_gauge!(CONNECTIONS, "Connections open now.");
    describe_counter!(WRONG_KEYS, "Requests with a wrong operator key.");
    describe_gauge!("jari_build_info", "1, with the version of the running server.");
    gauge!("jari_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    process().describe();
    Ok(handle)
}

/// Keeps the histograms small for as long as the server runs, and tells of wrong keys that were kept back.
pub async fn keep_up(metrics: PrometheusHandle, operator_key: OperatorKey) {
    let mut interval = tokio::time::interval(Duration::from_secs(UPKEEP_SECONDS));
    loop {
        interval.tick().await;
        metrics.run_upkeep();
        operator_key.tell_wrong();
    }
}

/// The series of one kind of answer, found once a thread: looking them up by their labels costs as much as a small
/// answer.
struct Series {
    answered: Counter,
    seconds: Histogram,
}

/// The kinds of answers of one route.
type RouteSeries = HashMap<(&'static str, StatusCode), Series>;

thread_local! {
    static SERIES: RefCell<HashMap<String, RouteSeries>> = RefCell::default();
}

impl Series {
    fn new(method: &'static str, route: &str, status: StatusCode) -> Self {
        let labels = [("method", method.to_owned()), ("route", route.to_owned())];
        let seconds = histogram!(REQUEST_SECONDS, &labels);
        let status = status.as_str().to_owned();
        let answered = counter!(REQUESTS, "method" => method, "route" => route.to_owned(), "status" => status);
        Self { answered, seconds }
    }
}

/// Counts a request and writes its line into the log.
pub(super) fn request(seen: &Seen<'_>) {
    let Seen { method, route, path, id, status, took, fault } = seen;
    let by_operator = route.is_operators() && !method.is_safe();
    let route = route.name();
    let method = known_method(method);
    SERIES.with_borrow_mut(|all| {
        // A name is copied only when it is new.
        if !all.contains_key(route) {
            all.insert(route.to_owned(), RouteSeries::default());
        }
        let of_route = all.get_mut(route).expect("just put there");
        let series = of_route.entry((method, *status)).or_insert_with(|| Series::new(method, route, *status));
        series.seconds.record(took.as_secs_f64());
        series.answered.increment(1);
    });
    let status = status.as_u16();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    match fault {
        Some(fault) => tracing::error!(request_id = id, method, path, status, took_us, "request failed: {fault}"),
        None if by_operator => {
            tracing::info!(request_id = id, status, took_us, "the operator asked for {method} {path}");
        }
        None => tracing::debug!(request_id = id, method, path, status, took_us, "request answered"),
    }
}

/// The method for metrics; a client can make up any number of others.
fn known_method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|known| method.as_str() == *known).unwrap_or("other")
}

/// Everything that is measured, in the text format of Prometheus.
pub fn render(app: &App) -> String {
    process().collect();
    let mut text = app.metrics.render();
    let load = app.node.load();
    gauge_head(&mut text, "jari_uptime_seconds", "Seconds since the server started.");
    sample(&mut text, "jari_uptime_seconds", "", app.started.elapsed().as_secs());
    gauge_head(&mut text, "jari_commands_waiting", "Commands that wait for the writer.");
    sample(&mut text, "jari_commands_waiting", "", load.channel_depth);
    gauge_head(&mut text, "jari_overlay_rows", "Rows that are in the log and not yet in the database.");
    sample(&mut text, "jari_overlay_rows", "", load.overlay_rows);
    if let Some(bytes) = app.node.free_space().bytes {
        gauge_head(&mut text, "jari_data_dir_free_bytes", "Bytes that are free on the disk of the data folder.");
        sample(&mut text, "jari_data_dir_free_bytes", "", bytes);
    }
    let clock = app.node.clock_state();
    gauge_head(
        &mut text,
        "jari_clock_offset_seconds",
        "By how much the wall clock is ahead of the time that durations run on.",
    );
    sample(&mut text, "jari_clock_offset_seconds", "", clock.offset.0 as f64 / 1_000.0);
    counter_head(&mut text, "jari_clock_corrections_total", "How often the wall clock was found to have been set.");
    sample(&mut text, "jari_clock_corrections_total", "", clock.corrections);
    let now = app.node.now();
    let mut places = String::new();
    let mut seats = String::new();
    app.node.read(|state| {
        state.open(now).for_each(|sale| concert_samples(sale, now, &mut places, &mut seats));
    });
    gauge_head(&mut text, "jari_queue_places", "Live queue places, by concert and state.");
    text.push_str(&places);
    gauge_head(&mut text, "jari_seats", "Seats, by concert, date and state.");
    text.push_str(&seats);
    text
}

/// The figures of the process: memory, processor time, open files.
fn process() -> metrics_process::Collector {
    metrics_process::Collector::default()
}

fn gauge_head(text: &mut String, name: &str, help: &str) {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge").expect("a text takes all that is written");
}

fn counter_head(text: &mut String, name: &str, help: &str) {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter").expect("a text takes all that is written");
}

fn sample(text: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    writeln!(text, "{name}{labels} {value}").expect("a text takes all that is written");
}

fn concert_samples(sale: &Sale, now: Timestamp, places: &mut String, seats: &mut String) {
    // Concert ids and dates are made of letters, digits and dashes, so no label needs escaping.
    let concert = sale.id();
    let stats = sale.stats(now);
    for (state, count) in [("waiting", stats.waiting), ("active", stats.active)] {
        sample(places, "jari_queue_places", &format!("{{concert=\"{concert}\",state=\"{state}\"}}"), count);
    }
    for DateStats { date, free, held, sold, .. } in stats.dates {
        for (state, count) in [("free", free), ("held", held), ("sold", sold)] {
            let labels = format!("{{concert=\"{concert}\",date=\"{date}\",state=\"{state}\"}}");
            sample(seats, "jari_seats", &labels, count);
        }
    }
}
