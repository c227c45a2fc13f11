//! One metric: how it is described, recorded, and written in the text format of Prometheus.

use std::fmt::{Display, Write};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// A metric of the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// What it tells, for people.
    pub help: &'static str,
}

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many samples were at most so large, for each of the `bounds`.
    Histogram { bounds: &'static [f64] },
}

impl Metric {
    /// Counts `by` more.
    pub fn increment(&self, by: u64) {
        debug_assert_eq!(self.kind, Kind::Counter, "{} is counted", self.name);
        counter!(self.name).increment(by);
    }

    /// Shows a count that begins, so that the first one is seen as a change.
    pub fn begin(&self) {
        self.increment(0);
    }

    /// Moves a gauge up, or down by less than nothing.
    pub fn move_by(&self, by: f64) {
        debug_assert_eq!(self.kind, Kind::Gauge, "{} is moved", self.name);
        gauge!(self.name).increment(by);
    }

    /// Records a sample.
    pub fn record(&self, sample: f64) {
        debug_assert!(matches!(self.kind, Kind::Histogram { .. }), "{} is recorded", self.name);
        histogram!(self.name).record(sample);
    }

    /// Tells the recorder what it is.
    pub(super) fn describe(&self) {
        match self.kind {
            Kind::Counter => describe_counter!(self.name, self.help),
            Kind::Gauge => describe_gauge!(self.name, self.help),
            Kind::Histogram { .. } => describe_histogram!(self.name, self.help),
        }
    }

    /// Writes the lines that stand before the samples of a metric which is read only when somebody asks.
    pub fn write_head(&self, text: &mut String) {
        let kind = match self.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram { .. } => "histogram",
        };
        let Self { name, help, .. } = self;
        writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}").expect("a text takes all that is written");
    }

    /// Writes one sample; `labels` are in braces, or nothing.
    pub fn write_sample(&self, text: &mut String, labels: &str, value: impl Display) {
        writeln!(text, "{}{labels} {value}", self.name).expect("a text takes all that is written");
    }

    /// Writes a metric that has one sample.
    pub fn write(&self, text: &mut String, value: impl Display) {
        self.write_head(text);
        self.write_sample(text, "", value);
    }
}
