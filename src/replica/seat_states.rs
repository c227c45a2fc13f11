//! How the seats of a date stand, two bits a seat, and how that changed: what pages draw their plans with.
//!
//! A change makes the word of 64 seats that it lies in stale, and the next reader takes that word anew from the state. A
//! reading is shared by all who read until something changes; what changed between two readings follows from both, so
//! that no history is kept. Dates that nobody asks for any more give way to those that are asked for.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dashmap::DashMap;
use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};

use super::look::look;
use super::seat_maps::DateKey;
use crate::domain::{CalendarDate, ConcertNo, Layout, Sale, SeatTable, SeatWord, State, StateChange, Timestamp};

/// Dates that are kept: of 100,000 seats each has 80 KB.
const DATES_MAX: usize = 256;
/// Hexadecimal digits of the tag of a layout.
const TAG_LENGTH: usize = 16;

/// How a seat stands, in the two bits of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    Free = 0,
    Held = 1,
    Sold = 2,
    Blocked = 3,
}

/// How the seats of a date stood at a moment.
#[derive(Debug)]
pub struct SeatStates {
    /// Ascends with every change, across restarts, too.
    pub version: u64,
    /// Of the layout: equal ones have equal tags, on every instance and after every start.
    pub layout: Arc<str>,
    pub seats: u32,
    /// Of 64 seats each the lower bits and the upper bits of their states.
    words: Vec<[u64; 2]>,
    /// Their bytes as text, made once for all who want it.
    text: OnceLock<String>,
}

/// A reading, and until when it is right unless something changes.
#[derive(Clone, Debug)]
pub struct StatesNow {
    pub states: Arc<SeatStates>,
    /// The first instant at which a hold lapses.
    pub until: Timestamp,
}

/// The dates that are asked for.
#[derive(Default)]
pub struct StatesOfDates {
    dates: DashMap<DateKey, Arc<Date>, RandomState>,
}

#[derive(Default)]
struct Date {
    /// Counts the changes.
    changes: AtomicU64,
    stale: Mutex<Stale>,
    read: Mutex<Option<Reading>>,
    /// When it was asked for last, in milliseconds.
    used: AtomicI64,
}

/// Words to be taken anew.
#[derive(Default)]
enum Stale {
    Words(BTreeSet<usize>),
    /// The layout may have changed, or nothing was read yet.
    #[default]
    All,
}

struct Reading {
    /// The changes that it shows.
    changes: u64,
    now: StatesNow,
    /// When the first hold of each word lapses.
    until: Vec<Timestamp>,
}

/// The tag of a layout, which changes with anything that it says.
pub fn layout_tag(layout: &Layout) -> Arc<str> {
    let json = serde_json::to_vec(layout).expect("a layout is texts, numbers and lists");
    blake3::hash(&json).to_hex()[..TAG_LENGTH].into()
}

impl SeatStates {
    /// The bytes of the states in base64.
    pub fn base64(&self) -> &str {
        self.text.get_or_init(|| STANDARD.encode(self.bytes()))
    }

    /// The states, two bits a seat: seat 1 in the lowest two bits of the first byte, seat 5 in those of the second.
    fn bytes(&self) -> Vec<u8> {
        let interleaved = self.words.iter().flat_map(|[low, high]| {
            let halves = [0, 32].map(|shift| spread(low >> shift) | spread(high >> shift) << 1);
            halves.into_iter().flat_map(u64::to_le_bytes)
        });
        interleaved.take((self.seats as usize).div_ceil(4)).collect()
    }

    /// The seats that stand otherwise than they did `before`, ascending; `None` when the layout is another one.
    pub fn changes_since(&self, before: &Self) -> Option<Vec<(u32, SeatState)>> {
        if (&self.layout, self.seats) != (&before.layout, before.seats) {
            return None;
        }
        let mut changes = Vec::new();
        for (number, (word, old)) in self.words.iter().zip(&before.words).enumerate() {
            let mut differs = (word[0] ^ old[0]) | (word[1] ^ old[1]);
            while differs != 0 {
                let bit = differs.trailing_zeros();
                differs &= differs - 1;
                let seat = u32::try_from(number).expect("seats are numbered by 32 bits") * u64::BITS + bit + 1;
                changes.push((seat, state_of(word[0] >> bit & 1, word[1] >> bit & 1)));
            }
        }
        Some(changes)
    }
}

fn state_of(low: u64, high: u64) -> SeatState {
    match (low, high) {
        (0, 0) => SeatState::Free,
        (1, 0) => SeatState::Held,
        (0, _) => SeatState::Sold,
        (_, _) => SeatState::Blocked,
    }
}

/// The lower 32 bits, with a gap behind each.
fn spread(bits: u64) -> u64 {
    let mut bits = bits & 0xffff_ffff;
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

impl StatesOfDates {
    /// Notes a committed change. To be called before the write lock of the state is let go, so that what is noted and
    /// what a reader sees are one.
    pub fn note(&self, change: &StateChange) {
        match change {
            StateChange::Seats((concert, key), _) | StateChange::Blocked((concert, key), _) => {
                let Some(date) = self.dates.get(&(*concert, key.date)).map(|date| Arc::clone(&date)) else { return };
                if let Stale::Words(words) = &mut *date.stale.lock() {
                    words.insert(((key.seat - 1) / u64::BITS) as usize);
                }
                date.changes.fetch_add(1, Ordering::Release);
            }
            StateChange::Concerts(concert, Some(row)) => {
                let known: BTreeSet<CalendarDate> = row.definition.performances.iter().map(|it| it.date).collect();
                self.keep_of(*concert, |day| known.contains(&day));
                for date in self.dates.iter().filter(|date| date.key().0 == *concert) {
                    *date.stale.lock() = Stale::All;
                    date.changes.fetch_add(1, Ordering::Release);
                }
            }
            // Nobody can ask for the dates of an archived sale, or of one that is gone.
            StateChange::Archives(concert, _) | StateChange::Concerts(concert, None) => {
                self.keep_of(*concert, |_| false);
            }
            StateChange::Settings(..)
            | StateChange::Clock(..)
            | StateChange::Places(..)
            | StateChange::OperatorKeys(..) => {}
        }
    }

    /// Takes everything for stale: the state is another one. To be called as [`StatesOfDates::note`].
    pub fn renew(&self, state: &State) {
        self.dates.retain(|(concert, day), _| state.sale(*concert).is_some_and(|sale| sale.seat_table(*day).is_some()));
        for date in &self.dates {
            *date.stale.lock() = Stale::All;
            date.changes.fetch_add(1, Ordering::Release);
        }
    }

    fn keep_of(&self, concert: ConcertNo, stays: impl Fn(CalendarDate) -> bool) {
        self.dates.retain(|(no, day), _| *no != concert || stays(*day));
    }

    /// How the seats of a date stand at `now`; `None` when the concert has no such date, or is archived.
    pub fn read(&self, state: &RwLock<State>, at: DateKey, now: Timestamp) -> Option<StatesNow> {
        let known = self.dates.get(&at).map(|date| Arc::clone(&date));
        let date = match known {
            Some(date) => date,
            None => self.first_asked(state, at)?,
        };
        date.used.store(now.0, Ordering::Relaxed);
        let mut read = date.read.lock();
        let is_fresh =
            |reading: &&Reading| reading.changes == date.changes.load(Ordering::Acquire) && now < reading.now.until;
        if let Some(reading) = read.as_ref().filter(is_fresh) {
            return Some(reading.now.clone());
        }
        let reading = {
            let state = look(state);
            let changes = date.changes.load(Ordering::Acquire);
            let stale = std::mem::replace(&mut *date.stale.lock(), Stale::Words(BTreeSet::new()));
            let (sale, last_event) = (state.sale(at.0)?, state.totals().last_event);
            let taken = Taken { changes, stale, last_event, now };
            taken.read(sale, at.1, read.take())?
        };
        let told = reading.now.clone();
        *read = Some(reading);
        Some(told)
    }

    /// The entry of a date that nobody asked for before; made under the lock of the state, so that no change is missed.
    fn first_asked(&self, state: &RwLock<State>, at: DateKey) -> Option<Arc<Date>> {
        if self.dates.len() >= DATES_MAX {
            let idlest = self.dates.iter().map(|date| (date.used.load(Ordering::Relaxed), *date.key())).min();
            idlest.map(|(_, idlest)| self.dates.remove(&idlest));
        }
        let state = look(state);
        state.sale(at.0)?.seat_table(at.1)?;
        Some(Arc::clone(&self.dates.entry(at).or_default()))
    }
}

/// What a reading is made of, under the lock of the state.
struct Taken {
    changes: u64,
    stale: Stale,
    last_event: u64,
    now: Timestamp,
}

impl Taken {
    fn read(self, sale: &Sale, day: CalendarDate, before: Option<Reading>) -> Option<Reading> {
        let (table, performance) = (sale.seat_table(day)?, sale.row().definition.performance(day)?);
        let last = before.as_ref().map(|before| before.now.states.version);
        let (layout, mut words, mut until, stale) = match (self.stale, before) {
            (Stale::Words(mut stale), Some(before)) => {
                let lapsed = before.until.iter().enumerate().filter(|(_, until)| **until <= self.now);
                stale.extend(lapsed.map(|(number, _)| number));
                let (states, until) = (&before.now.states, before.until);
                (Arc::clone(&states.layout), states.words.clone(), until, stale)
            }
            (Stale::All | Stale::Words(_), _) => {
                let count = (table.seats() as usize).div_ceil(u64::BITS as usize);
                let (words, until) = (vec![[0; 2]; count], vec![Timestamp(i64::MAX); count]);
                (layout_tag(&performance.layout), words, until, (0..count).collect())
            }
        };
        for number in stale {
            (words[number], until[number]) = word_of(table, number, self.now);
        }
        // A lapse that no tick has noted has no event yet: then the version goes ahead of them.
        let version = last.map_or(self.last_event, |last| self.last_event.max(last + 1));
        let states = SeatStates { version, layout, seats: table.seats(), words, text: OnceLock::new() };
        let first = until.iter().copied().min().unwrap_or(Timestamp(i64::MAX));
        Some(Reading { changes: self.changes, now: StatesNow { states: Arc::new(states), until: first }, until })
    }
}

fn word_of(table: &SeatTable, number: usize, now: Timestamp) -> ([u64; 2], Timestamp) {
    let SeatWord { held, sold, blocked, until } = table.word(number, now);
    ([held | blocked, sold | blocked], until.unwrap_or(Timestamp(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use super::{SeatState, SeatStates};

    /// Seats by their states, from seat 1.
    fn states(seats: &[SeatState]) -> SeatStates {
        let mut words = vec![[0_u64; 2]; seats.len().div_ceil(64)];
        for (at, state) in seats.iter().enumerate() {
            let (word, bit) = (&mut words[at / 64], at % 64);
            word[0] |= (*state as u64 & 1) << bit;
            word[1] |= (*state as u64 >> 1) << bit;
        }
        let count = u32::try_from(seats.len()).expect("few");
        SeatStates { version: 1, layout: Arc::from("x"), seats: count, words, text: OnceLock::new() }
    }

    #[test]
    fn a_seat_has_two_bits_and_the_first_is_the_lowest() {
        use SeatState::{Blocked, Free, Held, Sold};
        let told = states(&[Held, Free, Sold, Blocked, Sold, Held]).bytes();
        assert_eq!(told, [0b11_10_00_01, 0b01_10]);
        let mut many = vec![Free; 200];
        (many[63], many[64], many[199]) = (Held, Sold, Blocked);
        let told = states(&many).bytes();
        assert_eq!(told.len(), 50);
        assert_eq!((told[15], told[16], told[49]), (0b01_00_00_00, 0b10, 0b11_00_00_00));
    }

    #[test]
    fn what_changed_follows_from_two_readings() {
        use SeatState::{Blocked, Free, Held, Sold};
        let before = states(&[Free; 130]);
        let mut seats = [Free; 130];
        (seats[0], seats[64], seats[129]) = (Held, Sold, Blocked);
        let after = states(&seats);
        assert_eq!(after.changes_since(&before), Some(vec![(1, Held), (65, Sold), (130, Blocked)]));
        assert_eq!(before.changes_since(&after), Some(vec![(1, Free), (65, Free), (130, Free)]));
        assert_eq!(after.changes_since(&after), Some(Vec::new()));
        assert_eq!(after.changes_since(&states(&[Free; 131])), None, "another layout");
    }
}
