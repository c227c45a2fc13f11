//! What the server has acknowledged, and what it may have done without having said so: the other side of the books.

use std::sync::atomic::{AtomicU64, Ordering};

use super::venue::PRICE;

/// What is known of a seat. Only one user asks for a seat of a run, but for those who must lose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatKnown {
    /// Nobody was given it.
    Free,
    /// The request to hold it was not answered.
    MaybeHeld(usize),
    Held(usize),
    /// Held, and the request to pay it was not answered.
    MaybePaid(usize),
    Paid(usize),
}

/// Everything that was acknowledged, shared by all connections.
pub struct Known {
    seats: Vec<AtomicU64>,
    wallets: Vec<Wallet>,
}

/// Charges of one user.
#[derive(Default)]
struct Wallet {
    charged: AtomicU64,
    /// Charges that were not answered.
    maybe_charged: AtomicU64,
}

const MAYBE_HELD: u64 = 1 << 32;
const HELD: u64 = 2 << 32;
const MAYBE_PAID: u64 = 3 << 32;
const PAID: u64 = 4 << 32;
const USER: u64 = (1 << 32) - 1;

impl SeatKnown {
    fn to_word(self) -> u64 {
        match self {
            Self::Free => 0,
            Self::MaybeHeld(user) => MAYBE_HELD | user as u64,
            Self::Held(user) => HELD | user as u64,
            Self::MaybePaid(user) => MAYBE_PAID | user as u64,
            Self::Paid(user) => PAID | user as u64,
        }
    }

    fn of_word(word: u64) -> Self {
        let user = (word & USER) as usize;
        match word & !USER {
            MAYBE_HELD => Self::MaybeHeld(user),
            HELD => Self::Held(user),
            MAYBE_PAID => Self::MaybePaid(user),
            PAID => Self::Paid(user),
            _ => Self::Free,
        }
    }

    /// Who has it, or may have it.
    pub fn user(self) -> Option<usize> {
        match self {
            Self::Free => None,
            Self::MaybeHeld(user) | Self::Held(user) | Self::MaybePaid(user) | Self::Paid(user) => Some(user),
        }
    }
}

impl Known {
    pub fn new(seats: usize, users: usize) -> Self {
        Self {
            seats: (0..seats).map(|_| AtomicU64::new(0)).collect(),
            wallets: (0..users).map(|_| Wallet::default()).collect(),
        }
    }

    pub fn note(&self, seat: usize, known: SeatKnown) {
        self.seats[seat].store(known.to_word(), Ordering::Relaxed);
    }

    pub fn seat(&self, seat: usize) -> SeatKnown {
        SeatKnown::of_word(self.seats[seat].load(Ordering::Relaxed))
    }

    /// All seats that are not known to be free, with their numbers.
    pub fn seats(&self) -> impl Iterator<Item = (usize, SeatKnown)> {
        let all = self.seats.iter().map(|word| SeatKnown::of_word(word.load(Ordering::Relaxed)));
        all.enumerate().filter(|(_, known)| *known != SeatKnown::Free)
    }

    pub fn charged(&self, user: usize, amount: u64) {
        self.wallets[user].charged.fetch_add(amount, Ordering::Relaxed);
    }

    pub fn maybe_charged(&self, user: usize, amount: u64) {
        self.wallets[user].maybe_charged.fetch_add(amount, Ordering::Relaxed);
    }

    /// For every user the least and the most that the wallet may hold.
    pub fn balances(&self) -> Vec<(u64, u64)> {
        let mut balances: Vec<(u64, u64)> = self.wallets.iter().map(Wallet::range).collect();
        for (_, known) in self.seats() {
            match known {
                SeatKnown::Free | SeatKnown::MaybeHeld(_) | SeatKnown::Held(_) => {}
                SeatKnown::MaybePaid(user) => balances[user].0 = balances[user].0.saturating_sub(PRICE),
                SeatKnown::Paid(user) => {
                    let (least, most) = balances[user];
                    balances[user] = (least.saturating_sub(PRICE), most.saturating_sub(PRICE));
                }
            }
        }
        balances
    }
}

impl Wallet {
    fn range(&self) -> (u64, u64) {
        let charged = self.charged.load(Ordering::Relaxed);
        (charged, charged + self.maybe_charged.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, SeatKnown};

    #[test]
    fn what_is_noted_of_a_seat_is_read_again() {
        let known = Known::new(6, 0);
        let noted = [
            SeatKnown::Free,
            SeatKnown::MaybeHeld(0),
            SeatKnown::Held(7),
            SeatKnown::MaybePaid(4_000_000_000),
            SeatKnown::Paid(1),
        ];
        for (seat, state) in noted.into_iter().enumerate() {
            known.note(seat, state);
            assert_eq!(known.seat(seat), state);
        }
        assert_eq!(known.seats().map(|(seat, _)| seat).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_balance_is_known_up_to_what_was_not_answered() {
        let known = Known::new(4, 3);
        known.charged(0, 5_000);
        known.charged(1, 5_000);
        known.maybe_charged(1, 700);
        known.note(0, SeatKnown::Paid(0));
        known.note(1, SeatKnown::MaybePaid(1));
        known.note(2, SeatKnown::Held(1));
        assert_eq!(known.balances(), [(4_000, 4_000), (4_000, 5_700), (0, 0)]);
    }
}
