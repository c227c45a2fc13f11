//! What an instance answers to the messages of the consensus library on others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use openraft::{Raft, Snapshot, Vote};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::convert::snapshot_meta;
use super::messages::{
    MessageError, decode_append, decode_snapshot_vote, decode_vote, encode_appended, encode_installed, encode_reached,
    encode_voted, reached_of_digits,
};
use super::network::{
    APPEND_PATH, BEHIND_HEADER, NO_ROOM, REACHED_PATH, SNAPSHOT_PATH, TABLES_PATH, VOTE_HEADER, VOTE_PATH, blocks,
};
use super::types::{SnapshotRows, Types};
use crate::blocking;
use crate::cluster::link::{BodyError, LinkBody, ReadError, Traffic, read, whole};
use crate::domain::NodeId;
use crate::storage::codec::DecodeError;
use crate::storage::{Disk, Reached, ReceivedSnapshot, ReceivingSnapshot, SnapshotError, Store};
use crate::telemetry::metrics::{SNAPSHOT_BYTES_RECEIVED, SNAPSHOTS_RECEIVED};

/// How long what came of a snapshot stays when nothing more comes: longer than its sender is able to go on.
const HELD: Duration = Duration::from_secs(60);

/// Answers the messages of the consensus library.
pub struct RaftAnswers<D: Disk> {
    raft: Raft<Types>,
    store: Store,
    /// That of the log, which takes snapshots in.
    disk: D,
    /// What came of a snapshot. It is locked while one is taken in and installed: there is one at a time.
    receiving: Arc<Mutex<Option<Held<D>>>>,
    /// Whether it was told that the disk has no room for a snapshot.
    told_no_room: AtomicBool,
}

/// What came of a snapshot, and when the newest of it came.
struct Held<D: Disk> {
    receiving: ReceivingSnapshot<D>,
    touched: Instant,
}

impl<D: Disk> Held<D> {
    fn begin(disk: D) -> Result<Self, SnapshotError> {
        Ok(Self { receiving: ReceivingSnapshot::begin(disk)?, touched: Instant::now() })
    }

    fn go_on(&mut self) {
        self.receiving.go_on();
        self.touched = Instant::now();
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.touched = Instant::now();
        SNAPSHOT_BYTES_RECEIVED.increment(bytes.len() as u64);
        self.receiving.push(bytes)
    }
}

/// Why a message is not answered.
#[derive(Debug, Error)]
enum Refusal {
    #[error("there is nothing at {0}")]
    UnknownPath(String),
    #[error("the message is not understood: {0}")]
    Malformed(String),
    #[error("the message did not arrive whole: {0}")]
    Incomplete(BodyError),
    #[error("this instance takes part in the log no more: {0}")]
    Stopped(String),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error("another snapshot is being taken in")]
    Receiving,
    #[error("what came of the snapshot are other blocks")]
    OtherBlocks,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath(_) => StatusCode::NOT_FOUND,
            Self::Malformed(_) | Self::Incomplete(_) => StatusCode::BAD_REQUEST,
            Self::OtherBlocks => StatusCode::CONFLICT,
            Self::Stopped(_) | Self::Receiving => StatusCode::SERVICE_UNAVAILABLE,
            Self::Snapshot(SnapshotError::NoRoom { .. }) => NO_ROOM,
            Self::Snapshot(
                SnapshotError::Io { .. }
                | SnapshotError::Damaged { .. }
                | SnapshotError::Format { .. }
                | SnapshotError::Missing
                | SnapshotError::Database(_)
                | SnapshotError::Row(_),
            ) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<MessageError> for Refusal {
    fn from(error: MessageError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl<D: Disk> RaftAnswers<D> {
    /// Over the library as it runs, the rows that it applies entries to, and the disk of its log.
    pub fn new(raft: Raft<Types>, store: Store, disk: D) -> Self {
        Self { raft, store, disk, receiving: Arc::default(), told_no_room: AtomicBool::new(false) }
    }

    /// Answers a message.
    pub async fn answer(&self, request: Request<Incoming>) -> Response<LinkBody> {
        let answered = match request.uri().path() {
            APPEND_PATH => self.append(request).await,
            VOTE_PATH => self.vote(request).await,
            SNAPSHOT_PATH => self.take_snapshot(request).await,
            REACHED_PATH => self.reached(),
            TABLES_PATH => match self.store.export() {
                Ok(export) => return Response::new(blocks(export)),
                Err(error) => Err(error.into()),
            },
            other => Err(Refusal::UnknownPath(other.to_owned())),
        };
        match answered {
            Ok(bytes) => Response::new(whole(bytes)),
            Err(refusal) => {
                self.note_room(Some(&refusal));
                let mut response = Response::new(whole(refusal.to_string()));
                *response.status_mut() = refusal.status();
                response
            }
        }
    }

    async fn append(&self, request: Request<Incoming>) -> Result<Bytes, Refusal> {
        let asked = decode_append(&read(request.into_body(), Traffic::Raft.body_bytes_max()).await?)?;
        let answer = self.raft.append_entries(asked).await.map_err(|error| Refusal::Stopped(error.to_string()))?;
        Ok(encode_appended(&answer))
    }

    async fn vote(&self, request: Request<Incoming>) -> Result<Bytes, Refusal> {
        let asked = decode_vote(&read(request.into_body(), Traffic::Raft.body_bytes_max()).await?)?;
        let answer = self.raft.vote(asked).await.map_err(|error| Refusal::Stopped(error.to_string()))?;
        Ok(encode_voted(&answer))
    }

    async fn take_snapshot(&self, request: Request<Incoming>) -> Result<Bytes, Refusal> {
        let mut held = Arc::clone(&self.receiving).try_lock_owned().map_err(|_| Refusal::Receiving)?;
        let vote = header(&request, VOTE_HEADER, decode_snapshot_vote)?;
        let vote = vote.ok_or_else(|| Refusal::Malformed(format!("a snapshot has its vote in {VOTE_HEADER}")))?;
        match (header(&request, BEHIND_HEADER, reached_of_digits)?, &mut *held) {
            (Some(behind), Some(held)) if held.receiving.reached() == behind => held.go_on(),
            (Some(_), _) => return Err(Refusal::OtherBlocks),
            (None, held) => {
                // What is there of another goes first.
                *held = None;
                *held = Some(Held::begin(self.disk.clone())?);
                self.forget_later();
            }
        }
        let mut body = request.into_body();
        // What came stays when the connection breaks, or whoever answers it is gone.
        while let Some(frame) = body.frame().await {
            if let Ok(bytes) = frame.map_err(|error| Refusal::Incomplete(error.into()))?.into_data() {
                let taken = held.as_mut().expect("it has begun").push(&bytes);
                if let Err(error) = taken {
                    *held = None;
                    return Err(error.into());
                }
            }
        }
        self.note_room(None);
        let Held { receiving, .. } = held.take().expect("it has begun");
        // Whoever sent it may go away: it is installed all the same, and no other is taken in meanwhile.
        let (raft, store) = (self.raft.clone(), self.store.clone());
        let installing = tokio::spawn(async move {
            let _one_at_a_time = held;
            install(&raft, vote, &store, receiving).await
        });
        installing.await.map_err(|error| Refusal::Stopped(error.to_string()))?
    }

    /// How much of a snapshot is there whose transfer broke off.
    fn reached(&self) -> Result<Bytes, Refusal> {
        let held = self.receiving.try_lock().map_err(|_| Refusal::Receiving)?;
        let reached = held.as_ref().map_or_else(Reached::default, |held| held.receiving.reached());
        Ok(encode_reached(&reached))
    }

    /// Removes what came of a snapshot when nothing more of it comes for a while.
    fn forget_later(&self) {
        let receiving = Arc::downgrade(&self.receiving);
        tokio::spawn(async move {
            loop {
                sleep(HELD).await;
                let Some(receiving) = receiving.upgrade() else { return };
                // While it is locked more of it comes.
                let Ok(mut held) = receiving.try_lock() else { continue };
                if held.as_ref().is_none_or(|held| held.touched.elapsed() >= HELD) {
                    *held = None;
                    return;
                }
            }
        });
    }

    /// Tells when the disk begins to have no room for a snapshot, and when it has again.
    fn note_room(&self, refusal: Option<&Refusal>) {
        match refusal {
            Some(Refusal::Snapshot(error @ SnapshotError::NoRoom { .. })) => {
                if !self.told_no_room.swap(true, Ordering::Relaxed) {
                    tracing::error!("this instance lacks what only a snapshot has, and cannot take one: {error}");
                }
            }
            Some(_) => {}
            None => {
                if self.told_no_room.swap(false, Ordering::Relaxed) {
                    tracing::info!("the disk has room for the snapshot, which has come");
                }
            }
        }
    }
}

/// Puts a snapshot, of which every byte is there, in place of log and tables.
async fn install<D: Disk>(
    raft: &Raft<Types>,
    vote: Vote<NodeId>,
    store: &Store,
    receiving: ReceivingSnapshot<D>,
) -> Result<Bytes, Refusal> {
    // All of it is read once more, and written. The library answers nobody while it waits for what it is told to install,
    // so that it is told when little is left to do.
    let of_writer = store.clone();
    let written = blocking::run(move || prepare(receiving, &of_writer)).await;
    let received = written.map_err(|error| Refusal::Stopped(error.to_string()))??;
    let snapshot = Snapshot { meta: snapshot_meta(received.head()), snapshot: Box::new(SnapshotRows::Received) };
    let installed = raft.install_full_snapshot(vote, snapshot).await;
    // It did not if it has more than that.
    store.unstage();
    let installed = installed.map_err(|error| Refusal::Stopped(error.to_string()))?;
    // Log and tables go on from it, or have more than it has.
    received.remove()?;
    SNAPSHOTS_RECEIVED.increment(1);
    Ok(encode_installed(&installed))
}

/// Makes a snapshot ready to be installed.
fn prepare<D: Disk>(receiving: ReceivingSnapshot<D>, store: &Store) -> Result<ReceivedSnapshot<D>, SnapshotError> {
    let received = receiving.finish()?;
    match received.check_room().and_then(|()| store.stage(&received)) {
        Ok(()) => Ok(received),
        Err(error) => {
            received.remove()?;
            Err(error)
        }
    }
}

/// What a header of a request says; `None` where it is not there.
fn header<T>(
    request: &Request<Incoming>,
    name: &str,
    decode: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let Some(value) = request.headers().get(name) else { return Ok(None) };
    let decoded = value.to_str().ok().and_then(decode);
    decoded.map(Some).ok_or_else(|| Refusal::Malformed(format!("a snapshot has nothing of it in the header {name}")))
}
