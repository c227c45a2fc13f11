//! Where seats lie on a plan, in words: section, row, what the row and the seat are called.

use std::borrow::Cow;

use crate::domain::words::{Block, BlockRows, Blocks, Definition, Layout, Row, SeatKey};

/// Finds seats that are asked for in ascending order, so that each section and each row is passed once.
pub(crate) struct Spots<'a> {
    blocks: Blocks<'a>,
    at: Option<At<'a>>,
}

/// A row, and what follows in its block.
struct At<'a> {
    block: Block<'a>,
    row: Row<'a>,
    rest: BlockRows<'a>,
}

/// Where a seat lies.
#[derive(Clone, Debug)]
pub struct Spot<'a> {
    pub section: &'a str,
    /// From 1 within the section.
    pub row: u32,
    seat: u32,
    of: Row<'a>,
}

/// A seat in words, as the plan stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatWords {
    pub section: String,
    /// From 1 within the section.
    pub row: u32,
    pub row_label: String,
    pub label: String,
}

impl<'a> Spot<'a> {
    /// Where `seat` lies; `None` when there is no such seat. Many are found faster by `Spots`.
    pub fn find(layout: &'a Layout, seat: u32) -> Option<Self> {
        let block = layout.block_of(seat)?;
        Some(Self::new(block, block.row_of(seat), seat))
    }

    /// Where a seat of a concert lies; `None` when the concert has it no more.
    pub fn of_concert(definition: &'a Definition, key: SeatKey) -> Option<Self> {
        Self::find(&definition.performance(key.date)?.layout, key.seat)
    }

    fn new(block: Block<'a>, of: Row<'a>, seat: u32) -> Self {
        Self { section: block.name, row: of.number, seat, of }
    }

    /// What its row is called.
    pub fn row_label(&self) -> Cow<'a, str> {
        self.of.label()
    }

    /// What the seat is called: the row's label and its number in the row, as in "B-7".
    pub fn label(&self) -> String {
        self.of.label_of(self.seat)
    }

    pub fn words(&self) -> SeatWords {
        let (section, row_label) = (self.section.to_owned(), self.row_label().into_owned());
        SeatWords { section, row: self.row, row_label, label: self.label() }
    }

    /// Whether a seat is told in the same words at both.
    pub fn is_told_as(&self, other: &Spot<'_>) -> bool {
        let number = |spot: &Spot<'_>| spot.of.number_of(spot.seat);
        (self.section, self.row, number(self)) == (other.section, other.row, number(other))
            && self.row_label() == other.row_label()
    }
}

impl<'a> Spots<'a> {
    pub(crate) fn new(layout: &'a Layout) -> Self {
        Self { blocks: layout.blocks(), at: None }
    }

    /// Where `seat`, from 1, lies; `None` behind the last seat.
    pub(crate) fn of(&mut self, seat: u32) -> Option<Spot<'a>> {
        while self.at.as_ref().is_none_or(|at| at.block.first + at.block.seats <= seat) {
            let block = self.blocks.next()?;
            let mut rest = block.rows();
            self.at = rest.next().map(|row| At { block, row, rest });
        }
        let at = self.at.as_mut()?;
        while at.row.seats.end <= seat {
            at.row = at.rest.next().expect("the seat is one of the block");
        }
        assert!(at.row.seats.start <= seat, "seats are numbered from 1 and asked for in ascending order");
        Some(Spot::new(at.block, at.row.clone(), seat))
    }
}

#[cfg(test)]
mod tests {
    use super::{Spot, Spots};
    use crate::domain::{Layout, NamedRow, Section, SectionRows};

    #[test]
    fn ascending_seats_are_found_section_by_section() {
        let row = |label: &str, seats, first_number| NamedRow { label: label.into(), seats, first_number };
        let rows = SectionRows::Named(vec![row("AA", 1, 1), row("BB", 2, 11)]);
        let layout = Layout::Sections(vec![
            Section::of_equal_rows("A", 2, 3, 1),
            Section::of_equal_rows("B", 1, 1, 1),
            Section { rows, ..Section::of_equal_rows("C", 1, 1, 1) },
        ]);
        let told = |spot: Option<Spot<'_>>| spot.map(|spot| (spot.section.to_owned(), spot.row, spot.label()));
        let expected = |section: &str, row, label: &str| Some((section.to_owned(), row, label.to_owned()));
        let mut spots = Spots::new(&layout);
        for (seat, expected) in [
            (1, expected("A", 1, "1-1")),
            (6, expected("A", 2, "2-3")),
            (7, expected("B", 1, "1-1")),
            (8, expected("C", 1, "AA-1")),
            (9, expected("C", 2, "BB-11")),
            (10, expected("C", 2, "BB-12")),
            (11, None),
        ] {
            assert_eq!(told(spots.of(seat)), expected, "seat {seat}");
            assert_eq!(told(Spot::find(&layout, seat)), expected, "seat {seat}");
        }
    }
}
