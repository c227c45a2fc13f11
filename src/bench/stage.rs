//! What a run stands on: concerts, users, places, balances and holds, made over the API before anything is measured.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::books::newest_event;
use super::crew::{Crew, expect_success, required_text};
use super::known::{Known, SeatKnown};
use super::request::Request;
use super::scenario::Work;
use super::venue::{Admission, PRICE, Seat, Venue};
use super::{Error, Options};

/// Concerts that a list of concerts has to show.
const CONCERTS_LISTED: usize = 10;
/// What is in a wallet before balances are read.
const BALANCE: u64 = 1_000;

/// Everything that was prepared, and what is known to have become of it.
pub struct Stage {
    pub venue: Venue,
    /// The ids of the users.
    pub users: Vec<String>,
    /// Their queue tokens for the first concert, where the work needs them before it begins.
    pub tokens: Vec<String>,
    pub known: Known,
    /// The number of the newest event before the run, where its books need those that follow.
    pub events_before: u64,
    /// Holds last so many seconds; the shortest that was answered.
    hold_seconds: AtomicU64,
    pub began: Instant,
    pub took: Duration,
    /// The next piece of work that nobody has begun.
    next: AtomicUsize,
    used_up: OnceLock<Instant>,
}

impl Stage {
    /// The next piece of work below `end`, each given to one connection only.
    pub fn next_below(&self, end: usize) -> Option<usize> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        if next >= end {
            self.used_up.get_or_init(Instant::now);
        }
        Some(next).filter(|next| *next < end)
    }

    /// When somebody wanted a piece of work and none was left.
    pub fn used_up(&self) -> Option<Instant> {
        self.used_up.get().copied()
    }

    /// Counts on without an end.
    pub fn next(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub fn note_hold_seconds(&self, seconds: u64) {
        self.hold_seconds.fetch_min(seconds, Ordering::Relaxed);
    }

    /// Whether holds of this run may have lapsed by now.
    pub fn holds_may_have_lapsed(&self) -> bool {
        self.began.elapsed().as_secs() + 1 >= self.hold_seconds.load(Ordering::Relaxed)
    }
}

/// Prepares what the work needs.
///
/// # Errors
/// A refusal of the server, a missing key.
pub async fn prepare(crew: &Crew<'_>, options: &Options) -> Result<Stage, Error> {
    let began = Instant::now();
    let name = format!("load-{:x}", uuid::Uuid::now_v7().as_u128() >> 64);
    let size = options.size;
    let work = options.scenario.work();
    let mut stage = Stage {
        venue: Venue::new(&name, size.seats as usize, size.seats_per_date as usize),
        users: Vec::new(),
        tokens: Vec::new(),
        known: Known::new(size.seats as usize, size.users as usize),
        events_before: 0,
        hold_seconds: AtomicU64::new(u64::MAX),
        began,
        took: Duration::ZERO,
        next: AtomicUsize::new(0),
        used_up: OnceLock::new(),
    };
    let only_lists = options.only_step == Some(0) && work == Work::Browse;
    if only_lists {
        // Where there is no key, the list shows the concerts that are there.
        if crew.server.operator_key.is_some() {
            for number in 0..CONCERTS_LISTED {
                let listed = Venue::new(&format!("{name}-list{number}"), 50, 50);
                create_concerts(crew, &listed, Admission::Free).await?;
            }
        }
        stage.venue = Venue::new(&name, 0, 1);
        stage.took = began.elapsed();
        return Ok(stage);
    }
    create_concerts(crew, &stage.venue, admission(options)).await?;
    create_users(crew, &mut stage, &name, size.users as usize).await?;
    match work {
        Work::Rush => stage.events_before = newest_event(crew).await?,
        Work::Charge | Work::OnSale | Work::Overload => {}
        Work::Browse | Work::Poll | Work::Hold => join(crew, &mut stage).await?,
        Work::HotSeat => {
            join(crew, &mut stage).await?;
            hold(crew, &stage, 1).await?;
        }
        Work::Balance => charge(crew, &stage, BALANCE).await?,
        Work::Pay => {
            charge(crew, &stage, PRICE).await?;
            join(crew, &mut stage).await?;
            hold(crew, &stage, size.users as usize).await?;
        }
    }
    if work == Work::HotSeat {
        // Seat 0 is the hot one.
        stage.next = AtomicUsize::new(1);
    }
    stage.took = began.elapsed();
    Ok(stage)
}

fn admission(options: &Options) -> Admission {
    match options.scenario.work() {
        Work::Poll => Admission::MaxActive(1),
        Work::Rush => Admission::PerSecond(options.admit_per_second),
        Work::OnSale => options.max_active.map_or(Admission::Free, Admission::MaxActive),
        Work::Browse | Work::Hold | Work::HotSeat | Work::Charge | Work::Balance | Work::Pay | Work::Overload => {
            Admission::Free
        }
    }
}

async fn create_concerts(crew: &Crew<'_>, venue: &Venue, admission: Admission) -> Result<(), Error> {
    for concert in 0..venue.concerts.len() {
        let definition = venue.to_json(concert, admission);
        let key = Some(crew.operator_key()?);
        crew.call("create a concert", "POST", format_args!("/admin/concerts"), key, Some(&definition)).await?;
    }
    Ok(())
}

async fn create_users(crew: &Crew<'_>, stage: &mut Stage, name: &str, count: usize) -> Result<(), Error> {
    const WHAT: &str = "create users";
    stage.users = vec![String::new(); count];
    let users = &mut stage.users;
    let build = |user: usize, request: &mut Request| {
        request.post(format_args!("/users"), None, format_args!(r#"{{"username":"{name}-{user}"}}"#));
    };
    crew.each(WHAT, count, build, |user, answer| {
        users[user] = required_text(WHAT, answer, "userId")?;
        Ok(())
    })
    .await
}

/// A queue place at the first concert for everybody.
async fn join(crew: &Crew<'_>, stage: &mut Stage) -> Result<(), Error> {
    const WHAT: &str = "take queue places";
    let concert = &stage.venue.concerts[0].id;
    let users = &stage.users;
    let tokens = RefCell::new(vec![String::new(); users.len()]);
    let build = |user: usize, request: &mut Request| {
        let body = format_args!(r#"{{"userId":"{}","concertId":"{concert}"}}"#, users[user]);
        request.post(format_args!("/token"), None, body);
    };
    crew.each(WHAT, users.len(), build, |user, answer| {
        tokens.borrow_mut()[user] = required_text(WHAT, answer, "token")?;
        Ok(())
    })
    .await?;
    stage.tokens = tokens.into_inner();
    Ok(())
}

/// `amount` into every wallet.
async fn charge(crew: &Crew<'_>, stage: &Stage, amount: u64) -> Result<(), Error> {
    const WHAT: &str = "charge wallets";
    let key = crew.server.operator_key.as_deref();
    let build = |user: usize, request: &mut Request| {
        let path = format_args!("/users/{}/balance/charge", stage.users[user]);
        request.post(path, key, format_args!(r#"{{"amount":{amount}}}"#));
    };
    crew.each(WHAT, stage.users.len(), build, |user, answer| {
        expect_success(WHAT, answer)?;
        stage.known.charged(user, amount);
        Ok(())
    })
    .await
}

/// The first `count` seats, each for the user with its number.
async fn hold(crew: &Crew<'_>, stage: &Stage, count: usize) -> Result<(), Error> {
    const WHAT: &str = "hold seats";
    let build = |seat: usize, request: &mut Request| {
        let Seat { date, number, .. } = stage.venue.seat(seat);
        let body = format_args!(r#"{{"userId":"{}","date":"{date}","seat":{number}}}"#, stage.users[seat]);
        request.post(format_args!("/seats/reserve"), Some(&stage.tokens[seat]), body);
    };
    crew.each(WHAT, count, build, |seat, answer| {
        expect_success(WHAT, answer)?;
        stage.note_hold_seconds(answer.number("expiresIn").unwrap_or(0));
        stage.known.note(seat, SeatKnown::Held(seat));
        Ok(())
    })
    .await
}
