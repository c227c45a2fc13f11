//! Seats of an answer in words, beside their numbers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ConcertNo, SeatKey, SeatWords};
use crate::http::app::App;
use crate::http::values::{RowLabel, SeatNumber, SectionName};

/// A seat in words.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct SeatPlaceBody {
    #[schema(value_type = SeatNumber)]
    pub seat: u32,
    #[schema(value_type = SectionName)]
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    #[schema(value_type = RowLabel)]
    pub row_label: String,
    /// What the seat is called: its row's label and its number in the row.
    pub label: String,
}

impl SeatPlaceBody {
    fn of(seat: u32, SeatWords { section, row, row_label, label }: SeatWords) -> Self {
        Self { seat, section, row, row_label, label }
    }
}

/// What seats of a concert are called as its plan stands; one that the plan has no more is left out.
pub(in crate::http::api) fn places(app: &App, concert: ConcertNo, seats: &[SeatKey]) -> Vec<SeatPlaceBody> {
    let words = app.node.seat_words(concert, seats);
    seats.iter().zip(words).filter_map(|(key, words)| Some(SeatPlaceBody::of(key.seat, words?))).collect()
}
