//! The states of one limit, a key each, in a memory that has a bound. It is the store of the rate limiter's algorithm,
//! and knows of a state only that one which lies behind the present says no more than none.
//!
//! Keys lie in shards with a lock each, and a shard takes so many and no more. When one is full, those whose states say
//! nothing any more make room; when there are none of those either, newcomers share one state until there is room: as if
//! all of them were one client. Whoever has a state of its own goes on with it and notices nothing.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::take;

use governor::clock::{Clock, Reference};
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use parking_lot::Mutex;

/// Shards, so that requests seldom wait for each other, and a sweep holds only a few of them up.
pub(super) const SHARDS: usize = 64;
/// How long a full shard that was swept is not swept again, so that a flood of newcomers does not cost a sweep each.
const SWEEP_REST: Nanos = Nanos::new(250_000_000);

/// The states by their keys, which are hashes already.
type ByKey = HashMap<u64, Nanos, BuildHasherDefault<Hashed>>;

/// The states of one limit.
pub(super) struct States<C: Clock> {
    shards: Box<[Mutex<Shard>]>,
    shard_keys_max: usize,
    /// That of newcomers for whom there is no room.
    shared: Mutex<Option<Nanos>>,
    clock: C,
    start: C::Instant,
}

#[derive(Default)]
struct Shard {
    by_key: ByKey,
    /// When it was full and swept.
    swept_at: Option<Nanos>,
}

/// Hands a key through, which a seeded hash has made.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a key is a number of 64 bits");
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

impl<C: Clock> States<C> {
    /// Room for `keys_max` states.
    pub(super) fn new(keys_max: usize, clock: C) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        let start = clock.now();
        Self { shards, shard_keys_max: keys_max / SHARDS, shared: Mutex::default(), clock, start }
    }

    fn shard(&self, key: u64) -> &Mutex<Shard> {
        // The maps use the lowest and the highest bits.
        let number = usize::try_from(key >> 32).expect("32 bits fit a machine word") % SHARDS;
        &self.shards[number]
    }

    fn now(&self) -> Nanos {
        self.clock.now().duration_since(self.start)
    }

    /// The memory of the keys in bytes: their maps have a power of two of buckets, each with a key, a state and a byte
    /// of control, and are filled to seven eighths.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let of_shard = |shard: &Mutex<Shard>| {
            let buckets = (shard.lock().by_key.capacity() * 8).div_ceil(7).next_power_of_two();
            buckets * (size_of::<(u64, Nanos)>() + 1)
        };
        self.shards.iter().map(of_shard).sum()
    }
}

impl Shard {
    /// Makes room for one more than a shard may have; whether there is some.
    fn make_room(&mut self, keys_max: usize, now: Nanos) -> bool {
        if self.by_key.len() < keys_max {
            return true;
        }
        let has_rest = |at: Nanos| now.as_u64().saturating_sub(at.as_u64()) < SWEEP_REST.as_u64();
        if self.swept_at.is_some_and(has_rest) {
            return false;
        }
        self.swept_at = Some(now);
        self.keep_above(now);
        self.by_key.len() < keys_max
    }

    /// Forgets the states up to `end`. What stays goes into a map of its size: one from which keys are taken would need
    /// room for their traces, too.
    fn keep_above(&mut self, end: Nanos) {
        let stay = self.by_key.values().filter(|state| **state > end).count();
        if stay < self.by_key.len() {
            let mut kept = ByKey::with_capacity_and_hasher(stay, BuildHasherDefault::default());
            kept.extend(take(&mut self.by_key).into_iter().filter(|(_, state)| *state > end));
            self.by_key = kept;
        }
    }
}

impl<C: Clock> StateStore for States<C> {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, judge: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut shard = self.shard(*key).lock();
        if let Some(state) = shard.by_key.get_mut(key) {
            let (outcome, next) = judge(Some(*state))?;
            *state = next;
            return Ok(outcome);
        }
        if shard.make_room(self.shard_keys_max, self.now()) {
            let (outcome, next) = judge(None)?;
            shard.by_key.insert(*key, next);
            return Ok(outcome);
        }
        drop(shard);
        let mut shared = self.shared.lock();
        let (outcome, next) = judge(*shared)?;
        *shared = Some(next);
        Ok(outcome)
    }
}

impl<C: Clock> ShrinkableKeyedStateStore<u64> for States<C> {
    /// One shard after the other, so that requests wait for a part of the work at most. It gives back the memory, too.
    fn retain_recent(&self, drop_below: Nanos) {
        self.shards.iter().for_each(|shard| shard.lock().keep_above(drop_below));
    }

    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().by_key.len()).sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
