//! What a request names that tells which concert it is about. Nothing is verified here, and a request that is malformed
//! names nothing: whoever answers it says what is wrong.

use axum::body::Bytes;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use super::asked::Asked;
use crate::domain::{ConcertId, PaymentId, TicketId};
use crate::http::authentication::bearer;
use crate::http::reach::Source;
use crate::http::values::{self, TextKind, TicketCodeText, TransferCode, read_uuid};
use crate::identity::{named_concert, named_ticket};

/// What a request names that tells which concert it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Concert(ConcertId),
    /// The only concert that is open.
    OnlyOpen,
    /// A concert that is still to be given an id.
    NewConcert,
    Payment(PaymentId),
    /// Tickets, those of several scans in their order; all are of one concert unless a report was not taken apart.
    Tickets(Vec<TicketId>),
}

/// Fields of a body that may name something, of whatever type.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    concert_id: Value,
    ticket_id: Value,
    code: Value,
    check_ins: Value,
}

impl Named {
    /// What `asked` names, by its `source`; `part` is the first variable part of its path.
    pub(super) fn of(source: Source, part: &str, asked: &Asked) -> Option<Self> {
        match source {
            Source::Path => decoded(part, ConcertId::parse).map(Self::Concert),
            Source::PathPayment => decoded(part, read_uuid).map(|id| Self::Payment(PaymentId(id))),
            Source::PathTicket => decoded(part, read_uuid).map(|id| Self::Tickets(vec![TicketId(id)])),
            Source::Token => named_concert(bearer(asked.headers()).ok()?).map(Self::Concert),
            Source::Body => concert(asked.body(), None),
            Source::BodyOrOpen => concert(asked.body(), Some(Self::OnlyOpen)),
            Source::BodyOrNew => concert(asked.body(), Some(Self::NewConcert)),
            Source::BodyTicket => {
                let Fields { ticket_id, code, .. } = fields(asked.body())?;
                shown_ticket(&ticket_id, &code).map(|ticket| Self::Tickets(vec![ticket]))
            }
            Source::BodyScans => {
                let Fields { check_ins, .. } = fields(asked.body())?;
                Some(Self::Tickets(check_ins.as_array()?.iter().filter_map(scanned_ticket).collect()))
            }
            Source::BodyOffer => {
                let Fields { code, .. } = fields(asked.body())?;
                let TransferCode((ticket, _)) = text::<TransferCode>(&code)?;
                Some(Self::Tickets(vec![ticket]))
            }
        }
    }
}

/// The ticket of one scan of a report.
pub(super) fn scanned_ticket(scan: &Value) -> Option<TicketId> {
    let field = |name| scan.get(name).unwrap_or(&Value::Null);
    shown_ticket(field("ticketId"), field("code"))
}

fn shown_ticket(ticket_id: &Value, code: &Value) -> Option<TicketId> {
    match text::<TicketCodeText>(code) {
        Some(TicketCodeText(code)) => named_ticket(&code),
        None => text::<values::TicketId>(ticket_id).map(|values::TicketId(ticket)| ticket),
    }
}

/// The concert that a body names, or else what it means by naming none.
fn concert(body: &Bytes, unnamed: Option<Named>) -> Option<Named> {
    match fields(body)?.concert_id {
        Value::Null => unnamed,
        named => text::<values::ConcertId>(&named).map(|values::ConcertId(id)| Named::Concert(id)),
    }
}

fn fields(body: &Bytes) -> Option<Fields> {
    serde_json::from_slice(body).ok()
}

fn text<K: TextKind>(value: &Value) -> Option<K> {
    value.as_str().and_then(K::read)
}

/// What a part of a path writes.
fn decoded<T>(part: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    read(&percent_decode_str(part).decode_utf8().ok()?)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::Named;
    use crate::domain::{CalendarDate, ConcertId, ConcertNo, PaymentId, TicketId};
    use crate::http::forward::asked::Asked;
    use crate::http::reach::Source;
    use crate::identity::{TicketCode, TicketCodes, TicketKey};

    const TICKET: TicketId = TicketId(0x7c9e_6679_7425_40de_944b_e07f_c1f9_0ae7);

    fn spring() -> Named {
        Named::Concert(ConcertId::parse("spring").expect("a fine id"))
    }

    fn tickets(named: &[TicketId]) -> Named {
        Named::Tickets(named.to_vec())
    }

    fn uuid(id: u128) -> String {
        Uuid::from_u128(id).to_string()
    }

    fn of_path(source: Source, part: &str) -> Option<Named> {
        Named::of(source, part, &Asked::new(Request::new(Body::empty()), <_>::default()))
    }

    fn of_text(source: Source, body: &str) -> Option<Named> {
        Named::of(source, "", &Asked::new(Request::new(Body::empty()), body.to_owned().into()))
    }

    #[track_caller]
    fn names(source: Source, cases: &[(Value, Option<Named>)]) {
        for (body, named) in cases {
            assert_eq!(of_text(source, &body.to_string()), *named, "{source:?} of {body}");
        }
    }

    #[test]
    fn a_path_names_a_concert_a_payment_or_a_ticket_however_it_is_escaped() {
        assert_eq!(of_path(Source::Path, "spring"), Some(spring()));
        assert_eq!(of_path(Source::Path, "%73pring"), Some(spring()));
        let payment = Some(Named::Payment(PaymentId(TICKET.0)));
        assert_eq!(of_path(Source::PathPayment, &uuid(TICKET.0)), payment);
        assert_eq!(of_path(Source::PathPayment, &uuid(TICKET.0).to_uppercase()), payment);
        assert_eq!(of_path(Source::PathTicket, &uuid(TICKET.0)), Some(tickets(&[TICKET])));
        for source in [Source::Path, Source::PathPayment, Source::PathTicket] {
            for none in
                ["", "Spring", "%ff", "7c9e6679"].iter().filter(|none| source != Source::Path || **none != "7c9e6679")
            {
                assert_eq!(of_path(source, none), None, "{source:?} of {none}");
            }
        }
    }

    #[test]
    fn a_token_names_its_concert_and_what_is_no_token_none() {
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.\
                     eyJzdWIiOiJ4IiwiY29uY2VydElkIjoic3ByaW5nIiwic2VxdWVuY2UiOjcsImF1ZCI6IngiLCJpYXQiOjEsImV4cCI6Mn0.AAAA";
        let named = |value: &str| {
            let request = Request::builder().header("authorization", value).body(Body::empty()).expect("a request");
            Named::of(Source::Token, "", &Asked::new(request, <_>::default()))
        };
        assert_eq!(named(&format!("Bearer {token}")), Some(spring()));
        for none in
            [token.to_owned(), "Bearer".to_owned(), "Bearer x.y.z".to_owned(), format!("Bearer {}", &token[..60])]
        {
            assert_eq!(named(&none), None, "{none}");
        }
        assert_eq!(of_path(Source::Token, ""), None);
    }

    #[test]
    fn a_body_names_its_concert_or_means_the_only_open_or_a_new_one() {
        for (source, unnamed) in [
            (Source::Body, None),
            (Source::BodyOrOpen, Some(Named::OnlyOpen)),
            (Source::BodyOrNew, Some(Named::NewConcert)),
        ] {
            names(
                source,
                &[
                    (json!({"concertId": "spring", "code": 7, "dates": [{}]}), Some(spring())),
                    (json!({"userId": 7}), unnamed.clone()),
                    (json!({"concertId": null}), unnamed.clone()),
                    (json!({"concertId": "Spring"}), None),
                    (json!({"concertId": 7}), None),
                    (json!("spring"), None),
                ],
            );
            for none in ["", "{", "{\"concertId\":\"spring\",\"concertId\":\"spring\"}", "{\"concertId\":\"\u{fffd}\""]
            {
                assert_eq!(of_text(source, none), None, "{none}");
            }
        }
    }

    #[test]
    fn a_gate_names_a_ticket_by_its_id_or_by_its_code() {
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let codes = TicketCodes::new(&TicketKey::from_bytes([9; 32]));
        let code = codes.write(TicketCode::new(TICKET, ConcertNo(3), date, 1));
        let (by_id, by_code) = (json!({"ticketId": uuid(TICKET.0), "concertId": 7}), json!({"code": code, "at": 7}));
        names(
            Source::BodyTicket,
            &[
                (by_id.clone(), Some(tickets(&[TICKET]))),
                (by_code.clone(), Some(tickets(&[TICKET]))),
                (json!({"code": "J"}), None),
                (json!({"ticketId": "x"}), None),
                (json!({}), None),
            ],
        );
        names(
            Source::BodyScans,
            &[
                (json!({"checkIns": [by_id, {"code": "J"}, by_code, 7]}), Some(tickets(&[TICKET, TICKET]))),
                (json!({"checkIns": []}), Some(tickets(&[]))),
                (json!({"checkIns": {}}), None),
                (json!({}), None),
            ],
        );
    }

    #[test]
    fn the_code_of_an_offer_names_its_ticket() {
        // 16 bytes of the ticket, 16 of the secret.
        let code = "fJ5meXQlQN6US-B_wfkK5wAAAAAAAAAAAAAAAAAAAAc";
        names(
            Source::BodyOffer,
            &[
                (json!({"userId": 7, "code": code, "ticketId": 7}), Some(tickets(&[TICKET]))),
                (json!({"code": &code[1..]}), None),
                (json!({"userId": "x"}), None),
            ],
        );
    }
}
