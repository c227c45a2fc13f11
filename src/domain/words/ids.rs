//! Names of things: users, payments, tickets, concerts, places in a queue, seats.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::time::CalendarDate;

/// A user: the 128 bits of a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId(pub u128);

/// A payment: the 128 bits of a UUID that ascends with time (version 7), so that payments lie in order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PaymentId(pub u128);

/// A ticket for one seat of a payment: the 128 bits of a UUID that ascends with time (version 7), most of them random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TicketId(pub u128);

/// The internal number of a concert, given in order of creation from 1; rows carry it instead of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConcertNo(pub u32);

/// The arrival sequence of a queue place within its concert, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sequence(pub u64);

/// A seat of a concert: its date and its number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeatKey {
    pub date: CalendarDate,
    pub seat: u32,
}

impl SeatKey {
    /// These seats of one date.
    pub fn of_date(date: CalendarDate, seats: &[u32]) -> Vec<Self> {
        seats.iter().map(|seat| Self { date, seat: *seat }).collect()
    }
}

/// The public name of a concert: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConcertId(String);

impl ConcertId {
    /// Characters that a concert id may have at most.
    pub const LENGTH_MAX: usize = 64;

    /// The id that `text` spells, or `None` when it is not 1 to 64 of `a-z 0-9 -`.
    pub fn parse(text: &str) -> Option<Self> {
        let sane = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        ((1..=Self::LENGTH_MAX).contains(&text.len()) && text.bytes().all(sane)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConcertId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Where a place stands in line: the lower is admitted earlier. That of an arrival is its sequence number; a draw gives
/// the places of a line those of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineOrder(pub u64);

impl From<Sequence> for LineOrder {
    fn from(Sequence(number): Sequence) -> Self {
        Self(number)
    }
}

/// The queue place that a token proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlaceRef {
    pub concert: ConcertNo,
    pub sequence: Sequence,
    pub user: UserId,
}

#[cfg(test)]
mod tests {
    use super::ConcertId;

    #[test]
    fn a_concert_id_is_1_to_64_of_lower_case_digits_and_dashes() {
        for good in ["a", "spring-2030", "-", &"x".repeat(64)] {
            assert!(ConcertId::parse(good).is_some(), "{good:?} is fine");
        }
        for bad in ["", "Spring", "a b", "a_b", "é", &"x".repeat(65)] {
            assert!(ConcertId::parse(bad).is_none(), "{bad:?} is refused");
        }
    }
}
