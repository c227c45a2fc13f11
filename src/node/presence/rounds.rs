//! Rounds through all queues, a stretch after the other, that find the places which nobody asks after any more. A
//! stretch in which none can be abandoned yet is passed over, so that a round costs little however many wait.

use std::collections::BTreeMap;

use super::{Fate, Presence};
use crate::domain::{ConcertNo, LineOrder, Sale, Sequence, State, Timestamp};

/// Orders in line of one stretch. At most so many places are looked at, and stretches passed over, under one read lock of
/// the state: about as long as the writer takes for some commands.
const STRETCH: u64 = 1_024;

/// One round after the other.
pub(super) struct Rounds {
    /// Where the round under way goes on; `None` between rounds.
    next: Option<(ConcertNo, LineOrder)>,
    /// Until when no place of a stretch can be abandoned: whoever comes, is seen or is no longer followed meanwhile is
    /// abandoned even later.
    none_before: BTreeMap<(ConcertNo, u64), Timestamp>,
    /// How often policies had changed when that was found.
    policies: u64,
}

impl Rounds {
    pub(super) fn new() -> Self {
        Self { next: None, none_before: BTreeMap::new(), policies: 0 }
    }

    /// Begins a round.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.next = Some((ConcertNo(0), LineOrder(0)));
        self.none_before.retain(|_, none_before| now < *none_before);
    }

    /// The first time at which a place may be abandoned in a stretch that was looked at.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.none_before.values().min().copied()
    }

    pub(super) fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// Looks at the next stretches, as many as one read lock of the state may cover, and gives their abandoned places.
    pub(super) fn look(&mut self, state: &State, seen: &Presence, now: Timestamp) -> Vec<(ConcertNo, Sequence)> {
        // Policies change under the state's write lock only.
        if self.policies != seen.policies() {
            self.policies = seen.policies();
            self.none_before.clear();
        }
        let mut abandoned = Vec::new();
        let Some((concert, mut from)) = self.next.take() else { return abandoned };
        let mut left = STRETCH;
        for sale in state.queued(concert) {
            // Whom a closing ends is the closing's.
            let policy = Some(sale.policy(state.settings())).filter(|_| !sale.is_closed(now));
            let Some(seconds) = policy.and_then(|policy| policy.abandon_seconds) else { continue };
            if sale.no != concert {
                from = LineOrder(0);
            }
            while let Some((first, _)) = sale.queue().waiting().iter_from(from).next() {
                if left == 0 {
                    self.next = Some((sale.no, first));
                    return abandoned;
                }
                let stretch = first.0 / STRETCH;
                from = LineOrder((stretch + 1) * STRETCH);
                let known = self.none_before.get(&(sale.no, stretch));
                if known.is_some_and(|none_before| now < *none_before) {
                    left -= 1;
                    continue;
                }
                let before = abandoned.len();
                let none_before = look_through(sale, seen, first..from, seconds, now, &mut abandoned);
                if abandoned.len() == before {
                    self.none_before.insert((sale.no, stretch), none_before);
                }
                left = 0;
            }
        }
        abandoned
    }
}

/// Notes the abandoned places of a stretch, and gives until when the others are not.
fn look_through(
    sale: &Sale,
    seen: &Presence,
    stretch: std::ops::Range<LineOrder>,
    seconds: u32,
    now: Timestamp,
    abandoned: &mut Vec<(ConcertNo, Sequence)>,
) -> Timestamp {
    let mut none_before = now.plus_seconds(seconds);
    let places = sale.queue().waiting().iter_from(stretch.start);
    for (_, place) in places.take_while(|(order, _)| *order < stretch.end) {
        match seen.fate(sale, place, seconds, now) {
            Fate::Abandoned => abandoned.push((sale.no, place.sequence)),
            Fate::AbandonedAt(due) => none_before = due.min(none_before),
            Fate::Followed => {}
        }
    }
    none_before
}

#[cfg(test)]
mod tests {
    use super::Rounds;
    use crate::domain::{
        ConcertId, ConcertNo, ConcertRow, Definition, LineOrder, PlaceRef, PlaceRow, PlaceView, QueuePolicy,
        SaleStatus, Sequence, Settings, State, StateChange, Timestamp, UserId, WallTime,
    };
    use crate::node::presence::{Noted, Presence, Sighting};

    const CONCERT: ConcertNo = ConcertNo(1);

    /// These places wait since the second of their number, and are abandoned after 10 s without being seen.
    fn state(places: std::ops::RangeInclusive<u64>) -> State {
        let definition = Definition {
            title: "Rounds".into(),
            description: None,
            venue: None,
            time_zone: "UTC".into(),
            on_sale_at: None,
            closes_at: None,
            status: SaleStatus::OnSale,
            seat_limit: None,
            performances: Vec::new(),
            queue: QueuePolicy::default(),
        };
        let id = ConcertId::parse("rounds").expect("small letters");
        let (created_at, updated_at) = (WallTime(0), WallTime(0));
        let concert = ConcertRow { id, definition, revision: 1, closed_at: None, created_at, updated_at };
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
        seen.note(
            state.sale(CONCERT).expect("there is one"),
            Sequence(sequence),
            now,
            state.settings(),
            Sighting::Asked,
        )
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
                let Some(PlaceView::Waiting { poll_after_seconds, .. }) =
                    sale.place_view(place_ref, now, state.settings())
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
}
