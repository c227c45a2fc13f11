//! One step of a scenario: from its words to a command or a look, and to what was answered.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::definition::is_setting;
use super::ticks::pass_until;
use super::words::{date, number, seats, time};
use super::world::World;
use super::{checks, concert_steps, facts, ticket_steps, till_steps, told};
use crate::domain::{
    CalendarDate, Charger, Command, ConcertNo, Idempotency, IdempotencyKey, KeyId, KeyScope, STEP_MAX, SeatKey,
    Selection, UserId, UserStanding, Username, commands,
};

/// Does what a line says and panics when the answer is not the one behind its arrow.
pub(super) fn play(world: &mut World, line: &str) {
    println!("{line}");
    let (step, expected) = line.split_once("->").map_or((line, None), |(step, expected)| (step, Some(expected.trim())));
    let words: Vec<&str> = step.split_whitespace().collect();
    let told = match words.as_slice() {
        ["then", words @ ..] => return words.iter().for_each(|word| facts::state(world, word)),
        ["given", words @ ..] => given(world, words),
        ["at", at, words @ ..] => {
            pass_until(world, time(at));
            act(world, words)
        }
        ["late", at, words @ ..] => {
            world.now = time(at);
            act(world, words)
        }
        _ => panic!("a line begins with given, at, late or then"),
    };
    checks::all(world);
    match expected {
        Some(expected) => assert_eq!(told, expected, "the answer to: {step}"),
        None => assert!(!told.starts_with("refused"), "{step}: {told}"),
    }
}

fn given(world: &mut World, words: &[&str]) -> String {
    match words {
        ["concert", name, keys @ ..] => return request(world, &[&["operator", "creates", name], keys].concat()),
        ["crowd", size] => {
            for number in 1..=number::<u32>(size) {
                register(world, &format!("crowd{number}"));
            }
        }
        settings if settings.iter().all(|word| is_setting(word)) => {
            return request(world, &[&["operator", "configures"], settings].concat());
        }
        users => {
            for user in users {
                let (name, balance) = user.split_once('=').unwrap_or((user, "0"));
                register(world, name);
                if balance != "0" {
                    request(world, &[name, "charges", balance]);
                }
            }
        }
    }
    "done".to_owned()
}

fn register(world: &mut World, name: &str) {
    let told = request(world, &["operator", "registers", name]);
    assert_eq!(told, format!("{name} has 0"));
}

fn act(world: &mut World, words: &[&str]) -> String {
    checks::truth_needs_no_tick(world);
    match words {
        ["restart"] => world.restart(),
        ["nothing"] => {}
        ["crowd", "joins"] => {
            let names: Vec<String> = world.users.keys().filter(|name| name.starts_with("crowd")).cloned().collect();
            for number in 1..=names.len() {
                request(world, &[&format!("crowd{number}"), "joins"]);
            }
        }
        _ => return request(world, words),
    }
    "done".to_owned()
}

/// The words of a request that may stand anywhere, taken out of the others.
struct Asked<'a> {
    subject: &'a str,
    sequence: Option<u64>,
    words: Vec<&'a str>,
    concert: Option<&'a str>,
    date: CalendarDate,
    idempotency: Option<&'a str>,
    /// Whom the request names, where that is not who asks.
    named: Option<&'a str>,
}

impl Asked<'_> {
    /// Who asks; nobody where only the id of a ticket is known.
    fn holder(&self, user: UserId) -> Option<UserId> {
        (self.subject != "bearer").then_some(user)
    }
}

fn read<'a>(words: &[&'a str]) -> Asked<'a> {
    let mut asked = Asked {
        subject: words[0],
        sequence: None,
        words: Vec::new(),
        concert: None,
        date: date("24"),
        idempotency: None,
        named: None,
    };
    if let Some((subject, concert)) = asked.subject.split_once('@') {
        (asked.subject, asked.concert) = (subject, Some(concert));
    }
    if let Some((subject, sequence)) = asked.subject.split_once('#') {
        (asked.subject, asked.sequence) = (subject, Some(number(sequence)));
    }
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match *word {
            "on" => asked.date = date(rest.next().expect("a day")),
            "once" => asked.idempotency = rest.next().copied(),
            "for" => asked.named = rest.next().copied(),
            word => asked.words.push(word),
        }
    }
    asked
}

/// Asks for something and tells what was answered.
fn request(world: &mut World, words: &[&str]) -> String {
    let asked = read(words);
    let concert = world.concert(asked.concert);
    let user = world.user(asked.subject);
    if let ["polls" | "estimates"] = asked.words.as_slice() {
        let place_ref = world.place_ref(concert, user, asked.sequence);
        if asked.words == ["polls"] {
            return told::standing(world.told(place_ref));
        }
        return told::estimate(world.sale(concert).place_view(place_ref, world.now, world.state.settings()));
    }
    let command = match asked.subject {
        "operator" => of_operator(world, &asked),
        _ => of_user(world, &asked, concert, user),
    };
    let scope = if asked.subject == "operator" { KeyScope::Operator(KeyId::OWNER) } else { KeyScope::User(user) };
    let idempotency = asked.idempotency.map(|key| {
        let (key, fingerprint) = (IdempotencyKey { scope, key: key.to_owned() }, fingerprint(&asked));
        Idempotency { key, fingerprint }
    });
    let before = world.state.totals().last_event;
    let (result, origin) = world.submit(command.clone(), idempotency);
    world.step_events = world.rows.events.range(before + 1..).map(|(_, event)| (**event).clone()).collect();
    let told = told::answer(world, &command, &result, origin);
    println!("    {told}");
    told
}

/// What distinguishes one request from another under the same idempotency key.
fn fingerprint(asked: &Asked<'_>) -> u128 {
    let mut hasher = DefaultHasher::new();
    (&asked.words, asked.date, asked.concert).hash(&mut hasher);
    u128::from(hasher.finish())
}

fn of_user(world: &mut World, asked: &Asked<'_>, concert: ConcertNo, user: UserId) -> Command {
    let (place_ref, date) = (world.place_ref(concert, user, asked.sequence), asked.date);
    let named = asked.named.map_or(user, |name| world.user(name));
    match asked.words.as_slice() {
        ["joins"] => {
            let early_ends = world.state.sale(concert).map(|sale| sale.early_ends(world.now)).unwrap_or_default();
            Command::Join(commands::Join { concert, user, early_ends })
        }
        ["offers", words @ ..] => ticket_steps::offers(world, asked.holder(user), words),
        ["withdraws", ticket] => ticket_steps::withdraws(asked.holder(user), ticket),
        ["accepts", words @ ..] => ticket_steps::accepts(world, user, words),
        ["leaves"] => Command::Leave(commands::Leave { place_ref }),
        ["charges", amount] => {
            Command::Charge(commands::Charge { user, amount: number(amount), charger: Charger::Public })
        }
        ["reserves", kind @ ("best" | "accessible"), count] => Command::Reserve(commands::Reserve {
            place_ref,
            date,
            selection: Selection::Best { count: number(count), section: None, accessible: *kind == "accessible" },
            user: named,
        }),
        ["reserves", "best", count, "in", section] => {
            let section = Some((*section).to_owned());
            Command::Reserve(commands::Reserve {
                place_ref,
                date,
                selection: Selection::Best { count: number(count), section, accessible: false },
                user: named,
            })
        }
        ["reserves", list] => Command::Reserve(commands::Reserve {
            place_ref,
            date,
            selection: Selection::Seats(seats(list)),
            user: named,
        }),
        ["cancels", list] => Command::Cancel(commands::Cancel { place_ref, date, seats: seats(list), user: named }),
        ["pays", list] => {
            let held = || world.sale(concert).held_by(place_ref.sequence, world.now);
            let seats = if *list == "everything" { held() } else { SeatKey::of_date(date, &seats(list)) };
            let (payment, tickets) = world.next_payment(seats.len());
            Command::Pay(commands::Pay { place_ref, seats, payment, tickets, user: named })
        }
        other => panic!("{other:?} is something that a user does"),
    }
}

fn of_operator(world: &mut World, asked: &Asked<'_>) -> Command {
    let words = asked.words.as_slice();
    match words {
        [verb, "seats", list] => of_operator_to_seats(world, asked, verb, seats(list)),
        ["creates" | "revises" | "sets" | "configures", ..] => concert_steps::command(world, words),
        ["deletes", "the", "concert"] => commands::DeleteConcert { concert: world.concert(asked.concert) }.into(),
        ["abandons", names @ ..] => {
            let concert = world.concert(None);
            let place = |name: &&str| world.place_ref(concert, world.user(name), None).sequence;
            Command::Abandon(commands::Abandon { concert, sequences: names.iter().map(place).collect() })
        }
        ["misses", names @ ..] => {
            let concert = world.concert(None);
            let place = |name: &&str| world.place_ref(concert, world.user(name), None).sequence;
            Command::EndUnclaimed(commands::EndUnclaimed { concert, sequences: names.iter().map(place).collect() })
        }
        ["charges", name, amount] => Command::Charge(commands::Charge {
            user: world.user(name),
            amount: number(amount),
            charger: Charger::Operator,
        }),
        ["ticks", "a", "few"] => Command::Tick(commands::Tick { concert: world.concert(None), steps: 4 }),
        ["ticks"] => Command::Tick(commands::Tick { concert: world.concert(None), steps: STEP_MAX }),
        ["sweeps"] => Command::Sweep(commands::Sweep),
        [verb @ ("admits" | "reports"), words @ ..] => ticket_steps::at_gate(world, verb, words),
        ["returns", words @ ..] => ticket_steps::returns(words),
        ["refunds" | "sells" | "calls" | "withdraws", ..] => till_steps::command(world, words),
        [verb, name] => of_operator_to_user(world, verb, name),
        other => panic!("{other:?} is something that an operator does"),
    }
}

fn of_operator_to_seats(world: &World, asked: &Asked<'_>, verb: &str, seats: Vec<u32>) -> Command {
    let (concert, date) = (world.concert(asked.concert), asked.date);
    match verb {
        "blocks" => commands::BlockSeats { concert, date, seats, reason: "camera".to_owned() }.into(),
        "unblocks" => commands::UnblockSeats { concert, date, seats }.into(),
        other => panic!("{other:?} is something that an operator does to seats"),
    }
}

fn of_operator_to_user(world: &mut World, verb: &str, name: &str) -> Command {
    let user = world.user(name);
    match verb {
        "registers" => {
            let user = UserId(world.users.len() as u128 + 1);
            let taken = world.users.insert(name.to_owned(), user);
            if let Some(first) = taken {
                world.users.insert(name.to_owned(), first);
            }
            let (username, email) = (Username::plain(name), Some(format!("{name}@example.com")));
            Command::CreateUser(commands::CreateUser { user, username, email })
        }
        "blocks" => Command::SetUserStanding(commands::SetUserStanding { user, standing: UserStanding::Blocked }),
        "unblocks" => Command::SetUserStanding(commands::SetUserStanding { user, standing: UserStanding::Welcome }),
        "deletes" => Command::DeleteUser(commands::DeleteUser { user }),
        other => panic!("{other:?} is something that an operator does to a user"),
    }
}
