//! Tickets: what tells a genuine code.

mod body;
mod key;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;

use crate::http::app::App;
use crate::http::request::Request;
use crate::http::response::ok;
use key::TicketKeyBody;

pub(super) use body::{ItemBody, TicketBody, items};

/// Read what tells a genuine code of a ticket
///
/// Whoever checks codes without asking this server needs nothing else. A code is `prefix` and the base45 (RFC 9285, by
/// `alphabet`) of `layout`'s bytes and a signature of 64 bytes; integers are big-endian. It is genuine when `publicKey`
/// verifies the signature (Ed25519, RFC 8032) over the bytes of the text `signedPrefix` followed by those of `layout`.
/// Any other text is refused: another length or beginning, a character that `alphabet` does not have, three characters
/// that stand for more than 65535. `format` is 1; `ticketId` are the bytes of the UUID; `concert` tells concerts apart, by the
/// lower 16 bits of a number; `date` are the days from 1970-01-01 to the date that the ticket was sold for (of one that was moved,
/// the first date), by their lower 16 bits; `version` counts the codes of the ticket, of which the newest alone counts.
/// A genuine code says that the ticket was sold, and not that it is still good: the door list of the date says that.
#[utoipa::path(
    get, path = "/api/v1/tickets/key", operation_id = "readTicketKey", tag = "tickets",
    responses((status = 200, description = "The public key and the form of codes.", body = TicketKeyBody, example = json!({
        "algorithm": "Ed25519", "publicKey": "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw",
        "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n-----END PUBLIC KEY-----\n",
        "signedPrefix": "jari-ticket-1:", "prefix": "J", "alphabet": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:",
        "length": 130, "signatureBytes": 64,
        "layout": [{"name": "format", "bytes": 1}, {"name": "ticketId", "bytes": 16}, {"name": "concert", "bytes": 2},
                   {"name": "date", "bytes": 2}, {"name": "version", "bytes": 1}]
    })))
)]
pub(crate) async fn read_key(State(app): State<App>, _: Request) -> Response {
    let mut response = ok(&TicketKeyBody::of(&app.keys.tickets));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
