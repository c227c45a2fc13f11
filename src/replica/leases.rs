//! The lease table in front of the database: who holds each seat, and until when.
//!
//! It tells a claim that another's hold has won already from one that is open, without a lock on the state, the writer
//! or the disk. It holds committed leases only, so a claim is never lost to one that may itself be refused; a sold seat
//! needs none, since the state has a bit for it. So its size is that of the live holds. No guard leaves it.

use dashmap::DashMap;
use foldhash::fast::RandomState;

use crate::domain::{CalendarDate, ConcertNo, PlaceRef, SeatKey, SeatRow, Timestamp, UserId};

/// Half as large as it would be with the whole id.
#[derive(Clone, Copy)]
struct Lease {
    /// The lower half of the user's id. Where two users share it their claims are open, and the sequencer decides.
    user: u64,
    until: Timestamp,
}

/// What a look at the leases says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody else holds the seats as far as is committed.
    Open,
    /// Another holds this one of the seats, the first such.
    Lost { seat: u32 },
}

/// Parts of the table, each with a lock of its own: so many that a part which grows, and moves its leases meanwhile,
/// holds up the writer for microseconds and not for milliseconds, and readers meet it seldom.
const PARTS: usize = 256;

/// Committed leases by seat.
pub struct Leases {
    by_seat: DashMap<(ConcertNo, SeatKey), Lease, RandomState>,
}

impl Default for Leases {
    fn default() -> Self {
        Self { by_seat: DashMap::with_hasher_and_shard_amount(RandomState::default(), PARTS) }
    }
}

impl Leases {
    /// Notes what a seat's row says now.
    pub fn note(&self, concert: ConcertNo, key: SeatKey, row: Option<&SeatRow>) {
        match row {
            Some(SeatRow::Held { user, expires_at, .. }) => {
                self.by_seat.insert((concert, key), Lease { user: half(*user), until: *expires_at });
            }
            Some(SeatRow::Sold { .. }) | None => drop(self.by_seat.remove(&(concert, key))),
        }
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.by_seat.clear();
    }

    /// Whether a place can still win all of `seats` at `now`.
    pub fn claim(&self, place_ref: PlaceRef, date: CalendarDate, seats: &[u32], now: Timestamp) -> Claim {
        let is_of_another = |seat: &u32| {
            let lease = self.by_seat.get(&(place_ref.concert, SeatKey { date, seat: *seat }));
            lease.is_some_and(|lease| lease.user != half(place_ref.user) && now < lease.until)
        };
        seats.iter().copied().find(is_of_another).map_or(Claim::Open, |seat| Claim::Lost { seat })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half of the id is what is asked for")]
fn half(user: UserId) -> u64 {
    user.0 as u64
}

#[cfg(test)]
mod tests {
    use super::{Claim, Leases};
    use crate::domain::{CalendarDate, ConcertNo, PlaceRef, SeatKey, SeatRow, Sequence, Timestamp, UserId, WallTime};

    const KIM: UserId = UserId(1);
    const LEE: UserId = UserId(2);

    #[test]
    fn a_claim_is_lost_only_to_the_unexpired_lease_of_another() {
        let leases = Leases::default();
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let (concert, key) = (ConcertNo(1), SeatKey { date, seat: 5 });
        let held = SeatRow::Held {
            user: KIM,
            sequence: Sequence(1),
            reservation: 1,
            previous: None,
            reserved_at: WallTime(0),
            expires_at: Timestamp(1_000),
            amount: 5,
        };
        let claim = |user, now| {
            let place_ref = PlaceRef { concert, sequence: Sequence(2), user };
            leases.claim(place_ref, date, &[4, 5], Timestamp(now))
        };
        assert_eq!(claim(LEE, 0), Claim::Open);
        leases.note(concert, key, Some(&held));
        assert_eq!(claim(LEE, 999), Claim::Lost { seat: 5 });
        assert_eq!(claim(KIM, 999), Claim::Open);
        assert_eq!(claim(LEE, 1_000), Claim::Open);
        leases.note(concert, key, None);
        assert_eq!(claim(LEE, 0), Claim::Open);
    }
}
