//! Keys as bytes that sort as the keys do: big-endian, the sign bit flipped, text last.

use std::fmt::Debug;
use std::hash::Hash;

use super::email_key::EmailKey;
use super::idempotency_key::{IdempotencyKey, KeyScope};
use super::ids::{ConcertNo, PaymentId, SeatKey, Sequence, TicketId, UserId};
use super::operators::KeyId;
use super::slots::{NodeId, Slot};
use super::time::{CalendarDate, Minute, Timestamp};

/// A key of a table.
pub trait RowKey: Clone + Ord + Hash + Debug + Send + Sync {
    /// Appends the key's bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// Takes the key from the front of `bytes`, or `None` when they are none.
    fn decode(bytes: &mut &[u8]) -> Option<Self>;

    /// The key as people know it.
    fn name(&self) -> String {
        format!("{self:?}")
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*front)
}

/// The text of a UUID (RFC 9562, section 4).
fn uuid_text(id: u128) -> String {
    let digits = format!("{id:032x}");
    [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]).join("-")
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let text = std::str::from_utf8(std::mem::take(bytes)).ok()?;
    Some(text.to_owned())
}

impl RowKey for () {
    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(_bytes: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

/// Integers sort as their big-endian bytes do.
macro_rules! integer_keys {
    ($($integer:ty)*) => {
        $(impl RowKey for $integer {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                take(bytes).map(Self::from_be_bytes)
            }
        })*
    };
}

integer_keys!(u16 u32 u64 u128);

/// Ids are the integers in them; people know a UUID by its text.
macro_rules! id_keys {
    ($($id:ident $(named by $name:ident)?;)*) => {
        $(impl RowKey for $id {
            fn encode(&self, out: &mut Vec<u8>) {
                self.0.encode(out);
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                RowKey::decode(bytes).map(Self)
            }

            $(fn name(&self) -> String {
                $name(self.0)
            })?
        })*
    };
}

id_keys! {
    UserId named by uuid_text;
    PaymentId named by uuid_text;
    TicketId named by uuid_text;
    KeyId named by uuid_text;
    ConcertNo;
    Sequence;
    Minute;
    NodeId;
    Slot;
}

impl RowKey for String {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        take_text(bytes)
    }
}

impl RowKey for Timestamp {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.0 ^ i64::MIN).to_be_bytes());
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(|front| Self(i64::from_be_bytes(front) ^ i64::MIN))
    }
}

impl RowKey for CalendarDate {
    fn encode(&self, out: &mut Vec<u8>) {
        self.number().encode(out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let number: u32 = RowKey::decode(bytes)?;
        Self::new(number / 10_000, number / 100 % 100, number % 100)
    }

    fn name(&self) -> String {
        format!("date {self}")
    }
}

impl RowKey for SeatKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.date.encode(out);
        self.seat.encode(out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self { date: RowKey::decode(bytes)?, seat: RowKey::decode(bytes)? })
    }

    fn name(&self) -> String {
        format!("date {} seat {}", self.date, self.seat)
    }
}

/// The address ends with a zero byte, which none has within.
impl RowKey for EmailKey {
    fn encode(&self, out: &mut Vec<u8>) {
        self.folded.encode(out);
        out.push(0);
        self.user.encode(out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let (mut folded, rest) = bytes.split_at(end);
        *bytes = &rest[1..];
        Some(Self { folded: take_text(&mut folded)?, user: RowKey::decode(bytes)? })
    }

    fn name(&self) -> String {
        format!("{:?} of {}", self.folded, self.user.name())
    }
}

impl RowKey for IdempotencyKey {
    fn encode(&self, out: &mut Vec<u8>) {
        match self.scope {
            KeyScope::Operator(key) => {
                out.push(0);
                key.encode(out);
            }
            KeyScope::User(user) => {
                out.push(1);
                user.encode(out);
            }
            KeyScope::Newcomer => out.push(2),
        }
        self.key.encode(out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let scope = match take(bytes)? {
            [0] => KeyScope::Operator(RowKey::decode(bytes)?),
            [1] => KeyScope::User(RowKey::decode(bytes)?),
            [2] => KeyScope::Newcomer,
            [_] => return None,
        };
        Some(Self { scope, key: take_text(bytes)? })
    }
}

impl<A: RowKey, B: RowKey> RowKey for (A, B) {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
        self.1.encode(out);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::decode(bytes)?, B::decode(bytes)?))
    }

    fn name(&self) -> String {
        format!("{}, {}", self.0.name(), self.1.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(key: &impl RowKey) -> Vec<u8> {
        let mut out = Vec::new();
        key.encode(&mut out);
        out
    }

    fn check<K: RowKey>(ascending: &[K]) {
        for key in ascending {
            let encoded = bytes(key);
            let mut rest = encoded.as_slice();
            assert_eq!(K::decode(&mut rest).as_ref(), Some(key));
            assert!(rest.is_empty());
        }
        for pair in ascending.windows(2) {
            assert!(pair[0] < pair[1] && bytes(&pair[0]) < bytes(&pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn bytes_sort_as_the_keys_do_and_come_back() {
        check(&[0_u64, 1, 255, 256, u64::MAX]);
        check(&[Timestamp(i64::MIN), Timestamp(-1), Timestamp(0), Timestamp(1), Timestamp(i64::MAX)]);
        check(&["", "a", "ab", "b", "é"].map(str::to_owned));
        check(&[UserId(0), UserId(1 << 64), UserId(u128::MAX)]);
        let date = |year| CalendarDate::new(year, 12, 31).expect("a date");
        check(&[(2029, 9), (2029, 10), (2030, 1)].map(|(year, seat)| SeatKey { date: date(year), seat }));
        check(&[(1, 2), (1, 300), (2, 1)].map(|(concert, sequence)| (ConcertNo(concert), Sequence(sequence))));
        let email = |address: &str, user| EmailKey::of(address, UserId(user));
        check(&[email("a@b", 9), email("a@b.c", 1), email("a@b.c", 300), email("B@b", 1)]);
        let idempotency = |scope, key: &str| IdempotencyKey { scope, key: key.to_owned() };
        check(&[
            idempotency(KeyScope::Operator(KeyId::OWNER), "a"),
            idempotency(KeyScope::Operator(KeyId::OWNER), "b"),
            idempotency(KeyScope::Operator(KeyId(1)), "a"),
            idempotency(KeyScope::User(UserId(1)), ""),
            idempotency(KeyScope::User(UserId(1)), "b"),
            idempotency(KeyScope::User(UserId(2)), "a"),
            idempotency(KeyScope::Newcomer, "a"),
        ]);
    }

    #[test]
    fn people_read_a_key_as_they_know_it() {
        let key = (ConcertNo(1), UserId(7));
        assert_eq!(key.name(), "ConcertNo(1), 00000000-0000-0000-0000-000000000007");
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        assert_eq!(u64::decode(&mut [0; 7].as_slice()), None);
        assert_eq!(String::decode(&mut [0xff].as_slice()), None);
        assert_eq!(SeatKey::decode(&mut [0; 8].as_slice()), None, "no calendar date");
        assert_eq!(IdempotencyKey::decode(&mut [3].as_slice()), None);
    }
}
