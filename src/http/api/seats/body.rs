//! Seats as clients get them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::write_instant;
use crate::domain::{Canceled, Paid, Reserved, Ticket};
use crate::http::values::write_uuid;

#[derive(Serialize, ToSchema)]
pub struct DatesBody {
    /// Ascending.
    pub dates: Vec<String>,
}

/// The free seats of a date.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvailableBody {
    pub date: String,
    /// Ascending.
    pub available_seats: Vec<u32>,
}

/// The whole map of a date.
#[derive(Serialize, ToSchema)]
pub struct MapBody {
    pub date: String,
    /// Ascending.
    pub seats: Vec<MapSeatBody>,
    /// Seats that the token's user holds or owns, ascending.
    pub mine: Vec<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct MapSeatBody {
    pub seat: u32,
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    pub price: u32,
    pub status: SeatStatusBody,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "it is written as JSON that is kept ready")]
pub enum SeatStatusBody {
    Free,
    Held,
    Sold,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReservedBody {
    /// Always `reserved`.
    pub status: &'static str,
    pub date: String,
    /// The first of `seats`.
    pub seat_number: u32,
    pub seats: Vec<u32>,
    /// The sum of their prices.
    pub amount: u64,
    /// Seconds until the earliest of the holds lapses, rounded up.
    pub expires_in: u64,
    pub expires_at: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanceledBody {
    /// Always `canceled`.
    pub status: &'static str,
    pub date: String,
    /// The first of `seats`.
    pub seat_number: u32,
    pub seats: Vec<u32>,
    pub canceled_at: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaidBody {
    /// Always `paid`.
    pub status: &'static str,
    pub payment_id: String,
    pub user_id: String,
    pub date: String,
    /// The first of `seats`.
    pub seat_number: u32,
    pub seats: Vec<u32>,
    pub amount: u64,
    /// The wallet's balance after it.
    pub balance: u64,
    pub paid_at: String,
    pub tickets: Vec<TicketBody>,
}

/// A ticket in the words in which it was sold.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TicketBody {
    pub seat: u32,
    pub ticket_id: String,
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
}

impl ReservedBody {
    pub fn of(reserved: Reserved) -> Self {
        Self {
            status: "reserved",
            date: reserved.date.to_string(),
            seat_number: first(&reserved.seats),
            seats: reserved.seats,
            amount: reserved.amount,
            expires_in: reserved.expires_in,
            expires_at: write_instant(reserved.expires_at),
        }
    }
}

impl CanceledBody {
    pub fn of(Canceled { date, seats, canceled_at }: Canceled) -> Self {
        Self {
            status: "canceled",
            date: date.to_string(),
            seat_number: first(&seats),
            seats,
            canceled_at: write_instant(canceled_at),
        }
    }
}

impl PaidBody {
    pub fn of(paid: &Paid) -> Self {
        let seats: Vec<u32> = paid.tickets.iter().map(|ticket| ticket.seat).collect();
        Self {
            status: "paid",
            payment_id: write_uuid(paid.payment.0),
            user_id: write_uuid(paid.user.0),
            date: paid.date.to_string(),
            seat_number: first(&seats),
            seats,
            amount: paid.amount,
            balance: paid.balance,
            paid_at: write_instant(paid.paid_at),
            tickets: paid.tickets.iter().map(TicketBody::of).collect(),
        }
    }
}

impl TicketBody {
    pub fn of(ticket: &Ticket) -> Self {
        Self {
            seat: ticket.seat,
            ticket_id: write_uuid(ticket.ticket.0),
            section: ticket.section.clone(),
            row: ticket.row,
        }
    }
}

fn first(seats: &[u32]) -> u32 {
    *seats.first().expect("an answer about seats has at least one")
}
