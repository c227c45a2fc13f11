//! Owns what lies between the instances: a relay in front of each, which passes bytes on from one to another, or holds them
//! back where that way is cut, as a network does whose packets are sent again. It knows nothing of what they mean.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::cluster::SIZE;
use crate::harness::ports::free_port;

/// How often it is looked whose connection it is, and how long in between: a process may be noted a little later.
const LOOKS: usize = 100;
const GLANCE: Duration = Duration::from_millis(5);

/// From one instance to another.
type Way = (usize, usize);

/// The network between the instances.
pub(crate) struct Network {
    /// Where each is reached by the others.
    relays: [SocketAddr; SIZE],
    /// Where each listens.
    ports: [u16; SIZE],
    cuts: watch::Sender<BTreeSet<Way>>,
    processes: Processes,
}

/// The ids of the processes.
type Processes = Arc<Mutex<[u32; SIZE]>>;

impl Network {
    pub(crate) async fn start() -> Self {
        let (cuts, processes) = (watch::Sender::default(), Processes::default());
        let ports = std::array::from_fn(|_| free_port());
        let mut relays = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); SIZE];
        for (to, relay) in relays.iter_mut().enumerate() {
            let listener = TcpListener::bind(*relay).await.unwrap();
            *relay = listener.local_addr().unwrap();
            tokio::spawn(pass_on(listener, (to, ports[to]), cuts.subscribe(), Arc::clone(&processes)));
        }
        Self { relays, ports, cuts, processes }
    }

    /// Where an instance is reached by the others.
    pub(crate) fn relay(&self, of: usize) -> SocketAddr {
        self.relays[of]
    }

    /// Where an instance listens to the others.
    pub(crate) fn port(&self, of: usize) -> u16 {
        self.ports[of]
    }

    /// Notes which process an instance is.
    pub(crate) fn note(&self, instance: usize, process: u32) {
        self.processes.lock().unwrap()[instance] = process;
    }

    /// Nothing comes from an instance to the others any more, and what they send it arrives.
    pub(crate) fn cut_from(&self, instance: usize) {
        self.cuts.send_modify(|cuts| cuts.extend(others(instance).map(|other| (instance, other))));
    }

    /// Nothing comes from or to an instance any more.
    pub(crate) fn cut_off(&self, instance: usize) {
        self.cut_from(instance);
        self.cuts.send_modify(|cuts| cuts.extend(others(instance).map(|other| (other, instance))));
    }

    /// Everything goes on, and what was held back arrives.
    pub(crate) fn heal(&self) {
        self.cuts.send_modify(BTreeSet::clear);
    }
}

fn others(instance: usize) -> impl Iterator<Item = usize> {
    (0..SIZE).filter(move |other| *other != instance)
}

/// Takes connections to an instance, which listens on a port of its own.
async fn pass_on(listener: TcpListener, to: (usize, u16), cuts: watch::Receiver<BTreeSet<Way>>, processes: Processes) {
    while let Ok((taken, opener)) = listener.accept().await {
        tokio::spawn(relay(taken, opener, to, cuts.clone(), Arc::clone(&processes)));
    }
}

/// One connection, for as long as both ends have it.
async fn relay(
    taken: TcpStream,
    opener: SocketAddr,
    (to, port): (usize, u16),
    mut cuts: watch::Receiver<BTreeSet<Way>>,
    processes: Processes,
) {
    // One that was closed before anybody could look belongs to nobody.
    let Some(from) = instance_of(opener, &processes).await else { return };
    // It takes both ways to connect.
    let may_pass = cuts.wait_for(|cuts| !cuts.contains(&(from, to)) && !cuts.contains(&(to, from))).await.is_ok();
    let (true, Ok(made)) = (may_pass, TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await) else { return };
    let no_delay = [taken.set_nodelay(true), made.set_nodelay(true)];
    no_delay.into_iter().for_each(|set| set.unwrap());
    let (from_opener, to_opener) = taken.into_split();
    let (from_instance, to_instance) = made.into_split();
    tokio::select! {
        () = pump(from_opener, to_instance, cuts.clone(), (from, to)) => {}
        () = pump(from_instance, to_opener, cuts.clone(), (to, from)) => {}
    }
}

/// Passes bytes on until one end has closed the connection, or the test is over.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut cuts: watch::Receiver<BTreeSet<Way>>,
    way: Way,
) {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let Ok(read) = from.read(&mut bytes).await else { return };
        if cuts.wait_for(|cuts| !cuts.contains(&way)).await.is_err() {
            return;
        }
        if read == 0 || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// Which instance has opened a connection from this address.
async fn instance_of(opener: SocketAddr, processes: &Processes) -> Option<usize> {
    for _ in 0..LOOKS {
        let processes = *processes.lock().unwrap();
        let inode = inode_of(opener)?;
        let found = processes.iter().position(|process| has_socket(*process, inode));
        if found.is_some() {
            return found;
        }
        tokio::time::sleep(GLANCE).await;
    }
    None
}

/// What the system's table of connections calls the one with this own end.
fn inode_of(own: SocketAddr) -> Option<u64> {
    let port = format!(":{:04X}", own.port());
    let table = fs::read_to_string("/proc/net/tcp").expect("the system has a table of connections");
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[1].ends_with(&port).then(|| fields[9].parse().expect("a number"))
    })
}

/// Whether a process has this connection open.
fn has_socket(process: u32, inode: u64) -> bool {
    let Ok(files) = fs::read_dir(Path::new("/proc").join(process.to_string()).join("fd")) else { return false };
    files.flatten().any(|file| fs::metadata(file.path()).is_ok_and(|metadata| metadata.ino() == inode))
}
