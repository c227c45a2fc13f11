//! One chunk of a date's seats as JSON.

use std::fmt::Write as _;

use crate::domain::{Block, Owner, SeatRow, SeatTable, Timestamp};

/// Seats of a chunk: few enough that one change is little work, many enough that a map is few copies.
pub const CHUNK_SEATS: usize = 64;

/// The seats `number * CHUNK_SEATS + 1` and on, as they were serialised last.
pub struct Chunk {
    /// Elements of the map's array, with commas between them.
    pub seats: String,
    /// The numbers of the free ones, with commas between them.
    pub free: String,
    pub hash: [u8; blake3::OUT_LEN],
    /// The first instant at which one of its holds lapses.
    pub until: Timestamp,
}

/// The chunks of a whole date.
pub fn all(blocks: &[Block<'_>], table: &SeatTable, now: Timestamp) -> Vec<Chunk> {
    let count = (table.seats() as usize).div_ceil(CHUNK_SEATS);
    (0..count).map(|number| Chunk::new(number, blocks, table, now)).collect()
}

impl Chunk {
    pub fn new(number: usize, blocks: &[Block<'_>], table: &SeatTable, now: Timestamp) -> Self {
        let first = u32::try_from(number * CHUNK_SEATS + 1).expect("a seat number");
        let last = table.seats().min(first + CHUNK_SEATS as u32 - 1);
        let mut chunk = Self { seats: String::new(), free: String::new(), hash: [0; 32], until: Timestamp(i64::MAX) };
        for block in blocks {
            let from = first.max(block.first);
            let to = last.min(block.first + block.seats - 1);
            if from > to {
                continue;
            }
            let section = serde_json::to_string(block.name).expect("a text can be written as JSON");
            for seat in from..=to {
                chunk.push(seat, &section, block, table, now);
            }
        }
        chunk.hash = *blake3::hash(chunk.seats.as_bytes()).as_bytes();
        chunk
    }

    fn push(&mut self, seat: u32, section: &str, block: &Block<'_>, table: &SeatTable, now: Timestamp) {
        let status = match table.owner(seat, now) {
            Owner::Nobody | Owner::LapsedFrom(_) => "free",
            Owner::Held(_) => "held",
            Owner::Sold(..) => "sold",
        };
        if let Some(SeatRow::Held { expires_at, .. }) = table.row(seat)
            && now < *expires_at
        {
            self.until = self.until.min(*expires_at);
        }
        let (row, price) = ((seat - block.first) / block.seats_per_row + 1, block.price);
        let comma = |text: &str| if text.is_empty() { "" } else { "," };
        let (before, before_free) = (comma(&self.seats), comma(&self.free));
        let head = r#"{"seat":"#;
        write!(
            self.seats,
            r#"{before}{head}{seat},"section":{section},"row":{row},"price":{price},"status":"{status}"}}"#
        )
        .expect("a string takes all that is written");
        if status == "free" {
            write!(self.free, "{before_free}{seat}").expect("a string takes all that is written");
        }
    }
}
