//! What a queue costs with 1,000, 100,000 and 1,000,000 waiting. The lengths must cost the same: each figure at the
//! longest may be at most 1.5 times that at the shortest. The queue alone: users are read from nowhere.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use jari::domain::{
    Change, Command, ConcertNo, EarlyEnds, Outcome, PlaceRef, RowFault, RowKey, Rows, State, Table, apply, commands,
    tables,
};

use crate::office::{self, CONCERT, NOW, stamped};

const LENGTHS: [u32; 3] = [1_000, 100_000, 1_000_000];
/// Commands between two looks at the clock.
const CHUNK: u32 = 256;
/// Places whose positions are asked for in turn: too many to stay in the processor's nearest cache.
const ASKED: u32 = 65_536;
/// Jumps through the line so that every place is met and neighbours follow rarely: prime, so that it fits any length.
const STRIDE: u32 = 611_953;

/// A line in which every user has a place, also behind each measured step.
struct Line {
    state: State,
    length: u32,
    cursor: u32,
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    group.throughput(Throughput::Elements(1));
    for length in LENGTHS {
        // Built at the first bench that is asked for.
        let mut line = None;
        bench_reads(&mut group, length, &mut line);
        for (name, step) in [("join", Line::join as fn(&mut Line, u32) -> Duration), ("leave", Line::leave)] {
            bench_changes(&mut group, name, step, length, &mut line);
        }
        bench_changes(&mut group, "admit", Line::admit, length, &mut line);
    }
    group.finish();
}

fn bench_reads(group: &mut BenchmarkGroup<'_, WallTime>, length: u32, line: &mut Option<Line>) {
    group.bench_with_input(BenchmarkId::new("position", length), &length, |bencher, length| {
        let line = line.get_or_insert_with(|| Line::new(*length));
        let place_refs: Vec<PlaceRef> = (0..ASKED).map(|_| line.next_bearer()).collect();
        let mut next = place_refs.iter().cycle();
        let sale = line.state.sale(CONCERT).expect("the state has a concert");
        let settings = line.state.settings();
        bencher.iter(|| {
            let place_ref = *next.next().expect("it goes round");
            black_box(sale.place_view(black_box(place_ref), NOW, settings).expect("the place is live"))
        });
    });
}

fn bench_changes(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    step: fn(&mut Line, u32) -> Duration,
    length: u32,
    line: &mut Option<Line>,
) {
    group.bench_with_input(BenchmarkId::new(name, length), &length, |bencher, length| {
        let line = line.get_or_insert_with(|| Line::new(*length));
        bencher.iter_custom(|times| {
            let mut took = Duration::ZERO;
            let mut left = times;
            while left > 0 {
                let count = u32::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
                took += step(line, count);
                left -= u64::from(count);
            }
            took
        });
    });
}

impl Line {
    fn new(length: u32) -> Self {
        let mut state = State::default();
        office::waiting_rows(length).for_each(|row| state.restore(row));
        state.index();
        Self { state, length, cursor: 0 }
    }

    fn next_user(&mut self) -> u32 {
        self.cursor = (self.cursor + STRIDE % self.length) % self.length;
        // User 0 begins as the one who is ACTIVE; whoever is later may be met as well.
        self.cursor + 1
    }

    fn next_bearer(&mut self) -> PlaceRef {
        let user = self.next_user();
        self.place_ref(user)
    }

    fn place_ref(&self, number: u32) -> PlaceRef {
        let sale = self.state.sale(CONCERT).expect("the state has a concert");
        let user = office::user(number);
        PlaceRef { concert: CONCERT, sequence: sale.live_place(user).expect("the user has a place"), user }
    }

    /// Some users leave somewhere in the line and take a place at its end; the leaving is measured.
    fn leave(&mut self, count: u32) -> Duration {
        let (leaving, joining) = self.moves(count);
        let took = self.apply(&leaving);
        self.apply(&joining);
        took
    }

    /// The same, and the joining is measured.
    fn join(&mut self, count: u32) -> Duration {
        let (leaving, joining) = self.moves(count);
        self.apply(&leaving);
        self.apply(&joining)
    }

    fn moves(&mut self, count: u32) -> (Vec<Command>, Vec<Command>) {
        let users: Vec<u32> = (0..count).map(|_| self.next_user()).collect();
        let leaving =
            users.iter().map(|user| Command::Leave(commands::Leave { place_ref: self.place_ref(*user) })).collect();
        (leaving, users.into_iter().map(office::join).collect())
    }

    /// Whoever is ACTIVE leaves, which admits the first in line, again and again; then all of them join again.
    fn admit(&mut self, count: u32) -> Duration {
        let queue = self.state.sale(CONCERT).expect("the state has a concert").queue();
        let active = queue.active().iter().map(|(sequence, place)| (*sequence, place.user));
        let waiting = queue.waiting().iter().map(|(_, place)| (place.sequence, place.user));
        let first: Vec<_> = active.chain(waiting).take(count as usize).collect();
        let place_ref = |(sequence, user)| PlaceRef { concert: CONCERT, sequence, user };
        let leaving: Vec<Command> =
            first.iter().map(|place| Command::Leave(commands::Leave { place_ref: place_ref(*place) })).collect();
        let joining: Vec<Command> = first
            .iter()
            .map(|(_, user)| {
                Command::Join(commands::Join { concert: CONCERT, user: *user, early_ends: EarlyEnds::default() })
            })
            .collect();
        let took = self.apply(&leaving);
        self.apply(&joining);
        took
    }

    fn apply(&mut self, commands: &[Command]) -> Duration {
        let all: Vec<_> = commands.iter().cloned().map(stamped).collect();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(all.len());
        let everybody = Everybody::new();
        let begun = Instant::now();
        outcomes
            .extend(all.iter().map(|stamped| {
                apply(&mut self.state, &everybody, black_box(stamped)).expect("these rows can be read")
            }));
        let took = begun.elapsed();
        assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()), "every place was live");
        took
    }
}

/// Rows in which every user is the same welcome one, and nothing else is.
struct Everybody(Change);

impl Everybody {
    fn new() -> Self {
        Self(tables::Users::change(office::user(0), Some(office::user_row(0))))
    }
}

impl Rows for Everybody {
    fn get<T: Table>(&self, _: &T::Key) -> Result<Option<T::Row>, RowFault> {
        Ok(T::of_change(&self.0).and_then(|(_, row)| row.cloned()))
    }

    fn each_of_concert<T, K>(&self, _: ConcertNo, _: impl FnMut(K, T::Row)) -> Result<(), RowFault>
    where
        T: Table<Key = (ConcertNo, K)>,
        K: RowKey,
    {
        Ok(())
    }
}
