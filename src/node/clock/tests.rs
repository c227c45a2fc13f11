use super::{Look, Reading, is_news};
use crate::domain::{Anchor, ClockRow, Timestamp, WallOffset};

const SECOND_US: i64 = 1_000_000;
const HOUR_US: i64 = 3_600 * SECOND_US;
const YEAR_MS: i64 = 31_536_000_000;
/// A time of the year 2030, in milliseconds.
const NOON_MS: i64 = 1_900_000_000_000;
const BOOT: u128 = 7;

/// A look an hour after the boot, when the wall clock is so much ahead.
fn look(ahead_us: i64) -> Look {
    let time_us = NOON_MS * 1_000;
    let at = Reading { since_boot_us: HOUR_US, wall_us: time_us + ahead_us };
    Look { at, time_us, offset_us: 0, newest_us: time_us }
}

fn after(look: &Look, elapsed_us: i64) -> i64 {
    look.time_us(HOUR_US + elapsed_us) - NOON_MS * 1_000
}

#[test]
fn a_wall_clock_that_drifts_is_followed_slowly_and_not_beyond() {
    assert_eq!(after(&look(0), SECOND_US), SECOND_US);
    assert_eq!(after(&look(900_000), SECOND_US), 1_050_000);
    assert_eq!(after(&look(-900_000), SECOND_US), 950_000);
    assert_eq!(after(&look(10_000), SECOND_US), 1_010_000);
    assert_eq!(after(&look(-10_000), HOUR_US), HOUR_US - 10_000, "nobody asked for an hour");
}

#[test]
fn no_time_is_before_the_one_before_it_and_none_leaps() {
    const STEP_US: i64 = 997;
    for set_us in [-HOUR_US, -900_000, -30_000, 0, 30_000, 900_000, HOUR_US] {
        let (mut last, mut before_us) = (look(0), NOON_MS * 1_000);
        for round in 1..=5 {
            for step in 1..=1_004 {
                let time_us = last.time_us(last.at.since_boot_us + STEP_US * step);
                let (least, most) = (STEP_US - 50, STEP_US + 50);
                assert!((least..=most).contains(&(time_us - before_us)), "step {step}, set by {set_us} us");
                before_us = time_us;
            }
            let elapsed_us = STEP_US * 1_004 * round;
            let wall_us = NOON_MS * 1_000 + elapsed_us + set_us;
            last = last.next(Reading { since_boot_us: HOUR_US + elapsed_us, wall_us });
        }
        assert_eq!(last.offset_us != 0, set_us.abs() > SECOND_US, "set by {set_us} us");
    }
}

#[test]
fn a_wall_clock_that_was_set_moves_the_offset_and_not_the_time() {
    for set_us in [HOUR_US, -HOUR_US, 10 * YEAR_MS * 1_000, -10 * YEAR_MS * 1_000] {
        let wall_us = NOON_MS * 1_000 + SECOND_US + set_us;
        let next = look(0).next(Reading { since_boot_us: HOUR_US + SECOND_US, wall_us });
        assert_eq!((next.time_us - NOON_MS * 1_000, next.offset_us), (SECOND_US, set_us));
        let back = next.next(Reading { since_boot_us: HOUR_US + 2 * SECOND_US, wall_us: wall_us + SECOND_US - set_us });
        assert_eq!((back.time_us - NOON_MS * 1_000, back.offset_us), (2 * SECOND_US, 0));
    }
}

#[test]
fn a_clock_that_follows_another_is_drawn_toward_it_whatever_its_own_wall_clock_says() {
    let (own, at_us) = (look(HOUR_US), HOUR_US + SECOND_US);
    let following = own.following(HOUR_US, Timestamp(NOON_MS + 10));
    assert_eq!(following.time_us, own.time_us, "it does not leap");
    assert_eq!(following.time_us(at_us) - NOON_MS * 1_000, SECOND_US + 10_000);
    let behind = own.following(HOUR_US, Timestamp(NOON_MS - 10)).following(at_us, Timestamp(NOON_MS + 990));
    assert_eq!((behind.time_us - NOON_MS * 1_000, behind.offset_us), (SECOND_US - 10_000, 0));
}

#[test]
fn a_clock_is_never_behind_what_was_done_elsewhere() {
    let own = look(0);
    let later = own.reaching(HOUR_US + SECOND_US, Timestamp(NOON_MS + 1_500));
    assert_eq!(later.time_us, (NOON_MS + 1_500) * 1_000);
    let earlier = own.reaching(HOUR_US + SECOND_US, Timestamp(NOON_MS + 500));
    assert_eq!(earlier.time_us, (NOON_MS + 1_000) * 1_000);
    assert_eq!(later.time_us(HOUR_US + 2 * SECOND_US), later.time_us + SECOND_US - 50_000, "drawn back slowly");
}

#[test]
fn suspended_time_has_passed() {
    let wall_us = (NOON_MS + 600_000) * 1_000;
    let next = look(0).next(Reading { since_boot_us: HOUR_US + 600 * SECOND_US, wall_us });
    assert_eq!((next.time_us - NOON_MS * 1_000, next.offset_us), (600 * SECOND_US, 0));
}

#[test]
fn a_time_since_boot_that_goes_back_neither_turns_time_back_nor_stops_it() {
    let mut last = look(0);
    last.newest_us += 500_000;
    let next = last.next(Reading { since_boot_us: 0, wall_us: NOON_MS * 1_000 });
    assert_eq!(next.time_us, NOON_MS * 1_000 + 500_000);
    assert_eq!(next.time_us(SECOND_US), next.time_us + 950_000, "drawn toward the wall clock");
}

/// Resumes when the log ends at noon, an hour after a boot, and gives the milliseconds that have passed and the offset.
fn resumed(boot: u128, since_boot_ms: i64, wall_ms: i64) -> (i64, i64) {
    let anchor = Anchor { boot: BOOT, since_boot_ms: 3_600_000, offset: WallOffset(5_000) };
    let row = ClockRow { at: Timestamp(NOON_MS), anchor, ..ClockRow::default() };
    let at = Reading { since_boot_us: since_boot_ms * 1_000, wall_us: wall_ms * 1_000 };
    let look = Look::resume(&row, Timestamp(NOON_MS), boot, at);
    (look.time_us / 1_000 - NOON_MS, look.offset_us / 1_000)
}

#[test]
fn within_a_boot_as_much_has_passed_as_since_it_whatever_the_wall_clock_says() {
    let right = NOON_MS + 5_000 + 60_000;
    assert_eq!(resumed(BOOT, 3_660_000, right), (60_000, 5_000));
    assert_eq!(resumed(BOOT, 3_660_000, right + YEAR_MS), (60_000, 5_000 + YEAR_MS));
    assert_eq!(resumed(BOOT, 3_660_000, right - YEAR_MS), (60_000, 5_000 - YEAR_MS));
    assert_eq!(resumed(BOOT, 3_660_000, right + 900), (60_000, 5_000), "drift is drawn");
}

#[test]
fn between_boots_as_much_has_passed_as_the_wall_clock_says_if_that_can_be() {
    let right = NOON_MS + 5_000 + 60_000;
    assert_eq!(resumed(BOOT + 1, 20_000, right), (60_000, 5_000));
    assert_eq!(resumed(BOOT + 1, 20_000, right - 3_600_000), (0, 5_000 + 60_000 - 3_600_000));
    assert_eq!(resumed(BOOT + 1, 20_000, right + 2 * YEAR_MS), (0, 5_000 + 60_000 + 2 * YEAR_MS));
    assert_eq!(resumed(BOOT, 20_000, right), (60_000, 5_000), "the machine was put back to an earlier state");
    assert_eq!(resumed(0, 3_660_000, right), (60_000, 5_000), "a machine that does not name its boots");
}

#[test]
fn the_latest_command_is_never_in_the_future() {
    let row = ClockRow { at: Timestamp(NOON_MS), ..ClockRow::default() };
    let at = Reading { since_boot_us: 0, wall_us: (NOON_MS + 10) * 1_000 };
    let look = Look::resume(&row, Timestamp(NOON_MS + 500), BOOT, at);
    assert_eq!((look.time_us, look.offset_us), ((NOON_MS + 500) * 1_000, 0));
}

#[test]
fn the_log_is_told_of_another_offset_or_boot_and_of_much_drawing() {
    let anchor = Anchor { boot: BOOT, since_boot_ms: 1_000, offset: WallOffset(0) };
    let known = ClockRow { at: Timestamp(NOON_MS), anchor, ..ClockRow::default() };
    let later = Anchor { since_boot_ms: 61_000, ..anchor };
    let news = |after_ms, anchor: Anchor| is_news(&known, Timestamp(NOON_MS + after_ms), &anchor);
    assert!(!news(60_000, later));
    assert!(!news(60_100, later));
    assert!(news(60_101, later) && news(59_899, later));
    assert!(news(60_000, Anchor { offset: WallOffset(1), ..later }));
    assert!(news(60_000, Anchor { boot: BOOT + 1, ..later }));
}
