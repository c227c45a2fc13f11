//! Reports: the same in words and in JSON.

use std::time::Duration;

use super::super::consistency::Findings;
use super::super::histograms::{Outcome, StepHistograms};
use super::super::scenario::{Expected, Step};
use super::super::server::LogUsage;
use super::{EndedEarly, Latency, Prepared, Processor, Report, StepReport};

fn report(consistency: Findings) -> Report {
    let mut histograms = StepHistograms::new();
    for us in 1..=2_000 {
        histograms.record(Outcome::Succeeded, Duration::from_micros(us));
    }
    histograms.record(Outcome::Refused("OVERLOADED"), Duration::from_millis(40));
    let step = Step { name: "hold", expected: Expected::Success };
    Report {
        scenario: "hold".to_owned(),
        server: "self".to_owned(),
        connections: 64,
        threads: 1,
        intended_rate: Some(1_000.0),
        seconds: 2.0,
        prepared: Prepared { concerts: 1, seats: 2_001, users: 65, seconds: 0.5 },
        steps: vec![StepReport::of(&step, &histograms, Duration::from_secs(2))],
        overload: None,
        connection_flood: None,
        followers: None,
        ended_early: Some(EndedEarly { seconds: 3.21, of_seconds: 10.0, seats: 2_001 }),
        left_out: 3,
        late: Latency::of(&StepHistograms::new().succeeded),
        fault: None,
        interrupted: false,
        requests: 2_001,
        log: Some(LogUsage { flushes: 60, bytes: Some(1 << 20) }),
        processor: Processor {
            generator_seconds: Some(1.0),
            server_seconds: None,
            generator_us_per_request: Some(4.0),
            server_us_per_request: None,
        },
        server_resident_kib: None,
        consistency,
        verify: None,
    }
}

#[test]
fn a_step_tells_rate_share_and_percentiles_of_its_successes() {
    let step = &report(Findings::default()).steps[0];
    assert_eq!((step.requests, step.succeeded), (2_001, 2_000));
    assert!((step.rate - 1_000.0).abs() < 1e-9 && step.success_share > 0.999 && step.success_share < 1.0);
    assert_eq!((step.latency.p50_us, step.latency.max_us), (1_000, 2_000));
    assert!((1_979..=1_981).contains(&step.latency.p99_us));
    assert!((39_900..=40_100).contains(&step.refused.max_us));
    assert_eq!(step.errors["OVERLOADED"], 1);
}

#[test]
fn text_and_json_tell_the_same_and_wrong_books_cannot_be_overlooked() {
    let wrong =
        Findings { right: false, faults: vec!["seat 5 is with two".to_owned()], fault_count: 1, checked: vec![] };
    let report = report(wrong);
    assert!(!report.is_right());
    let text = report.to_string();
    for part in [
        "open loop at 1000/s",
        "OVERLOADED 1",
        "3 starts were left out",
        "no seats were left after 3.2 s of 10.0: all 2001",
        "30.0 flushes, 512 KiB",
        "WRONG: 1 faults",
        "seat 5 is with two",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    let json = serde_json::to_value(&report).expect("it can be written");
    assert_eq!(json["steps"][0]["p50Us"], 1_000);
    assert_eq!(json["books"]["right"], false);
    assert_eq!(json["processor"]["serverUsPerRequest"], serde_json::Value::Null);
}
