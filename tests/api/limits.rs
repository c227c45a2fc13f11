//! How often a client or a user may ask: each limit over HTTP, whom it counts behind proxies, and what is told of it. When
//! a limit lets through again is a test of `src/http/limits`, by a clock that it sets.

use serde_json::json;

use crate::harness::app::{App, DATE, eventually};
use crate::harness::client::{Answer, Call};
use crate::harness::stream::Stream;

const PROXY: &str = "server.trusted_proxies=127.0.0.1,10.0.0.0/8";
const KIM: &str = "203.0.113.7";
const LEE: &str = "203.0.113.8";
/// How long it takes until one of three an hour may be done again, in seconds.
const THIRD: u32 = 1_200;

/// A call as a proxy passes it on.
fn from(call: Call, client: &str) -> Call {
    call.header("x-forwarded-for", client)
}

fn signing_up(app: &App, name: &str) -> Call {
    app.post("/api/v1/users").json(json!({ "username": name }))
}

#[track_caller]
fn told(answer: &Answer, policy: &str, standing: &str) {
    let headers = ["ratelimit-policy", "ratelimit"].map(|name| answer.header(name).unwrap_or("none"));
    assert_eq!(headers, [policy, standing], "{}", answer.story());
}

/// That an answer is a refusal by a limit of three an hour.
#[track_caller]
fn limited(answer: &Answer, kind: &str) {
    answer.refused(429, "RATE_LIMITED");
    told(answer, &format!("\"{kind}\";q=3;w=3600"), &format!("\"{kind}\";r=0;t=3600"));
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    // A test on a busy machine takes less than a minute.
    assert!((THIRD - 60..=THIRD).contains(&wait), "{wait}");
}

#[tokio::test]
async fn each_kind_is_refused_at_its_number() {
    let rates = ["sign_up", "join", "change", "read"].map(|kind| format!("limits.{kind}=3/h"));
    let settings: Vec<&str> = rates.iter().map(String::as_str).collect();
    let app = App::start(&settings);
    app.concert("spring", json!({})).await;

    let mut users = Vec::new();
    for (name, left) in [("kim", 2), ("lee", 1), ("max", 0)] {
        let answer = signing_up(&app, name).await;
        users.push(answer.success(201)["userId"].as_str().unwrap().to_owned());
        told(&answer, "\"sign_up\";q=3;w=3600", &format!("\"sign_up\";r={left};t={}", (3 - left) * THIRD));
    }
    limited(&signing_up(&app, "sam").await, "sign_up");

    let mut tokens = Vec::new();
    for user in &users {
        let joined = app.joining(user, "spring").await.success(201);
        tokens.push(joined["token"].as_str().unwrap().to_owned());
    }
    limited(&app.joining(&users[0], "spring").await, "join");

    let reading = || app.get("/api/v1/seats").query(&format!("date={DATE}")).bearer(&tokens[0]);
    for _ in 0..3 {
        reading().await.success(200);
    }
    limited(&reading().await, "read");
    limited(&app.get("/api/v1/concerts").await, "read");
    // Where a token is needed its refusal comes first.
    reading().bearer("forged").await.refused(401, "TOKEN_INVALID");

    let reserving = |guest: usize| {
        let body = json!({"userId": users[guest], "date": DATE, "seat": guest + 1});
        app.post("/api/v1/seats/reserve").bearer(&tokens[guest]).json(body)
    };
    for _ in 0..3 {
        reserving(0).await.success(200);
    }
    limited(&reserving(0).await, "change");
    // It is judged before a body is, and a body that is too long before it.
    limited(&reserving(0).text("{").await, "change");
    reserving(0).text(vec![b' '; 64 * 1024 + 1]).await.refused(413, "BODY_TOO_LARGE");
    reserving(1).await.success(200);
    app.charge(&users[2], 1).await;
    assert_eq!(app.get("/healthz").await.status, 200);
    app.get("/api/v1/nothing").await.refused(404, "NOT_FOUND");

    let metrics = String::from_utf8(app.get("/metrics").await.bytes.to_vec()).unwrap();
    for (kind, count) in [("sign_up", 1), ("join", 1), ("read", 2), ("change", 2)] {
        let line = format!("jari_rate_limited_total{{kind=\"{kind}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
}

#[tokio::test]
async fn the_operator_is_never_limited() {
    let app = App::start(&["limits.read=3/h", "limits.sign_up=3/h"]);
    for number in 0..5 {
        app.operator("GET", "/api/v1/concerts").await.success(200);
        let answer = signing_up(&app, &format!("user-{number}")).bearer(app.operator_key()).await;
        answer.success(201);
        assert_eq!(answer.header("ratelimit"), None);
        app.operator("GET", "/api/v1/admin/concerts").await.success(200);
    }
    told(&app.get("/api/v1/concerts").await, "\"read\";q=3;w=3600", "\"read\";r=2;t=1200");
}

#[tokio::test]
async fn two_clients_behind_a_proxy_are_two() {
    let app = App::start(&[PROXY, "limits.sign_up=3/h"]);
    for number in 0..3 {
        from(signing_up(&app, &format!("kim-{number}")), KIM).await.success(201);
    }
    limited(&from(signing_up(&app, "kim-4"), KIM).await, "sign_up");
    // What a client adds of itself stands further left.
    limited(&from(signing_up(&app, "kim-5"), &format!("{LEE}, {KIM}, 10.1.2.3")).await, "sign_up");
    limited(&signing_up(&app, "kim-6").header("forwarded", &format!("for={LEE}, for=\"{KIM}:80\"")).await, "sign_up");
    from(signing_up(&app, "lee"), LEE).await.success(201);
    from(signing_up(&app, "max"), "[2001:db8:0:7::1]:80").await.success(201);
    let answer = from(signing_up(&app, "sam"), "2001:db8:0:7:ffff::2").await;
    told(&answer, "\"sign_up\";q=3;w=3600", "\"sign_up\";r=1;t=2400");
}

#[tokio::test]
async fn a_header_of_a_peer_that_is_not_trusted_counts_for_nothing() {
    let app = App::start(&["server.trusted_proxies=10.0.0.0/8", "limits.sign_up=3/h"]);
    for number in 0..3 {
        from(signing_up(&app, &format!("user-{number}")), &format!("203.0.113.{number}")).await.success(201);
    }
    limited(&from(signing_up(&app, "user-4"), KIM).await, "sign_up");
    limited(&signing_up(&app, "user-5").header("forwarded", "for=203.0.113.9").await, "sign_up");
    limited(&signing_up(&app, "user-6").header("jari-client-address", KIM).await, "sign_up");
}

#[tokio::test]
async fn a_client_at_ten_times_its_limit_costs_another_nothing() {
    let app = App::start(&[PROXY, "limits.read=30/h"]);
    let reading = |client: &str| from(app.get("/api/v1/concerts"), client);
    let mut passed = 0;
    for _ in 0..30 {
        for _ in 0..10 {
            passed += u32::from(reading(KIM).await.status == 200);
        }
        reading(LEE).await.success(200);
    }
    assert_eq!(passed, 30);
}

#[tokio::test]
async fn a_stream_counts_once_when_it_opens() {
    let app = App::start(&["limits.read=3/h"]);
    app.concert("spring", json!({"queue": {"maxActive": 1}})).await;
    let [first, waiting] = [app.guest("kim", "spring").await, app.guest("lee", "spring").await];
    let mut stream = Stream::open(app.process.address, "/api/v1/token/events", &waiting.token, "").await;
    stream.until("position").await;
    app.leaving(&first).await.success(200);
    stream.until("active").await;
    told(&app.get("/api/v1/concerts").await, "\"read\";q=3;w=3600", "\"read\";r=1;t=2400");
}

#[tokio::test]
async fn limits_are_off_on_loopback_and_on_elsewhere() {
    let app = App::start(&[]);
    for number in 0..12 {
        let answer = signing_up(&app, &format!("user-{number}")).await;
        answer.success(201);
        assert_eq!(answer.header("ratelimit-policy"), None);
    }
    let elsewhere = ["server.listen=0.0.0.0:0", "limits.read=off"].map(str::to_owned);
    let app = App::start_elsewhere(&elsewhere);
    for number in 0..10 {
        signing_up(&app, &format!("user-{number}")).await.success(201);
    }
    signing_up(&app, "user-10").await.refused(429, "RATE_LIMITED");
    assert_eq!(app.get("/api/v1/concerts").await.header("ratelimit"), None);
}

#[tokio::test]
async fn the_address_in_the_log_is_the_one_that_is_limited() {
    let app = App::start(&[PROXY, "log.level=debug"]);
    from(app.get("/api/v1/concerts"), &format!("{LEE}, {KIM}")).header("x-request-id", "of-kim").await.success(200);
    eventually("the line of the request", async || {
        app.folder
            .printed()
            .lines()
            .any(|line| line.contains("of-kim") && line.contains(&format!("client={KIM}")))
            .then_some(())
    })
    .await;
}
