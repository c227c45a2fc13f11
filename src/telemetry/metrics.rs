//! The metrics of the server: the one list of their names, of what each is and of what it tells. Whatever is measured
//! anywhere is named by a constant of this list.

mod list;
mod metric;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

pub use list::*;
pub use metric::{Kind, Metric};

/// The metrics that are kept in this process; cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to keep metrics; done once in a process.
    ///
    /// # Errors
    /// When metrics are kept already.
    pub fn start() -> Result<Self, BuildError> {
        let mut builder = PrometheusBuilder::new();
        for metric in all() {
            if let Kind::Histogram { bounds } = metric.kind {
                builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds)?;
            }
        }
        let handle = builder.install_recorder()?;
        all().for_each(Metric::describe);
        metrics::gauge!(BUILD_INFO.name, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        process().describe();
        Ok(Self(handle))
    }

    /// Everything that is kept, in the text format of Prometheus.
    pub fn render(&self) -> String {
        process().collect();
        self.0.render()
    }

    /// Takes in what was recorded; without it histograms grow for as long as nobody asks for them.
    pub fn keep_up(&self) {
        self.0.run_upkeep();
    }
}

/// The figures of the process: memory, processor time, open files.
fn process() -> metrics_process::Collector {
    metrics_process::Collector::default()
}
