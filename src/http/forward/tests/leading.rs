//! Who leads, and what happens while that is not known or changes.

use std::time::Duration;

use axum::http::Request;
use tokio::time::Instant;

use super::{ENTRY, Instance, OTHER, config, two, two_with, until};
use crate::node::{Fate, Lead};

fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path)
}

#[tokio::test]
async fn while_nobody_leads_a_request_waits_and_is_then_told_so() {
    let [entry, other] = two().await;
    entry.leads(Lead::Nowhere);
    let begun = Instant::now();
    entry.ask(Request::get("/api/v1/echo")).await.has_no_leader(Fate::Undone);
    let took = begun.elapsed();
    assert!((Duration::from_millis(1_990)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert_eq!((other.came(), entry.stage.taken()), (0, 0));
    let waiting = async {
        tokio::task::yield_now().await;
        entry.leads(Lead::At(OTHER));
    };
    assert_eq!(tokio::join!(entry.ask(Request::get("/api/v1/echo")), waiting).0.node(), OTHER);
}

#[tokio::test]
async fn nobody_waits_longer_than_a_request_may_take() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, _other] = two_with(&short, &config()).await;
    entry.leads(Lead::Nowhere);
    let begun = Instant::now();
    entry.ask(Request::get("/api/v1/echo")).await.has_no_leader(Fate::Undone);
    assert!(begun.elapsed() < Duration::from_millis(1_900), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_instance_that_does_not_lead_does_nothing_and_is_asked_again_once_it_does() {
    let [entry, other] = two().await;
    other.leads(Lead::Nowhere);
    let asked_in_vain = async {
        until(|| other.came() > 1).await;
        assert_eq!(other.stage.taken(), 0);
        other.leads(Lead::Here);
    };
    let (answer, ()) = tokio::join!(entry.ask_with(post("/api/v1/echo"), "x"), asked_in_vain);
    assert_eq!((answer.node(), other.stage.taken()), (OTHER, 1));
}

#[tokio::test]
async fn a_request_that_finds_another_leader_is_taken_there_even_back() {
    let [entry, other] = two().await;
    other.leads(Lead::At(ENTRY));
    let moved = async {
        until(|| other.came() > 0).await;
        entry.leads(Lead::Here);
    };
    let (answer, ()) = tokio::join!(entry.ask_with(post("/api/v1/echo"), "x"), moved);
    assert_eq!((answer.node(), other.stage.taken()), (ENTRY, 0));
    assert_eq!(answer.json()["body"], "x");
}

#[tokio::test]
async fn no_request_is_forwarded_twice() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, other] = two_with(&short, &config()).await;
    other.leads(Lead::At(ENTRY));
    entry.ask(post("/api/v1/echo")).await.has_no_leader(Fate::Undone);
    assert!(other.came() > 1, "it is asked again for as long as the request may take");
    assert_eq!((entry.came(), entry.stage.taken(), other.stage.taken()), (0, 0, 0));
}

/// Whoever answers first fails a request with `fate`, and then it leads no more.
async fn lost(
    instances: &[Instance; 2],
    leader: &Instance,
    fate: Fate,
    request: axum::http::request::Builder,
) -> super::ReadAnswer {
    let [entry, other] = instances;
    leader.stage.fate.send_replace(Some(fate));
    let moved = async {
        until(|| leader.stage.taken() > 0).await;
        let is_entry = std::ptr::eq(leader, entry);
        entry.leads(if is_entry { Lead::At(OTHER) } else { Lead::Here });
        other.leads(if is_entry { Lead::Here } else { Lead::At(ENTRY) });
    };
    tokio::join!(entry.ask_with(request, "x"), moved).0
}

#[tokio::test]
async fn what_was_not_done_by_a_leader_of_before_is_taken_to_the_next() {
    let from_here = two().await;
    let [entry, other] = &from_here;
    entry.leads(Lead::Here);
    let answer = lost(&from_here, entry, Fate::Undone, post("/api/v1/lost")).await;
    assert_eq!((answer.node(), entry.stage.taken(), other.stage.taken()), (OTHER, 1, 1));
    assert_eq!(answer.json()["body"], "x", "the request is kept for it");
    let from_other = two().await;
    let [entry, other] = &from_other;
    let answer = lost(&from_other, other, Fate::Undone, post("/api/v1/lost")).await;
    assert_eq!((answer.node(), entry.stage.taken(), other.stage.taken()), (ENTRY, 1, 1));
}

#[tokio::test]
async fn what_may_have_been_done_is_asked_again_only_where_that_is_safe() {
    let keyed = || post("/api/v1/lost").header("idempotency-key", "k");
    for is_here in [true, false] {
        let requests: [(axum::http::request::Builder, bool); 3] =
            [(post("/api/v1/lost"), false), (keyed(), true), (Request::get("/api/v1/lost"), true)];
        for (request, is_repeated) in requests {
            let instances = two().await;
            let [entry, other] = &instances;
            let (leader, next) = if is_here { (entry, other) } else { (other, entry) };
            entry.leads(if is_here { Lead::Here } else { Lead::At(OTHER) });
            let answer = lost(&instances, leader, Fate::Unknown, request).await;
            if is_repeated {
                assert_eq!((answer.node(), next.stage.taken()), (next.stage.node, 1));
            } else {
                answer.has_no_leader(Fate::Unknown);
                assert_eq!(next.stage.taken(), 0);
            }
        }
    }
}
