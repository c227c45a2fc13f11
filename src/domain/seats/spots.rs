//! Where seats lie on a plan: section, row, place in the row.

use std::iter::Peekable;
use std::vec::IntoIter;

use crate::domain::words::{Block, Layout};

/// Finds seats that are asked for in ascending order, so that each section is passed once.
pub(crate) struct Spots<'a> {
    blocks: Peekable<IntoIter<Block<'a>>>,
}

/// Where a seat lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot<'a> {
    pub section: &'a str,
    /// From 1 within the section.
    pub row: u32,
    /// From 1 within the row.
    pub place: u32,
}

impl Spot<'_> {
    /// The row as people call it.
    pub(crate) fn row_label(&self) -> String {
        self.row.to_string()
    }

    /// Row and seat as people call them.
    pub(crate) fn label(&self) -> String {
        format!("{}-{}", self.row_label(), self.place)
    }
}

impl<'a> Spots<'a> {
    pub(crate) fn new(layout: &'a Layout) -> Self {
        Self { blocks: layout.blocks().into_iter().peekable() }
    }

    /// Where `seat`, from 1, lies; `None` behind the last seat.
    pub(crate) fn of(&mut self, seat: u32) -> Option<Spot<'a>> {
        while self.blocks.next_if(|block| block.first + block.seats <= seat).is_some() {}
        let block = self.blocks.peek()?;
        let within = seat.checked_sub(block.first).expect("seats are numbered from 1 and asked for in ascending order");
        let (row, place) = (within / block.seats_per_row + 1, within % block.seats_per_row + 1);
        Some(Spot { section: block.name, row, place })
    }
}

#[cfg(test)]
mod tests {
    use super::Spots;
    use crate::domain::{Layout, Section};

    #[test]
    fn ascending_seats_are_found_section_by_section() {
        let section = |name: &str, rows, seats_per_row| Section { name: name.into(), rows, seats_per_row, price: 1 };
        let layout = Layout::Sections(vec![section("A", 2, 3), section("B", 1, 1), section("C", 2, 2)]);
        let mut spots = Spots::new(&layout);
        let mut told = |seat| spots.of(seat).map(|spot| (spot.section, spot.row, spot.place));
        assert_eq!(told(1), Some(("A", 1, 1)));
        assert_eq!(told(6), Some(("A", 2, 3)));
        assert_eq!(told(7), Some(("B", 1, 1)));
        assert_eq!(told(10), Some(("C", 2, 1)));
        assert_eq!(told(11), Some(("C", 2, 2)));
        assert_eq!(told(12), None);
        let spot = Spots::new(&layout).of(9).expect("the second seat of section C");
        assert_eq!((spot.row_label().as_str(), spot.label().as_str()), ("1", "1-2"));
    }
}
