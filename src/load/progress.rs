//! The live line on standard error; there is none when nobody looks at a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const STYLE: &str = "{elapsed:>5} {wide_bar} {percent:>3}%  {msg}";

/// A line that tells how far things are.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template(STYLE).expect("the template is well-formed");
        Self(ProgressBar::new(0).with_style(style))
    }

    /// Begins something of `steps` steps.
    pub(crate) fn begin(&self, what: &str, steps: u64) {
        self.0.reset();
        self.0.set_length(steps);
        self.0.set_message(what.to_owned());
    }

    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }

    /// How far a run is, and what it has counted.
    pub(crate) fn show(&self, passed: Duration, message: String) {
        self.0.set_position(passed.as_millis() as u64);
        self.0.set_message(message);
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
