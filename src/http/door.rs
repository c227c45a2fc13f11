//! The door of a connection: while arrivals are refused for overload, it answers them from their bytes as they came,
//! before the HTTP library, the router or a handler spends anything on them. It does so only between two exchanges and
//! with what it can read at one glance: one whole request in one piece. Everything else goes on to the library and is
//! refused behind it, with the same answer.

use axum::http::header::{ACCEPT, CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING, UPGRADE};
use axum::http::{HeaderName, Method};
use memchr::memchr_iter;

use super::edge::Edge;
use super::problem::PROBLEM_TYPE;
use super::request_id::REQUEST_ID;
use super::turn::Turn;

/// Headers of a request that is read here; one with more goes on to the library.
const HEADERS_MAX: usize = 32;
/// Headers that ask for more than an answer.
const SPECIAL: [HeaderName; 3] = [EXPECT, TRANSFER_ENCODING, UPGRADE];

/// Watches where exchanges end on one connection.
pub struct Door {
    edge: Edge,
    turn: Turn,
    standing: Standing,
}

/// What the library has of the connection's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// All requests that it got are answered and the answers written: what comes next begins a request.
    Between,
    /// It got the `head_bytes` of a head and `bytes` in all since; the answer is number `answer` of the connection.
    Within { answer: u64, head_bytes: u64, bytes: u64 },
    /// It may have the beginning of a request: heads came in pieces, or requests one on top of the other.
    Lost,
}

/// A request as far as a refusal depends on it.
struct Arrival<'a> {
    method: Method,
    path: &'a str,
    id: Option<&'a [u8]>,
}

impl Door {
    pub fn new(edge: Edge, turn: Turn) -> Self {
        Self { edge, turn, standing: Standing::Between }
    }

    /// The refusal of the request that `bytes` are, when that is to be refused and can be here.
    pub fn refuse(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.standing != Standing::Between || !self.edge.is_full() {
            return None;
        }
        let Arrival { method, path, id } = Arrival::read(bytes)?;
        let refusal = self.edge.refuse_unread(&method, path, id)?;
        // The client was heard, and has its time to ask again.
        self.turn.pass();
        Some(refusal)
    }

    /// Notes that `bytes` go on to the library.
    pub fn passed(&mut self, bytes: &[u8]) {
        let count = bytes.len() as u64;
        match &mut self.standing {
            // The end of a connection is no request.
            Standing::Between if bytes.is_empty() => {}
            Standing::Between => {
                let answer = self.turn.answers() + 1;
                self.standing = head_bytes(bytes).map_or(Standing::Lost, |head_bytes| Standing::Within {
                    answer,
                    head_bytes: head_bytes as u64,
                    bytes: count,
                });
            }
            Standing::Within { bytes, .. } => *bytes += count,
            Standing::Lost => {}
        }
    }

    /// Notes that everything which the library had to write is written.
    pub fn written(&mut self) {
        if let Standing::Within { answer, head_bytes, bytes } = self.standing
            && self.turn.answers() == answer
        {
            // A further request would have brought a body of its own.
            let body_bytes = self.turn.body_bytes().filter(|_| self.turn.requests() == answer);
            let is_whole = body_bytes.is_some_and(|body_bytes| head_bytes.checked_add(body_bytes) == Some(bytes));
            self.standing = if is_whole { Standing::Between } else { Standing::Lost };
        }
    }
}

impl<'a> Arrival<'a> {
    /// `None` unless `bytes` are exactly one request of the plain kind.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(head_bytes) = request.parse(bytes).ok()? else { return None };
        let method = Method::from_bytes(request.method?.as_bytes()).ok()?;
        // The answer to HEAD has no body, and CONNECT names no path.
        if request.version != Some(1) || method == Method::HEAD || method == Method::CONNECT {
            return None;
        }
        let target = request.path.filter(|target| target.starts_with('/') && !target.contains('#'))?;
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        let (mut id, mut body_bytes) = (None, None);
        for header in request.headers.iter() {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            if is(REQUEST_ID.as_str()) {
                id = id.or(Some(header.value));
            } else if is(CONTENT_LENGTH.as_str()) {
                let declared = length(header.value)?;
                // Two that differ are not to be.
                if body_bytes.replace(declared).is_some() {
                    return None;
                }
            } else if is(CONNECTION.as_str()) {
                if !header.value.eq_ignore_ascii_case(b"keep-alive") {
                    return None;
                }
            } else if is(ACCEPT.as_str()) {
                // The refusal in another form is made behind the library.
                if header
                    .value
                    .to_ascii_lowercase()
                    .windows(PROBLEM_TYPE.len())
                    .any(|part| part == PROBLEM_TYPE.as_bytes())
                {
                    return None;
                }
            } else if SPECIAL.iter().any(|name| is(name.as_str())) {
                return None;
            }
        }
        let is_whole = head_bytes.checked_add(body_bytes.unwrap_or(0)) == Some(bytes.len());
        is_whole.then_some(Self { method, path, id })
    }
}

/// Bytes of the head with which `bytes` begin, by a glance at the ends of its lines; `None` when it is not complete, or
/// when a line ends or the head begins in another way than the standard has it, which the library may pass over.
fn head_bytes(bytes: &[u8]) -> Option<usize> {
    let mut line = 0;
    for feed in memchr_iter(b'\n', bytes) {
        let end = feed.checked_sub(1).filter(|end| bytes[*end] == b'\r')?;
        match end.checked_sub(line)? {
            // An empty line, which cannot be the first.
            0 if line > 0 => return Some(feed + 1),
            0 => return None,
            _ => line = feed + 1,
        }
    }
    None
}

fn length(digits: &[u8]) -> Option<usize> {
    // A sign is no digit, though it can be read as part of a number.
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

#[cfg(test)]
mod tests;
