//! Seats that stand in the way, in words beside their numbers.

use serde_json::{Value, json};

use super::Problem;
use crate::domain::{SeatKey, SeatWords};

impl Problem {
    /// The same, with what its seat is called.
    pub fn of_seat(self, words: SeatWords) -> Self {
        let SeatWords { section, row, row_label, label } = words;
        self.with("section", section).with("row", row).with("rowLabel", row_label).with("label", label)
    }

    /// The same, with what its seats are called.
    pub fn of_seats(self, seats: impl Iterator<Item = (SeatKey, SeatWords)>) -> Self {
        let place = |(key, words): (SeatKey, SeatWords)| {
            let SeatWords { section, row, row_label, label } = words;
            let (date, seat) = (key.date.to_string(), key.seat);
            json!({"date": date, "seat": seat, "section": section, "row": row, "rowLabel": row_label, "label": label})
        };
        self.with("places", seats.map(place).collect::<Vec<Value>>())
    }
}
