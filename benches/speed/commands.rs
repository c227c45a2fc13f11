//! `apply` of each command, with its rows in memory: the core alone, without log, tables and HTTP.
//!
//! A chunk of commands is applied to a fresh office after the steps that they need; only the chunk is measured. The
//! rows that it changes are not written anywhere.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use jari::domain::{
    Command, Idempotency, IdempotencyKey, KeyScope, Limit, Outcome, QueuePolicy, Selection, Stamped, Timestamp,
    UserStanding, commands,
};

use crate::office::{self, CONCERT, HOLD_SECONDS, NOW, Office, stamped};

/// Commands that are applied to one office, each by a user of its own.
const CHUNK: u32 = 512;
const SEATS: u32 = 20_000;

/// What the user with a number asks.
type Step = fn(&Office, u32) -> Stamped;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Done,
    Refused,
}

struct Scenario {
    name: &'static str,
    before: &'static [Step],
    measured: Step,
    verdict: Verdict,
}

const fn done(name: &'static str, before: &'static [Step], measured: Step) -> Scenario {
    Scenario { name, before, measured, verdict: Verdict::Done }
}

const SCENARIOS: &[Scenario] = &[
    done("configure", &[], |_, _| stamped(Command::Configure(commands::Configure { settings: office::settings() }))),
    done("create_user", &[], |_, number| stamped(office::create_user(CHUNK + number))),
    done("block_user", &[join], |_, number| {
        stamped(Command::SetUserStanding(commands::SetUserStanding {
            user: office::user(number),
            standing: UserStanding::Blocked,
        }))
    }),
    done("delete_user", &[join], |_, number| {
        stamped(Command::DeleteUser(commands::DeleteUser { user: office::user(number) }))
    }),
    done("charge", &[], charge),
    done("charge_with_key", &[], charge_once),
    done("charge_replayed", &[charge_once], charge_once),
    done("create_concert", &[], |_, number| {
        stamped(office::create_concert(&format!("c-{number}"), office::definition(1, 50)))
    }),
    done("revise_concert", &[], |_, number| {
        let definition = Box::new(office::definition(1, SEATS));
        stamped(Command::ReviseConcert(commands::ReviseConcert { concert: CONCERT, revision: number + 1, definition }))
    }),
    done("set_queue_policy", &[], shut),
    done("join", &[], join),
    done("join_again", &[join], join),
    done("leave", &[join], |office, number| {
        stamped(Command::Leave(commands::Leave { place_ref: office.place_ref(number) }))
    }),
    done("abandon", &[shut, join], |office, number| {
        stamped(Command::Abandon(commands::Abandon {
            concert: CONCERT,
            sequences: vec![office.place_ref(number).sequence],
        }))
    }),
    done("reserve", &[join], hold),
    done("reserve_best_of_20000", &[join], |office, number| {
        let selection = Selection::Best { count: 2, section: None, accessible: false };
        stamped(Command::Reserve(commands::Reserve {
            place_ref: office.place_ref(number),
            date: office::date(0),
            selection,
            user: office.place_ref(number).user,
        }))
    }),
    Scenario {
        name: "reserve_lost",
        before: &[join, hold],
        measured: |office, number| stamped(office.hold(number, (number + 1) % CHUNK)),
        verdict: Verdict::Refused,
    },
    done("cancel", &[join, hold], |office, number| {
        let (date, seat) = office.seat(number);
        stamped(Command::Cancel(commands::Cancel {
            place_ref: office.place_ref(number),
            date,
            seats: vec![seat],
            user: office.place_ref(number).user,
        }))
    }),
    done("pay", &[join, charge, hold], pay),
    done("refund", &[join, charge, hold, pay], |_, number| {
        stamped(Command::Refund(commands::Refund {
            payment: office::payment(number),
            part: commands::RefundPart::Whole,
            to: commands::RefundTo::Origin,
            reason: "ill".to_owned(),
        }))
    }),
    done("tick_nothing_due", &[join], |_, _| stamped(Command::Tick(commands::Tick { concert: CONCERT, steps: 1_000 }))),
    done("tick_hold_lapses", &[join, hold], |_, number| Stamped {
        now: at(number).plus_seconds(HOLD_SECONDS),
        ..stamped(Command::Tick(commands::Tick { concert: CONCERT, steps: 1_000 }))
    }),
    done("sweep_nothing_due", &[charge_once], |_, _| stamped(Command::Sweep(commands::Sweep))),
];

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commands");
    group.throughput(Throughput::Elements(1));
    for scenario in SCENARIOS {
        group.bench_function(scenario.name, |bencher| bencher.iter_custom(|times| measure(scenario, times)));
    }
    group.finish();
}

fn measure(scenario: &Scenario, times: u64) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let count = u32::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut office = Office::new(CHUNK, 1, SEATS);
        for step in scenario.before {
            for number in 0..CHUNK {
                let stamped = step(&office, number);
                office.perform(&stamped);
            }
        }
        let commands: Vec<Stamped> = (0..count).map(|number| (scenario.measured)(&office, number)).collect();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(commands.len());
        let begun = Instant::now();
        outcomes.extend(commands.iter().map(|stamped| office.apply(black_box(stamped))));
        took += begun.elapsed();
        for outcome in outcomes {
            let verdict = if outcome.result.is_ok() { Verdict::Done } else { Verdict::Refused };
            assert!(verdict == scenario.verdict, "{}: {:?}", scenario.name, outcome.result);
        }
        left -= u64::from(count);
    }
    took
}

/// Holds begin a millisecond apart, so that each tick finds one of them lapsed.
fn at(number: u32) -> Timestamp {
    Timestamp(NOW.0 + i64::from(number))
}

fn join(_: &Office, number: u32) -> Stamped {
    stamped(office::join(number))
}

fn charge(_: &Office, number: u32) -> Stamped {
    stamped(office::charge(number))
}

fn charge_once(_: &Office, number: u32) -> Stamped {
    let key = IdempotencyKey { scope: KeyScope::User(office::user(number)), key: format!("charge-{number}") };
    Stamped { idempotency: Some(Idempotency { key, fingerprint: number.into() }), ..stamped(office::charge(number)) }
}

fn hold(office: &Office, number: u32) -> Stamped {
    Stamped { now: at(number), ..stamped(office.hold(number, number)) }
}

fn pay(office: &Office, number: u32) -> Stamped {
    let (date, seat) = office.seat(number);
    stamped(office::pay(number, office.place_ref(number), date, seat))
}

/// Nobody is admitted from now on.
fn shut(_: &Office, _: u32) -> Stamped {
    let policy = QueuePolicy { max_active: Limit::Set(0), ..QueuePolicy::default() };
    stamped(Command::SetQueuePolicy(commands::SetQueuePolicy { concert: CONCERT, revision: None, policy }))
}
