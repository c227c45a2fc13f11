//! A body in pieces that many answers share: a map of 20,000 seats goes out to everybody without being copied for each.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// Bytes up to which one copy costs less than what every further piece does.
const COPIED_BYTES_MAX: usize = 16 * 1024;

struct Pieces {
    left: VecDeque<Bytes>,
    bytes_left: u64,
}

/// The body that `pieces` make, one behind the other.
pub(super) fn body_of(pieces: impl IntoIterator<Item = Bytes>) -> Body {
    let left: VecDeque<Bytes> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
    let length: usize = left.iter().map(Bytes::len).sum();
    if length <= COPIED_BYTES_MAX {
        let mut whole = Vec::with_capacity(length);
        left.iter().for_each(|piece| whole.extend_from_slice(piece));
        return whole.into();
    }
    Body::new(Pieces { left, bytes_left: length as u64 })
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.left.pop_front();
        if let Some(piece) = &next {
            self.bytes_left -= piece.len() as u64;
        }
        Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes_left)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Bytes, HttpBody};
    use http_body_util::BodyExt;

    use super::{COPIED_BYTES_MAX, body_of};

    #[tokio::test]
    async fn pieces_follow_each_other_and_their_length_is_known_before() {
        for middle in [0, 5, COPIED_BYTES_MAX - 2, COPIED_BYTES_MAX, 10 * COPIED_BYTES_MAX] {
            let large = Bytes::from(vec![b'x'; middle]);
            let body = body_of([Bytes::from_static(b"["), large.clone(), Bytes::from_static(b"]")]);
            assert_eq!(body.size_hint().exact(), Some(middle as u64 + 2));
            let whole = body.collect().await.expect("it cannot fail").to_bytes();
            assert_eq!(whole, [b"[", &large[..], b"]"].concat());
        }
    }

    #[tokio::test]
    async fn a_large_piece_is_shared_and_not_copied() {
        let large = Bytes::from(vec![b'x'; COPIED_BYTES_MAX + 1]);
        let mut body = body_of([Bytes::from_static(b"["), large.clone()]);
        body.frame().await.expect("the first piece").expect("it cannot fail");
        let second = body.frame().await.expect("the second piece").expect("it cannot fail");
        assert_eq!(second.into_data().expect("bytes").as_ptr(), large.as_ptr());
    }
}
