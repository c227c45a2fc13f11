//! The part of this instance that is on its way into the log which several order, and who waits for it.

use parking_lot::Mutex;
use tokio::sync::watch;

use super::waiters::{Sweeping, Waiters};
use crate::domain::{OriginRow, PartOrigin};

/// The part that is under way; there is one at a time.
#[derive(Default)]
pub(super) struct UnderWay {
    state: Mutex<State>,
    /// Something was applied, or the end has come.
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    waiting: Option<(PartOrigin, Waiters)>,
    /// How far this instance had come behind the newest entry.
    reached: OriginRow,
    sweeping: Sweeping,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Running,
    Stopping,
}

/// The instance stops: what it waits for may come or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopping;

impl UnderWay {
    /// Notes who waits for a part that is about to be proposed.
    pub(super) fn put(&self, part: PartOrigin, waiters: Waiters) {
        self.state.lock().waiting = Some((part, waiters));
    }

    /// Who waits for a part that is applied now.
    pub(super) fn take(&self, part: PartOrigin) -> Option<Waiters> {
        self.take_if(|waiting| waiting == part)
    }

    /// Who waits for a part that lies within what was reached, without having been told.
    pub(super) fn take_through(&self, reached: OriginRow) -> Option<Waiters> {
        self.take_if(|waiting| has_reached(reached, waiting))
    }

    /// Who waits for whatever is under way.
    pub(super) fn take_any(&self) -> Option<Waiters> {
        self.take_if(|_| true)
    }

    fn take_if(&self, is_it: impl FnOnce(PartOrigin) -> bool) -> Option<Waiters> {
        let mut state = self.state.lock();
        let taken = state.waiting.take_if(|(waiting, _)| is_it(*waiting));
        taken.map(|(_, waiters)| waiters)
    }

    /// Notes that an entry was applied, behind which this instance has come so far, and whether a sweep has left rows.
    pub(super) fn note_applied(&self, reached: OriginRow, sweeping: Sweeping) {
        let mut state = self.state.lock();
        state.reached = reached;
        if sweeping == Sweeping::MoreDue {
            state.sweeping = sweeping;
        }
        drop(state);
        self.changed.send_replace(());
    }

    /// Whether a sweep has left rows since it was last asked.
    pub(super) fn take_sweeping(&self) -> Sweeping {
        std::mem::take(&mut self.state.lock().sweeping)
    }

    /// Waits until the entry with a part is applied.
    ///
    /// # Errors
    /// The end has come before.
    pub(super) async fn wait_for(&self, part: PartOrigin) -> Result<(), Stopping> {
        self.wait(|state| has_reached(state.reached, part)).await
    }

    /// Waits until `is_reached` says so, which is asked whenever an entry was applied.
    ///
    /// # Errors
    /// The end has come before.
    pub(super) async fn wait_until(&self, is_reached: impl Fn() -> bool) -> Result<(), Stopping> {
        self.wait(|_| is_reached()).await
    }

    async fn wait(&self, is_over: impl Fn(&State) -> bool) -> Result<(), Stopping> {
        let mut changed = self.changed.subscribe();
        loop {
            if let Some(end) = self.state.lock().end(&is_over) {
                return end;
            }
            changed.changed().await.expect("the sender is here");
        }
    }

    /// Lets nobody wait any more.
    pub(super) fn stop(&self) {
        self.state.lock().phase = Phase::Stopping;
        self.changed.send_replace(());
    }
}

impl State {
    /// How a wait ends now, if it does.
    fn end(&self, is_over: impl Fn(&Self) -> bool) -> Option<Result<(), Stopping>> {
        match self.phase {
            _ if is_over(self) => Some(Ok(())),
            Phase::Stopping => Some(Err(Stopping)),
            Phase::Running => None,
        }
    }
}

fn has_reached(reached: OriginRow, part: PartOrigin) -> bool {
    reached.incarnation == part.incarnation && reached.number >= part.number
}
