//! JSON that many answers share, in pieces that are never copied, and its compressed forms: each piece is compressed by
//! itself, once, so that a change costs the compression of one piece, whoever reads it.
//!
//! The pieces of a gzip answer are runs of deflate blocks, each ended by a full flush, which may stand beside each other
//! in one stream; what a stream needs besides is the checksum of it all, which follows from those of the pieces. The
//! pieces of a zstd answer are whole frames, of which a stream may have any number.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::crc::Crc;

/// Compression levels: a piece is compressed while a reader waits, so that speed counts more than the last percent.
const DEFLATE_LEVEL: u32 = 4;
const ZSTD_LEVEL: i32 = 3;
/// Bytes of a stored block of deflate at most.
const STORED_BYTES_MAX: usize = 65_535;
/// What begins a gzip stream: magic, deflate, no name, no time, no flags, an unknown system.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// The last block of a deflate stream, without a byte in it.
const DEFLATE_END: [u8; 5] = [1, 0, 0, 0xff, 0xff];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How the bytes of an answer are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
    Zstd,
}

/// A text that many answers share, with the forms of it that were asked for.
pub struct Text {
    plain: Bytes,
    deflated: OnceLock<(Bytes, Crc)>,
    zstd: OnceLock<Bytes>,
}

impl Text {
    pub fn new(text: impl Into<Bytes>) -> Self {
        Self { plain: text.into(), deflated: OnceLock::new(), zstd: OnceLock::new() }
    }

    pub fn len(&self) -> usize {
        self.plain.len()
    }

    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// As blocks of a deflate stream that is not over.
    fn deflated(&self) -> &(Bytes, Crc) {
        self.deflated.get_or_init(|| (deflate(&self.plain), Crc::of(&self.plain)))
    }

    fn zstd(&self) -> &Bytes {
        let compress = || zstd::bulk::compress(&self.plain, ZSTD_LEVEL).expect("memory takes what is compressed");
        self.zstd.get_or_init(|| compress().into())
    }
}

/// A JSON array in shared pieces.
pub struct SharedArray {
    /// Elements with commas between them; none is empty.
    texts: Vec<Arc<Text>>,
    length: usize,
    checksum: OnceLock<Crc>,
}

impl SharedArray {
    /// The array of all elements of `texts`.
    pub fn new(texts: impl Iterator<Item = Arc<Text>>) -> Self {
        let texts: Vec<Arc<Text>> = texts.filter(|text| !text.is_empty()).collect();
        let length = texts.iter().map(|text| text.len() + 1).sum::<usize>().max(1) + 1;
        Self { texts, length, checksum: OnceLock::new() }
    }

    /// Whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Bytes of the array as it is without compression.
    pub fn len(&self) -> usize {
        self.length
    }

    /// The array, separators and brackets included, from what stands for a text of it and for a mark.
    fn pieces(&self, mark: impl Fn(&'static str) -> Bytes, text: impl Fn(&Text) -> Bytes) -> Vec<Bytes> {
        let mut pieces = Vec::with_capacity(2 * self.texts.len() + 2);
        pieces.push(mark("["));
        for (number, one) in self.texts.iter().enumerate() {
            if number > 0 {
                pieces.push(mark(","));
            }
            pieces.push(text(one));
        }
        pieces.push(mark("]"));
        pieces
    }

    fn checksum(&self) -> Crc {
        *self.checksum.get_or_init(|| {
            let comma = Crc::of(b",");
            let texts = self.texts.iter().enumerate().fold(Crc::of(b"["), |before, (number, text)| {
                let before = if number > 0 { before.then(comma) } else { before };
                before.then(text.deflated().1)
            });
            texts.then(Crc::of(b"]"))
        })
    }
}

/// A part of an answer.
pub enum Part {
    /// Text of this answer alone.
    Own(Bytes),
    Shared(Arc<SharedArray>),
}

impl Part {
    /// Bytes of it without compression.
    pub fn bytes_plain(&self) -> usize {
        match self {
            Self::Own(text) => text.len(),
            Self::Shared(array) => array.len(),
        }
    }
}

/// The bytes of an answer of such parts, in pieces.
pub fn coded(parts: &[Part], coding: Coding) -> Vec<Bytes> {
    match coding {
        Coding::Identity => parts.iter().flat_map(plain).collect(),
        Coding::Gzip => gzip(parts),
        Coding::Zstd => parts.iter().flat_map(frames).collect(),
    }
}

fn plain(part: &Part) -> Vec<Bytes> {
    match part {
        Part::Own(text) => vec![text.clone()],
        Part::Shared(array) => array.pieces(|mark| Bytes::from_static(mark.as_bytes()), |text| text.plain.clone()),
    }
}

fn gzip(parts: &[Part]) -> Vec<Bytes> {
    let mut pieces = vec![Bytes::from_static(&GZIP_HEAD)];
    let mut checksum = Crc::of(b"");
    for part in parts {
        match part {
            Part::Own(text) => {
                pieces.push(stored(text));
                checksum = checksum.then(Crc::of(text));
            }
            Part::Shared(array) => {
                pieces.extend(array.pieces(|mark| stored(mark.as_bytes()), |text| text.deflated().0.clone()));
                checksum = checksum.then(array.checksum());
            }
        }
    }
    pieces.push([&DEFLATE_END[..], &checksum.trailer()].concat().into());
    pieces
}

fn frames(part: &Part) -> Vec<Bytes> {
    match part {
        Part::Own(text) => vec![raw_frame(text)],
        Part::Shared(array) => array.pieces(|mark| raw_frame(mark.as_bytes()), |text| text.zstd().clone()),
    }
}

/// A text as blocks of deflate that end at a byte and of which nothing behind them depends.
fn deflate(text: &[u8]) -> Bytes {
    let mut compress = Compress::new(Compression::new(DEFLATE_LEVEL), false);
    // A full flush adds a few bytes; text never becomes longer by more.
    let mut out = Vec::with_capacity(text.len() + text.len() / 1_000 + 64);
    let status = compress.compress_vec(text, &mut out, FlushCompress::Full).expect("a fresh stream takes all bytes");
    assert!(status == Status::Ok && compress.total_in() == text.len() as u64, "there was room for everything");
    out.into()
}

/// A short text as stored blocks of deflate.
fn stored(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len() + 5);
    for block in text.chunks(STORED_BYTES_MAX) {
        let length = u16::try_from(block.len()).expect("a block is short enough");
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.into()
}

/// A short text as frames of zstd with one raw block each.
fn raw_frame(text: &[u8]) -> Bytes {
    /// One segment, and the length of its content in two bytes, counted from 256; in one byte when it is shorter.
    const LONG: u8 = 0x60;
    const SHORT: u8 = 0x20;
    let mut out = Vec::with_capacity(text.len() + 10);
    for block in text.chunks(STORED_BYTES_MAX) {
        out.extend_from_slice(&ZSTD_MAGIC);
        let length = u32::try_from(block.len()).expect("a block is short enough");
        match u8::try_from(length) {
            Ok(short) => out.extend_from_slice(&[SHORT, short]),
            Err(_) => {
                let long = u16::try_from(length - 256).expect("a block is short enough");
                out.push(LONG);
                out.extend_from_slice(&long.to_le_bytes());
            }
        }
        // The last block, raw, of this length.
        out.extend_from_slice(&(length << 3 | 1).to_le_bytes()[..3]);
        out.extend_from_slice(block);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::Arc;

    use super::{Coding, Part, STORED_BYTES_MAX, SharedArray, Text, coded};

    fn decoded(parts: &[Part], coding: Coding) -> String {
        let bytes = coded(parts, coding).concat();
        let mut text = String::new();
        match coding {
            Coding::Identity => return String::from_utf8(bytes).expect("text"),
            Coding::Gzip => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("gzip"),
            Coding::Zstd => {
                zstd::stream::read::Decoder::new(&bytes[..]).expect("zstd").read_to_string(&mut text).expect("zstd")
            }
        };
        text
    }

    #[test]
    fn every_coding_gives_the_same_text_from_shared_pieces() {
        let elements = |numbers: std::ops::Range<u32>| {
            let texts: Vec<String> = numbers.map(|number| number.to_string()).collect();
            Arc::new(Text::new(texts.join(",")))
        };
        let arrays = [
            SharedArray::new(std::iter::empty()),
            SharedArray::new([elements(0..0), elements(5..6), elements(0..0)].into_iter()),
            SharedArray::new([elements(0..0), elements(1..900), elements(900..901), elements(901..30_000)].into_iter()),
        ];
        let numbers: Vec<String> = (1..30_000).map(|number: u32| number.to_string()).collect();
        let expected = ["[]".to_owned(), "[5]".to_owned(), format!("[{}]", numbers.join(","))];
        for own in [0, 1, 255, 256, 257, STORED_BYTES_MAX, STORED_BYTES_MAX + 1] {
            for (array, expected) in arrays.iter().zip(&expected) {
                assert_eq!((array.len(), array.is_empty()), (expected.len(), expected == "[]"));
                let own = "x".repeat(own);
                let array = SharedArray::new(array.texts.iter().map(Arc::clone));
                let parts =
                    [Part::Own(own.clone().into()), Part::Shared(Arc::new(array)), Part::Own("}".to_owned().into())];
                for coding in [Coding::Identity, Coding::Gzip, Coding::Zstd] {
                    assert_eq!(decoded(&parts, coding), format!("{own}{expected}}}"), "{coding:?}");
                }
            }
        }
    }

    #[test]
    fn a_piece_is_compressed_once_and_shared() {
        let text = Arc::new(Text::new("5,".repeat(1_000)));
        let parts = || [Part::Shared(Arc::new(SharedArray::new(std::iter::once(Arc::clone(&text)))))];
        for (coding, at) in [(Coding::Identity, 1), (Coding::Gzip, 2), (Coding::Zstd, 1)] {
            let (one, other) = (coded(&parts(), coding), coded(&parts(), coding));
            assert_eq!(one[at].as_ptr(), other[at].as_ptr(), "{coding:?}");
            assert!(coding == Coding::Identity || one[at].len() < 100, "{coding:?}");
        }
    }
}
