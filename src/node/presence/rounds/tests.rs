//! Who is missed and who is not, in rounds and at the head of a line.

use std::sync::Arc;

use super::Rounds;
use crate::domain::fixtures::{concert_row, definition};
use crate::domain::{
    Admission, ConcertNo, LineOrder, PlaceRef, PlaceRow, PlaceView, Sequence, Settings, State, StateChange, Timestamp,
    UserId,
};
use crate::node::presence::{Noted, Presence, Sighting};

const CONCERT: ConcertNo = ConcertNo(1);

/// These places wait since the second of their number, and are abandoned after 10 s without being seen.
fn state(places: std::ops::RangeInclusive<u64>) -> State {
    let concert = concert_row("rounds", definition());
    let mut state = State::default();
    state.restore(StateChange::Settings((), Some(Settings { abandon_seconds: Some(10), ..Settings::default() })));
    state.restore(StateChange::Concerts(CONCERT, Some(Box::new(concert))));
    for sequence in places {
        let order = Sequence(sequence).into();
        let place = PlaceRow { user: UserId(sequence.into()), issued_at: at(sequence), order, active: None };
        state.restore(StateChange::Places((CONCERT, Sequence(sequence)), Some(place)));
    }
    state.index();
    state
}

fn at(seconds: u64) -> Timestamp {
    Timestamp(seconds as i64 * 1_000)
}

fn round(rounds: &mut Rounds, state: &State, seen: &Presence, now: Timestamp) -> Vec<u64> {
    let mut found = Vec::new();
    rounds.begin(now);
    while !rounds.is_over() {
        found.extend(rounds.look(state, seen, now).into_iter().map(|(_, sequence)| sequence.0));
    }
    found
}

fn heads(seen: &Presence, state: &State, now: Timestamp) -> Vec<u64> {
    let sale = state.sale(CONCERT).expect("there is one");
    seen.abandoned_heads(sale, now, state.settings()).into_iter().map(|sequence| sequence.0).collect()
}

fn note(seen: &Presence, state: &State, sequence: u64, now: Timestamp) -> Noted {
    seen.note(state.sale(CONCERT).expect("there is one"), Sequence(sequence), now, state.settings(), Sighting::Asked)
}

#[test]
fn every_round_finds_exactly_who_was_not_seen_for_too_long() {
    let (state, seen, mut rounds) = (state(1..=5_000), Presence::new(at(0)), Rounds::new());
    assert_eq!(round(&mut rounds, &state, &seen, at(10)), Vec::<u64>::new());
    assert_eq!(round(&mut rounds, &state, &seen, at(11)), [1]);
    assert_eq!(note(&seen, &state, 2, at(11)), Noted::InTime);
    assert_eq!(note(&seen, &state, 1, at(11)), Noted::TooLate);
    assert_eq!(round(&mut rounds, &state, &seen, at(14)), [1, 3, 4], "place 1 is found until it has gone");
    seen.follow(CONCERT, Sequence(4_000));
    let late: Vec<u64> = (1..=4_000).filter(|sequence| *sequence != 4_000).collect();
    assert_eq!(round(&mut rounds, &state, &seen, at(4_010)), late);
    seen.unfollow(state.sale(CONCERT).expect("there is one"), Sequence(4_000), at(4_020));
    assert!(!round(&mut rounds, &state, &seen, at(4_029)).contains(&4_000));
    assert!(round(&mut rounds, &state, &seen, at(4_030)).contains(&4_000));
}

#[test]
fn a_start_counts_as_being_seen_by_those_who_wait_and_those_who_were_admitted() {
    let mut state = state(1..=3);
    let admitted =
        PlaceRow { user: UserId(4), issued_at: at(4), order: LineOrder(4), active: Some((at(5), at(10_000))) };
    state.restore(StateChange::Places((CONCERT, Sequence(4)), Some(admitted)));
    let (seen, mut rounds) = (Presence::at_start(&state, at(100)), Rounds::new());
    assert_eq!(note(&seen, &state, 2, at(109)), Noted::InTime);
    assert_eq!(heads(&seen, &state, at(109)), Vec::<u64>::new());
    assert_eq!(round(&mut rounds, &state, &seen, at(109)), Vec::<u64>::new());
    assert_eq!(heads(&seen, &state, at(110)), [1, 3]);
    assert_eq!(round(&mut rounds, &state, &seen, at(110)), [1, 3]);
    assert!(seen.unclaimed(&state, at(9_000), 10).is_empty(), "however long ago it was admitted");
    assert_eq!(note(&seen, &state, 4, at(9_000)), Noted::InTime);
}

#[test]
fn asking_again_when_told_to_keeps_a_place() {
    for seconds in [2, 3, 8, 60, 300] {
        let mut state = state(1..=2);
        let settings = Settings { abandon_seconds: Some(seconds), ..Settings::default() };
        state.restore(StateChange::Settings((), Some(settings)));
        let seen = Presence::new(at(2));
        let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(2), user: UserId(2) };
        let mut now = at(2);
        while now <= at(2).plus_seconds(3 * seconds) {
            let sale = state.sale(CONCERT).expect("there is one");
            let Some(PlaceView::Waiting { poll_after_seconds, .. }) = sale.place_view(place_ref, now, state.settings())
            else {
                panic!("it waits");
            };
            now = now.plus_seconds(poll_after_seconds);
            assert_eq!(note(&seen, &state, 2, now), Noted::InTime, "{seconds}");
        }
        assert_eq!(heads(&seen, &state, now), [1], "the silent one alone: {seconds}");
    }
}

#[test]
fn a_round_sees_a_policy_that_changed_since_the_last() {
    let (mut state, seen, mut rounds) = (state(1..=5_000), Presence::new(at(0)), Rounds::new());
    assert_eq!(round(&mut rounds, &state, &seen, at(9)), Vec::<u64>::new());
    assert_eq!(heads(&seen, &state, at(9)), Vec::<u64>::new());
    state.restore(StateChange::Settings((), Some(Settings { abandon_seconds: Some(7), ..Settings::default() })));
    seen.policy_changed(CONCERT);
    assert_eq!(round(&mut rounds, &state, &seen, at(9)), [1, 2]);
    assert_eq!(heads(&seen, &state, at(9)), [1, 2]);
}

#[test]
fn nobody_is_missed_in_a_pause_and_everybody_counts_as_seen_at_its_end() {
    let set = |state: &mut State, admission, resumed_at| {
        let mut row = state.sale(CONCERT).expect("there is one").row().clone();
        Arc::make_mut(&mut row.definition).queue.admission = admission;
        row.resumed_at = resumed_at;
        let mut other = self::state(1..=3);
        other.restore(StateChange::Concerts(CONCERT, Some(Box::new(row))));
        for sequence in 1..=3 {
            let order = Sequence(sequence).into();
            let place = PlaceRow { user: UserId(sequence.into()), issued_at: at(sequence), order, active: None };
            other.restore(StateChange::Places((CONCERT, Sequence(sequence)), Some(place)));
        }
        other.index();
        *state = other;
    };
    let (mut state, seen, mut rounds) = (state(1..=3), Presence::new(at(0)), Rounds::new());
    set(&mut state, Admission::Paused, None);
    assert_eq!(round(&mut rounds, &state, &seen, at(500)), Vec::<u64>::new());
    assert_eq!(heads(&seen, &state, at(500)), Vec::<u64>::new());
    assert_eq!(note(&seen, &state, 2, at(500)), Noted::InTime);
    set(&mut state, Admission::Running, Some(at(600)));
    seen.policy_changed(CONCERT);
    assert_eq!(round(&mut rounds, &state, &seen, at(609)), Vec::<u64>::new());
    assert_eq!(heads(&seen, &state, at(609)), Vec::<u64>::new());
    assert_eq!(round(&mut rounds, &state, &seen, at(610)), [1, 2, 3]);
    assert_eq!(heads(&seen, &state, at(610)), [1, 2, 3]);
}

#[test]
fn an_admitted_place_is_not_missed_in_a_pause() {
    let mut state = state(1..=1);
    let mut row = state.sale(CONCERT).expect("there is one").row().clone();
    Arc::make_mut(&mut row.definition).queue.admission = Admission::Paused;
    state.restore(StateChange::Concerts(CONCERT, Some(Box::new(row.clone()))));
    let seen = Presence::new(at(0));
    seen.admitted(CONCERT, Sequence(9), at(1));
    assert!(seen.unclaimed(&state, at(5_000), 10).is_empty());
    assert!(seen.next_due(state.settings()) > Some(at(5_000)), "nothing wakes the writer meanwhile");
    seen.admitted(CONCERT, Sequence(8), at(1));
    assert_eq!(note(&seen, &state, 8, at(5_000)), Noted::InTime);
    Arc::make_mut(&mut row.definition).queue.admission = Admission::Running;
    row.resumed_at = Some(at(6_000));
    state.restore(StateChange::Concerts(CONCERT, Some(Box::new(row))));
    seen.policy_changed(CONCERT);
    assert!(seen.unclaimed(&state, at(6_089), 10).is_empty());
    assert_eq!(seen.unclaimed(&state, at(6_090), 10)[&CONCERT], [Sequence(9)]);
}

#[test]
fn the_writer_knows_exactly_who_of_the_first_in_line_is_abandoned_whoever_comes_among_them() {
    let (state_before, seen) = (state(1..=5_000), Presence::new(at(1_000)));
    for sequence in 1..=1_000 {
        assert_eq!(note(&seen, &state_before, sequence, at(1_009)), Noted::InTime);
    }
    assert_eq!(heads(&seen, &state_before, at(1_010)), Vec::<u64>::new());
    assert_eq!(heads(&seen, &state_before, at(1_012)), Vec::<u64>::new(), "place 1,001 is not among the first");
    let state = state(2..=5_000);
    assert_eq!(heads(&seen, &state, at(1_012)), [1_001]);
    assert_eq!(heads(&seen, &state, at(1_012)), [1_001], "until it has gone");
    for sequence in 3..=999 {
        assert_eq!(note(&seen, &state, sequence, at(1_018)), Noted::InTime);
    }
    seen.follow(CONCERT, Sequence(1_000));
    assert_eq!(heads(&seen, &state, at(1_019)), [2, 1_001]);
    seen.unfollow(state.sale(CONCERT).expect("there is one"), Sequence(1_000), at(1_020));
    assert_eq!(heads(&seen, &state, at(1_027)), [2, 1_001]);
    assert!(heads(&seen, &state, at(1_030)).contains(&1_000));
}

#[test]
fn the_writer_looks_again_when_the_first_that_it_knows_may_be_due() {
    let (state, seen) = (state(1..=3), Presence::new(at(0)));
    assert_eq!(heads(&seen, &state, at(10)), Vec::<u64>::new());
    assert_eq!(note(&seen, &state, 1, at(10)), Noted::InTime);
    assert_eq!(heads(&seen, &state, at(11)), Vec::<u64>::new());
    assert_eq!(heads(&seen, &state, at(12)), [2]);
    assert_eq!(heads(&seen, &state, at(20)), [1, 2, 3]);
}
