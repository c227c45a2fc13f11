//! Holds, payments and charges that the server has acknowledged, and those that it may have done without having said
//! so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What is known of a seat. Only one user asks for a seat of a run, but for those who must lose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcknowledgedSeat {
    /// Nobody was given it.
    Free,
    /// The request to hold it was not answered.
    MaybeHeld(usize),
    Held(usize),
    /// Held, and the request to pay it was not answered.
    MaybePaid(usize),
    Paid(usize),
}

/// Everything that was acknowledged of seats and wallets, shared by all virtual users.
pub(crate) struct AcknowledgedEffects {
    seats: Vec<AtomicU64>,
    wallets: Vec<Wallet>,
    /// Of every seat.
    price: u64,
    /// Holds last so many seconds; the shortest that was acknowledged.
    hold_seconds: AtomicU64,
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

impl AcknowledgedSeat {
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
    pub(crate) fn user(self) -> Option<usize> {
        match self {
            Self::Free => None,
            Self::MaybeHeld(user) | Self::Held(user) | Self::MaybePaid(user) | Self::Paid(user) => Some(user),
        }
    }
}

impl AcknowledgedEffects {
    /// Nothing yet, of so many seats of this price and so many users.
    pub(crate) fn new(seats: usize, price: u64, users: usize) -> Self {
        Self {
            seats: (0..seats).map(|_| AtomicU64::new(0)).collect(),
            wallets: (0..users).map(|_| Wallet::default()).collect(),
            price,
            hold_seconds: AtomicU64::new(u64::MAX),
        }
    }

    pub(crate) fn note(&self, seat: usize, state: AcknowledgedSeat) {
        self.seats[seat].store(state.to_word(), Ordering::Relaxed);
    }

    /// Notes a hold that lasts so many seconds.
    pub(crate) fn note_hold(&self, seat: usize, user: usize, seconds: u64) {
        self.hold_seconds.fetch_min(seconds, Ordering::Relaxed);
        self.note(seat, AcknowledgedSeat::Held(user));
    }

    /// Whether holds that were taken since `began` may have lapsed by now.
    pub(crate) fn holds_may_have_lapsed(&self, began: Instant) -> bool {
        began.elapsed().as_secs() + 1 >= self.hold_seconds.load(Ordering::Relaxed)
    }

    pub(crate) fn seat(&self, seat: usize) -> AcknowledgedSeat {
        AcknowledgedSeat::of_word(self.seats[seat].load(Ordering::Relaxed))
    }

    /// All seats that are not known to be free, with their numbers.
    pub(crate) fn seats(&self) -> impl Iterator<Item = (usize, AcknowledgedSeat)> {
        let all = self.seats.iter().map(|word| AcknowledgedSeat::of_word(word.load(Ordering::Relaxed)));
        all.enumerate().filter(|(_, state)| *state != AcknowledgedSeat::Free)
    }

    pub(crate) fn charged(&self, user: usize, amount: u64) {
        self.wallets[user].charged.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn maybe_charged(&self, user: usize, amount: u64) {
        self.wallets[user].maybe_charged.fetch_add(amount, Ordering::Relaxed);
    }

    /// For every user the least and the most that the wallet may hold.
    pub(crate) fn balances(&self) -> Vec<(u64, u64)> {
        let mut balances: Vec<(u64, u64)> = self.wallets.iter().map(Wallet::range).collect();
        for (_, state) in self.seats() {
            match state {
                AcknowledgedSeat::Free | AcknowledgedSeat::MaybeHeld(_) | AcknowledgedSeat::Held(_) => {}
                AcknowledgedSeat::MaybePaid(user) => balances[user].0 = balances[user].0.saturating_sub(self.price),
                AcknowledgedSeat::Paid(user) => {
                    let (least, most) = balances[user];
                    balances[user] = (least.saturating_sub(self.price), most.saturating_sub(self.price));
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
    use super::{AcknowledgedEffects, AcknowledgedSeat};

    #[test]
    fn what_is_noted_of_a_seat_is_read_again() {
        let effects = AcknowledgedEffects::new(6, 1_000, 0);
        let noted = [
            AcknowledgedSeat::Free,
            AcknowledgedSeat::MaybeHeld(0),
            AcknowledgedSeat::Held(7),
            AcknowledgedSeat::MaybePaid(4_000_000_000),
            AcknowledgedSeat::Paid(1),
        ];
        for (seat, state) in noted.into_iter().enumerate() {
            effects.note(seat, state);
            assert_eq!(effects.seat(seat), state);
        }
        assert_eq!(effects.seats().map(|(seat, _)| seat).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn a_balance_is_known_up_to_what_was_not_answered() {
        let effects = AcknowledgedEffects::new(4, 1_000, 3);
        effects.charged(0, 5_000);
        effects.charged(1, 5_000);
        effects.maybe_charged(1, 700);
        effects.note(0, AcknowledgedSeat::Paid(0));
        effects.note(1, AcknowledgedSeat::MaybePaid(1));
        effects.note(2, AcknowledgedSeat::Held(1));
        assert_eq!(effects.balances(), [(4_000, 4_000), (4_000, 5_700), (0, 0)]);
    }
}
