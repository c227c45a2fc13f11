//! What is broken of the feed of events, of kept answers and of clocks.

use jari::domain::{
    ClockRow, ConcertId, ConcertNo, Done, Event, EventData, IdempotencyKey, IdempotencyRecord, KeyId, KeyScope, Reply,
    Rows, Table, Timestamp, Totals, WallTime, tables,
};

use super::{CONCERT, check, rows};

#[test]
fn events_and_kept_answers_with_gaps_and_clocks_that_go_wrong_are_found() {
    let totals = rows(|opened| opened.replica.store().totals().expect("read"));
    let event = Event {
        at: WallTime(0),
        logged_at: totals.now,
        concert: None,
        by: None,
        data: EventData::ConcertChanged { revision: 1 },
    };
    check(
        vec![tables::Events::change(3, None), tables::Events::change(totals.last_event + 1, Some(Box::new(event)))],
        &[
            "events 4: event 3 is due here",
            &format!("totals last_event: the newest event is {}, but they say {0}", totals.last_event + 1)
                .replace(&format!("say {}", totals.last_event + 1), &format!("say {}", totals.last_event)),
        ],
    );
    let stray = IdempotencyKey { scope: KeyScope::Operator(KeyId::OWNER), key: "stray".to_owned() };
    let record = IdempotencyRecord { number: 9, fingerprint: 1, at: Timestamp(0), reply: Reply::Done(Done) };
    check(
        vec![tables::IdempotencyRecords::change(stray, Some(Box::new(record)))],
        &[
            "idempotency_records operator 00000000-0000-0000-0000-000000000000 key \"stray\": number 9 of the order is not its own",
        ],
    );
    check(
        vec![tables::Acts::change(totals.last_event, Some(KeyId(7)))],
        &[&format!("acts {}: it leads to an event that is no act of this key, or to none", totals.last_event)],
    );
    let act = rows(|opened| {
        let is_act = |number: &u64| opened.replica.store().get::<tables::Acts>(number).expect("read").is_some();
        (1..=totals.last_event).find(is_act).expect("the refund is an act")
    });
    check(
        vec![tables::Acts::change(act, None)],
        &[&format!("events {act}: it is an act of an operator, and not among them")],
    );
    check(vec![tables::Times::change(CONCERT, None)], &["times concert 1: the concert has no time"]);
    check(
        vec![tables::Times::change(ConcertNo(9), Some(Timestamp(1)))],
        &["times concert 9: the concert does not exist"],
    );
    let gone = |concert| tables::DeletedConcerts::change(concert, ConcertId::parse("gone"));
    check(vec![gone(CONCERT)], &["deleted_concerts 1: the concert is there"]);
    let gap = "the concerts that are there and those that were deleted are [1, 2, 9], but the newest is 2";
    check(vec![gone(ConcertNo(9))], &[&format!("totals last_concert: {gap}")]);
    let latest = rows(|opened| opened.replica.look().latest());
    let late = ClockRow { at: Timestamp(latest.0 + 1), ..ClockRow::default() };
    check(
        vec![tables::Clock::change((), Some(late))],
        &["clock at: it was set later than the latest command, or corrected later than it was set"],
    );
    check(
        vec![tables::Totals::change((), Some(Totals { last_answer: totals.last_answer + 1, ..totals }))],
        &[&format!(
            "totals last_answer: the newest record is {}, but they say {}",
            totals.last_answer,
            totals.last_answer + 1
        )],
    );
}
