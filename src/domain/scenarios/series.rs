//! What is counted from minute to minute, and for how long it is kept.

use crate::domain::commands::{CountRefusals, CreateConcert, DeleteConcert, Join, Leave, SetClock, Sweep};
use crate::domain::fixtures::definition;
use crate::domain::words::{ConcertId, EarlyEnds, Minute, PlaceRef, Sequence, SeriesRow, UserId, Username};
use crate::domain::{
    Anchor, Command, ConcertNo, MemoryRows, Stamped, State, Timestamp, WallOffset, commands, sweep_due,
};

const CONCERT: ConcertNo = ConcertNo(1);
const DAY_MINUTES: i64 = 24 * 60;

struct Office {
    state: State,
    rows: MemoryRows,
}

impl Office {
    fn begin() -> Self {
        let mut office = Self { state: State::default(), rows: MemoryRows::default() };
        let (user, username) = (UserId(1), Username::plain("kim"));
        office.run(0, commands::CreateUser { user, username, email: None }.into());
        let id = ConcertId::parse("spring").expect("an id");
        office.run(0, CreateConcert { id, definition: Box::new(definition()) }.into());
        office
    }

    fn run(&mut self, minute: i64, command: Command) {
        let stamped = Stamped { now: Timestamp(minute * 60_000), idempotency: None, by: None, command };
        let (result, _) = self.rows.commit(&mut self.state, &stamped);
        assert!(result.is_ok(), "{result:?}");
        let kept = |state: &State| state.sale(CONCERT).map(|sale| *sale.counters());
        assert_eq!(kept(&self.rows.restored()), kept(&self.state), "a restart knows which minutes there are");
    }

    /// Kim joins and leaves within a minute.
    fn visit(&mut self, minute: i64, sequence: u64) {
        let user = UserId(1);
        self.run(minute, Join { concert: CONCERT, user, early_ends: EarlyEnds::default() }.into());
        let place_ref = PlaceRef { concert: CONCERT, sequence: Sequence(sequence), user };
        self.run(minute, Leave { place_ref }.into());
    }

    fn minutes(&self) -> Vec<u32> {
        self.rows.series.keys().map(|(_, Minute(minute))| *minute).collect()
    }

    fn is_sweep_due(&self, minute: i64) -> bool {
        sweep_due(&self.state, &self.rows, Timestamp(minute * 60_000)).expect("rows in memory are always read")
    }
}

#[test]
fn a_minute_has_one_row_to_which_every_command_adds() {
    let mut office = Office::begin();
    office.visit(5, 1);
    office.visit(5, 2);
    office.visit(7, 3);
    office.run(7, CountRefusals { refusals: vec![(CONCERT, 4), (ConcertNo(9), 1)] }.into());
    assert_eq!(office.minutes(), [5, 7]);
    let row = |minute| office.rows.series[&(CONCERT, Minute(minute))];
    assert_eq!(row(5), SeriesRow { joined: 2, admitted: 2, left: 2, ..SeriesRow::default() });
    assert_eq!(row(7), SeriesRow { joined: 1, admitted: 1, left: 1, refusals: 4, ..SeriesRow::default() });
}

#[test]
fn minutes_are_kept_for_90_days_and_swept_a_day_together() {
    let mut office = Office::begin();
    office.visit(5, 1);
    office.visit(DAY_MINUTES, 2);
    office.visit(3 * DAY_MINUTES, 3);
    let all = [5, DAY_MINUTES as u32, 3 * DAY_MINUTES as u32];
    // What else is to be swept goes first: events of 30 days.
    office.run(91 * DAY_MINUTES, Sweep.into());
    assert_eq!(office.minutes(), all, "within a day past keeping");
    assert!(!office.is_sweep_due(91 * DAY_MINUTES));
    let later = 91 * DAY_MINUTES + 1_010;
    assert!(office.is_sweep_due(later));
    office.run(later, Sweep.into());
    assert_eq!(office.minutes(), all[1..], "a sweep looks at 1,000 minutes");
    for _ in 0..6 {
        office.run(96 * DAY_MINUTES, Sweep.into());
    }
    assert_eq!(office.minutes(), Vec::<u32>::new());
    assert_eq!(office.state.sale(CONCERT).and_then(|sale| sale.counters().series), None);
    assert!(!office.is_sweep_due(99 * DAY_MINUTES));
}

#[test]
fn minutes_go_with_their_concert() {
    let mut office = Office::begin();
    office.run(5, CountRefusals { refusals: vec![(CONCERT, 4)] }.into());
    assert_eq!(office.minutes(), [5]);
    office.run(6, DeleteConcert { concert: CONCERT }.into());
    assert_eq!(office.minutes(), Vec::<u32>::new());
}

#[test]
fn minutes_before_a_clock_that_was_set_back_are_swept_too() {
    let mut office = Office::begin();
    office.visit(DAY_MINUTES, 1);
    let offset = WallOffset(-(DAY_MINUTES - 5) * 60_000);
    office.run(DAY_MINUTES, SetClock { anchor: Anchor { offset, ..Anchor::default() } }.into());
    office.visit(DAY_MINUTES, 2);
    assert_eq!(office.minutes(), [5, DAY_MINUTES as u32]);
    for _ in 0..3 {
        office.run(93 * DAY_MINUTES, Sweep.into());
    }
    assert_eq!(office.minutes(), Vec::<u32>::new());
}
