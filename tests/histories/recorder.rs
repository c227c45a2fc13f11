//! Owns the histories: one a seat and one a wallet, of what all customers did there, by one clock.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::linearizability::{Model, Operation, Span, Verdict, search};
use super::seat::{Seat, SeatAction};
use super::shortest::{Shortest, shortest, told};
use super::wallet::{Wallet, WalletAction};

/// So many configurations may be looked at for one history; one that was not wrong has taken a few times its operations.
const CONFIGURATIONS_MAX: usize = 1_000_000;

/// The histories; clones share them.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Histories>);

struct Histories {
    began: Instant,
    seats: Vec<Mutex<Vec<Operation<SeatAction>>>>,
    wallets: Vec<Mutex<Vec<Operation<WalletAction>>>>,
}

impl Recorder {
    /// Of so many seats and so many wallets.
    pub(crate) fn new(seats: usize, wallets: usize) -> Self {
        let began = Instant::now();
        let (seats, wallets) = (empty(seats), empty(wallets));
        Self(Arc::new(Histories { began, seats, wallets }))
    }

    /// The time by which all operations are recorded.
    pub(crate) fn now(&self) -> Duration {
        self.0.began.elapsed()
    }

    /// Something happened to a seat, counted from 1.
    pub(crate) fn seat(&self, seat: usize, span: Span, by: &str, action: SeatAction) {
        self.0.seats[seat - 1].lock().unwrap().push(Operation { span, action, by: by.to_owned() });
    }

    /// Something happened to a wallet, counted from 0.
    pub(crate) fn wallet(&self, wallet: usize, span: Span, by: &str, action: WalletAction) {
        self.0.wallets[wallet].lock().unwrap().push(Operation { span, action, by: by.to_owned() });
    }

    /// Asserts that every history is linearizable, and gives of how many changes each of them is.
    pub(crate) fn check(&self) -> Vec<usize> {
        let seats = self.0.seats.iter().enumerate();
        let seats = seats.map(|(at, seat)| check::<Seat>(&format!("seat {}", at + 1), &seat.lock().unwrap()));
        let wallets = self.0.wallets.iter().enumerate();
        let of_user = |at| format!("the wallet of user {at}");
        seats.chain(wallets.map(|(at, wallet)| check::<Wallet>(&of_user(at), &wallet.lock().unwrap()))).collect()
    }
}

fn empty<A>(count: usize) -> Vec<Mutex<Vec<Operation<A>>>> {
    (0..count).map(|_| Mutex::default()).collect()
}

fn check<M: Model<Action: Debug>>(name: &str, operations: &[Operation<M::Action>]) -> usize {
    let began = Instant::now();
    let unknown = operations.iter().filter(|operation| operation.span.responded.is_none()).count();
    let count = format!("{name}: {} operations, {unknown} of them of unknown outcome", operations.len());
    let is_change = |operation: &&Operation<M::Action>| M::unanswered(&operation.action).is_some();
    let changes = operations.iter().filter(is_change).count();
    match search::<M>(M::NEW, operations, CONFIGURATIONS_MAX) {
        Verdict::Linearizable { configurations } => {
            println!("{count}; {configurations} configurations in {:?}", began.elapsed());
            changes
        }
        Verdict::Refused => {
            let Shortest { within, operations } = shortest::<M>(operations);
            panic!("{count}: no order explains these, which are of the first {within}:\n{}", told(&operations));
        }
        Verdict::Undecided => panic!(
            "{count}: an order was not found within {CONFIGURATIONS_MAX} configurations; fewer requests, or fewer of \
             unknown outcome, take fewer"
        ),
    }
}
