//! How the seats of a date are laid out: sections of rows, and what each seat is called.
//!
//! Seats are numbered from 1 through the sections, row by row, from left to right as one looks at the stage. That number
//! is the seat's identity; row labels and numbers in the row are words for people.

use serde::{Deserialize, Serialize};

use super::block::{Block, Blocks};
use super::section::Section;

/// How the seats of a date are laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// One section "A" of rows of 10, the last one perhaps shorter.
    Plain { seats: u32, price: u32 },
    /// Sections in order; seats are numbered on through them, row by row.
    Sections(Vec<Section>),
}

impl Layout {
    /// The blocks in order of their seat numbers.
    pub fn blocks(&self) -> Blocks<'_> {
        match self {
            Self::Plain { seats, price } => Blocks::plain(*seats, *price),
            Self::Sections(sections) => Blocks::new(sections),
        }
    }

    /// The number of seats; they are numbered from 1 to it.
    pub fn seats(&self) -> u32 {
        self.blocks().map(|block| block.seats).sum()
    }

    /// The block of seat number `seat`, or `None` when there is no such seat.
    pub fn block_of(&self, seat: u32) -> Option<Block<'_>> {
        let from_1 = seat.checked_sub(1)?;
        self.blocks().find(|block| from_1 < block.first - 1 + block.seats)
    }

    /// Whether a wheelchair reaches any seat.
    pub fn has_accessible(&self) -> bool {
        self.blocks().any(|block| !block.accessible().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;
    use crate::domain::words::{Block, NamedRow, Numbering, Section, SectionRows};

    fn named(numbering: Numbering, rows: &[(&str, u32, u32)]) -> Section {
        let row = |(label, seats, first_number): &(&str, u32, u32)| NamedRow {
            label: (*label).to_owned(),
            seats: *seats,
            first_number: *first_number,
        };
        let rows = SectionRows::Named(rows.iter().map(row).collect());
        Section { rows, numbering, ..Section::of_equal_rows("B", 1, 1, 50) }
    }

    fn labels(layout: &Layout) -> Vec<String> {
        let of =
            |seat| layout.block_of(seat).map(|block| format!("{} {}", block.name, block.row_of(seat).label_of(seat)));
        (1..=layout.seats()).filter_map(of).collect()
    }

    #[test]
    fn seats_are_numbered_on_through_the_sections_row_by_row() {
        let rows = named(Numbering::LeftToRight, &[("AA", 2, 1), ("BB", 3, 11)]);
        let layout = Layout::Sections(vec![Section::of_equal_rows("A", 2, 2, 70), rows]);
        assert_eq!(
            labels(&layout),
            ["A 1-1", "A 1-2", "A 2-1", "A 2-2", "B AA-1", "B AA-2", "B BB-11", "B BB-12", "B BB-13"]
        );
        let rows: Vec<_> = layout.blocks().flat_map(Block::rows).map(|row| (row.number, row.seats)).collect();
        assert_eq!(rows, [(1, 1..3), (2, 3..5), (1, 5..7), (2, 7..10)]);
        assert_eq!(layout.block_of(4).map(|block| block.price), Some(70));
        assert_eq!(layout.block_of(5).map(|block| block.price), Some(50));
        assert!(layout.block_of(0).is_none() && layout.block_of(10).is_none());
    }

    #[test]
    fn a_plain_date_is_one_section_of_rows_of_ten() {
        let layout = Layout::Plain { seats: 25, price: 5 };
        let block = layout.block_of(25).expect("a seat");
        assert_eq!((block.name, block.row_of(25).number, block.row_of(25).seats), ("A", 3, 21..26));
        assert_eq!((block.row_count(), block.rows().count()), (3, 3));
        assert!(layout.block_of(26).is_none());
    }

    #[test]
    fn a_row_is_counted_from_either_side_or_from_the_middle() {
        let numbers = |numbering, seats, first| {
            let layout = Layout::Sections(vec![named(numbering, &[("X", seats, first)])]);
            let row = layout.blocks().next().and_then(|block| block.rows().next()).expect("a row");
            row.seats.clone().map(|seat| row.number_of(seat)).collect::<Vec<u32>>()
        };
        assert_eq!(numbers(Numbering::LeftToRight, 4, 5), [5, 6, 7, 8]);
        assert_eq!(numbers(Numbering::RightToLeft, 4, 5), [8, 7, 6, 5]);
        assert_eq!(numbers(Numbering::OddEven, 6, 1), [5, 3, 1, 2, 4, 6]);
        assert_eq!(numbers(Numbering::OddEven, 5, 1), [5, 3, 1, 2, 4]);
        assert_eq!(numbers(Numbering::OddEven, 5, 2), [5, 3, 2, 4, 6]);
        assert_eq!(numbers(Numbering::OddEven, 1, 2), [2]);
        assert_eq!(numbers(Numbering::OddEven, 1, 3), [3]);
    }
}
