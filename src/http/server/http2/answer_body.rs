//! The body of an answer over HTTP/2, in pieces: the library takes a piece whole, whether the client does or not, and asks
//! for another only when there is room, so that pieces bound what waits in memory and tell how far the client is.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue};
use hyper::body::{Frame, SizeHint};

use super::exchange::{Delivery, Exchange};
use super::limits::FRAME_BYTES_MAX;

/// Bytes of a piece: what a frame has.
const PIECE_BYTES_MAX: usize = FRAME_BYTES_MAX as usize;

/// A body, and the exchange that ends with it.
pub(super) struct AnswerBody {
    body: Body,
    /// What is left of a frame that was larger than a piece.
    rest: Bytes,
    delivery: Arc<Delivery>,
    _exchange: Exchange,
}

impl AnswerBody {
    /// Of the exchange whose task this is.
    pub(super) fn new(body: Body, exchange: Exchange) -> Self {
        Self { body, rest: Bytes::new(), delivery: Delivery::of_this_task(), _exchange: exchange }
    }

    fn piece(&mut self) -> Frame<Bytes> {
        self.delivery.note_offer();
        Frame::data(self.rest.split_to(self.rest.len().min(PIECE_BYTES_MAX)))
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.delivery.note_taken();
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.piece())));
        }
        match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    self.rest = data;
                    Poll::Ready(Some(Ok(self.piece())))
                }
                Err(frame) => Poll::Ready(Some(Ok(frame))),
            },
            other => Poll::Ready(other),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (left, of_body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower() + left);
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper + left);
        }
        hint
    }
}

/// No body, where a head says how long `body` would be: the answer to HEAD.
pub(super) fn without_content(headers: &mut HeaderMap, body: &Body) -> Body {
    if let Some(length) = HttpBody::size_hint(body).exact().filter(|length| *length > 0) {
        headers.entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    Body::empty()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::{Body, Bytes, HttpBody};
    use http_body_util::BodyExt;

    use super::{AnswerBody, Exchange, PIECE_BYTES_MAX};
    use crate::http::server::connection::{Connection, Stage};

    #[tokio::test]
    async fn a_large_answer_goes_in_pieces_and_ends_with_the_last() {
        let connection = Arc::new(Connection::default());
        let stage = || connection.stage(std::time::Instant::now()).0;
        let bytes: Bytes = (0..2 * PIECE_BYTES_MAX + 1).map(|at| at.to_le_bytes()[0]).collect();
        let exchange = Exchange::begin(Arc::clone(&connection));
        let mut body = AnswerBody::new(Body::from(bytes.clone()), exchange);
        assert_eq!(stage(), Stage::Answer);
        let mut taken = Vec::new();
        for left in [2 * PIECE_BYTES_MAX + 1, PIECE_BYTES_MAX + 1, 1] {
            assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(left as u64), false));
            let frame = body.frame().await.expect("there is more").expect("it lies in memory");
            taken.extend_from_slice(&frame.into_data().expect("it has data"));
        }
        assert!(body.is_end_stream() && taken == bytes);
        drop(body);
        assert_eq!(stage(), Stage::Idle);
    }
}
