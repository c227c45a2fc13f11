//! Contract section 5: a restart keeps every place, hold and window with its times. Every other scenario shows it too,
//! after each of its steps; here time goes on after one.

use super::check;

#[test]
fn places_holds_and_sales_go_on_with_their_original_times() {
    check(
        "
        given concert spring max_active=2
        given kim=10000 lee max pia=5000
        at 0     pia joins
        at 1     pia reserves 3
        at 2     pia pays 3
        at 3     kim joins
        at 4     lee joins
        at 5     max joins          -> WAITING 1
        at 10    kim reserves 1,2   -> held 1,2 for 10000 until 310
        late 100 restart
        at 100   kim polls          -> ACTIVE until 310
        at 100   lee polls          -> ACTIVE until 604
        at 100   max polls          -> WAITING 1
        at 100   max joins          -> same WAITING 1
        at 100   lee reserves 3     -> refused SeatTaken { seat: 3 }
        at 309   kim pays 1         -> paid 1 for 5000 as 2, 5000 left
        at 309   max polls          -> ACTIVE until 909
        at 604   lee polls          -> ended TimedOut
        then     sold=1,3 free=2 reservations.kim=2:canceled,1:paid
        ",
    );
}

#[test]
fn an_hour_with_a_restart_after_every_step_ends_as_one_without() {
    let steps = "
        given concert spring max_active=2 admit_count=1 admit_interval=5
        given kim=20000 lee=20000 max=20000
        at 0    kim joins            -> ACTIVE until 600
        at 1    lee joins            -> WAITING 1
        at 1    max joins            -> WAITING 2
        at 5    lee polls            -> ACTIVE until 605
        at 6    kim reserves 1,2     -> held 1,2 for 10000 until 306
        at 7    lee reserves 3       -> held 3 for 5000 until 307
        at 8    lee pays 3 once p    -> paid 3 for 5000 as 1, 15000 left
        at 9    max polls            -> WAITING 1
        at 10   max polls            -> ACTIVE until 610
        at 306  kim polls            -> ended HoldLapsed
        at 307  lee pays 3 once p    -> replayed paid 3 for 5000 as 1, 15000 left
        at 308  operator refunds 1   -> refunded 5000 of 1
        at 3600 max polls            -> ended TimedOut
        then    free=1,2,3 waiting=0 active=0 admitted=3 wallet.lee=20000 feed=1..22
    ";
    check(steps);
    let restarted: Vec<String> = steps.lines().map(with_a_restart).collect();
    check(&restarted.join("\n"));
}

/// The step with a restart behind it, at the same time.
fn with_a_restart(line: &str) -> String {
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("at"), Some(at)) => format!("{line}\nlate {at} restart"),
        _ => line.to_owned(),
    }
}

#[test]
fn what_ended_while_the_server_was_down_has_ended_and_what_did_not_goes_on() {
    check(
        "
        given concert spring max_active=1
        given kim lee
        at 0     kim joins
        at 1     lee joins
        at 400   kim reserves 1
        late 650 restart
        late 650 kim polls -> ACTIVE until 700, reserving over
        late 650 lee polls -> WAITING 1
        late 800 restart
        late 800 kim polls -> ended HoldLapsed
        at 800   lee polls -> ACTIVE until 1400
        then     free=1,2,3 reservations.kim=1:expired
        ",
    );
}

#[test]
fn a_start_with_other_settings_ends_what_is_due_takes_them_and_then_admits() {
    let given = "
        given concert spring
        at 0     operator configures max_active=3
        given kim lee max pia zoe ann
        at 0     kim joins
        at 0     lee joins
        at 0     max joins
        at 1     pia joins -> WAITING 1
        at 1     zoe joins -> WAITING 2
        at 1     ann joins -> WAITING 3
        at 2     kim reserves 1
        late 700 restart
    ";
    check(&format!(
        "{given}
        late 700 operator configures max_active=1
        late 700 kim polls -> ended HoldLapsed
        late 700 lee polls -> ended TimedOut
        late 700 pia polls -> ACTIVE until 1300
        late 700 zoe polls -> WAITING 1
        at 701   ann polls -> WAITING 2
        then     active=1 free=1,2,3
        "
    ));
    check(&format!(
        "{given}
        late 700 operator configures admit_count=2 admit_interval=60
        late 700 zoe polls -> ACTIVE until 1300
        at 701   ann polls -> WAITING 1
        at 760   ann polls -> ACTIVE until 1360
        "
    ));
}

#[test]
fn a_start_with_the_same_settings_admits_as_well() {
    check(
        "
        given concert spring
        at 0     operator configures max_active=1
        given kim lee
        at 0     kim joins
        at 1     lee joins -> WAITING 1
        late 700 restart
        late 700 operator configures max_active=1
        late 700 lee polls -> ACTIVE until 1300
        ",
    );
}

#[test]
fn numbers_go_on_where_they_were() {
    check(
        "
        given concert spring
        given kim=1 lee
        at 0    kim joins
        at 1    kim leaves
        late 2  restart
        at 3    lee joins
        at 4    kim joins
        at 5    kim#1 polls    -> ended Left
        at 5    lee#2 polls    -> ACTIVE until 603
        at 5    kim#3 polls    -> ACTIVE until 604
        at 6    kim charges 1  -> balance 2 by entry 2
        then    feed=1..10
        ",
    );
}

#[test]
fn what_is_due_at_a_change_of_the_settings_ends_under_those_of_before() {
    check(
        "
        given concert spring
        given kim lee
        at 0     kim joins
        at 1     kim reserves 1
        at 2     lee joins
        at 3     lee reserves 2
        late 302 operator configures end_on_hold_lapse=false
        late 302 kim polls -> ended HoldLapsed
        at 303   lee polls -> ACTIVE until 602
        ",
    );
}
