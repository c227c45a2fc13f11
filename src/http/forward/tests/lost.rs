//! Links that break, time that ends, clients that go away, and a leader that has no room.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::http::request::Builder;
use tokio::time::Instant;

use super::{ENTRY, Instance, config, two, two_with, until};
use crate::node::{Fate, Lead};

#[tokio::test]
async fn what_was_not_sent_is_asked_where_somebody_leads_by_then() {
    let [entry, mut other] = two().await;
    other.cut().await;
    let moved = async {
        // It is asked in vain meanwhile.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(entry.stage.taken(), 0);
        entry.leads(Lead::Here);
    };
    let (answer, ()) = tokio::join!(entry.ask_with(Request::post("/api/v1/echo"), "x"), moved);
    assert_eq!((answer.node(), other.came()), (ENTRY, 0));
}

#[tokio::test]
async fn what_cannot_be_sent_to_anybody_ends_in_time_and_undone() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, mut other] = two_with(&short, &config()).await;
    other.cut().await;
    let begun = Instant::now();
    entry.ask(Request::post("/api/v1/echo")).await.has_no_leader(Fate::Undone);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// What comes of a request whose link breaks while its handler works, when the entry instance leads from then on.
async fn cut_off([entry, mut other]: [Instance; 2], request: Builder) -> (super::ReadAnswer, Instance) {
    let cut = async {
        until(|| other.stage.taken() == 1).await;
        entry.leads(Lead::Here);
        other.cut().await;
        entry.stage.may_answer.notify_one();
    };
    let (answer, ()) = tokio::join!(entry.ask(request), cut);
    (answer, entry)
}

#[tokio::test]
async fn a_change_whose_link_broke_may_have_been_done_and_is_not_asked_again() {
    let (answer, entry) = cut_off(two().await, Request::post("/api/v1/held")).await;
    answer.has_no_leader(Fate::Unknown);
    assert_eq!(entry.stage.taken(), 0);
}

#[tokio::test]
async fn a_read_and_a_change_with_a_key_whose_link_broke_are_asked_again() {
    for request in [Request::get("/api/v1/held"), Request::post("/api/v1/held").header("idempotency-key", "k")] {
        let (answer, entry) = cut_off(two().await, request).await;
        assert_eq!((answer.node(), entry.stage.taken()), (ENTRY, 1));
    }
}

#[tokio::test]
async fn a_change_with_a_key_that_nobody_answers_any_more_may_have_been_done() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, mut other] = two_with(&short, &config()).await;
    let cut = async {
        until(|| other.stage.taken() == 1).await;
        other.cut().await;
    };
    let request = Request::post("/api/v1/held").header("idempotency-key", "k");
    let (answer, ()) = tokio::join!(entry.ask(request), cut);
    answer.has_no_leader(Fate::Unknown);
}

#[tokio::test]
async fn both_sides_give_a_request_up_when_its_time_is_over() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, other] = two_with(&short, &config()).await;
    let begun = Instant::now();
    entry.ask(Request::get("/api/v1/held")).await.refused(408, "REQUEST_TIMEOUT");
    assert!((1_000..5_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    until(|| other.stage.let_go() == 1).await;
    // It gives up by itself, too: this one does not go away.
    let request = Request::get("/api/v1/held").header("jari-time-left-ms", "50").body(Body::empty());
    let begun = Instant::now();
    let answer = other.pipeline.answer_forwarded(ENTRY, request.expect("a request")).await;
    assert_eq!(answer.status().as_u16(), 408);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_work_at_the_leader() {
    let [entry, other] = two().await;
    let asking = tokio::spawn(async move { entry.ask(Request::get("/api/v1/held")).await });
    until(|| other.stage.taken() == 1).await;
    assert_eq!(other.stage.let_go(), 0);
    asking.abort();
    until(|| other.stage.let_go() == 1).await;
}

#[tokio::test]
async fn a_leader_without_room_refuses_as_it_would_its_own_clients() {
    let mut small = config();
    small.limits.in_flight = 1;
    let [entry, other] = two_with(&config(), &small).await;
    let (first, ()) = tokio::join!(entry.ask(Request::get("/api/v1/held")), async {
        until(|| other.stage.taken() == 1).await;
        let refused = entry.ask(Request::get("/api/v1/echo")).await;
        refused.refused(503, "OVERLOADED");
        assert_eq!((refused.header("retry-after"), other.came()), (Some("1"), 2));
        other.stage.may_answer.notify_one();
    });
    assert_eq!(first.status(), 200);
    assert_eq!(entry.ask(Request::get("/api/v1/echo")).await.status(), 200, "there is room again");
}

#[tokio::test]
async fn a_change_that_was_lost_here_and_then_takes_too_long_may_have_been_done() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, _other] = two_with(&short, &config()).await;
    entry.leads(Lead::Here);
    entry.ask(Request::post("/api/v1/held")).await.refused(408, "REQUEST_TIMEOUT");
    entry.stage.fate.send_replace(Some(Fate::Unknown));
    let keyed = Request::post("/api/v1/held").header("idempotency-key", "k");
    entry.ask(keyed).await.has_no_leader(Fate::Unknown);
    assert_eq!(entry.stage.taken(), 3);
}
