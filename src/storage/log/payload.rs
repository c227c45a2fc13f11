//! The entries in the payload of a frame: each behind its length.

use bytes::Bytes;

use super::super::codec::{self, DecodeError};
use crate::log::{Content, Entry, Index, LogId};

/// Bytes before each entry: its length.
const ENTRY_LENGTH_BYTES: usize = size_of::<u32>();

/// The first byte of what an entry with parts says: the number of [`Content::Parts`] among its kinds.
const PARTS: u8 = 0;

/// Parts that one entry takes.
pub const PARTS_MAX: usize = 16;
/// Lengths below this are one byte of the encoding.
const ONE_BYTE_BELOW: usize = 251;
const _: () = assert!(PARTS_MAX < ONE_BYTE_BELOW, "the number of parts is one byte");

/// An entry as it is stored and sent: what it says was encoded once, by whoever wrote it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedEntry {
    pub id: LogId,
    pub content: Bytes,
}

impl EncodedEntry {
    /// Its number.
    pub fn index(&self) -> Index {
        self.id.index
    }

    /// What it says.
    ///
    /// # Errors
    /// The bytes are none of an entry.
    pub fn decode(&self) -> Result<Content, DecodeError> {
        codec::decode_payload(&self.content)
    }

    /// Whether it says parts, which only whoever applies them has to decode.
    pub fn has_parts(&self) -> bool {
        self.content.first() == Some(&PARTS)
    }
}

/// What an entry with these parts says, each of which was encoded by whoever adds it: a list is its length and its
/// elements, so that nothing is decoded here.
///
/// # Panics
/// There are more than [`PARTS_MAX`].
pub fn join_parts<'p>(parts: impl ExactSizeIterator<Item = &'p Bytes>) -> Bytes {
    assert!(parts.len() <= PARTS_MAX, "an entry has few parts");
    let mut out = vec![PARTS, u8::try_from(parts.len()).expect("there are few")];
    parts.for_each(|part| out.extend_from_slice(part));
    out.into()
}

/// What a log stores: an entry of its own, or one as it came from another log.
pub trait Storable {
    fn id(&self) -> LogId;

    /// Appends what it says, encoded.
    fn write_content(&self, out: &mut Vec<u8>);
}

impl Storable for Entry {
    fn id(&self) -> LogId {
        self.id
    }

    fn write_content(&self, out: &mut Vec<u8>) {
        codec::encode_payload(&self.content, out);
    }
}

impl Storable for EncodedEntry {
    fn id(&self) -> LogId {
        self.id
    }

    fn write_content(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.content);
    }
}

/// Appends an entry to the payload of a frame.
pub(super) fn write_entry(entry: &impl Storable, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; ENTRY_LENGTH_BYTES]);
    entry.write_content(out);
    // A payload that is too large for it is refused whole.
    let length = u32::try_from(out.len() - start - ENTRY_LENGTH_BYTES).unwrap_or(u32::MAX);
    out[start..start + ENTRY_LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
}

/// The entries of a frame's payload, in order. What ends in the midst of one has no more.
pub(super) fn entries_of(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<ENTRY_LENGTH_BYTES>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).expect("an address has at least 32 bits");
        let entry = behind.get(..length)?;
        rest = &behind[length..];
        Some(entry)
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{EncodedEntry, PARTS_MAX, Storable, join_parts};
    use crate::domain::Members;
    use crate::log::{Content, Entry, Index, Part};
    use crate::storage::codec;

    #[test]
    fn entries_with_parts_are_told_without_decoding_them() {
        let alone = Entry::alone(Index(1), Vec::new());
        for (content, has_parts) in [
            (alone.content.clone(), true),
            (Content::Parts(Vec::new()), true),
            (Content::Blank, false),
            (Content::Members(Members::default()), false),
        ] {
            let entry = Entry { content, ..alone.clone() };
            let mut bytes = Vec::new();
            entry.write_content(&mut bytes);
            let encoded = EncodedEntry { id: entry.id, content: bytes.into() };
            assert_eq!((encoded.has_parts(), encoded.decode().expect("ours")), (has_parts, entry.content));
        }
    }

    #[test]
    fn joined_parts_are_what_an_entry_with_them_says() {
        for count in 0..=PARTS_MAX {
            let parts: Vec<Part> = (0..count as u64).map(|number| Part { number, ..Part::default() }).collect();
            let encode = |value: &dyn Fn(&mut Vec<u8>)| {
                let mut out = Vec::new();
                value(&mut out);
                Bytes::from(out)
            };
            let each = parts.iter().map(|part| encode(&|out| codec::encode_payload(part, out)));
            let each: Vec<Bytes> = each.collect();
            let whole = encode(&|out| codec::encode_payload(&Content::Parts(parts.clone()), out));
            assert_eq!(join_parts(each.iter()), whole, "{count} parts");
        }
    }
}
