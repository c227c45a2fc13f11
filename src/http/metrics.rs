//! The figures that are read off the server when somebody asks for them, beside those that are kept. It reads the node
//! and changes nothing.

use std::time::Duration;

use crate::domain::{ConcertId, DateStats, Stats};
use crate::http::app::App;
use crate::http::authentication::Keys;
use crate::http::cluster_metrics;
use crate::telemetry::metrics::{
    CLOCK_CORRECTIONS, CLOCK_OFFSET_SECONDS, COMMANDS_WAITING, DATA_DIR_FREE_BYTES, Metrics, OVERLAY_ROWS,
    QUEUE_PLACES, SEATS, UPTIME_SECONDS,
};

/// How often the histograms take in what was recorded.
const UPKEEP: Duration = Duration::from_secs(5);

/// Keeps the histograms small for as long as the server runs, and tells of wrong keys that were kept back.
pub async fn keep_up(metrics: Metrics, keys: Keys) {
    let mut interval = tokio::time::interval(UPKEEP);
    loop {
        interval.tick().await;
        metrics.keep_up();
        keys.tell_wrong();
    }
}

/// Everything that is measured, in the text format of Prometheus.
pub async fn render(app: &App) -> String {
    let mut text = app.metrics.render();
    let load = app.node.load();
    UPTIME_SECONDS.write(&mut text, app.started.elapsed().as_secs());
    COMMANDS_WAITING.write(&mut text, load.channel_depth);
    OVERLAY_ROWS.write(&mut text, load.overlay_rows);
    if let Some(bytes) = app.node.free_space().bytes {
        DATA_DIR_FREE_BYTES.write(&mut text, bytes);
    }
    let clock = app.node.clock_state();
    CLOCK_OFFSET_SECONDS.write(&mut text, clock.offset.0 as f64 / 1_000.0);
    CLOCK_CORRECTIONS.write(&mut text, clock.corrections);
    if let Some(status) = app.node.cluster_status().await {
        cluster_metrics::write(&mut text, &status);
    }
    let mut places = String::new();
    let mut seats = String::new();
    for (concert, stats) in app.node.open_stats() {
        concert_samples(&concert, stats, &mut places, &mut seats);
    }
    QUEUE_PLACES.write_head(&mut text);
    text.push_str(&places);
    SEATS.write_head(&mut text);
    text.push_str(&seats);
    text
}

fn concert_samples(concert: &ConcertId, stats: Stats, places: &mut String, seats: &mut String) {
    // Concert ids and dates are made of letters, digits and dashes, so no label needs escaping.
    for (state, count) in [("waiting", stats.waiting), ("active", stats.active)] {
        QUEUE_PLACES.write_sample(places, &format!("{{concert=\"{concert}\",state=\"{state}\"}}"), count);
    }
    for DateStats { date, free, held, sold, blocked, .. } in stats.dates {
        for (state, count) in [("free", free), ("held", held), ("sold", sold), ("blocked", blocked)] {
            let labels = format!("{{concert=\"{concert}\",date=\"{date}\",state=\"{state}\"}}");
            SEATS.write_sample(seats, &labels, count);
        }
    }
}
