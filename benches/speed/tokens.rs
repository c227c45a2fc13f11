//! Queue tokens: what signing, verifying and refusing one costs. Every poll and every booking verifies one.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use jari::domain::{ConcertId, PlaceRef, Sequence, WallOffset};
use jari::identity::{Signing, SigningKey, Tokens};

use crate::office::{self, CONCERT, NOW};

pub(crate) fn bench(criterion: &mut Criterion) {
    let tokens = Tokens::new(&SigningKey::from_bytes([7; 32]));
    let concert = ConcertId::parse("speed").expect("small letters");
    let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(123_456), user: office::user(123_456) };
    let when = Signing { now: NOW, opens_at: None, offset: WallOffset::default() };
    let token = tokens.sign(place_ref, &concert, when);
    let forged = Tokens::new(&SigningKey::from_bytes([8; 32])).sign(place_ref, &concert, when);
    let mut group = criterion.benchmark_group("tokens");
    group.throughput(Throughput::Elements(1));
    group.bench_function("sign", |bencher| bencher.iter(|| tokens.sign(black_box(place_ref), &concert, when)));
    group.bench_function("verify", |bencher| {
        bencher.iter(|| tokens.verify(black_box(&token)).is_some_and(|found| found.user == place_ref.user));
    });
    group.bench_function("verify_forged", |bencher| {
        bencher.iter(|| assert!(tokens.verify(black_box(&forged)).is_none()));
    });
    group.finish();
}
