//! Exchanges: a request of HTTP/2 and its answer, of which a connection has many at once. Each is counted from its head to
//! the last byte of its answer that the library has taken, and has a task of its own, which ends with it. One whose client
//! takes nothing of its answer is given up, and the others of the connection go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::rt::Executor;
use tokio::time::{Instant, sleep};

use crate::http::server::connection::Connection;

/// Stands for "nothing was offered" where else the milliseconds stand.
const NOTHING: u64 = u64::MAX;

tokio::task_local! {
    /// How far the answer is taken whose exchange this task is.
    static DELIVERY: Arc<Delivery>;
}

/// Runs the exchanges of a connection, each as a task.
#[derive(Clone)]
pub(super) struct Exchanges {
    /// How long a client may take nothing of an answer.
    pub patience: Duration,
}

impl<F> Executor<F> for Exchanges
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, exchange: F) {
        let (delivery, patience) = (Arc::new(Delivery::new()), self.patience);
        let watched = Arc::clone(&delivery);
        tokio::spawn(DELIVERY.scope(delivery, async move {
            tokio::select! {
                biased;
                () = exchange => {}
                // The library resets a stream whose task is dropped.
                () = watched.stalled(patience) => {}
            }
        }));
    }
}

/// An exchange that is counted for as long as this is there.
pub(super) struct Exchange(Arc<Connection>);

impl Exchange {
    pub(super) fn begin(connection: Arc<Connection>) -> Self {
        connection.begin_exchange();
        Self(connection)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.end_exchange();
    }
}

/// How far the client takes an answer.
#[derive(Debug)]
pub(super) struct Delivery {
    begun: Instant,
    /// Milliseconds after `begun` at which a piece was offered that is not taken yet.
    offered_ms: AtomicU64,
}

impl Delivery {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), offered_ms: AtomicU64::new(NOTHING) }
    }

    /// That of the exchange whose task this is; one that nobody watches elsewhere.
    pub(super) fn of_this_task() -> Arc<Self> {
        DELIVERY.try_with(Arc::clone).unwrap_or_else(|_| Arc::new(Self::new()))
    }

    /// A piece of the answer is offered to the client.
    pub(super) fn note_offer(&self) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).expect("no exchange lasts for so many years");
        self.offered_ms.store(now, Ordering::Relaxed);
    }

    /// There was room for all that was offered.
    pub(super) fn note_taken(&self) {
        self.offered_ms.store(NOTHING, Ordering::Relaxed);
    }

    /// Waits until the client has taken nothing of what it was offered for so long.
    async fn stalled(&self, patience: Duration) {
        let mut wait = patience;
        while wait > Duration::ZERO {
            sleep(wait).await;
            wait = match self.offered_ms.load(Ordering::Relaxed) {
                NOTHING => patience,
                offered_ms => patience.saturating_sub(self.begun.elapsed() - Duration::from_millis(offered_ms)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep, timeout};

    use super::Delivery;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_given_up_when_nothing_of_it_was_taken_for_so_long() {
        let delivery = Delivery::new();
        let waits = timeout(10 * PATIENCE, delivery.stalled(PATIENCE)).await;
        assert!(waits.is_err(), "the server is at work");
        let begun = Instant::now();
        delivery.note_offer();
        let taking = async {
            sleep(PATIENCE - Duration::from_secs(1)).await;
            delivery.note_taken();
            delivery.note_offer();
        };
        tokio::join!(taking, delivery.stalled(PATIENCE));
        assert_eq!(begun.elapsed(), 2 * PATIENCE - Duration::from_secs(1), "since the last piece was taken");
    }
}
