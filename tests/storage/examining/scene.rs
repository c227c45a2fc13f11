//! The box office that is examined.

use jari::domain::commands::{Charge, CreateUser, Join, Pay, Refund, RefundPart, RefundTo, Reserve};
use jari::domain::{
    Charger, Command, EarlyEnds, Idempotency, IdempotencyKey, KeyId, KeyScope, PaymentId, PlaceRef, SeatKey, Selection,
    Sequence, Stamped, TicketId, Timestamp, UserId, Username,
};
use jari::replica::Recovered;
use jari::simulation::{Machine, SimulatedDisk};

use super::{CONCERT, HOLDER, PAYER, REFUNDED};
use crate::office::{Callers, Model, commit, date, open};

/// A box office where user 1 has paid seat 1, user 2 holds seat 2, user 3 got the money for seat 3 back, users 4 and 5
/// have places, and user 6 waits; all of it in the tables, but for the last entries.
pub(super) fn scene() -> (Machine, Recovered<SimulatedDisk>) {
    let machine = Machine::new(1);
    let mut opened = open(&machine).expect("a new machine");
    let mut model = Model::default();
    let opening = Callers::new(1).opening();
    let mut now = opening[0].now.0 + 20_000;
    assert!(commit(&mut opened, opening, &mut model));
    for (command, idempotency) in commands() {
        now += 10;
        // The refund is the owner's act.
        let by = matches!(command, Command::Refund(_)).then_some(KeyId::OWNER);
        let batch = vec![Stamped { now: Timestamp(now), idempotency, by, command }];
        assert!(commit(&mut opened, batch, &mut model));
    }
    opened.replica.store().checkpoint().expect("written");
    (machine, opened)
}

/// The commands of the scene, the last of them with an idempotency key.
fn commands() -> Vec<(Command, Option<Idempotency>)> {
    let refund =
        Refund { payment: PaymentId(3), part: RefundPart::Whole, to: RefundTo::Origin, reason: "rain".to_owned() };
    let mut commands: Vec<Command> = (1..=6).map(UserId).flat_map(user_with_money).collect();
    commands.extend(purchase(place(1, PAYER), 1));
    commands.extend(purchase(place(2, REFUNDED), 3));
    commands.push(refund.into());
    commands.extend([HOLDER, UserId(4), UserId(5), UserId(6)].map(join));
    let key = IdempotencyKey { scope: KeyScope::User(HOLDER), key: "hold".to_owned() };
    let hold = (reserve(place(3, HOLDER), 2), Some(Idempotency { key, fingerprint: 1 }));
    commands.into_iter().map(|command| (command, None)).chain([hold]).collect()
}

fn user_with_money(user: UserId) -> [Command; 2] {
    let username = Username::plain(format!("user-{}", user.0));
    let charge = Charge { user, amount: 20_000, charger: Charger::Public };
    [CreateUser { user, username, email: None }.into(), charge.into()]
}

fn place(sequence: u64, user: UserId) -> PlaceRef {
    PlaceRef { concert: CONCERT, sequence: Sequence(sequence), user }
}

fn join(user: UserId) -> Command {
    Join { concert: CONCERT, user, early_ends: EarlyEnds::default() }.into()
}

fn reserve(place_ref: PlaceRef, seat: u32) -> Command {
    Reserve { place_ref, date: date(), selection: Selection::Seats(vec![seat]), user: place_ref.user }.into()
}

/// A place, a hold and a payment, which has the number of the seat as its ticket has.
fn purchase(place_ref: PlaceRef, seat: u32) -> [Command; 3] {
    let (payment, tickets) = (PaymentId(u128::from(seat)), vec![TicketId(u128::from(seat))]);
    let seats = SeatKey::of_date(date(), &[seat]);
    let pay = Pay { place_ref, seats, payment, tickets, user: place_ref.user };
    [join(place_ref.user), reserve(place_ref, seat), pay.into()]
}
