//! The bytes of the log: what a segment begins with and how an entry is framed.
//!
//! Every checksum begins with the log's salt, a random number that only its own files hold, so that neither bytes of
//! another log nor bytes that a client smuggles into a command ever read as a frame. Nothing here touches a disk.

use crate::log::{Index, Position, Term};

/// The version of the log's format, the only one that this build writes and reads.
pub(super) const LOG_VERSION: u32 = 4;

/// Bytes at the start of a segment: magic, version, their checksum; then salt, first index, term and checksum of the
/// history before it, and the checksum of all that.
pub(super) const SEGMENT_HEADER_BYTES: usize = 52;

/// Bytes before the payload of a frame.
pub(super) const FRAME_HEADER_BYTES: usize = 40;

const SEGMENT_MAGIC: [u8; 8] = *b"jari-log";
const ENTRY_MAGIC: [u8; 4] = *b"jEnt";
const SEAL_MAGIC: [u8; 4] = *b"jSea";
const SKIP_MAGIC: [u8; 4] = *b"jSki";

/// Bytes of the segment header that keep their place in every version, so that a newer one is recognised.
const PREAMBLE_BYTES: usize = 16;

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub version: u32,
    pub salt: u64,
    /// Where the history stands before its first entry.
    pub before: Position,
}

/// Why the start of a segment is not readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFlaw {
    /// The bytes are missing or damaged.
    Damaged,
    /// Another version wrote it.
    Version(u32),
}

impl SegmentHeader {
    /// The index of its first entry.
    pub(crate) fn first(&self) -> Index {
        self.before.index.next()
    }

    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut out = [0; SEGMENT_HEADER_BYTES];
        out[..8].copy_from_slice(&SEGMENT_MAGIC);
        out[8..12].copy_from_slice(&self.version.to_le_bytes());
        let checksum = crc32fast::hash(&out[..12]);
        out[12..16].copy_from_slice(&checksum.to_le_bytes());
        out[16..24].copy_from_slice(&self.salt.to_le_bytes());
        out[24..32].copy_from_slice(&self.first().0.to_le_bytes());
        out[32..40].copy_from_slice(&self.before.term.0.to_le_bytes());
        out[40..48].copy_from_slice(&self.before.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&out[..48]);
        out[48..].copy_from_slice(&checksum.to_le_bytes());
        out
    }

    /// The header at the start of `bytes`, when it is of `expected_version`.
    pub(crate) fn decode(bytes: &[u8], expected_version: u32) -> Result<Self, HeaderFlaw> {
        let preamble = bytes.get(..PREAMBLE_BYTES).ok_or(HeaderFlaw::Damaged)?;
        if preamble[..8] != SEGMENT_MAGIC || crc32fast::hash(&preamble[..12]) != u32_at(preamble, 12) {
            return Err(HeaderFlaw::Damaged);
        }
        let version = u32_at(preamble, 8);
        if version != expected_version {
            return Err(HeaderFlaw::Version(version));
        }
        let header = bytes.get(..SEGMENT_HEADER_BYTES).ok_or(HeaderFlaw::Damaged)?;
        if crc32fast::hash(&header[..48]) != u32_at(header, 48) {
            return Err(HeaderFlaw::Damaged);
        }
        let index = Index(u64_at(header, 24).checked_sub(1).ok_or(HeaderFlaw::Damaged)?);
        let before = Position { index, term: Term(u64_at(header, 32)), checksum: u64_at(header, 40) };
        Ok(Self { version, salt: u64_at(header, 16), before })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// A batch of commands.
    Entry,
    /// A clean stop: everything up to its index is durable, and nothing follows until the next start.
    Seal,
    /// A repair: an earlier entry, or some commands of it, that no start applies any more.
    Skip,
}

/// What a frame says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub kind: FrameKind,
    /// The entry's index, or that of the last entry before a seal or skip.
    pub index: Index,
    pub term: Term,
    /// Every entry up to here was durable when the frame was written.
    pub durable: Index,
}

/// What the head of a frame says of the payload behind it.
struct PayloadSum {
    length: u32,
    checksum: u32,
}

/// Why there is no frame where one should begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameFlaw {
    Header,
    Cut,
    Payload,
}

impl FrameFlaw {
    /// What is wrong, in words that follow "at byte N: ".
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Header => "the head of a frame is damaged",
            Self::Cut => "a frame reaches beyond the end of the file",
            Self::Payload => "the content of a frame does not match its checksum",
        }
    }
}

impl FrameHeader {
    /// Writes the head into the first bytes of `frame`, whose payload stands behind them already.
    pub(super) fn write_into(self, frame: &mut [u8], salt: u64) {
        let Self { kind, index, term, durable } = self;
        let (head, payload) = frame.split_at_mut(FRAME_HEADER_BYTES);
        let length = u32::try_from(payload.len()).expect("the writer refuses larger batches");
        let magic = match kind {
            FrameKind::Entry => ENTRY_MAGIC,
            FrameKind::Seal => SEAL_MAGIC,
            FrameKind::Skip => SKIP_MAGIC,
        };
        head[..4].copy_from_slice(&magic);
        head[4..8].copy_from_slice(&length.to_le_bytes());
        head[8..16].copy_from_slice(&index.0.to_le_bytes());
        head[16..24].copy_from_slice(&term.0.to_le_bytes());
        head[24..32].copy_from_slice(&durable.0.to_le_bytes());
        head[32..36].copy_from_slice(&salted(salt, payload).to_le_bytes());
        let checksum = salted(salt, &head[..36]);
        head[36..].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The head at the start of `bytes`, or `None` when no undamaged one of this log begins there.
    fn decode(bytes: &[u8], salt: u64) -> Option<(Self, PayloadSum)> {
        let head = bytes.get(..FRAME_HEADER_BYTES)?;
        let kind = match *head.first_chunk::<4>()? {
            ENTRY_MAGIC => FrameKind::Entry,
            SEAL_MAGIC => FrameKind::Seal,
            SKIP_MAGIC => FrameKind::Skip,
            _ => return None,
        };
        if salted(salt, &head[..36]) != u32_at(head, 36) {
            return None;
        }
        let (index, term) = (Index(u64_at(head, 8)), Term(u64_at(head, 16)));
        let header = Self { kind, index, term, durable: Index(u64_at(head, 24)) };
        Some((header, PayloadSum { length: u32_at(head, 4), checksum: u32_at(head, 32) }))
    }

    /// Where a history stands behind the entry of this head, whose bytes are at the start of `frame`.
    pub(super) fn position_behind(self, before: Position, frame: &[u8]) -> Position {
        assert_eq!(self.kind, FrameKind::Entry, "a history goes on with entries alone");
        Position { index: self.index, term: self.term, checksum: chained(before.checksum, frame) }
    }
}

/// The frame at the start of `bytes`: its head and its payload.
pub(super) fn frame_at(bytes: &[u8], salt: u64) -> Result<(FrameHeader, &[u8]), FrameFlaw> {
    let (header, sum) = FrameHeader::decode(bytes, salt).ok_or(FrameFlaw::Header)?;
    let length = usize::try_from(sum.length).expect("an address has at least 32 bits");
    let payload = bytes[FRAME_HEADER_BYTES..].get(..length).ok_or(FrameFlaw::Cut)?;
    if salted(salt, payload) != sum.checksum {
        return Err(FrameFlaw::Payload);
    }
    Ok((header, payload))
}

/// The checksum over a history that goes on with the entry of `frame` after `before`. The head of a frame has the checksum
/// of its payload in it, so the head stands for the whole.
pub(super) fn chained(before: u64, frame: &[u8]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before.to_le_bytes());
    hasher.update(&frame[..FRAME_HEADER_BYTES]);
    u64_at(hasher.finalize().as_bytes(), 0)
}

/// Whether an undamaged frame head begins anywhere in `bytes` that was written when `index` was already durable.
pub(super) fn proves_durable(bytes: &[u8], salt: u64, index: Index) -> bool {
    bytes
        .windows(FRAME_HEADER_BYTES)
        .any(|window| FrameHeader::decode(window, salt).is_some_and(|(header, _)| header.durable >= index))
}

fn salted(salt: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&salt.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*bytes[at..].first_chunk().expect("the caller checked the length"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(*bytes[at..].first_chunk().expect("the caller checked the length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 0x0123_4567_89ab_cdef;

    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut out = vec![0; FRAME_HEADER_BYTES];
        out.extend_from_slice(payload);
        let header = FrameHeader { kind: FrameKind::Entry, index: Index(3), term: Term(1), durable: Index(2) };
        header.write_into(&mut out, SALT);
        out
    }

    fn header(version: u32) -> SegmentHeader {
        let before = Position { index: Index(6), term: Term(1), checksum: 0xfeed };
        SegmentHeader { version, salt: SALT, before }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn golden_bytes_of_a_segment_and_a_frame_stay_what_they_are() {
        assert_eq!(
            hex(&header(1).encode()),
            "6a6172692d6c6f67010000000549ff6eefcdab896745230107000000000000000100000000000000edfe000000000000e1d93bd2"
        );
        assert_eq!(
            hex(&frame(b"payload")),
            "6a456e740700000003000000000000000100000000000000020000000000000096dd8b5afab954e97061796c6f6164"
        );
    }

    #[test]
    fn what_was_written_is_read_again() {
        let header = header(1);
        assert_eq!(SegmentHeader::decode(&header.encode(), 1), Ok(header));
        let bytes = frame(b"payload");
        let (head, payload) = frame_at(&bytes, SALT).expect("our own frame");
        assert_eq!((head.index, head.term, head.durable), (Index(3), Term(1), Index(2)));
        assert_eq!(payload, b"payload");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_a_frame_is_noticed() {
        let good = frame(b"payload");
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(frame_at(&bad, SALT).is_err(), "bit {bit}");
        }
        for length in 0..good.len() {
            assert!(frame_at(&good[..length], SALT).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn every_flipped_bit_of_a_segment_header_is_damage_and_never_another_version() {
        let good = header(1).encode();
        for bit in 0..good.len() * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&bad, 1), Err(HeaderFlaw::Damaged), "bit {bit}");
        }
        let newer = header(2).encode();
        assert_eq!(SegmentHeader::decode(&newer, 1), Err(HeaderFlaw::Version(2)));
    }

    #[test]
    fn the_checksum_of_a_history_follows_every_entry_and_their_order() {
        let (one, two) = (frame(b"one"), frame(b"two"));
        let history = |frames: [&[u8]; 2]| frames.into_iter().fold(0, chained);
        assert_eq!(history([&one, &two]), history([&one, &two]));
        assert_ne!(history([&one, &two]), history([&two, &one]));
        assert_ne!(history([&one, &one]), history([&one, &two]));
    }

    #[test]
    fn a_frame_of_another_log_is_no_frame() {
        assert_eq!(frame_at(&frame(b"payload"), SALT + 1), Err(FrameFlaw::Header));
    }

    #[test]
    fn a_later_frame_proves_what_was_durable_before_it_and_no_more() {
        let mut bytes = vec![0xaa; 100];
        bytes.extend_from_slice(&frame(b"payload"));
        assert!(proves_durable(&bytes, SALT, Index(2)));
        assert!(!proves_durable(&bytes, SALT, Index(3)), "its own index was not durable yet");
        assert!(!proves_durable(&bytes[..139], SALT, Index(2)), "half a head proves nothing");
    }
}
