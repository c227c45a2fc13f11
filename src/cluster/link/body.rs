//! Bodies of requests and answers: whole ones, which are read up to a limit, and streams.

use std::error::Error;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use thiserror::Error;

/// Why a body that is being sent ended early.
pub type BodyError = Box<dyn Error + Send + Sync>;

/// A body that is sent, whole or as a stream. What is not taken yet at the other side is not asked of it.
pub type LinkBody = UnsyncBoxBody<Bytes, BodyError>;

/// Why a body was not read to its end.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    #[error("the body ended early: {0}")]
    Broken(BodyError),
    #[error("of a body of {declared} bytes {read} came")]
    Incomplete { declared: u64, read: usize },
}

/// A body of these bytes.
#[must_use]
pub fn whole(bytes: impl Into<Bytes>) -> LinkBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body without bytes.
#[must_use]
pub fn empty() -> LinkBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// All of a body, which must have at most `bytes_max` bytes; of a larger one no more is kept. When the
/// connection is given up in between, as its other side is not heard, a body ends where it is, without an error: so its bytes
/// are counted.
///
/// # Errors
/// It is larger, or does not come to its end, or has not the bytes that its head declares.
pub async fn read(body: Incoming, bytes_max: usize) -> Result<Bytes, ReadError> {
    let declared = body.size_hint().exact();
    match Limited::new(body, bytes_max).collect().await {
        Ok(read) => {
            let bytes = read.to_bytes();
            match declared.filter(|declared| *declared != bytes.len() as u64) {
                Some(declared) => Err(ReadError::Incomplete { declared, read: bytes.len() }),
                None => Ok(bytes),
            }
        }
        Err(error) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge(bytes_max)),
        Err(error) => Err(ReadError::Broken(error)),
    }
}
