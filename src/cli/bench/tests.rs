//! Options of `jari bench`: what is refused, and what follows when nothing is said.

use std::time::Duration;

use clap::Parser;

use super::super::Arguments as CommandLine;
use super::super::Command;
use super::Arguments;
use super::read::{read_rate, read_url};
use crate::load::Target;

fn parsed(options: &str) -> Result<Arguments, clap::Error> {
    let words = ["jari", "bench"].into_iter().chain(options.split_whitespace());
    let Command::Bench(arguments) = CommandLine::try_parse_from(words)?.command else {
        unreachable!("the words name this subcommand")
    };
    Ok(*arguments)
}

/// That `options` are refused, by the parser or afterwards, in words that hold `part`.
fn refused(options: &str, part: &str) {
    let words = match parsed(options) {
        Err(error) => {
            assert_eq!(error.exit_code(), 2, "{options}");
            error.to_string()
        }
        Ok(arguments) => arguments.to_options().map(|options| format!("{options:?}")).expect_err(options),
    };
    assert!(words.contains(part), "{options}: {part:?} is not in {words:?}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (options, part) in [
        ("", "SCENARIO"),
        ("sell", "possible values"),
        ("hold --rate 0", "starts a second"),
        ("hold --rate fast", "starts a second"),
        ("hold --rate 5 --closed", "cannot be used with"),
        ("hold --seconds 0", "seconds"),
        ("hold --connections 0", "--connections"),
        ("hold --connections 2 --threads 3", "--threads"),
        ("hold --self --url http://127.0.0.1:1", "cannot be used with"),
        ("hold --folder /data", "--self"),
        ("hold --set hold.seconds=5", "--self"),
        ("hold --self --users 1 --seats 1001", "--users must be at least 2"),
        ("hold --self --seats 400 --seats-per-date 1", "--seats must be at most 365"),
        ("hold --url https://127.0.0.1", "http://HOST"),
        ("hold --url 127.0.0.1:8080", "http://HOST"),
        ("hold --url http://127.0.0.1/api", "without a path"),
        ("hold --operator-key-file /no/such/file", "--operator-key-file"),
        ("hold --think 5", "--think does not go with"),
        ("hold --only map", "--only does not go with"),
        ("browse --self --only hold", "concerts, map, available, availability"),
        ("charge --self --seats 5", "--seats does not go with"),
        ("queue-rush --self --rate 5", "--rate does not go with"),
        ("queue-rush --self --seconds 5 --within 6", "--within"),
        ("hot-seat --self --others rest", "needs --holders"),
        ("hold --self --rounds 2", "--rounds does not go with"),
        ("overload --self --rounds 0", "--rounds"),
        ("hold --self --holders 5", "--holders does not go with"),
        ("hold --self --others read", "--others does not go with"),
        ("hold --self --times 5", "--times does not go with"),
        ("overload --self --times 0", "0.1 to 100"),
        ("overload --self --tries 0", "--tries"),
        ("overload --self --rate 5", "--rate does not go with"),
        ("overload --self --users 5999", "--users must be at least the connections"),
        ("on-sale --self --connections 8 --users 7 --seats 100", "--users must be at least the connections"),
        ("hot-seat --self --users 1", "--users must be at least 2"),
    ] {
        refused(options, part);
    }
}

#[test]
fn what_is_not_said_follows_from_the_scenario() {
    let options = |text| parsed(text).expect("it can be read").to_options().expect("it makes sense");
    let hold = options("hold --self");
    assert_eq!((hold.connections, hold.threads, hold.rate), (64, 1, None));
    assert_eq!(hold.duration, Duration::from_secs(10));
    assert!(matches!(hold.target, Target::Own { .. }));
    let buyers = options("on-sale --self --rate 500 --think 2000 --connections 5000");
    assert_eq!((buyers.size.users, buyers.size.seats), (5_000, 5_000));
    let reserve = options("reserve --url http://localhost:9/");
    assert_eq!((reserve.connections, reserve.duration), (100, Duration::from_secs(30)));
    assert!(matches!(&reserve.target, Target::Running { server, .. } if server.host == "localhost:9"));
    let rush = options("queue-rush --self --users 500 --seconds 8");
    assert_eq!((rush.within, rush.admit_per_second), (Duration::from_secs(4), 50));
    assert_eq!(options("concert-list --self").only_step, Some(0));
    assert_eq!(options("hold --self --users 70").size.seats, 70_000, "as many as these users can hold");
    let pay = options("pay --self --users 70");
    assert_eq!((pay.size.users, pay.size.seats), (70, 70));
}

#[test]
fn rates_and_urls_are_read_as_people_write_them() {
    assert_eq!(read_rate("5000/s"), Ok(5_000.0));
    assert_eq!(read_rate("0.5"), Ok(0.5));
    let (host, address) = read_url("http://127.0.0.1").expect("a fine address");
    assert_eq!((host.as_str(), address.port()), ("127.0.0.1", 80));
}
