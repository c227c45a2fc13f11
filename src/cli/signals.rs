//! The signals that a serving process takes. None of them ends it but by way of a stop in good order.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To stop: SIGTERM, SIGQUIT, Ctrl-C.
    Stop,
    /// To read the settings again: SIGHUP, also of a terminal that was closed.
    Reread,
}

/// Signals that are caught from now on, and for as long as the process runs.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
    user_defined: [Signal; 2],
}

impl Signals {
    /// # Errors
    /// The system's.
    pub fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
            user_defined: [signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?],
        })
    }

    /// The next wish; signals without a meaning are passed over.
    pub async fn next(&mut self) -> Wish {
        let [one, two] = &mut self.user_defined;
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return Wish::Stop,
                _ = self.interrupt.recv() => return Wish::Stop,
                _ = self.quit.recv() => return Wish::Stop,
                _ = self.hang_up.recv() => return Wish::Reread,
                _ = one.recv() => tracing::debug!("SIGUSR1 means nothing here"),
                _ = two.recv() => tracing::debug!("SIGUSR2 means nothing here"),
            }
        }
    }
}
