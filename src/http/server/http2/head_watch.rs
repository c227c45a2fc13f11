//! The head watch: whether the head of a request has begun to come and not ended yet. The library tells of a head when it
//! is there whole, and nothing else may come before that, so a client could make a connection stand still with half of one.

/// What a client says first, and once.
const PREFACE_BYTES: usize = 24;
const FRAME_HEAD_BYTES: usize = 9;
/// Kinds of frames that heads come in, and the flag of the last of a head (RFC 9113, 6.2 and 6.10).
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// Follows the frames of a client by their heads.
#[derive(Debug)]
pub(super) struct HeadWatch {
    /// Bytes that are passed over, before the head of the next frame.
    ahead: usize,
    frame_head: [u8; FRAME_HEAD_BYTES],
    filled: usize,
    is_open: bool,
    /// Whether the head ends with the frame whose bytes are passed over.
    is_last: bool,
}

impl HeadWatch {
    pub(super) fn new() -> Self {
        Self { ahead: PREFACE_BYTES, frame_head: [0; FRAME_HEAD_BYTES], filled: 0, is_open: false, is_last: false }
    }

    /// Whether a head has begun and not ended behind `bytes`, the next that came.
    pub(super) fn is_open_behind(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            if self.ahead > 0 {
                let passed = self.ahead.min(bytes.len());
                self.ahead -= passed;
                bytes = &bytes[passed..];
            } else {
                let taken = (FRAME_HEAD_BYTES - self.filled).min(bytes.len());
                self.frame_head[self.filled..self.filled + taken].copy_from_slice(&bytes[..taken]);
                self.filled += taken;
                bytes = &bytes[taken..];
                if self.filled == FRAME_HEAD_BYTES {
                    self.begin_frame();
                }
            }
            if self.ahead == 0 && self.filled == 0 && self.is_last {
                (self.is_open, self.is_last) = (false, false);
            }
        }
        self.is_open
    }

    fn begin_frame(&mut self) {
        let [high, middle, low, kind, flags, ..] = self.frame_head;
        self.ahead = u32::from_be_bytes([0, high, middle, low]) as usize;
        self.filled = 0;
        if matches!(kind, HEADERS | CONTINUATION) {
            self.is_open = true;
            self.is_last = flags & END_HEADERS != 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTINUATION, END_HEADERS, HEADERS, HeadWatch, PREFACE_BYTES};

    const DATA: u8 = 0;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        frame.resize(frame.len() + usize::from(length), HEADERS);
        frame
    }

    #[test]
    fn a_head_is_open_from_its_first_frame_to_the_end_of_its_last_however_its_bytes_come() {
        let frames = [
            (frame(DATA, END_HEADERS, 20), false),
            (frame(HEADERS, END_HEADERS, 20), false),
            (frame(HEADERS, 0, 20), true),
            (frame(CONTINUATION, 0, 0), true),
            (frame(CONTINUATION, END_HEADERS, 0), false),
            (frame(HEADERS, 0, 1), true),
            (frame(CONTINUATION, END_HEADERS, 200), false),
            (frame(DATA, 0, 0), false),
        ];
        let (mut whole, mut piecemeal) = (HeadWatch::new(), HeadWatch::new());
        let preface = [HEADERS; PREFACE_BYTES];
        assert!(!whole.is_open_behind(&preface) && !piecemeal.is_open_behind(&preface));
        for (frame, is_open) in frames {
            assert_eq!(whole.is_open_behind(&frame), is_open, "{frame:?}");
            let (last, others) = frame.split_last().expect("a frame has a head");
            let was_open = others.chunks(1).fold(false, |_, byte| piecemeal.is_open_behind(byte));
            assert!(is_open || frame.len() == 9 || frame[3] == DATA || was_open, "{frame:?} has come but for a byte");
            assert_eq!(piecemeal.is_open_behind(&[*last]), is_open, "{frame:?}");
        }
    }
}
