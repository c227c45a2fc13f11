//! The limit of connections: how many each client has, how many there are in all, and which of them is the idlest when
//! another one comes and there is no room. A few beyond the cap are there for health and the operator. It neither
//! accepts nor closes a connection, and knows nothing of what is asked over one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::connection::{Connection, Room};
use super::idle_timer::Idleness;
use crate::config::{ClientLimit, Loopback};
use crate::http::client::{Client, Peer};

/// Connections beyond the cap: they get an answer about health or the operator's, or hear that there is no room.
pub(super) const SPARE_CONNECTIONS: u32 = 32;
/// Idle connections that one look at all of them finds, so that a crowd of newcomers does not cost a look each.
const IDLEST_FOUND: usize = 64;
/// How long it counts that a look found none.
const NONE_FOUND: Duration = Duration::from_millis(50);
/// The open connections and how many there may be; cheap to clone.
#[derive(Clone)]
pub(super) struct ConnectionLimit(Arc<Shared>);

struct Shared {
    most: usize,
    per_client: ClientLimit,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    connections: HashMap<u64, Arc<Connection>>,
    clients: HashMap<Client, u32>,
    next: u64,
    /// Connections that are neither spare nor leaving.
    regular: usize,
    /// Those beyond the cap, as they came.
    spare: Vec<u64>,
    /// The idlest that the last look found, the idlest last.
    idlest: Vec<(Idleness, u64)>,
    /// When a look found none. It stands when a connection ends: that leaves no other idler, and its room is free.
    none_found: Option<Instant>,
}

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// Its client has as many as a client may have.
    Client,
    /// There are as many as there may be, and none of them is idle.
    Server,
}

/// A connection that is counted for as long as this is there.
pub(super) struct Counted {
    limit: ConnectionLimit,
    connection: Arc<Connection>,
}

impl ConnectionLimit {
    pub(super) fn new(max_connections: u32, per_client: ClientLimit) -> Self {
        let most = usize::try_from(max_connections).expect("32 bits fit a machine word");
        Self(Arc::new(Shared { most, per_client, open: Mutex::default() }))
    }

    /// Takes a connection from `address` that was there at `connected`, with the room that there is.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn take(&self, address: IpAddr, connected: Instant) -> Result<Counted, Full> {
        let client = counted(address, self.0.per_client);
        let mut open = self.0.open.lock();
        if client.is_some_and(|client| open.clients.get(&client).is_some_and(|count| *count >= self.0.per_client.most))
        {
            return Err(Full::Client);
        }
        let room = if open.make_room(self.0.most) { Room::Regular } else { Room::Spare };
        if room == Room::Spare && open.spare.len() >= SPARE_CONNECTIONS as usize && !open.end_a_spare() {
            return Err(Full::Server);
        }
        let peer = Peer { address, client };
        let connection = Arc::new(Connection::new(open.next, Some(peer), room, connected));
        open.add(Arc::clone(&connection));
        Ok(Counted { limit: self.clone(), connection })
    }
}

/// The client that a connection from `address` counts for; nothing when it is not counted.
fn counted(address: IpAddr, limit: ClientLimit) -> Option<Client> {
    let is_free = address.to_canonical().is_loopback() && limit.loopback == Loopback::Free;
    (!is_free).then(|| Client::of(address))
}

impl Open {
    fn add(&mut self, connection: Arc<Connection>) {
        match connection.room() {
            Room::Regular => self.regular += 1,
            Room::Spare => self.spare.push(connection.id),
            Room::Leaving => unreachable!("a new connection does not leave at once"),
        }
        self.next += 1;
        if let Some(client) = connection.peer.and_then(|peer| peer.client) {
            *self.clients.entry(client).or_default() += 1;
        }
        self.connections.insert(connection.id, connection);
    }

    fn remove(&mut self, connection: &Connection) {
        self.connections.remove(&connection.id).expect("it is counted");
        match connection.room() {
            Room::Regular => self.regular -= 1,
            Room::Spare => self.spare.retain(|id| *id != connection.id),
            Room::Leaving => {}
        }
        if let Some(client) = connection.peer.and_then(|peer| peer.client) {
            let count = self.clients.get_mut(&client).expect("every client with a connection is counted");
            *count -= 1;
            if *count == 0 {
                self.clients.remove(&client);
            }
        }
    }

    /// Whether there is room for one more regular connection, if need be since the idlest has to leave.
    fn make_room(&mut self, most: usize) -> bool {
        self.regular < most || self.end_idlest()
    }

    /// Tells the idlest of the regular connections to leave; whether there was one.
    fn end_idlest(&mut self) -> bool {
        loop {
            let Some((idleness, id)) = self.idlest.pop() else {
                if self.none_found.is_some_and(|at| at.elapsed() < NONE_FOUND) || !self.find_idlest() {
                    return false;
                }
                continue;
            };
            let Some(connection) = self.connections.get(&id).filter(|found| found.room() == Room::Regular) else {
                continue;
            };
            // Unless it has done something since.
            if Idleness::of(connection, Instant::now()).is_some_and(|idle| idle >= idleness) {
                connection.tell_to_leave();
                self.regular -= 1;
                return true;
            }
        }
    }

    /// Looks at all connections; whether one is idle.
    fn find_idlest(&mut self) -> bool {
        let now = Instant::now();
        let regular = self.connections.values().filter(|connection| connection.room() == Room::Regular);
        let mut idle: Vec<_> = regular
            .filter_map(|connection| Idleness::of(connection, now).map(|idleness| (idleness, connection.id)))
            .collect();
        idle.sort_unstable();
        self.idlest = idle.split_off(idle.len().saturating_sub(IDLEST_FOUND));
        self.none_found = self.idlest.is_empty().then(Instant::now);
        !self.idlest.is_empty()
    }

    /// Tells the first of those beyond the cap that has not asked yet to leave; whether there was one.
    fn end_a_spare(&mut self) -> bool {
        let now = Instant::now();
        let is_idle = |id: &u64| self.connections.get(id).is_some_and(|found| Idleness::of(found, now).is_some());
        let Some(found) = self.spare.iter().position(is_idle) else { return false };
        let id = self.spare.remove(found);
        self.connections.get(&id).expect("every spare connection is counted").tell_to_leave();
        true
    }
}

impl Deref for Counted {
    type Target = Arc<Connection>;

    fn deref(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Counted {
    /// Regular room for a connection that is beyond the cap, when there is some by now.
    pub(super) fn promote(&self) -> Room {
        let mut open = self.limit.0.open.lock();
        let room = self.connection.room();
        if room != Room::Spare || !open.make_room(self.limit.0.most) {
            return room;
        }
        self.connection.set_room(Room::Regular);
        open.regular += 1;
        open.spare.retain(|id| *id != self.connection.id);
        Room::Regular
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.limit.0.open.lock().remove(&self.connection);
    }
}

#[cfg(test)]
mod tests;
