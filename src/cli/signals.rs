//! The signals that a serving process takes. None of them ends it by itself.

use std::io;
use std::pin::pin;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::EXIT_FAILURE;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To stop: SIGTERM, SIGQUIT.
    Stop,
    /// To stop, and at once when it comes while the process stops: Ctrl-C.
    Interrupt,
    /// To read the settings again: SIGHUP, also of a terminal that was closed.
    Reread,
}

/// Signals that are caught from now on, and for as long as the process runs.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hang_up: Signal,
    user_defined: [Signal; 2],
    /// What was asked for when nothing could be done about it yet.
    pending: Option<Wish>,
}

impl Signals {
    /// # Errors
    /// The system's.
    pub(super) fn catch() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hang_up: signal(SignalKind::hangup())?,
            user_defined: [signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?],
            pending: None,
        })
    }

    /// The next wish; signals without a meaning are passed over.
    pub(super) async fn next(&mut self) -> Wish {
        match self.pending.take() {
            Some(wish) => wish,
            None => self.received().await,
        }
    }

    /// Waits for a start. A stop that is asked for meanwhile comes with the next wish, or at once by a second Ctrl-C.
    pub(super) async fn during<T>(&mut self, start: impl Future<Output = T>) -> T {
        let mut start = pin!(start);
        loop {
            let wish = tokio::select! {
                started = &mut start => return started,
                wish = self.received() => wish,
            };
            match (self.pending, wish) {
                (Some(Wish::Stop | Wish::Interrupt), Wish::Interrupt) => end_at_once(),
                (Some(Wish::Stop | Wish::Interrupt), Wish::Stop | Wish::Reread) => {}
                (None | Some(Wish::Reread), Wish::Reread) => self.pending = Some(wish),
                (None | Some(Wish::Reread), Wish::Stop | Wish::Interrupt) => {
                    tracing::info!("stopping when the data is open; a second Ctrl-C ends at once");
                    self.pending = Some(wish);
                }
            }
        }
    }

    /// Waits for a start that nothing depends on yet: a stop that is asked for meanwhile ends the process.
    pub(super) async fn ending<T>(&mut self, start: impl Future<Output = T>) -> T {
        let mut start = pin!(start);
        loop {
            let wish = tokio::select! {
                started = &mut start => return started,
                wish = self.received() => wish,
            };
            match wish {
                Wish::Reread => self.pending = Some(wish),
                Wish::Stop | Wish::Interrupt => end_at_once(),
            }
        }
    }

    /// Ends the process when Ctrl-C comes while it stops.
    pub(super) async fn end_at_interrupt(mut self) {
        while self.next().await != Wish::Interrupt {}
        end_at_once()
    }

    async fn received(&mut self) -> Wish {
        let [one, two] = &mut self.user_defined;
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return Wish::Stop,
                _ = self.interrupt.recv() => return Wish::Interrupt,
                _ = self.quit.recv() => return Wish::Stop,
                _ = self.hang_up.recv() => return Wish::Reread,
                _ = one.recv() => tracing::debug!("SIGUSR1 means nothing here"),
                _ = two.recv() => tracing::debug!("SIGUSR2 means nothing here"),
            }
        }
    }
}

/// Nothing that was answered is lost: the log has it, and the next start goes on from there as after a crash.
fn end_at_once() -> ! {
    tracing::warn!(
        "ended at once by Ctrl-C: what was under way is cut off; nothing that was answered is lost, and the next \
         start recovers it from the log"
    );
    std::process::exit(EXIT_FAILURE.into());
}
