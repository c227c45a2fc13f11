//! The codec: rows with version and checksum as the tables hold them, and batches of commands as the log holds them.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use jari::domain::{Command, Event, EventData, PlaceRef, SeatRow, Selection, Sequence, Stamped, Wallet, commands};
use jari::storage::codec;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::office::{self, CONCERT, NOW, stamped};

/// As long as the key of a seat.
const KEY: &[u8] = &[7; 12];
const BATCHES: [u32; 3] = [1, 64, 1_024];

pub(crate) fn bench(criterion: &mut Criterion) {
    let user = office::user(5);
    let mut group = criterion.benchmark_group("codec");
    let wallet = Wallet { balance: 70_000, last_entry: Some(123_456), last_payment: None, updated_at: office::WALL };
    bench_row(&mut group, "wallet", &wallet);
    let seat = SeatRow::Held {
        user,
        sequence: Sequence(123_456),
        reservation: 123_456,
        previous: Some(123_000),
        reserved_at: office::WALL,
        expires_at: NOW.plus_seconds(300),
        amount: 5_000,
    };
    bench_row(&mut group, "seat", &seat);
    let data = EventData::SeatHeld {
        user,
        date: office::date(0),
        seat: 7,
        amount: 5_000,
        expires_at: office::WALL.plus_seconds(300),
    };
    bench_row(&mut group, "event", &Event { at: office::WALL, logged_at: NOW, concert: Some(CONCERT), by: None, data });
    for size in BATCHES {
        bench_batch(&mut group, size);
    }
    group.finish();
}

fn bench_row<T: Serialize + DeserializeOwned>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, row: &T) {
    let mut bytes = Vec::new();
    codec::encode(KEY, row, &mut bytes);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let mut out = Vec::with_capacity(bytes.len());
    group.bench_function(format!("encode_{name}"), |bencher| {
        bencher.iter(|| {
            out.clear();
            codec::encode(KEY, black_box(row), &mut out);
            black_box(out.len())
        });
    });
    group.bench_function(format!("decode_{name}"), |bencher| {
        bencher.iter(|| codec::decode::<T>(KEY, black_box(&bytes)).expect("our own bytes"));
    });
}

/// A batch of holds, as it becomes one entry of the log.
fn bench_batch(group: &mut BenchmarkGroup<'_, WallTime>, size: u32) {
    let hold = |number| {
        let place_ref =
            PlaceRef { concert: CONCERT, sequence: Sequence(u64::from(number) + 1), user: office::user(number) };
        stamped(Command::Reserve(commands::Reserve {
            place_ref,
            date: office::date(0),
            selection: Selection::Seats(vec![number + 1]),
            user: place_ref.user,
        }))
    };
    let batch: Vec<Stamped> = (0..size).map(hold).collect();
    let mut bytes = Vec::new();
    codec::encode_payload(&batch, &mut bytes);
    group.throughput(Throughput::Elements(size.into()));
    let mut out = Vec::with_capacity(bytes.len());
    group.bench_function(format!("encode_batch/{size}"), |bencher| {
        bencher.iter(|| {
            out.clear();
            codec::encode_payload(black_box(&batch), &mut out);
            black_box(out.len())
        });
    });
    group.bench_function(format!("decode_batch/{size}"), |bencher| {
        bencher.iter(|| codec::decode_payload::<Vec<Stamped>>(black_box(&bytes)).expect("our own bytes"));
    });
}
