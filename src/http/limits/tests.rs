//! Limits by a clock that the test sets: at which request each refuses, when it lets through again, whom it counts, and
//! what it keeps of a crowd.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use governor::clock::FakeRelativeClock;

use super::limiter::{Limiter, Subject};
use super::{Limited, LimitedRoute, LimitedRoutes, Limits, PathNames, Proof, Verdict};
use crate::config::{Config, Per, Rate, RateLimit};
use crate::domain::{ConcertId, ConcertNo, PlaceRef, Sequence, Timestamp, UserId, WallOffset};
use crate::http::authentication::Keys;
use crate::http::client::{Client, ClientAddress};
use crate::http::server::connection::Connection;
use crate::identity::{OperatorKey, Signing, SigningKey, TicketCodes, TicketKey, Tokens};

const OPERATOR_KEY: &str = "an-operator-key-of-a-test";
const KIM: &str = "11111111-2222-4333-8444-555555555555";
const LEE: &str = "99999999-2222-4333-8444-555555555555";

fn rate(most: u32, per: Per) -> Rate {
    Rate { most: NonZeroU32::new(most).expect("above 0"), per }
}

fn client(text: &str) -> Subject {
    Subject::Client(Client::of(text.parse().expect("an address")))
}

/// A client of its own for each number.
fn numbered(number: u32) -> Subject {
    let network = u128::from(number) << 64 | 0x2001_0db8 << 96;
    Subject::Client(Client::of(IpAddr::V6(Ipv6Addr::from_bits(network))))
}

fn passes(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Unlimited | Verdict::Within(_) => true,
        Verdict::Beyond(_) => false,
    }
}

fn headers(verdict: &Verdict) -> [String; 2] {
    let (Verdict::Within(standing) | Verdict::Beyond(standing)) = verdict else { panic!("limited: {verdict:?}") };
    let mut headers = HeaderMap::new();
    standing.tell(&mut headers);
    ["ratelimit-policy", "ratelimit"].map(|name| headers[name].to_str().expect("text").to_owned())
}

#[test]
fn the_number_of_the_rate_passes_at_once_and_then_one_an_interval() {
    let clock = FakeRelativeClock::default();
    let limiter = Limiter::new(Limited::SignUp, rate(3, Per::Hour), clock.clone());
    let kim = client("192.0.2.1");
    let told = [3, 2, 1].map(|_| headers(&limiter.count(&kim)));
    assert_eq!(told.each_ref().map(|told| told[0].as_str()), ["\"sign_up\";q=3;w=3600"; 3]);
    let standings = ["\"sign_up\";r=2;t=1200", "\"sign_up\";r=1;t=2400", "\"sign_up\";r=0;t=3600"].map(str::to_owned);
    assert_eq!(told.map(|[_, told]| told), standings);
    clock.advance(Duration::from_millis(500));
    let Verdict::Beyond(standing) = limiter.count(&kim) else { panic!("a fourth one") };
    assert_eq!((standing.retry_seconds(), standing.left), (1_200, 0), "rounded up");
    assert!(passes(limiter.count(&client("192.0.2.2"))), "another client notices nothing");
    clock.advance(Duration::from_millis(1_199_499));
    assert!(!passes(limiter.count(&kim)), "a millisecond early");
    clock.advance(Duration::from_millis(1));
    assert!(passes(limiter.count(&kim)));
    assert!(!passes(limiter.count(&kim)), "one, and not two");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!([1, 2, 3, 4].map(|_| passes(limiter.count(&kim))), [true, true, true, false], "all are there again");
}

#[test]
fn the_networks_of_ipv6_are_clients_and_ipv4_in_it_is_ipv4() {
    let limiter = Limiter::new(Limited::Join, rate(1, Per::Hour), FakeRelativeClock::default());
    for (address, expected) in [
        ("2001:db8:0:7::1", true),
        ("2001:db8:0:7:ffff::2", false),
        ("2001:db8:0:8::1", true),
        ("::ffff:192.0.2.1", true),
        ("192.0.2.1", false),
    ] {
        assert_eq!(passes(limiter.count(&client(address))), expected, "{address}");
    }
}

#[test]
fn one_at_ten_times_its_limit_costs_another_nothing() {
    let clock = FakeRelativeClock::default();
    let limiter = Limiter::new(Limited::Read, rate(1_200, Per::Minute), clock.clone());
    let (loud, quiet) = (client("192.0.2.1"), client("192.0.2.2"));
    let mut passed = 0;
    for step in 0..600 {
        clock.advance(Duration::from_millis(100));
        passed += (0..20).filter(|_| passes(limiter.count(&loud))).count();
        assert!(step % 5 != 0 || passes(limiter.count(&quiet)), "2 requests a second, at {step}");
    }
    assert!((2_300..=2_400).contains(&passed), "of 12,000 in a minute: {passed}");
}

#[test]
fn a_full_memory_lets_newcomers_share_and_costs_the_known_nothing() {
    let clock = FakeRelativeClock::default();
    let keys_max = super::states::SHARDS * 4;
    let limiter = Limiter::with_room(Limited::SignUp, rate(3, Per::Hour), keys_max, clock.clone());
    let kim = client("192.0.2.1");
    assert!(passes(limiter.count(&kim)));
    let passed = (0..10_000).filter(|number| passes(limiter.count(&numbered(*number)))).count();
    assert_eq!(limiter.keys(), keys_max, "the bound");
    assert_eq!(passed, keys_max - 1 + 3, "one a key, and what one client may for all for whom there was no room");
    assert_eq!([1, 2, 3].map(|_| passes(limiter.count(&kim))), [true, true, false], "the known goes on with its own");
    // As soon as states say nothing any more there is room again, and without a sweep.
    clock.advance(Duration::from_secs(1_201));
    assert!((20_000..20_010).all(|number| passes(limiter.count(&numbered(number)))));
    assert_eq!([1, 2].map(|_| passes(limiter.count(&kim))), [true, false], "kim had used more, and is still known");
    clock.advance(Duration::from_secs(4_801));
    limiter.sweep();
    assert_eq!(limiter.keys(), 0);
}

/// By arithmetic of the maps' capacities, as their documentation and source have it.
#[test]
fn a_million_clients_of_all_limits_take_no_more_than_64_mib() {
    let clock = FakeRelativeClock::default();
    let limiters = Limited::ALL.map(|kind| Limiter::new(kind, rate(1, Per::Hour), clock.clone()));
    for number in 0..1_000_000 {
        let subject = numbered(number);
        // The others are full by then, and stay so.
        let counting = limiters.iter().filter(|limiter| limiter.kind() == Limited::SignUp || number < 300_000);
        counting.for_each(|limiter| _ = limiter.count(&subject));
    }
    let keys = limiters.each_ref().map(Limiter::keys);
    assert_eq!(keys[Limited::SignUp as usize], 1_000_000, "there is room for all");
    assert!(keys.iter().all(|keys| *keys >= 229_000), "{keys:?}");
    // Beyond the bound of every limit nothing grows.
    for number in 1_000_000..2_000_000 {
        limiters[Limited::SignUp as usize].count(&numbered(number));
    }
    let bytes: usize = limiters.map(|limiter| limiter.into_states().bytes()).into_iter().sum();
    assert!((32 << 20..=64 << 20).contains(&bytes), "{bytes}");
}

/// Limits of some routes, by a clock that stands still.
struct World {
    limits: Limits<FakeRelativeClock>,
    connection: Connection,
    tokens: Tokens,
}

impl World {
    fn new(set: impl FnOnce(&mut Config)) -> Option<Self> {
        let mut config = Config::default();
        set(&mut config);
        let route =
            |method, path: &str, kind, proof, names| (method, path.to_owned(), LimitedRoute { kind, proof, names });
        let routes = LimitedRoutes::new([
            route(Method::POST, "/users", Limited::SignUp, Proof::None, PathNames::NoUser),
            route(Method::GET, "/concerts", Limited::Read, Proof::None, PathNames::NoUser),
            route(Method::POST, "/reserve", Limited::Change, Proof::Token, PathNames::NoUser),
            route(Method::POST, "/users/{userId}/charge", Limited::Change, Proof::None, PathNames::User),
            route(Method::POST, "/accept", Limited::Change, Proof::None, PathNames::NoUser),
        ]);
        let tokens = Tokens::new(&SigningKey::from_bytes([7; 32]));
        let operator = OperatorKey::parse(OPERATOR_KEY).expect("a key");
        let keys = Keys::new(tokens.clone(), TicketCodes::new(&TicketKey::from_bytes([8; 32])), operator);
        let limits = Limits::with_clock(&config, routes, keys, &FakeRelativeClock::default())?;
        Some(Self { limits, connection: Connection::default(), tokens })
    }

    /// Every rate that a test asks for allows two an hour.
    fn of_two() -> Self {
        let two = RateLimit::Set(rate(2, Per::Hour));
        let set = |config: &mut Config| {
            (config.limits.sign_up, config.limits.read, config.limits.change) = (two, two, two);
        };
        Self::new(set).expect("some are on")
    }

    fn token(&self, user: u128) -> String {
        let place = PlaceRef { concert: ConcertNo(1), sequence: Sequence(1), user: UserId(user) };
        let concert = ConcertId::parse("spring").expect("an id");
        self.tokens.sign(place, &concert, Signing { now: Timestamp(0), opens_at: None, offset: WallOffset(0) })
    }

    fn verdict(&self, method: Method, path: &str, from: &str, bearer: Option<&str>) -> Verdict {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        let mut request = request.body(Body::empty()).expect("a request");
        request.extensions_mut().insert(ClientAddress(from.parse().expect("an address")));
        self.limits.judge(&request, &self.connection)
    }

    /// How many of five requests pass.
    fn passing(&self, method: &Method, path: &str, from: &str, bearer: Option<&str>) -> usize {
        (0..5).filter(|_| passes(self.verdict(method.clone(), path, from, bearer))).count()
    }
}

#[test]
fn a_client_is_counted_for_each_kind_apart() {
    let world = World::of_two();
    assert_eq!(world.passing(&Method::POST, "/users", "192.0.2.1", None), 2);
    assert_eq!(world.passing(&Method::GET, "/concerts", "192.0.2.1", None), 2);
    assert_eq!(world.passing(&Method::HEAD, "/concerts", "192.0.2.1", None), 0, "a HEAD is a GET");
    assert_eq!(world.passing(&Method::GET, "/concerts", "192.0.2.2", None), 2);
    assert_eq!(world.passing(&Method::GET, "/nowhere", "192.0.2.1", None), 5);
    assert_eq!(world.passing(&Method::DELETE, "/users", "192.0.2.1", None), 5);
}

#[test]
fn the_operator_is_never_limited() {
    let world = World::of_two();
    for (method, path) in [(Method::POST, "/users"), (Method::GET, "/concerts"), (Method::POST, "/accept")] {
        assert_eq!(world.passing(&method, path, "192.0.2.1", Some(OPERATOR_KEY)), 5, "{path}");
        assert_eq!(world.passing(&method, path, "192.0.2.1", None), 2, "and costs its address nothing: {path}");
    }
}

#[test]
fn a_change_is_counted_for_the_user_of_the_token_then_of_the_path_then_for_the_client() {
    let world = World::of_two();
    let [kim, lee] = [1, 2].map(|user| world.token(user));
    assert_eq!(world.passing(&Method::POST, "/reserve", "192.0.2.1", Some(&kim)), 2);
    assert_eq!(world.passing(&Method::POST, "/reserve", "192.0.2.2", Some(&kim)), 0, "wherever kim comes from");
    assert_eq!(world.passing(&Method::POST, "/reserve", "192.0.2.1", Some(&lee)), 2);
    let charge = |user: &str| format!("/users/{user}/charge");
    assert_eq!(world.passing(&Method::POST, &charge(KIM), "192.0.2.1", Some(&kim)), 0, "the token counts first");
    assert_eq!(world.passing(&Method::POST, &charge(KIM), "192.0.2.1", None), 2);
    assert_eq!(world.passing(&Method::POST, &charge(&KIM.to_uppercase()), "192.0.2.2", None), 0);
    assert_eq!(world.passing(&Method::POST, &charge(LEE), "192.0.2.1", None), 2);
    assert_eq!(world.passing(&Method::POST, &charge("nobody"), "192.0.2.1", None), 2, "as the client");
    assert_eq!(world.passing(&Method::POST, "/accept", "192.0.2.1", None), 0);
    assert_eq!(world.passing(&Method::POST, "/accept", "192.0.2.2", Some("forged")), 2, "no token is needed there");
}

#[test]
fn where_a_token_is_needed_its_refusal_comes_first() {
    let world = World::of_two();
    for bearer in [None, Some("forged"), Some(OPERATOR_KEY)] {
        assert_eq!(world.passing(&Method::POST, "/reserve", "192.0.2.1", bearer), 5);
    }
    assert_eq!(world.passing(&Method::POST, "/accept", "192.0.2.1", None), 2, "and the client is not counted for it");
}

#[test]
fn limits_are_off_on_loopback_unless_they_are_set() {
    assert!(World::new(|_| {}).is_none());
    assert!(World::new(|config| config.server.listen = "[::ffff:127.0.0.1]:80".parse().unwrap()).is_none());
    let elsewhere = |config: &mut Config| config.server.listen = "192.0.2.1:80".parse().unwrap();
    let world = World::new(elsewhere).expect("on");
    let told = headers(&world.verdict(Method::GET, "/concerts", "192.0.2.1", None));
    assert_eq!(told, ["\"read\";q=1200;w=60", "\"read\";r=1199;t=1"]);
    let told = headers(&world.verdict(Method::POST, "/users", "192.0.2.1", None));
    assert_eq!(told, ["\"sign_up\";q=10;w=3600", "\"sign_up\";r=9;t=360"]);
    let off = |config: &mut Config| {
        elsewhere(config);
        config.limits.read = RateLimit::Off;
    };
    let world = World::new(off).expect("others are on");
    assert_eq!(world.verdict(Method::GET, "/concerts", "192.0.2.1", None), Verdict::Unlimited);
    let set = |config: &mut Config| config.limits.read = RateLimit::Set(rate(2, Per::Second));
    let world = World::new(set).expect("one is set");
    assert_eq!(world.passing(&Method::GET, "/concerts", "127.0.0.1", None), 2);
    assert_eq!(world.verdict(Method::POST, "/users", "127.0.0.1", None), Verdict::Unlimited);
}

#[test]
fn what_was_refused_is_told_once() {
    let limiter = Limiter::new(Limited::Read, rate(1, Per::Hour), FakeRelativeClock::default());
    assert_eq!(limiter.take_untold(), 0);
    let verdicts = [1, 2, 3].map(|_| limiter.count(&client("192.0.2.1")));
    assert!(verdicts.iter().skip(1).all(|verdict| matches!(verdict, Verdict::Beyond(_))));
    assert_eq!((limiter.take_untold(), limiter.take_untold()), (2, 0));
}
