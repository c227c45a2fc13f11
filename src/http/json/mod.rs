//! JSON as clients write and read it: typed readers of requests, the bodies of answers, and the conversions between
//! them and the domain. It decides nothing that depends on state.

mod answer;
mod asked;
mod concert;
mod concert_request;
mod definition;
mod event;
mod fields;
mod history;
mod ids;
mod nearest;
mod object;
mod operator;
mod page;
mod pieces;
mod place;
mod policy;
mod seats;
mod time;
mod user;
mod username;
mod wallet;

pub use answer::{created, ok, spliced};
pub use asked::{Asked, BestAvailableRequest, ReserveRequest, SeatsRequest, query_date, read_seats, read_selection};
pub use concert::{ConcertBody, ConcertListBody, ConcertSummaryBody, DateBody, SectionBody, StatusBody};
pub use concert_request::{ConcertChangeRequest, ConcertRequest, DateRequest, QueueRequest, SectionRequest};
pub use definition::{CONCERT_FIELDS, DATE_FIELDS, SECTION_FIELDS, Server, check_change, read_changed, read_new};
pub use event::{EventBody, EventsBody};
pub use fields::{Fields, Given};
pub use history::{ReservationBody, ReservationStatusBody, ReservationsBody};
pub use ids::{concert_id, optional_concert_id, read_uuid, required_user_id, user_id, write_uuid};
pub use nearest::nearest;
pub use object::read_object;
pub use operator::{
    DateStatsBody, OperatorConcertBody, OperatorConcertListBody, OperatorDateBody, OperatorSectionBody, StatsBody,
    status_at,
};
pub use page::{Page, number, unknown_cursor, write_cursor};
pub use place::{EndedBody, IssuedBody, JoinRequest, LeftBody, PlaceBody, PlaceStatus};
pub use policy::{OrderBody, QUEUE_FIELDS, QueueBody, read_policy};
pub use seats::{
    AvailabilityBody, AvailableBody, CanceledBody, DatesBody, MapBody, MapSeatBody, PaidBody, ReservedBody,
    SeatStatusBody, TicketBody,
};
pub use time::{begins_at, write_instant};
pub use user::{CreatedUserBody, NewUserRequest, StandingRequest, UserBody};
pub use username::canonical as canonical_username;
pub use wallet::{
    BalanceBody, ChargeRequest, ChargedBody, EntryKindBody, LedgerBody, LedgerEntryBody, PaymentBody,
    PaymentStatusBody, PaymentsBody, RefundRequest, RefundedBody,
};
