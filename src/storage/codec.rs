//! The one codec: how values become bytes and come back.
//!
//! A value on disk is a version byte, its bincode payload and a CRC-32 over its key and both, so that a value under a
//! damaged key is noticed too. Nothing here knows what a value means or where it is kept.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// The version of the encoding that this build writes, and the newest that it reads.
pub const CODEC_VERSION: u8 = 1;

/// Bytes that one payload may have: two thousand of the largest requests, which are 64 KiB each.
pub const PAYLOAD_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Bytes that a payload may claim to be in memory while it is read: a number of 16 bytes may be encoded in one.
const DECODED_BYTES_MAX: usize = 16 * PAYLOAD_BYTES_MAX;

/// Bytes of the checksum behind a value.
const CHECKSUM_BYTES: usize = size_of::<u32>();

const CONFIGURATION: Configuration<LittleEndian, Varint, Limit<DECODED_BYTES_MAX>> =
    bincode::config::standard().with_limit::<DECODED_BYTES_MAX>();

/// Why bytes are not the value that they should be.
#[derive(Debug, Error)]
pub enum DecodeError {
    #[error("only {0} bytes, too few for a version and a checksum")]
    Short(usize),
    #[error("its checksum does not match, so the bytes are damaged")]
    Checksum,
    #[error("written in encoding {0} by a newer jari; this one reads encodings up to {CODEC_VERSION}")]
    Newer(u8),
    #[error("{0} bytes are left over behind the value")]
    Trailing(usize),
    #[error("the payload is malformed: {0}")]
    Payload(#[from] bincode::error::DecodeError),
}

/// Appends `value` to `out` with its version byte and checksum, for keeping under `key`.
pub fn encode<T: Serialize>(key: &[u8], value: &T, out: &mut Vec<u8>) {
    let start = out.len();
    out.push(CODEC_VERSION);
    encode_payload(value, out);
    let checksum = checksum(key, &out[start..]);
    out.extend_from_slice(&checksum.to_le_bytes());
}

/// The value that [`encode`] wrote for keeping under `key`.
///
/// # Errors
/// The bytes are damaged, from a newer version, or hold something else.
pub fn decode<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> Result<T, DecodeError> {
    let Some((body, expected)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
        return Err(DecodeError::Short(bytes.len()));
    };
    let Some((version, payload)) = body.split_first() else {
        return Err(DecodeError::Short(bytes.len()));
    };
    if checksum(key, body) != u32::from_le_bytes(*expected) {
        return Err(DecodeError::Checksum);
    }
    if *version > CODEC_VERSION {
        return Err(DecodeError::Newer(*version));
    }
    decode_payload(payload)
}

fn checksum(key: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(body);
    hasher.finalize()
}

/// Appends the bare payload of `value`, for a place that has its own checksum and version.
pub fn encode_payload<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    bincode::serde::encode_into_std_write(value, out, CONFIGURATION)
        .expect("memory takes every byte, and our own types always serialise");
}

/// The value that [`encode_payload`] wrote, using up all bytes.
///
/// # Errors
/// The payload is malformed, too large or followed by more bytes.
pub fn decode_payload<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (value, used) = bincode::serde::decode_from_slice(bytes, CONFIGURATION)?;
    match bytes.len() - used {
        0 => Ok(value),
        left => Err(DecodeError::Trailing(left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        CalendarDate, Command, ConcertNo, EntryKind, LedgerEntry, PlaceRef, Selection, Sequence, Stamped, Timestamp,
        User, UserId, UserStanding, Username, WallTime, Wallet, commands,
    };

    const KEY: &[u8] = b"key";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
        let mut out = Vec::new();
        encode(KEY, value, &mut out);
        out
    }

    fn reserve() -> Stamped {
        let place_ref = PlaceRef { concert: ConcertNo(1), sequence: Sequence(7), user: UserId(9) };
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let command = Command::Reserve(commands::Reserve {
            place_ref,
            date,
            selection: Selection::Seats(vec![5, 6]),
            user: place_ref.user,
        });
        Stamped { now: Timestamp(1_900_000_000_000), idempotency: None, by: None, command }
    }

    #[test]
    fn golden_bytes_of_values_stay_what_they_are() {
        let wallet = Wallet { balance: 5_000, last_entry: Some(3), last_payment: None, updated_at: WallTime(1_000) };
        assert_eq!(hex(&encoded(&wallet)), "01fb8813010300fbd007ac1f68d4");
        let entry = LedgerEntry {
            kind: EntryKind::Payment,
            user: Some(UserId(1)),
            amount: 300,
            balance: 70_000,
            at: WallTime(-1),
            payment: None,
            previous: Some(251),
        };
        assert_eq!(hex(&encoded(&entry)), "01010101fb2c01fc70110100010001fbfb0036e2580a");
        let user = User {
            number: 3,
            username: Username { given: "Kim".to_owned(), canonical: "kim".to_owned() },
            email: None,
            standing: UserStanding::Welcome,
            created_at: WallTime(0),
            updated_at: WallTime(0),
            deleted_at: None,
        };
        assert_eq!(hex(&encoded(&user)), "0103034b696d036b696d0000000000d24138d0");
    }

    #[test]
    fn golden_bytes_of_a_command_stay_what_they_are() {
        let mut out = Vec::new();
        encode_payload(&vec![reserve()], &mut out);
        assert_eq!(hex(&out), "01fd0070a6c17403000000000d01070909fca8c5350100020506");
        assert_eq!(decode_payload::<Vec<Stamped>>(&out).expect("our own bytes"), vec![reserve()]);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let good = encoded(&reserve());
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(decode::<Stamped>(KEY, &bad), Err(DecodeError::Checksum)), "bit {bit}");
        }
    }

    #[test]
    fn a_value_under_another_key_is_noticed() {
        assert!(matches!(decode::<Stamped>(b"kez", &encoded(&reserve())), Err(DecodeError::Checksum)));
    }

    #[test]
    fn every_cut_is_noticed() {
        let good = encoded(&reserve());
        for length in 0..good.len() {
            assert!(decode::<Stamped>(KEY, &good[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_newer_encoding_is_named() {
        let mut bytes = vec![CODEC_VERSION + 1, 0, 0];
        let checksum = checksum(KEY, &bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        let error = decode::<u64>(KEY, &bytes).expect_err("newer");
        assert_eq!(error.to_string(), "written in encoding 2 by a newer jari; this one reads encodings up to 1");
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut out = Vec::new();
        encode_payload(&7_u64, &mut out);
        out.push(0);
        assert!(matches!(decode_payload::<u64>(&out), Err(DecodeError::Trailing(1))));
    }

    #[test]
    fn a_length_that_lies_is_refused_before_memory_is_asked_for() {
        let mut out = Vec::new();
        encode_payload(&u64::MAX, &mut out);
        assert!(matches!(decode_payload::<Vec<u64>>(&out), Err(DecodeError::Payload(_))));
        assert!(matches!(decode_payload::<String>(&out), Err(DecodeError::Payload(_))));
    }
}
