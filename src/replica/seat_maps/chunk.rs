//! One chunk of a date's seats as JSON.

use std::fmt::Write as _;
use std::sync::Arc;

use super::shared_json::Text;
use crate::domain::{Block, SeatTable, SeatWord, Timestamp};

/// Words of 64 seats of a chunk.
const WORDS: usize = 4;
/// Seats of a chunk: few enough that one change is little work, many enough that a map has few pieces.
pub(super) const CHUNK_SEATS: usize = 64 * WORDS;

/// How the seats of a chunk stand: all that is taken from the state, in a moment, before anything is written of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    sold: [u64; WORDS],
    held: [u64; WORDS],
    blocked: [u64; WORDS],
    /// The first instant at which one of its holds lapses.
    pub until: Timestamp,
}

/// The seats `number * CHUNK_SEATS + 1` and on, as they were written last.
pub(super) struct Chunk {
    pub standing: Standing,
    /// Elements of the map's array, with commas between them.
    pub seats: Arc<Text>,
    /// The numbers of the free ones, with commas between them.
    pub free: Arc<Text>,
    /// Of the elements.
    pub hash: [u8; blake3::OUT_LEN],
}

/// How many chunks a date of so many seats has.
pub(super) fn count(seats: u32) -> usize {
    (seats as usize).div_ceil(CHUNK_SEATS)
}

impl Standing {
    pub(super) fn of(table: &SeatTable, number: usize, now: Timestamp) -> Self {
        let mut standing = Self { sold: [0; WORDS], held: [0; WORDS], blocked: [0; WORDS], until: Timestamp(i64::MAX) };
        for word in 0..WORDS {
            let SeatWord { held, sold, blocked, until } = table.word(number * WORDS + word, now);
            (standing.sold[word], standing.held[word], standing.blocked[word]) = (sold, held, blocked);
            standing.until = until.map_or(standing.until, |until| standing.until.min(until));
        }
        standing
    }

    /// Whether every seat has the same status in both.
    fn shows(&self, other: &Self) -> bool {
        (self.sold, self.held, self.blocked) == (other.sold, other.held, other.blocked)
    }

    fn status(&self, index: usize) -> &'static str {
        let is_set = |words: &[u64; WORDS]| words[index / 64] >> (index % 64) & 1 == 1;
        if is_set(&self.sold) {
            "sold"
        } else if is_set(&self.held) {
            "held"
        } else if is_set(&self.blocked) {
            "blocked"
        } else {
            "free"
        }
    }
}

impl Chunk {
    /// Writes a chunk of a date of `last` seats.
    pub(super) fn write(number: usize, blocks: &[Block<'_>], last: u32, standing: Standing) -> Self {
        let first = u32::try_from(number * CHUNK_SEATS + 1).expect("a seat number");
        let last = last.min(first + CHUNK_SEATS as u32 - 1);
        let (mut seats, mut free) = (String::new(), String::new());
        let from = blocks.partition_point(|block| block.first + block.seats <= first);
        for block in blocks[from..].iter().take_while(|block| block.first <= last) {
            let section = json(block.name);
            for row in block.rows_from(first.max(block.first)).take_while(|row| row.seats.start <= last) {
                let (row_label, label) = (json(&row.label()), json(&format!("{}-", row.label())));
                // The number of a seat follows within the quotes.
                let (head, label) = (r#"{"seat":"#, label.trim_end_matches('"'));
                let (number, price) = (row.number, block.price);
                let words = format!(
                    r#","section":{section},"row":{number},"rowLabel":{row_label},"price":{price},"label":{label}"#
                );
                for seat in first.max(row.seats.start)..=last.min(row.seats.end - 1) {
                    let status = standing.status((seat - first) as usize);
                    let (number, marks) = (row.number_of(seat), marks(block, seat));
                    separate(&mut seats);
                    write!(seats, r#"{head}{seat}{words}{number}"{marks},"status":"{status}"}}"#)
                        .expect("a string takes all that is written");
                    if status == "free" {
                        separate(&mut free);
                        write!(free, "{seat}").expect("a string takes all that is written");
                    }
                }
            }
        }
        let hash = *blake3::hash(seats.as_bytes()).as_bytes();
        Self { standing, seats: Arc::new(Text::new(seats)), free: Arc::new(Text::new(free)), hash }
    }

    /// Takes up how the seats stand now; the texts are written anew when they show it.
    pub(super) fn update(&mut self, number: usize, blocks: &[Block<'_>], last: u32, standing: Standing) {
        if self.standing.shows(&standing) {
            self.standing = standing;
        } else {
            *self = Self::write(number, blocks, last, standing);
        }
    }
}

/// A text as JSON.
fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written as JSON")
}

/// What is special about a seat.
fn marks(block: &Block<'_>, seat: u32) -> &'static str {
    let is_listed = |seats: &[u32]| seats.binary_search(&seat).is_ok();
    match (is_listed(block.accessible()), is_listed(block.restricted_view())) {
        (false, false) => "",
        (true, false) => r#","accessible":true"#,
        (false, true) => r#","restrictedView":true"#,
        (true, true) => r#","accessible":true,"restrictedView":true"#,
    }
}

fn separate(elements: &mut String) {
    if !elements.is_empty() {
        elements.push(',');
    }
}
