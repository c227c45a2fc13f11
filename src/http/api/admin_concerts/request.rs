//! The form of a concert as the operator writes it, for the description of the API. It is read field by field, in
//! `definition` and `policy`, since absent and `null` mean different things there.

#![allow(dead_code, reason = "the form of a request is described here, and read field by field")]

use utoipa::ToSchema;

use crate::http::api::admin_queue::QueueRequest;
use crate::http::api::concerts::StatusBody;

/// A new concert. Only `title` and `dates` are required.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ConcertRequest {
    /// 1 to 64 of `a-z 0-9 -`; a UUID when none is given.
    pub concert_id: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    #[schema(max_length = 5_000)]
    pub description: Option<String>,
    #[schema(max_length = 200)]
    pub venue: Option<String>,
    /// An IANA name; the server's `sale.time_zone`, by default its system's, when none is given.
    pub time_zone: Option<String>,
    /// Before it users gather in a lobby.
    #[schema(format = DateTime)]
    pub on_sale_at: Option<String>,
    /// When the sale closes by itself; after `onSaleAt`.
    #[schema(format = DateTime)]
    pub closes_at: Option<String>,
    /// `draft` (the default), `on_sale` or `closed`.
    pub status: Option<StatusBody>,
    /// Seats that one user may hold and own over all dates; the server's `sale.seat_limit` when none is given.
    #[schema(minimum = 1, maximum = 1_000)]
    pub seat_limit: Option<u32>,
    #[schema(min_items = 1, max_items = 366)]
    pub dates: Vec<DateRequest>,
    pub queue: Option<QueueRequest>,
    /// That of the server, which `wallet.currency` sets; another one is refused.
    pub currency: Option<String>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, format = DateTime)]
    pub created_at: Option<String>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, format = DateTime)]
    pub updated_at: Option<String>,
}

/// What changes of a concert: absent keeps, `null` clears. Its id cannot be changed.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ConcertChangeRequest {
    /// The id of the path, when it is given.
    #[schema(read_only)]
    pub concert_id: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    pub title: Option<String>,
    #[schema(max_length = 5_000)]
    pub description: Option<String>,
    #[schema(max_length = 200)]
    pub venue: Option<String>,
    /// An IANA name; every date then begins at its time in the new zone.
    pub time_zone: Option<String>,
    #[schema(format = DateTime)]
    pub on_sale_at: Option<String>,
    /// After `onSaleAt`.
    #[schema(format = DateTime)]
    pub closes_at: Option<String>,
    pub status: Option<StatusBody>,
    #[schema(minimum = 1, maximum = 1_000)]
    pub seat_limit: Option<u32>,
    /// Replaced whole.
    #[schema(nullable = false, min_items = 1, max_items = 366)]
    pub dates: Option<Vec<DateRequest>>,
    /// Replaced whole.
    pub queue: Option<QueueRequest>,
    /// That of the server, which `wallet.currency` sets; another one is refused.
    pub currency: Option<String>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, format = DateTime)]
    pub created_at: Option<String>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, format = DateTime)]
    pub updated_at: Option<String>,
}

/// One performance: either `seats` and `price` (one section "A", rows of 10) or `sections`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DateRequest {
    /// Each date once.
    #[schema(format = Date)]
    pub date: String,
    /// `HH:MM` in the concert's zone, a time that clocks show on that date; without it the date is bookable until the end
    /// of its day.
    pub starts_at: Option<String>,
    /// 1 to 100,000; 50 when neither `seats` nor `sections` are given.
    #[schema(minimum = 1, maximum = 100_000)]
    pub seats: Option<u32>,
    /// Required without `sections`.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub price: Option<u32>,
    /// Seats are numbered on through the sections, row by row; together at most 100,000.
    pub sections: Option<Vec<SectionRequest>>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, format = DateTime)]
    pub begins_at: Option<String>,
    /// Only told; what is sent here changes nothing.
    #[schema(read_only, format = DateTime)]
    pub bookable_until: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct SectionRequest {
    /// Each name once a date.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    #[schema(minimum = 1)]
    pub rows: u32,
    #[schema(minimum = 1)]
    pub seats_per_row: u32,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub price: u32,
}
