//! What an operator does with money and seats that are sold: from the words of a step to a command.

use super::words::{date, number, seats};
use super::world::World;
use crate::domain::{Command, Counterpart, Means, PaymentId, RefundPart, RefundTo, commands};

/// The command that `words` ask for.
pub(super) fn command(world: &mut World, words: &[&str]) -> Command {
    match words {
        ["refunds", payment, rest @ ..] => refund(payment, rest),
        ["sells", list, rest @ ..] => sell(world, list, rest),
        ["withdraws", amount, "of", name] => {
            let (user, amount, reason) = (world.user(name), number(amount), "asked for".to_owned());
            Command::Withdraw(commands::Withdraw { user, amount, reason })
        }
        ["calls", "off", day] => {
            let (concert, reason) = (world.concert(None), "rain".to_owned());
            Command::CallOff(commands::CallOff { concert, date: date(day), reason })
        }
        other => panic!("{other:?} is something that an operator does"),
    }
}

/// What is paid with.
pub(super) fn means(word: &str) -> Means {
    match word {
        "cash" => Means::Cash,
        "card" => Means::Card,
        "free" => Means::Free,
        "wallet" => Means::Wallet,
        other => panic!("{other:?} is something to pay with"),
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

/// `sells 1,2 to kim by cash`, `sells 1 to guest by free at 100 of 25`.
fn sell(world: &mut World, list: &str, words: &[&str]) -> Command {
    let seats = seats(list);
    let (payment, tickets) = world.next_payment(seats.len());
    let (mut day, mut price) = (date("24"), None);
    let (mut buyer, mut paid_by) = (Counterpart::Guest(None), Means::Cash);
    for pair in words.chunks(2) {
        match pair {
            ["to", "guest"] => {}
            ["to", name] => buyer = Counterpart::User(world.user(name)),
            ["by", by] => paid_by = means(by),
            ["at", amount] => price = Some(number(amount)),
            ["of", of] => day = date(of),
            other => panic!("{other:?} says how seats are sold"),
        }
    }
    let concert = world.concert(None);
    Command::Sell(commands::Sell { concert, date: day, seats, buyer, paid_by, price, reason: None, payment, tickets })
}
