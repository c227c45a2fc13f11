//! That no refusal comes from a copy that other instances have overtaken, and that none is looked at twice without need.

use axum::http::Request;
use axum::http::request::Builder;

use super::{ENTRY, Instance, OTHER, two};
use crate::http::Reason;
use crate::node::{Fate, Lead};

fn get(path: &str) -> Builder {
    Request::get(path)
}

fn refuses(instance: &Instance, reasons: &[Reason]) {
    instance.stage.refusals.send_replace(reasons.iter().copied().collect());
}

/// Handlers that were run at an instance, how often its copy was made fresh, and refusals that were counted behind one.
fn counts(instance: &Instance) -> (usize, usize, usize) {
    (instance.stage.taken(), instance.refreshed(), instance.held())
}

#[tokio::test]
async fn what_any_instance_may_answer_is_answered_here_and_what_is_read_when_it_is_fresh() {
    let [entry, other] = two().await;
    assert_eq!(entry.ask(get("/anyone")).await.node(), ENTRY);
    assert_eq!(counts(&entry), (1, 0, 1), "nothing was refused");
    assert_eq!(entry.ask(get("/fresh")).await.node(), ENTRY);
    assert_eq!(counts(&entry), (2, 1, 1));
    assert_eq!(entry.ask(get("/here")).await.node(), ENTRY);
    assert_eq!((counts(&entry), other.came()), ((3, 1, 1), 0));
}

#[tokio::test]
async fn a_change_of_no_concert_is_not_begun_while_nobody_orders_the_log() {
    let [entry, _other] = two().await;
    entry.leads(Lead::Nowhere);
    entry.ask(Request::post("/anyone")).await.has_no_leader(Fate::Undone);
    assert_eq!(counts(&entry), (0, 0, 0));
    let elected = async {
        tokio::task::yield_now().await;
        entry.leads(Lead::At(OTHER));
    };
    assert_eq!(tokio::join!(entry.ask(Request::post("/anyone")), elected).0.node(), ENTRY);
}

#[tokio::test]
async fn a_refusal_that_others_may_have_overtaken_is_looked_at_twice_and_the_second_answer_counts() {
    let [entry, other] = two().await;
    refuses(&entry, &[Reason::UserNotFound]);
    assert_eq!(entry.ask(get("/anyone")).await.node(), ENTRY, "the user is there by now");
    assert_eq!(counts(&entry), (2, 1, 0));
    refuses(&entry, &[Reason::UserNotFound, Reason::UserBlocked]);
    entry.ask(Request::post("/anyone")).await.refused(403, "USER_BLOCKED");
    assert_eq!(counts(&entry), (4, 2, 0), "and no third time");
    entry.leads_concert("spring", Lead::Here);
    refuses(&entry, &[Reason::InsufficientBalance]);
    assert_eq!(entry.ask(Request::post("/concerts/spring")).await.node(), ENTRY);
    assert_eq!((counts(&entry), other.came()), ((6, 3, 0), 0));
}

#[tokio::test]
async fn a_refusal_that_this_instance_alone_decides_is_looked_at_once() {
    let [entry, _other] = two().await;
    entry.leads_concert("spring", Lead::Here);
    for (count, (reason, status)) in [
        (Reason::SeatTaken, 409),
        (Reason::TokenExpired, 401),
        (Reason::TokenInvalid, 401),
        (Reason::InvalidRequest, 400),
        (Reason::Overloaded, 503),
    ]
    .into_iter()
    .enumerate()
    {
        refuses(&entry, &[reason]);
        entry.ask(Request::post("/concerts/spring")).await.refused(status, reason.word());
        assert_eq!(counts(&entry), (count + 1, 0, count + 1), "{reason:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_made_sure_of_is_not_answered() {
    let [entry, _other] = two().await;
    entry.knows(None, None);
    entry.ask(get("/fresh")).await.has_no_leader(Fate::Undone);
    assert_eq!(counts(&entry), (0, 1, 0));
    refuses(&entry, &[Reason::UserNotFound]);
    entry.ask(Request::post("/anyone")).await.has_no_leader(Fate::Undone);
    assert_eq!(counts(&entry), (1, 2, 0), "a refusal that is not told is not counted");
}

#[tokio::test]
async fn a_request_that_another_instance_sends_is_looked_at_in_the_same_way() {
    let [entry, other] = two().await;
    other.leads_concert("spring", Lead::Here);
    refuses(&other, &[Reason::UserNotFound]);
    assert_eq!(entry.ask(Request::post("/concerts/spring")).await.node(), OTHER);
    assert_eq!((counts(&other), counts(&entry)), ((2, 1, 0), (0, 0, 0)));
    refuses(&other, &[Reason::SeatTaken]);
    entry.ask(Request::post("/concerts/spring")).await.refused(409, "SEAT_TAKEN");
    assert_eq!(counts(&other), (3, 1, 1));
}

#[tokio::test]
async fn what_is_asked_of_the_cluster_is_answered_once_whatever_the_refusal() {
    let [entry, _other] = two().await;
    entry.leads(Lead::Here);
    assert_eq!(entry.ask(get("/api/v1/echo")).await.node(), ENTRY);
    assert_eq!(counts(&entry), (1, 0, 0));
}
