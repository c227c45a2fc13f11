//! `jari bench` against a server of its own: every scenario runs, tells what it measured, and finds everything that was
//! acknowledged.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("jari-test-").tempdir().unwrap()
}

/// `jari bench` with `options`, free of settings that the caller's environment may hold.
fn bench(folder: &Path, options: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jari"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JARI_")) {
        command.env_remove(name);
    }
    command.arg("bench").args(options.split_whitespace()).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Runs a scenario on a server of its own for a moment; its report, once everything that every report must have is
/// found to be there.
#[track_caller]
fn run(options: &str) -> Value {
    let folder = folder();
    let (data, json) = (folder.path().join("data"), folder.path().join("report.json"));
    fs::create_dir(&data).unwrap();
    let always = format!("--self --folder {} --json {}", data.display(), json.display());
    let output = bench(folder.path(), &format!("{options} {always}"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{options}:\n{said}");
    assert!(said.contains("the books are right") && said.contains("p99"), "{options}:\n{said}");
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "{options}: the folder of the server is still there");
    let report: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(report["books"]["right"], true, "{options}: {report:#}");
    assert!(report["books"]["checked"].as_array().is_some_and(|checked| !checked.is_empty()), "{options}");
    for field in ["connections", "threads", "seconds", "leftOut"] {
        assert!(report[field].is_number(), "{options}: {field} is not in {report:#}");
    }
    assert!(report["processor"]["generatorUsPerRequest"].is_number(), "{options}: {report:#}");
    assert!(report["processor"]["serverUsPerRequest"].is_number(), "{options}: {report:#}");
    report
}

/// That the steps of a run all succeeded, with a success at least in each that is named.
#[track_caller]
fn succeeded(report: &Value, names: &[&str]) {
    let steps = report["steps"].as_array().unwrap();
    for step in steps {
        assert_eq!(step["requests"], step["succeeded"], "{step:#}");
        for field in ["rate", "successShare", "meanUs", "p50Us", "p90Us", "p99Us", "p999Us", "maxUs"] {
            assert!(step[field].is_number(), "{field} is not in {step:#}");
        }
    }
    for name in names {
        let step = steps.iter().find(|step| step["name"] == *name);
        assert!(step.is_some_and(|step| step["succeeded"].as_u64() > Some(0)), "no success in {name}: {report:#}");
    }
}

#[test]
fn reading_changes_nothing() {
    let names = ["concerts", "map", "available", "availability"];
    succeeded(&run("browse --seconds 0.3 --users 20 --connections 8"), &names);
    let one = run("browse --seconds 0.3 --users 20 --connections 8 --only map");
    succeeded(&one, &["map"]);
    assert_eq!(one["steps"][0]["requests"], 0);
    succeeded(&run("concert-list --seconds 0.3"), &["concerts"]);
    succeeded(&run("balance --seconds 0.3 --users 20"), &["balance"]);
}

#[test]
fn followers_of_a_date_are_told_every_hold() {
    let report = run("follow --seconds 1 --rate 50 --followers 20 --connections 8");
    succeeded(&report, &["hold"]);
    let followers = &report["followers"];
    assert_eq!((&followers["followers"], &followers["opened"]), (&20.into(), &20.into()), "{followers:#}");
    assert!(followers["changes"].as_u64() > Some(0), "{followers:#}");
    assert!(followers["bytesPerChange"].as_f64().is_some_and(|bytes| bytes <= 40.0), "{followers:#}");
}

#[test]
fn places_stay_in_the_order_of_arrival() {
    succeeded(&run("poll --seconds 0.3 --users 50 --connections 8"), &["poll"]);
    let rush = run("queue-rush --seconds 1.5 --within 0.3 --users 60 --admit 20 --connections 8");
    succeeded(&rush, &["join", "poll"]);
    assert_eq!(rush["steps"][0]["requests"], 60);
    let checked = rush["books"]["checked"].to_string();
    assert!(checked.contains("admissions in the feed of 60 arrivals"), "{checked}");
}

#[test]
fn held_seats_have_one_user_each() {
    let hold = run("hold --seconds 0.3 --users 40 --seats 20000 --connections 8 --threads 2");
    succeeded(&hold, &["hold"]);
    assert_eq!(hold["intendedRate"], Value::Null);
    succeeded(&run("reserve --seconds 0.3 --users 120 --seats 20000"), &["hold"]);
    let hot = run("hot-seat --seconds 0.3 --users 40 --seats 20000 --connections 4 --holders 4");
    succeeded(&hot, &["lost claim", "hold beside"]);
    let hot = run("hot-seat --seconds 0.3 --users 40 --seats 20000 --connections 4 --holders 4 --others read");
    succeeded(&hot, &["hold beside", "poll beside"]);
    let alone = run("hot-seat --seconds 0.3 --users 40 --seats 20000 --connections 4 --holders 4 --others rest");
    succeeded(&alone, &["hold beside"]);
    assert_eq!((&alone["connections"], &alone["steps"][2]["requests"]), (&Value::from(4), &Value::from(0)));
}

#[test]
fn money_adds_up() {
    succeeded(&run("charge --seconds 0.3 --users 30 --connections 8"), &["charge"]);
    succeeded(&run("balance-charge --seconds 0.3 --users 30"), &["charge"]);
    let pay = run("pay --seconds 0.3 --users 30 --connections 8");
    succeeded(&pay, &["pay"]);
    assert_eq!(pay["steps"][0]["succeeded"].as_u64(), Some(30), "all the work there was");
    assert_eq!((&pay["endedEarly"]["seats"], &pay["endedEarly"]["ofSeconds"]), (&Value::from(30), &Value::from(0.3)));
    assert!(pay["log"]["flushes"].as_u64() > Some(0), "{pay:#}");
}

#[test]
fn whole_journeys_end_with_a_seat_that_is_paid() {
    let names = ["token", "map", "hold", "charge", "pay", "journey"];
    let journeys = run("on-sale --seconds 0.4 --users 60 --seats 4000 --seats-per-date 20 --connections 8");
    succeeded(&journeys, &names);
    let thinking = run("on-sale --seconds 1 --rate 20 --think 10 --users 60 --seats 400 --connections 8");
    succeeded(&thinking, &names);
    assert_eq!(thinking["steps"][0]["requests"], 20);
    let waiting = run("on-sale --seconds 2.5 --max-active 4 --users 60 --seats 4000 --connections 8");
    succeeded(&waiting, &["token", "poll", "journey"]);
}

#[test]
fn whoever_is_not_let_in_leaves_the_seat_to_the_next() {
    let refused = run("on-sale --seconds 20 --users 600 --seats 400 --connections 200 --set limits.in_flight=64");
    let token = &refused["steps"][0];
    assert!(token["errors"]["OVERLOADED"].as_u64() > Some(0), "{refused:#}");
    assert_eq!(token["succeeded"], 400, "one token a seat: {refused:#}");
}

#[test]
fn an_overload_tells_what_came_through_and_what_was_refused() {
    let small = "--seconds 1 --rounds 2 --users 600 --seats 40000 --connections 200 --set limits.in_flight=64";
    let report = run(&format!("overload {small}"));
    let overload = &report["overload"];
    for field in ["refusals", "wentAway", "shareOfBest"] {
        assert!(overload[field].as_f64() > Some(0.0), "{field} is not in {report:#}");
    }
    assert_eq!(overload["withoutRetryAfter"], 0, "{report:#}");
    let rounds = overload["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 2, "{report:#}");
    for round in rounds {
        let of = |field: &str| round[field].as_f64().unwrap();
        assert!(of("salesPerSecond") > 0.0 && of("usualP99Us") > 0.0, "{report:#}");
        let tried = round["tried"].as_array().unwrap();
        let rate = |tried: &Value| tried["salesPerSecond"].as_f64().unwrap();
        assert_eq!(tried.iter().map(|tried| &tried["connections"]).collect::<Vec<_>>(), [64, 128, 192], "{report:#}");
        let is_offered = |tried: &Value| (of("offeredPerSecond") / rate(tried) - 3.0).abs() < 1e-6;
        assert!(tried.iter().any(is_offered), "three times what was tried: {report:#}");
        let best = tried.iter().find(|tried| tried["connections"] == overload["bestConnections"]).unwrap();
        assert!(
            (of("bestSalesPerSecond") - rate(best)).abs() < 1e-6,
            "one number is the best of all rounds: {report:#}"
        );
        assert!((of("shareOfBest") * rate(best) - of("salesPerSecond")).abs() < 1e-6, "{report:#}");
    }
    let steps = report["steps"].as_array().unwrap();
    let step = |name: &str| steps.iter().find(|step| step["name"] == name).unwrap();
    for name in ["best: sale", "before: sale", "peak: sale", "after: sale", "peak: arrival", "peak: request"] {
        assert!(step(name)["succeeded"].as_u64() > Some(0), "no success in {name}: {report:#}");
    }
    assert!(step("peak: arrival")["errors"]["OVERLOADED"].as_u64() > Some(0), "{report:#}");
}

#[test]
fn an_open_loop_starts_what_it_says_and_counts_what_it_could_not() {
    let open = run("charge --seconds 0.5 --rate 200/s --users 30 --connections 8");
    succeeded(&open, &["charge"]);
    assert_eq!((&open["steps"][0]["requests"], &open["intendedRate"]), (&Value::from(100), &Value::from(200.0)));
    let overrun = run("charge --seconds 0.5 --rate 500000/s --users 30 --connections 2");
    let requests = overrun["steps"][0]["requests"].as_u64().unwrap();
    assert_eq!(requests + overrun["leftOut"].as_u64().unwrap(), 250_000);
    assert!(overrun["leftOut"].as_u64() > Some(0));
}

#[test]
fn what_cannot_be_done_is_told_by_the_exit_code() {
    let folder = folder();
    let output = bench(folder.path(), "hold --self --think 5");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--think does not go with"));
    assert_eq!(bench(folder.path(), "sell").status.code(), Some(2));
    // Port 1 of the loopback address: nobody listens there.
    let output = bench(folder.path(), "balance --url http://127.0.0.1:1 --users 2 --seconds 0.1");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect"));
    let output = bench(folder.path(), "balance --self --seconds 0.1 --set hold.seconds=0");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the server that was started ended"));
    let output = bench(folder.path(), "balance --self --seconds 0.1 --folder /no/such/folder");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/folder"));
}

#[test]
fn the_folder_may_be_named_from_where_the_command_is_started() {
    let folder = folder();
    fs::create_dir(folder.path().join("runs")).unwrap();
    let output = bench(folder.path(), "balance --self --folder runs --seconds 0.1 --users 5");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
}
