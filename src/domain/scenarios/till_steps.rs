//! What an operator does with money and seats that are sold: from the words of a step to a command.

use super::words::{date, number, seats};
use super::world::World;
use crate::domain::{Command, PaymentId, RefundPart, RefundTo, commands};

/// The command that `words` ask for.
pub(super) fn command(_world: &mut World, words: &[&str]) -> Command {
    match words {
        ["refunds", payment, rest @ ..] => refund(payment, rest),
        other => panic!("{other:?} is something that an operator does"),
    }
}

/// `refunds 1`, `refunds 1 seats 2,3`, `refunds 1 seats 2,3 of 25`, each perhaps with `in cash`.
fn refund(payment: &str, mut words: &[&str]) -> Command {
    let mut to = RefundTo::Origin;
    if let [before @ .., "in", "cash"] = words {
        (words, to) = (before, RefundTo::Cash);
    }
    let part = match words {
        [] => RefundPart::Whole,
        ["seats", list] => RefundPart::Seats { date: None, seats: seats(list) },
        ["seats", list, "of", day] => RefundPart::Seats { date: Some(date(day)), seats: seats(list) },
        other => panic!("{other:?} is a part of a payment"),
    };
    Command::Refund(commands::Refund { payment: PaymentId(number(payment)), part, to, reason: "asked for".to_owned() })
}
