//! Sections as blocks of seat numbers, and their rows: what every seat is called.

use std::borrow::Cow;
use std::ops::Range;

use super::section::{Numbering, Section, SectionRows};

/// Seats in a row of a plain layout.
const PLAIN_ROW: u32 = 10;

/// A section, or what a plain layout amounts to, with the numbers of its seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    pub name: &'a str,
    /// The number of its first seat.
    pub first: u32,
    pub seats: u32,
    pub price: u32,
    /// What its organiser says beyond that; nothing of a plain layout.
    pub section: Option<&'a Section>,
}

/// The blocks of a layout, in order of their seat numbers.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    plain: Option<Block<'a>>,
    sections: std::slice::Iter<'a, Section>,
    /// The first seat of the next section.
    next: u32,
}

/// A row of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// From 1 within the block.
    pub number: u32,
    /// The numbers of its seats.
    pub seats: Range<u32>,
    label: Option<&'a str>,
    /// The least number of a seat in it.
    pub first_number: u32,
    numbering: Numbering,
}

/// The rows of a block, from the front.
#[derive(Clone, Debug)]
pub struct BlockRows<'a> {
    block: Block<'a>,
    /// Rows that were given.
    given: u32,
    /// The first seat of the next one.
    next: u32,
}

impl<'a> Blocks<'a> {
    /// Those of sections in order.
    pub fn new(sections: &'a [Section]) -> Self {
        Self { plain: None, sections: sections.iter(), next: 1 }
    }

    /// The one block "A" of a plain layout.
    pub fn plain(seats: u32, price: u32) -> Self {
        let block = Block { name: "A", first: 1, seats, price, section: None };
        Self { plain: Some(block), sections: [].iter(), next: 1 }
    }
}

impl<'a> Block<'a> {
    pub fn rows(self) -> BlockRows<'a> {
        BlockRows { block: self, given: 0, next: self.first }
    }

    /// Seats of every row but perhaps the last; `None` when each row has its own number of them.
    pub fn seats_per_row(&self) -> Option<u32> {
        match self.section.map(|section| &section.rows) {
            None => Some(PLAIN_ROW),
            Some(SectionRows::Equal { seats_per_row, .. }) => Some(*seats_per_row),
            Some(SectionRows::Named(_)) => None,
        }
    }

    pub fn row_count(&self) -> u32 {
        match self.section.map(|section| &section.rows) {
            None => self.seats.div_ceil(PLAIN_ROW),
            Some(SectionRows::Equal { rows, .. }) => *rows,
            Some(SectionRows::Named(rows)) => u32::try_from(rows.len()).expect("there are no more rows than seats"),
        }
    }

    /// The row of one of its seats, and those behind it.
    pub fn rows_from(self, seat: u32) -> BlockRows<'a> {
        let mut rows = self.rows();
        match self.section.map(|section| &section.rows) {
            Some(SectionRows::Named(named)) => {
                let before = named.iter().take_while(|row| {
                    let is_before = rows.next + row.seats <= seat;
                    rows.next += if is_before { row.seats } else { 0 };
                    is_before
                });
                rows.given = u32::try_from(before.count()).expect("there are no more rows than seats");
            }
            Some(SectionRows::Equal { .. }) | None => {
                let seats_per_row = self.seats_per_row().expect("its rows are equal");
                rows.given = (seat - self.first) / seats_per_row;
                rows.next += rows.given * seats_per_row;
            }
        }
        rows
    }

    /// The row of one of its seats.
    ///
    /// # Panics
    /// When the seat is of another block.
    pub fn row_of(self, seat: u32) -> Row<'a> {
        self.rows_from(seat).next().filter(|row| row.seats.contains(&seat)).expect("a seat of the block")
    }

    /// Its seats that a wheelchair reaches, ascending.
    pub fn accessible(&self) -> &'a [u32] {
        self.section.map_or(&[], |section| &section.accessible)
    }

    /// Its seats from which not all of the stage is seen, ascending.
    pub fn restricted_view(&self) -> &'a [u32] {
        self.section.map_or(&[], |section| &section.restricted_view)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        self.plain.take().or_else(|| {
            let section = self.sections.next()?;
            let (first, seats) = (self.next, section.seats());
            self.next += seats;
            Some(Block { name: &section.name, first, seats, price: section.price, section: Some(section) })
        })
    }
}

impl<'a> Iterator for BlockRows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        let Self { block, given, next: first } = *self;
        let left = (block.first + block.seats).checked_sub(first).filter(|left| *left > 0)?;
        let (seats, label, first_number) = match block.section.map(|section| &section.rows) {
            None => (PLAIN_ROW.min(left), None, 1),
            Some(SectionRows::Equal { seats_per_row, .. }) => (*seats_per_row, None, 1),
            Some(SectionRows::Named(rows)) => {
                let row = &rows[given as usize];
                (row.seats, Some(row.label.as_str()), row.first_number)
            }
        };
        (self.given, self.next) = (given + 1, first + seats);
        let numbering = block.section.map_or(Numbering::default(), |section| section.numbering);
        Some(Row { number: given + 1, seats: first..first + seats, label, first_number, numbering })
    }
}

impl<'a> Row<'a> {
    /// What it is called: as its organiser says, or by its number.
    pub fn label(&self) -> Cow<'a, str> {
        self.label.map_or_else(|| self.number.to_string().into(), Cow::Borrowed)
    }

    /// The number of one of its seats within the row.
    pub fn number_of(&self, seat: u32) -> u32 {
        let (within, count) = (seat - self.seats.start, self.seats.end - self.seats.start);
        let last = self.first_number + count - 1;
        match self.numbering {
            Numbering::LeftToRight => self.first_number + within,
            Numbering::RightToLeft => last - within,
            Numbering::OddEven => {
                let (least_odd, least_even) = (self.first_number | 1, self.first_number.next_multiple_of(2));
                let odd = (last + 1).saturating_sub(least_odd).div_ceil(2);
                if within < odd { least_odd + 2 * (odd - 1 - within) } else { least_even + 2 * (within - odd) }
            }
        }
    }

    /// What one of its seats is called: the row's label and the seat's number in it, as in "B-7".
    pub fn label_of(&self, seat: u32) -> String {
        format!("{}-{}", self.label(), self.number_of(seat))
    }
}
