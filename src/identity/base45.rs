//! Base45 (RFC 9285): bytes in the alphanumeric set of QR codes, two bytes in three characters. A text stands for bytes
//! in one way at most.

use std::iter;

/// The characters, by what they stand for.
pub const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

const BASE: u32 = 45;

/// The text of `bytes`.
pub(super) fn encode(bytes: &[u8]) -> String {
    let pairs = bytes.chunks(2).flat_map(|pair| {
        let number = pair.iter().fold(0, |number, byte| number * 256 + u32::from(*byte));
        digits(number, pair.len() + 1)
    });
    pairs.map(|digit| char::from(ALPHABET.as_bytes()[digit as usize])).collect()
}

/// The digits of `number`, the lowest first.
fn digits(number: u32, count: usize) -> impl Iterator<Item = u32> {
    iter::successors(Some(number), |left| Some(left / BASE)).map(|left| left % BASE).take(count)
}

/// The bytes that `text` stands for, or `None` when it is no base45.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for group in text.as_bytes().chunks(3) {
        let digit = |character: &u8| ALPHABET.bytes().position(|known| known == *character);
        let number =
            group.iter().rev().try_fold(0, |number, character| Some(number * BASE + digit(character)? as u32))?;
        match group.len() {
            3 => bytes.extend(u16::try_from(number).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(number).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{decode, encode};

    #[test]
    fn the_examples_of_the_standard_hold() {
        for (bytes, text) in
            [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!((encode(&[]).as_str(), decode("")), ("", Some(Vec::new())));
    }

    #[test]
    fn what_stands_for_no_bytes_is_refused() {
        // Cut within a group, above 255 and 65,535, and characters that are none of the set.
        for text in ["A", "BB8A", "V5", "::", "GGW", ":::", "bb8", "BB!", "é0"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
