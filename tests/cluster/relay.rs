//! What lies in front of an instance: it passes connections on, counts what goes to the instance, and breaks the one that
//! carried too much.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct Relay {
    pub address: SocketAddr,
    passed: Arc<AtomicU64>,
    /// Bytes of one connection behind which all are broken, and none passes until it is lifted.
    limit: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (passed, limit) = (Arc::<AtomicU64>::default(), watch::Sender::new(u64::MAX));
        let (counted, limits) = (Arc::clone(&passed), limit.clone());
        let task = tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                tokio::spawn(pass(from, to, Arc::clone(&counted), limits.clone()));
            }
        });
        Self { address, passed, limit, task }
    }

    /// Bytes that went to the instance so far.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Breaks all connections when one has carried so many bytes, and lets none be made.
    pub(crate) fn break_behind(&self, bytes: u64) {
        self.limit.send_replace(bytes);
    }

    /// Waits until it broke.
    pub(crate) async fn broken(&self) {
        self.limit.subscribe().wait_for(|limit| *limit == 0).await.expect("it is here");
    }

    /// Passes everything on.
    pub(crate) fn mend(&self) {
        self.limit.send_replace(u64::MAX);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection, for as long as it may be.
async fn pass(from: TcpStream, to: SocketAddr, passed: Arc<AtomicU64>, limit: watch::Sender<u64>) {
    let mut limits = limit.subscribe();
    if *limits.borrow() == 0 {
        return;
    }
    let Ok(made) = TcpStream::connect(to).await else { return };
    let ((mut question, mut answers), (mut answer, mut questions)) = (from.into_split(), made.into_split());
    let there = async {
        let (mut carried, mut buffer) = (0, vec![0; 16 * 1024]);
        while let Ok(bytes @ 1..) = question.read(&mut buffer).await {
            carried += bytes as u64;
            passed.fetch_add(bytes as u64, Ordering::Relaxed);
            if carried > *limit.borrow() {
                limit.send_replace(0);
            }
            if questions.write_all(&buffer[..bytes]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = there => {}
        _ = copy(&mut answer, &mut answers) => {}
        _ = limits.wait_for(|limit| *limit == 0) => {}
    }
}
