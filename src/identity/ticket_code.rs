//! Codes of tickets: what the QR of a ticket holds. A code says which ticket it is for and is signed, so that a forged,
//! foreign or cut one is told without a look at any row, by whoever knows the public key.
//!
//! A code is [`PREFIX`] and base45 of 86 bytes: 22 bytes that say which ticket it is for ([`LAYOUT`]), and the Ed25519
//! signature over [`DOMAIN`] and these bytes.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::base45;
use super::keys::TicketKey;
use crate::domain::{CalendarDate, ConcertNo, TicketId};

/// How every code begins.
pub const PREFIX: char = 'J';
/// What is signed in front of the bytes of a code, so that no signature over anything else is one over a code.
pub const DOMAIN: &str = "jari-ticket-1:";
/// The parts of what is signed, and how many bytes each has.
pub const LAYOUT: [(&str, usize); 5] = [("format", 1), ("ticketId", 16), ("concert", 2), ("date", 2), ("version", 1)];

/// The only format that there is, the first byte of a code.
const FORMAT: u8 = 1;
const SIGNED_BYTES: usize = 22;
/// Bytes of the signature behind what is signed.
pub const SIGNATURE_BYTES: usize = 64;
/// Bytes of a public key.
const PUBLIC_KEY_BYTES: usize = 32;
/// Characters of a code.
pub const CODE_LENGTH: usize = 130;

/// What a code says. Concert and date are told in short: what differs is another one, what agrees may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketCode {
    pub ticket: TicketId,
    /// The lower 16 bits of the concert's number.
    pub concert: u16,
    /// The days from 1970-01-01 to the date, by their lower 16 bits.
    pub days: u16,
    /// Counts the codes that the ticket had, from 1: one that is handed over gets another.
    pub version: u8,
}

/// Writes and reads codes; cheap to clone.
#[derive(Clone)]
pub struct TicketCodes {
    pair: Arc<Ed25519KeyPair>,
}

impl TicketCode {
    pub fn new(ticket: TicketId, concert: ConcertNo, date: CalendarDate, version: u8) -> Self {
        Self { ticket, concert: short_concert(concert), days: short_date(date), version }
    }

    /// Whether it may be for this concert; if not, it is not.
    pub fn may_be_of_concert(&self, concert: ConcertNo) -> bool {
        self.concert == short_concert(concert)
    }

    fn to_bytes(self) -> [u8; SIGNED_BYTES] {
        let mut bytes = [FORMAT; SIGNED_BYTES];
        bytes[1..17].copy_from_slice(&self.ticket.0.to_be_bytes());
        bytes[17..19].copy_from_slice(&self.concert.to_be_bytes());
        bytes[19..21].copy_from_slice(&self.days.to_be_bytes());
        bytes[21] = self.version;
        bytes
    }

    fn of_bytes(bytes: &[u8; SIGNED_BYTES]) -> Option<Self> {
        let (format, rest) = bytes.split_first()?;
        let (ticket, rest) = rest.split_first_chunk()?;
        let (concert, rest) = rest.split_first_chunk()?;
        let (days, rest) = rest.split_first_chunk()?;
        let ticket = TicketId(u128::from_be_bytes(*ticket));
        let (concert, days) = (u16::from_be_bytes(*concert), u16::from_be_bytes(*days));
        (*format == FORMAT).then_some(Self { ticket, concert, days, version: *rest.first()? })
    }
}

impl TicketCodes {
    pub fn new(key: &TicketKey) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(key.as_bytes()).expect("32 bytes are a seed");
        Self { pair: Arc::new(pair) }
    }

    /// The text of a code: the same for the same ticket, whenever it is written.
    pub fn write(&self, code: TicketCode) -> String {
        let bytes = code.to_bytes();
        let signature = self.pair.sign(&signed(&bytes));
        let text = base45::encode(&[&bytes, signature.as_ref()].concat());
        format!("{PREFIX}{text}")
    }

    /// What `text` says: nothing when it is malformed, forged, cut, or of another server.
    pub fn read(&self, text: &str) -> Option<TicketCode> {
        let bytes = decoded(text)?;
        let (said, signature) = bytes.split_first_chunk::<SIGNED_BYTES>()?;
        let key = UnparsedPublicKey::new(&ED25519, self.pair.public_key());
        key.verify(&signed(said), signature).ok()?;
        TicketCode::of_bytes(said)
    }

    /// What others tell a genuine code with.
    pub fn public_key(&self) -> [u8; PUBLIC_KEY_BYTES] {
        self.pair.public_key().as_ref().try_into().expect("an Ed25519 key has 32 bytes")
    }
}

impl fmt::Debug for TicketCodes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TicketCodes").finish_non_exhaustive()
    }
}

/// The ticket that a code names, be the code genuine or not.
pub fn named_ticket(text: &str) -> Option<TicketId> {
    TicketCode::of_bytes(decoded(text)?.first_chunk()?).map(|code| code.ticket)
}

/// The bytes of a code.
fn decoded(text: &str) -> Option<Vec<u8>> {
    base45::decode(text.strip_prefix(PREFIX).filter(|_| text.len() == CODE_LENGTH)?)
}

/// What is signed of the bytes of a code.
fn signed(bytes: &[u8; SIGNED_BYTES]) -> Vec<u8> {
    [DOMAIN.as_bytes(), bytes].concat()
}

#[expect(clippy::cast_possible_truncation, reason = "a code has room for the lower bits")]
fn short_concert(ConcertNo(number): ConcertNo) -> u16 {
    number as u16
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a code has room for the lower bits")]
fn short_date(date: CalendarDate) -> u16 {
    date.days_since_1970() as u16
}

const _: () = {
    let mut sum = 0;
    let mut at = 0;
    while at < LAYOUT.len() {
        sum += LAYOUT[at].1;
        at += 1;
    }
    assert!(sum == SIGNED_BYTES && CODE_LENGTH == 1 + (SIGNED_BYTES + SIGNATURE_BYTES) / 2 * 3);
};

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};

    use super::{CODE_LENGTH, DOMAIN, PREFIX, TicketCode, TicketCodes, named_ticket};
    use crate::domain::{CalendarDate, ConcertNo, TicketId};
    use crate::identity::TicketKey;
    use crate::identity::base45::{self, ALPHABET};

    fn codes(seed: u8) -> TicketCodes {
        TicketCodes::new(&TicketKey::from_bytes([seed; 32]))
    }

    fn code(ticket: u128) -> TicketCode {
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        TicketCode::new(TicketId(ticket), ConcertNo(0x1_0007), date, 1)
    }

    #[test]
    fn a_code_says_its_ticket_and_fits_the_alphanumeric_set() {
        let text = codes(7).write(code(1 << 99));
        assert_eq!(text.len(), CODE_LENGTH);
        assert!(text.starts_with(PREFIX) && text.chars().all(|character| ALPHABET.contains(character)), "{text:?}");
        assert_eq!(text.trim(), text, "whoever trims it changes nothing");
        let read = codes(7).read(&text).expect("it is genuine");
        assert_eq!((read.ticket, read.concert, read.days, read.version), (TicketId(1 << 99), 7, 22_272, 1));
        assert!(read.may_be_of_concert(ConcertNo(7)) && !read.may_be_of_concert(ConcertNo(8)));
        assert_eq!(codes(7).write(read), text, "and the same whenever it is written");
    }

    #[test]
    fn forged_foreign_and_cut_codes_say_nothing() {
        let (own, text) = (codes(7), codes(7).write(code(1)));
        assert_eq!(own.read(&codes(8).write(code(1))), None, "of another server");
        for cut in [&text[..text.len() - 1], &text[1..], &text[..1], "", "J", &format!("{text}0"), &format!(" {text}")]
        {
            assert_eq!(own.read(cut), None, "{cut:?}");
        }
        assert_eq!(own.read(&text.to_lowercase()), None);
    }

    #[test]
    fn every_well_formed_code_names_its_ticket_also_one_of_another_server() {
        let text = codes(8).write(code(1 << 99));
        assert_eq!((named_ticket(&text), codes(7).read(&text)), (Some(TicketId(1 << 99)), None));
        for cut in [&text[..text.len() - 1], &text[1..], "", "J", &text.to_lowercase()] {
            assert_eq!(named_ticket(cut), None, "{cut:?}");
        }
    }

    #[test]
    fn a_signature_over_the_bytes_alone_is_none_over_a_code() {
        let (own, bytes) = (codes(7), code(1).to_bytes());
        let signed_as = |domain: &str| {
            let signature = own.pair.sign(&[domain.as_bytes(), &bytes].concat());
            format!("{PREFIX}{}", base45::encode(&[&bytes, signature.as_ref()].concat()))
        };
        assert_eq!(own.read(&signed_as(DOMAIN)), Some(code(1)));
        assert_eq!(own.read(&signed_as("")), None);
    }

    #[test]
    fn a_code_of_another_format_says_nothing() {
        let own = codes(7);
        let mut bytes = code(1).to_bytes();
        bytes[0] = 2;
        let signature = own.pair.sign(&super::signed(&bytes));
        let text = format!("{PREFIX}{}", base45::encode(&[&bytes, signature.as_ref()].concat()));
        assert_eq!(own.read(&text), None, "whatever it is signed with");
    }

    proptest! {
        #[test]
        fn one_changed_character_is_refused(ticket in any::<u128>(), (at, other) in (0..CODE_LENGTH, changed())) {
            let text = codes(7).write(code(ticket));
            prop_assert_eq!(codes(7).read(&text).map(|read| read.ticket), Some(TicketId(ticket)));
            let before = text.chars().nth(at).expect("so long is a code");
            let changed: String = text.chars().enumerate().map(|(place, known)| if place == at { other } else { known }).collect();
            prop_assert_eq!(codes(7).read(&changed).is_none(), before != other, "{}", changed);
        }
    }

    /// Any character of the set, and some of no set.
    fn changed() -> impl Strategy<Value = char> {
        (0..ALPHABET.len() + 3)
            .prop_map(|at| ALPHABET.chars().chain(['a', 'é', '\0']).nth(at).expect("so many are there"))
    }
}
