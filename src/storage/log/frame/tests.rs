//! The bytes of segments and frames: golden, flipped and cut.

use super::*;

const SALT: u64 = 0x0123_4567_89ab_cdef;

fn id(index: u64) -> LogId {
    LogId { leadership: Leadership { term: Term(2), node: NodeId(3) }, index: Index(index) }
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0; FRAME_HEADER_BYTES];
    out.extend_from_slice(payload);
    let header = FrameHeader { kind: FrameKind::Entries, id: id(4), ordinal: 5, committed: Index(2) };
    header.write_into(&mut out, SALT);
    out
}

fn header(version: u32) -> SegmentHeader {
    let vote = Vote { leadership: Leadership { term: Term(4), node: NodeId(1) }, is_elected: false };
    let before = Position { id: id(6), checksum: 0xfeed };
    SegmentHeader { version, salt: SALT, before, ordinal: 9, vote: Some(vote) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn golden_bytes_of_a_segment_and_a_frame_stay_what_they_are() {
    assert_eq!(
        hex(&header(1).encode()),
        "6a6172692d6c6f67010000000549ff6eefcdab8967452301060000000000000002000000000000000300000000000000edfe0000000000000900000000000000040000000000000001000000000000000100000004bc8595"
    );
    assert_eq!(
        hex(&frame(b"payload")),
        "6a456e74070000000400000000000000020000000000000003000000000000000500000000000000020000000000000096dd8b5a248706957061796c6f6164"
    );
}

#[test]
fn what_was_written_is_read_again() {
    let with_vote = header(1);
    let elected = with_vote.vote.map(|vote| Vote { is_elected: true, ..vote });
    for vote in [with_vote.vote, elected, None] {
        let header = SegmentHeader { vote, ..with_vote };
        assert_eq!(SegmentHeader::decode(&header.encode(), 1), Ok(header));
    }
    let bytes = frame(b"payload");
    let (head, payload) = frame_at(&bytes, SALT).expect("our own frame");
    assert_eq!((head.id, head.ordinal, head.committed), (id(4), 5, Index(2)));
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
    let history = |frames: [&[u8]; 2]| frames.into_iter().fold(0, |before, frame| chained(before, frame, 0));
    assert_eq!(history([&one, &two]), history([&one, &two]));
    assert_ne!(history([&one, &two]), history([&two, &one]));
    assert_ne!(history([&one, &one]), history([&one, &two]));
    assert_ne!(chained(0, &one, 0), chained(0, &one, 1), "two entries of one frame");
}

#[test]
fn a_frame_of_another_log_is_no_frame() {
    assert_eq!(frame_at(&frame(b"payload"), SALT + 1), Err(FrameFlaw::Header));
}

#[test]
fn a_later_frame_proves_what_was_durable_before_it_and_no_more() {
    let mut bytes = vec![0xaa; 100];
    bytes.extend_from_slice(&frame(b"payload"));
    assert!(proves_durable(&bytes, SALT, 4));
    assert!(!proves_durable(&bytes, SALT, 5), "it was not durable itself yet");
    assert!(!proves_durable(&bytes[..100 + FRAME_HEADER_BYTES - 1], SALT, 4), "half a head proves nothing");
}

#[test]
fn the_entries_of_a_frame_come_one_by_one_and_a_cut_one_does_not() {
    let payload = [&[3, 0, 0, 0][..], b"one", &[0, 0, 0, 0], &[2, 0, 0, 0], b"of"].concat();
    assert_eq!(entries_of(&payload).collect::<Vec<_>>(), [&b"one"[..], b"", b"of"]);
    assert_eq!(entries_of(&payload[..payload.len() - 1]).count(), 2);
    assert_eq!(entries_of(&payload[..6]).count(), 0);
}
