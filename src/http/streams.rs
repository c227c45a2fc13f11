//! The open streams of queue places: a place has a few, and the newest win. A phone that changes its network opens a new
//! stream while the server does not know yet that the old one is dead, so refusing the new one would punish the living
//! for the dead. It knows nothing of what is streamed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::DashMap;
use tokio::sync::Notify;

use crate::domain::{ConcertNo, PlaceRef, Sequence};
use crate::http::server::connection::Connection;

/// Streams of one place at once: two tabs, or two devices.
pub(super) const STREAMS_A_PLACE: usize = 2;

type Place = (ConcertNo, Sequence);

/// All open streams of places; cheap to clone.
#[derive(Clone, Default)]
pub struct Streams(Arc<Shared>);

#[derive(Default)]
struct Shared {
    open: DashMap<Place, Vec<Entry>>,
    next: AtomicU64,
}

struct Entry {
    id: u64,
    connection: Arc<Connection>,
    replaced: Arc<Notify>,
}

/// One open stream; it is closed when dropped.
pub struct OpenStream {
    streams: Streams,
    place: Place,
    id: u64,
    replaced: Arc<Notify>,
}

impl Streams {
    /// Opens a stream of a place. When there are as many as may be, another one ends: one whose client has ended
    /// its side if there is one, else the oldest.
    pub fn open(&self, place_ref: PlaceRef, connection: Arc<Connection>) -> OpenStream {
        let place = (place_ref.concert, place_ref.sequence);
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let replaced = Arc::new(Notify::new());
        let mut open = self.0.open.entry(place).or_default();
        if open.len() >= STREAMS_A_PLACE {
            let ended = open.iter().position(|entry| entry.connection.is_half_closed()).unwrap_or(0);
            open.remove(ended).replaced.notify_one();
        }
        open.push(Entry { id, connection, replaced: Arc::clone(&replaced) });
        drop(open);
        OpenStream { streams: self.clone(), place, id, replaced }
    }
}

impl OpenStream {
    /// Resolves when a newer stream takes its room.
    pub fn replaced(&self) -> impl Future<Output = ()> + Send + use<> {
        let replaced = Arc::clone(&self.replaced);
        async move { replaced.notified().await }
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let open = &self.streams.0.open;
        if let Some(mut streams) = open.get_mut(&self.place) {
            streams.retain(|entry| entry.id != self.id);
        }
        open.remove_if(&self.place, |_, streams| streams.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;

    use super::{OpenStream, Streams};
    use crate::domain::{ConcertNo, PlaceRef, Sequence, UserId};
    use crate::http::Connection;

    fn is_replaced(stream: &OpenStream) -> bool {
        stream.replaced().now_or_never().is_some()
    }

    #[test]
    fn the_newest_two_streams_of_a_place_stay() {
        let streams = Streams::default();
        let of = |sequence| PlaceRef { concert: ConcertNo(1), sequence: Sequence(sequence), user: UserId(1) };
        let open = |sequence| streams.open(of(sequence), Arc::default());
        let (first, second, other) = (open(1), open(1), open(2));
        let third = open(1);
        assert_eq!([&first, &second, &third, &other].map(is_replaced), [true, false, false, false]);
        drop(first);
        drop(third);
        let fourth = open(1);
        assert_eq!([&second, &fourth].map(is_replaced), [false, false], "one had gone");
        drop((second, fourth, other));
        assert!(streams.0.open.is_empty(), "nothing is left behind");
    }

    #[test]
    fn a_stream_whose_client_ended_its_side_goes_first() {
        let streams = Streams::default();
        let place_ref = PlaceRef { concert: ConcertNo(1), sequence: Sequence(1), user: UserId(1) };
        let gone = Arc::<Connection>::default();
        let (first, second) = (streams.open(place_ref, Arc::default()), streams.open(place_ref, Arc::clone(&gone)));
        gone.note_half_close();
        let third = streams.open(place_ref, Arc::default());
        assert_eq!([&first, &second, &third].map(is_replaced), [false, true, false]);
    }
}
