//! The connections that are open: how many each client has, how many there are in all, and which of them is the idlest
//! when another one comes and there is no room. A few beyond the cap are there for health and the operator. It neither
//! accepts nor closes a connection, and knows nothing of what is asked over one.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::progress::{Idleness, Progress};
use crate::config::{ClientLimit, Loopback};

/// Connections beyond the cap: they get an answer about health or the operator's, or hear that there is no room.
pub const SPARE_CONNECTIONS: u32 = 32;
/// Idle connections that one look at all of them finds, so that a crowd of newcomers does not cost a look each.
const IDLEST_FOUND: usize = 64;
/// How long it counts that a look found none.
const NONE_FOUND: Duration = Duration::from_millis(50);
/// Bits of an IPv6 address that tell clients apart: a household or an office has all addresses below them.
const IPV6_CLIENT_BITS: u32 = 64;

/// A client as far as its address tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Client(IpAddr);

/// All open connections; cheap to clone.
#[derive(Clone)]
pub struct Roster(Arc<Shared>);

struct Shared {
    most: usize,
    per_client: ClientLimit,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    connections: HashMap<u64, Entry>,
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

struct Entry {
    client: Option<Client>,
    progress: Progress,
    leave: Arc<Notify>,
    room: Room,
}

/// The room that a connection has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Regular,
    /// Beyond the cap.
    Spare,
    /// None any more: it was told to leave.
    Leaving,
}

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// Its client has as many as a client may have.
    Client,
    /// There are as many as there may be, and none of them is idle.
    Server,
}

/// The place of one connection, which ends with it.
pub struct Seat {
    roster: Roster,
    id: u64,
    leave: Arc<Notify>,
}

impl Client {
    /// The client at `address`; `None` when it is not counted.
    fn of(address: IpAddr, limit: ClientLimit) -> Option<Self> {
        let address = address.to_canonical();
        if address.is_loopback() && limit.loopback == Loopback::Free {
            return None;
        }
        Some(Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let network = address.to_bits() >> (128 - IPV6_CLIENT_BITS) << (128 - IPV6_CLIENT_BITS);
                Ipv6Addr::from_bits(network).into()
            }
        }))
    }
}

impl Roster {
    pub fn new(max_connections: u32, per_client: ClientLimit) -> Self {
        let most = usize::try_from(max_connections).expect("32 bits fit a machine word");
        Self(Arc::new(Shared { most, per_client, open: Mutex::default() }))
    }

    /// A place for a connection from `address`, and the room that it has.
    ///
    /// # Errors
    /// There is none.
    pub fn seat(&self, address: IpAddr, progress: &Progress) -> Result<(Seat, Room), Full> {
        let client = Client::of(address, self.0.per_client);
        let mut open = self.0.open.lock();
        if client.is_some_and(|client| open.clients.get(&client).is_some_and(|count| *count >= self.0.per_client.most))
        {
            return Err(Full::Client);
        }
        let room = if open.make_room(self.0.most) { Room::Regular } else { Room::Spare };
        if room == Room::Spare && open.spare.len() >= SPARE_CONNECTIONS as usize && !open.end_a_spare() {
            return Err(Full::Server);
        }
        let id = open.next;
        match room {
            Room::Regular => open.regular += 1,
            Room::Spare => open.spare.push(id),
            Room::Leaving => unreachable!("a new connection does not leave at once"),
        }
        let leave = Arc::new(Notify::new());
        open.next += 1;
        open.connections.insert(id, Entry { client, progress: progress.clone(), leave: Arc::clone(&leave), room });
        if let Some(client) = client {
            *open.clients.entry(client).or_default() += 1;
        }
        Ok((Seat { roster: self.clone(), id, leave }, room))
    }
}

impl Open {
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
            let Some(entry) = self.connections.get_mut(&id).filter(|entry| entry.room == Room::Regular) else {
                continue;
            };
            // Unless it has done something since.
            if entry.progress.idleness(Instant::now()).is_some_and(|idle| idle >= idleness) {
                entry.leave();
                self.regular -= 1;
                return true;
            }
        }
    }

    /// Looks at all connections; whether one is idle.
    fn find_idlest(&mut self) -> bool {
        let now = Instant::now();
        let regular = self.connections.iter().filter(|(_, entry)| entry.room == Room::Regular);
        let mut idle: Vec<_> =
            regular.filter_map(|(id, entry)| entry.progress.idleness(now).map(|idleness| (idleness, *id))).collect();
        idle.sort_unstable();
        self.idlest = idle.split_off(idle.len().saturating_sub(IDLEST_FOUND));
        self.none_found = self.idlest.is_empty().then(Instant::now);
        !self.idlest.is_empty()
    }

    /// Tells the first of those beyond the cap that has not asked yet to leave; whether there was one.
    fn end_a_spare(&mut self) -> bool {
        let now = Instant::now();
        let is_idle = |id: &u64| self.connections.get(id).is_some_and(|entry| entry.progress.idleness(now).is_some());
        let Some(found) = self.spare.iter().position(is_idle) else { return false };
        let id = self.spare.remove(found);
        self.connections.get_mut(&id).expect("every spare connection is here").leave();
        true
    }
}

impl Entry {
    fn leave(&mut self) {
        self.room = Room::Leaving;
        self.leave.notify_one();
    }
}

impl Seat {
    /// Waits until the connection has to leave for another.
    pub async fn told_to_leave(&self) {
        self.leave.notified().await;
    }

    /// The room that the connection has by now.
    pub fn room(&self) -> Room {
        self.roster.0.open.lock().connections.get(&self.id).expect("its seat is here").room
    }

    /// Regular room for a connection that is beyond the cap, when there is some by now.
    pub fn promote(&self) -> Room {
        let mut open = self.roster.0.open.lock();
        let room = open.connections.get(&self.id).expect("its seat is here").room;
        if room != Room::Spare || !open.make_room(self.roster.0.most) {
            return room;
        }
        open.connections.get_mut(&self.id).expect("its seat is here").room = Room::Regular;
        open.regular += 1;
        open.spare.retain(|id| *id != self.id);
        Room::Regular
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.roster.0.open.lock();
        let entry = open.connections.remove(&self.id).expect("its seat is here");
        match entry.room {
            Room::Regular => open.regular -= 1,
            Room::Spare => open.spare.retain(|id| *id != self.id),
            Room::Leaving => {}
        }
        if let Some(client) = entry.client {
            let count = open.clients.get_mut(&client).expect("every client with a connection is counted");
            *count -= 1;
            if *count == 0 {
                open.clients.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use axum::body::Body;
    use futures_util::FutureExt;

    use super::{Full, Progress, Room, Roster, SPARE_CONNECTIONS, Seat};
    use crate::config::{ClientLimit, Loopback};
    use crate::http::progress::Phase;

    fn roster(max_connections: u32, most: u32, loopback: Loopback) -> Roster {
        Roster::new(max_connections, ClientLimit { most, loopback })
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn seat(roster: &Roster, from: &str) -> Result<(Seat, Room, Progress), Full> {
        let progress = Progress::default();
        roster.seat(address(from), &progress).map(|(seat, room)| (seat, room, progress))
    }

    fn is_told(seat: &Seat) -> bool {
        seat.told_to_leave().now_or_never().is_some()
    }

    /// A connection whose client waits for an answer.
    fn busy(roster: &Roster) -> (Seat, Room, Progress) {
        let busy = seat(roster, "192.0.2.1").expect("there is room");
        busy.2.begin(&Body::empty());
        busy
    }

    #[test]
    fn a_client_has_so_many_connections_wherever_in_its_network_it_is() {
        let roster = roster(100, 2, Loopback::Counted);
        for (one, same, other) in [
            ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"),
            ("2001:db8::1", "2001:db8::ffff:0:0:1", "2001:db8:0:1::1"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("::1", "::1", "::1:0:0:0:1"),
        ] {
            let first = seat(&roster, one).expect("the first");
            let _second = seat(&roster, same).expect("the second");
            assert_eq!(seat(&roster, one).err(), Some(Full::Client), "{one}");
            assert_eq!(seat(&roster, same).err(), Some(Full::Client), "{same}");
            drop(seat(&roster, other).expect("another client"));
            drop(first);
            drop(seat(&roster, same).expect("one has gone"));
        }
    }

    #[test]
    fn loopback_is_counted_only_when_that_was_asked_for() {
        let roster = roster(100, 1, Loopback::Free);
        let _many = ["127.0.0.1", "127.0.0.1", "127.9.9.9", "::1", "::1", "::ffff:127.0.0.1"]
            .map(|from| seat(&roster, from).expect("not counted"));
        let _one = seat(&roster, "192.0.2.7").expect("the first");
        assert_eq!(seat(&roster, "192.0.2.7").err(), Some(Full::Client));
    }

    #[test]
    fn the_idlest_leaves_for_a_newcomer_and_a_busy_one_does_not() {
        let roster = roster(3, 100, Loopback::Free);
        let busy = busy(&roster);
        let idlest = seat(&roster, "192.0.2.1").expect("there is room");
        let idle = seat(&roster, "192.0.2.1").expect("there is room");
        let (newcomer, room, _) = seat(&roster, "192.0.2.2").expect("there is always room for health");
        assert_eq!(room, Room::Regular);
        assert_eq!([&busy.0, &idlest.0, &idle.0, &newcomer].map(is_told), [false, true, false, false]);
    }

    #[test]
    fn one_that_has_just_been_answered_stays_and_one_that_is_slow_for_longer_leaves_first() {
        let roster = roster(3, 100, Loopback::Free);
        let seat = |phase, seconds| {
            let progress = Progress::aged(phase, Duration::from_secs(seconds));
            roster.seat(address("192.0.2.1"), &progress).expect("there is room")
        };
        let (answered, slow, resting) = (seat(Phase::Idle, 0), seat(Phase::Head, 9), seat(Phase::Idle, 5));
        let told = || [&answered.0, &slow.0, &resting.0].map(is_told);
        let newcomer = seat(Phase::Answer, 0);
        assert_eq!((newcomer.1, told()), (Room::Regular, [false, true, false]));
        let newcomer = seat(Phase::Answer, 0);
        assert_eq!((newcomer.1, told()), (Room::Regular, [false, false, true]));
        let newcomer = seat(Phase::Answer, 0);
        assert_eq!((newcomer.1, told()), (Room::Spare, [false; 3]));
    }

    #[test]
    fn one_that_has_asked_since_it_was_found_idle_stays() {
        let roster = roster(2, 100, Loopback::Free);
        let first = seat(&roster, "192.0.2.1").expect("there is room");
        let second = seat(&roster, "192.0.2.1").expect("there is room");
        let _third = seat(&roster, "192.0.2.1").expect("the first leaves");
        assert!(is_told(&first.0));
        second.2.begin(&Body::empty());
        let (_fourth, room, _) = seat(&roster, "192.0.2.1").expect("the third leaves");
        assert_eq!((is_told(&second.0), room), (false, Room::Regular));
    }

    #[test]
    fn beyond_the_cap_there_are_a_few_and_the_first_that_asks_nothing_leaves() {
        let roster = roster(1, 1_000, Loopback::Free);
        let regular = busy(&roster);
        let spare: Vec<_> = (0..SPARE_CONNECTIONS).map(|_| seat(&roster, "192.0.2.2").expect("a spare one")).collect();
        assert!(spare.iter().all(|(_, room, _)| *room == Room::Spare));
        spare[0].2.begin(&Body::empty());
        let another = seat(&roster, "192.0.2.3").expect("one leaves");
        assert_eq!([&spare[0].0, &spare[1].0, &spare[2].0].map(is_told), [false, true, false]);
        assert_eq!(spare[2].0.promote(), Room::Spare, "there is no room yet");
        drop(regular);
        assert_eq!(spare[2].0.room(), Room::Spare);
        assert_eq!(spare[2].0.promote(), Room::Regular);
        assert_eq!(spare[2].0.room(), Room::Regular);
        spare[2].2.begin(&Body::empty());
        for (seat, _, progress) in
            spare.iter().skip(3).map(|(s, r, p)| (s, r, p)).chain([(&another.0, &another.1, &another.2)])
        {
            progress.begin(&Body::empty());
            assert_eq!(seat.promote(), Room::Spare);
        }
        assert_eq!(seat(&roster, "192.0.2.4").map(|(_, room, _)| room), Ok(Room::Spare), "the two that left are gone");
        drop(spare);
        drop(another);
        assert_eq!(seat(&roster, "192.0.2.4").map(|(_, room, _)| room), Ok(Room::Regular), "nothing is left behind");
    }
}
