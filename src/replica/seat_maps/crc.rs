//! The checksum of gzip (CRC-32) as a value that can be put behind another: that of a whole follows from those of its
//! parts.

/// The polynomial of CRC-32, its lowest coefficient in the highest bit.
const POLYNOMIAL: u32 = 0xedb8_8320;
/// The polynomial 1.
const ONE: u32 = 1 << 31;
/// The polynomial x^8, by which one byte moves what stands before it.
const BYTE: u32 = 1 << 23;

/// The checksum of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crc {
    value: u32,
    /// By what the checksum of what stands before these bytes is multiplied: x^8 to the power of their count.
    shift: u32,
    /// How many they are, modulo 2^32, as gzip has it.
    length: u32,
}

impl Crc {
    pub(super) fn of(bytes: &[u8]) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "gzip counts modulo 2^32")]
        let length = bytes.len() as u32;
        let (mut shift, mut square, mut rest) = (ONE, BYTE, bytes.len());
        while rest != 0 {
            if rest & 1 == 1 {
                shift = product(shift, square);
            }
            square = product(square, square);
            rest >>= 1;
        }
        Self { value: crc32fast::hash(bytes), shift, length }
    }

    /// Of these bytes with `next` behind them.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            value: product(self.value, next.shift) ^ next.value,
            shift: product(self.shift, next.shift),
            length: self.length.wrapping_add(next.length),
        }
    }

    /// What ends a gzip stream.
    pub(super) fn trailer(self) -> [u8; 8] {
        let (value, length) = (self.value.to_le_bytes(), self.length.to_le_bytes());
        [value[0], value[1], value[2], value[3], length[0], length[1], length[2], length[3]]
    }
}

/// The product of two polynomials modulo that of CRC-32.
fn product(one: u32, other: u32) -> u32 {
    let (mut sum, mut term) = (0, other);
    for coefficient in (0..32).rev() {
        if one >> coefficient & 1 == 1 {
            sum ^= term;
        }
        term = if term & 1 == 1 { term >> 1 ^ POLYNOMIAL } else { term >> 1 };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::Crc;

    #[test]
    fn the_checksum_of_a_whole_follows_from_those_of_its_parts() {
        let text: Vec<u8> = (0..=255).cycle().take(5_000).collect();
        for cut in [0, 1, 2, 63, 255, 4_096, 5_000] {
            let (before, behind) = text.split_at(cut);
            assert_eq!(Crc::of(before).then(Crc::of(behind)), Crc::of(&text), "cut at {cut}");
        }
        assert_eq!(Crc::of(b"123456789").trailer(), [0x26, 0x39, 0xf4, 0xcb, 9, 0, 0, 0]);
    }
}
