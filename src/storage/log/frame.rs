//! The bytes of the log: what a segment begins with and how entries are framed.
//!
//! Every checksum begins with the log's salt, a random number that only its own files hold, so that neither bytes of
//! another log nor bytes that a client smuggles into a command ever read as a frame. Nothing here touches a disk.

use super::payload::entries_of;
use crate::domain::NodeId;
use crate::log::{Index, Leadership, LogId, Position, Term, Vote};

/// The version of the log's format, the only one that this build writes and reads.
pub const LOG_VERSION: u32 = 8;

/// Bytes at the start of a segment: magic, version, their checksum; then salt, index, term, node and checksum of the
/// history before it, ordinal of its first frame, the newest vote, and the checksum of all that.
pub(super) const SEGMENT_HEADER_BYTES: usize = 88;

/// Bytes before the payload of a frame.
pub(super) const FRAME_HEADER_BYTES: usize = 56;

const SEGMENT_MAGIC: [u8; 8] = *b"jari-log";

/// Bytes of the segment header that keep their place in every version, so that a newer one is recognised.
const PREAMBLE_BYTES: usize = 16;

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub version: u32,
    pub salt: u64,
    /// Where the history stands before its first entry.
    pub before: Position,
    /// The ordinal of its first frame.
    pub ordinal: u64,
    /// The newest vote before it.
    pub vote: Option<Vote>,
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
    pub(crate) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let Leadership { term, node } = self.before.id.leadership;
        let (voted, standing) = match self.vote {
            None => (Leadership::default(), 0),
            Some(Vote { leadership, is_elected }) => (leadership, 1 + u32::from(is_elected)),
        };
        let mut out = [0; SEGMENT_HEADER_BYTES];
        out[..8].copy_from_slice(&SEGMENT_MAGIC);
        out[8..12].copy_from_slice(&self.version.to_le_bytes());
        let checksum = crc32fast::hash(&out[..12]);
        out[12..16].copy_from_slice(&checksum.to_le_bytes());
        let numbers = [self.salt, self.before.index().0, term.0, node.0, self.before.checksum, self.ordinal];
        for (number, place) in numbers.into_iter().chain([voted.term.0, voted.node.0]).zip(out[16..80].chunks_mut(8)) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        out[80..84].copy_from_slice(&u32::to_le_bytes(standing));
        let checksum = crc32fast::hash(&out[..84]);
        out[84..].copy_from_slice(&checksum.to_le_bytes());
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
        if crc32fast::hash(&header[..84]) != u32_at(header, 84) {
            return Err(HeaderFlaw::Damaged);
        }
        let id = LogId { leadership: leadership_at(header, 32), index: Index(u64_at(header, 24)) };
        let vote = |is_elected| Vote { leadership: leadership_at(header, 64), is_elected };
        Ok(Self {
            version,
            salt: u64_at(header, 16),
            before: Position { id, checksum: u64_at(header, 48) },
            ordinal: u64_at(header, 56),
            vote: match u32_at(header, 80) {
                0 => None,
                1 => Some(vote(false)),
                2 => Some(vote(true)),
                _ => return Err(HeaderFlaw::Damaged),
            },
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// Consecutive entries of one leadership, which became durable together.
    Entries,
    /// For whom the instance votes from now on.
    Vote,
    /// Entries from an index on are no part of the history: another leader has written others in their place.
    Cut,
    /// Entries up to an index are replaced by a snapshot of the tables, and the history goes on behind them.
    Install,
    /// A clean stop: everything before it is durable, and nothing follows until the next start.
    Seal,
    /// A repair: an earlier entry, or some commands of it, that no start applies any more.
    Skip,
}

impl FrameKind {
    const ALL: [Self; 6] = [Self::Entries, Self::Vote, Self::Cut, Self::Install, Self::Seal, Self::Skip];

    fn magic(self) -> [u8; 4] {
        match self {
            Self::Entries => *b"jEnt",
            Self::Vote => *b"jVot",
            Self::Cut => *b"jCut",
            Self::Install => *b"jIns",
            Self::Seal => *b"jSea",
            Self::Skip => *b"jSki",
        }
    }
}

/// What a frame says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub kind: FrameKind,
    /// That of its first entry; of another frame, of the newest entry of the history behind it.
    pub id: LogId,
    /// Counts the frames of the log, from 1, and never goes back: every frame before this one was durable when it was
    /// written.
    pub ordinal: u64,
    /// Every entry up to here was committed when it was written; none of them is ever cut.
    pub committed: Index,
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
        let Self { kind, id, ordinal, committed } = self;
        let (head, payload) = frame.split_at_mut(FRAME_HEADER_BYTES);
        let length = u32::try_from(payload.len()).expect("the writer refuses larger batches");
        head[..4].copy_from_slice(&kind.magic());
        head[4..8].copy_from_slice(&length.to_le_bytes());
        let numbers = [id.index.0, id.leadership.term.0, id.leadership.node.0, ordinal, committed.0];
        for (number, place) in numbers.into_iter().zip(head[8..48].chunks_mut(8)) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        head[48..52].copy_from_slice(&salted(salt, payload).to_le_bytes());
        let checksum = salted(salt, &head[..52]);
        head[52..].copy_from_slice(&checksum.to_le_bytes());
    }

    /// The head at the start of `bytes`, or `None` when no undamaged one of this log begins there.
    fn decode(bytes: &[u8], salt: u64) -> Option<(Self, PayloadSum)> {
        let head = bytes.get(..FRAME_HEADER_BYTES)?;
        let magic = head.first_chunk::<4>()?;
        let kind = FrameKind::ALL.into_iter().find(|kind| kind.magic() == *magic)?;
        if salted(salt, &head[..52]) != u32_at(head, 52) {
            return None;
        }
        let id = LogId { leadership: leadership_at(head, 16), index: Index(u64_at(head, 8)) };
        let header = Self { kind, id, ordinal: u64_at(head, 32), committed: Index(u64_at(head, 40)) };
        Some((header, PayloadSum { length: u32_at(head, 4), checksum: u32_at(head, 48) }))
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

/// Where a history stands behind each entry of a frame, with the bytes of the entry. `frame` begins with `head`.
pub(super) fn positions<'p>(
    before: Position,
    head: FrameHeader,
    payload: &'p [u8],
    frame: &[u8],
) -> impl Iterator<Item = (Position, &'p [u8])> {
    let LogId { leadership, index: Index(first) } = head.id;
    let mut checksum = before.checksum;
    (0..).zip(entries_of(payload)).map(move |(number, entry)| {
        checksum = chained(checksum, frame, number);
        (Position { id: LogId { leadership, index: Index(first + number) }, checksum }, entry)
    })
}

/// The payload of a frame that cuts the history down to `kept`.
pub(super) fn encode_cut(kept: Position) -> [u8; 8] {
    kept.checksum.to_le_bytes()
}

/// Where the history stands behind a cut; `None` when the payload says nothing of the kind.
pub(super) fn decode_cut(head: FrameHeader, payload: &[u8]) -> Option<Position> {
    Some(Position { id: head.id, checksum: u64::from_le_bytes(payload.try_into().ok()?) })
}

/// The payload of a frame with a vote.
pub(super) fn encode_vote(Vote { leadership, is_elected }: Vote) -> [u8; 17] {
    let mut out = [0; 17];
    out[..8].copy_from_slice(&leadership.term.0.to_le_bytes());
    out[8..16].copy_from_slice(&leadership.node.0.to_le_bytes());
    out[16] = u8::from(is_elected);
    out
}

/// What [`encode_vote`] wrote.
pub(super) fn decode_vote(payload: &[u8]) -> Option<Vote> {
    let payload: &[u8; 17] = payload.try_into().ok()?;
    let is_elected = match payload[16] {
        0 => false,
        1 => true,
        _ => return None,
    };
    Some(Vote { leadership: leadership_at(payload, 0), is_elected })
}

/// The checksum over a history that goes on with the entry of this number, from 0, of a frame after `before`. The head of
/// a frame has the checksum of its payload in it, so the head stands for the whole.
pub(super) fn chained(before: u64, head: &[u8], number: u64) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before.to_le_bytes());
    hasher.update(&head[..FRAME_HEADER_BYTES]);
    hasher.update(&number.to_le_bytes());
    u64_at(hasher.finalize().as_bytes(), 0)
}

/// Whether an undamaged frame head begins anywhere in `bytes` that was written when the frame of `ordinal` was already
/// durable.
pub(super) fn proves_durable(bytes: &[u8], salt: u64, ordinal: u64) -> bool {
    bytes
        .windows(FRAME_HEADER_BYTES)
        .any(|window| FrameHeader::decode(window, salt).is_some_and(|(header, _)| header.ordinal > ordinal))
}

fn salted(salt: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&salt.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

fn leadership_at(bytes: &[u8], at: usize) -> Leadership {
    Leadership { term: Term(u64_at(bytes, at)), node: NodeId(u64_at(bytes, at + 8)) }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*bytes[at..].first_chunk().expect("the caller checked the length"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(*bytes[at..].first_chunk().expect("the caller checked the length"))
}

#[cfg(test)]
mod tests;
