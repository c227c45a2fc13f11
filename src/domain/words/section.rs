//! A section of a date as its organiser says it: its rows, how their seats are counted, where it lies on the plan.

use serde::{Deserialize, Serialize};

/// Seats that one date may have.
pub const SEATS_PER_DATE_MAX: u32 = 100_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub name: String,
    pub rows: SectionRows,
    pub numbering: Numbering,
    pub at: Option<PlanPlace>,
    /// Seats of the section that a wheelchair reaches, by their numbers, ascending.
    pub accessible: Vec<u32>,
    /// Seats of the section from which not all of the stage is seen, by their numbers, ascending.
    pub restricted_view: Vec<u32>,
    pub price: u32,
}

/// The rows of a section, from the front.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SectionRows {
    /// Equal ones, called by their numbers.
    Equal { rows: u32, seats_per_row: u32 },
    /// At least one, no two with the same label.
    Named(Vec<NamedRow>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRow {
    pub label: String,
    pub seats: u32,
    /// The least number of a seat in it.
    pub first_number: u32,
}

/// How the seats of a row are counted, as one looks at the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Numbering {
    #[default]
    LeftToRight,
    RightToLeft,
    /// Odd numbers from the middle to the left, even ones from the middle to the right: 5 3 1 2 4 6.
    OddEven,
}

/// Where a section lies on the plan and how it is turned, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanPlace {
    /// Of the width of a seat, to the right.
    pub x: i32,
    /// Of the width of a seat, away from the stage.
    pub y: i32,
    /// Of a degree, clockwise.
    pub angle: i32,
    /// How far its rows bend around the stage: 0 is straight, 1,000 half a circle.
    pub curve: i32,
}

impl Section {
    /// Rows of the same length, called by their numbers, of which nothing else is said.
    pub fn of_equal_rows(name: &str, rows: u32, seats_per_row: u32, price: u32) -> Self {
        Self {
            name: name.to_owned(),
            rows: SectionRows::Equal { rows, seats_per_row },
            numbering: Numbering::default(),
            at: None,
            accessible: Vec::new(),
            restricted_view: Vec::new(),
            price,
        }
    }

    pub fn seats(&self) -> u32 {
        match &self.rows {
            SectionRows::Equal { rows, seats_per_row } => rows * seats_per_row,
            SectionRows::Named(rows) => rows.iter().map(|row| row.seats).sum(),
        }
    }
}
