//! Concerts that different instances lead.

use axum::http::Request;

use super::{ENTRY, Instance, OTHER, config, two, two_with, until};
use crate::http::Reason;
use crate::node::{Fate, Lead};

const PAYMENT: &str = "/payments/0193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8d";

/// The entry instance leads the one concert, the other instance the other; each knows it.
async fn each_leads_one() -> [Instance; 2] {
    let instances = two().await;
    let [entry, other] = &instances;
    entry.leads(Lead::Nowhere);
    other.leads(Lead::Nowhere);
    entry.leads_concert("spring", Lead::Here);
    other.leads_concert("spring", Lead::At(ENTRY));
    entry.leads_concert("autumn", Lead::At(OTHER));
    other.leads_concert("autumn", Lead::Here);
    instances
}

#[tokio::test]
async fn each_is_answered_by_the_instance_that_leads_it() {
    let [entry, other] = each_leads_one().await;
    for (instance, path, node) in [
        (&entry, "/concerts/spring", ENTRY),
        (&entry, "/concerts/autumn", OTHER),
        (&other, "/concerts/spring", ENTRY),
        (&other, "/concerts/autumn", OTHER),
    ] {
        assert_eq!(instance.ask(Request::post(path)).await.node(), node, "{path}");
    }
    assert_eq!((entry.came(), other.came()), (1, 1));
    assert_eq!(entry.ask_with(Request::post("/join"), r#"{"concertId":"autumn"}"#).await.node(), OTHER);
    assert_eq!((entry.refreshed(), other.refreshed()), (0, 0), "an instance answers what it leads without asking");
}

#[tokio::test]
async fn what_names_no_concert_is_found_by_what_was_sold_and_once_more_when_that_is_fresh() {
    let [entry, other] = each_leads_one().await;
    other.knows(Some("autumn"), Some(Some("autumn")));
    entry.knows(Some("autumn"), None);
    assert_eq!(entry.ask(Request::post(PAYMENT)).await.node(), OTHER);
    assert_eq!((entry.refreshed(), other.refreshed()), (0, 0));
    entry.knows(None, Some(Some("autumn")));
    assert_eq!(entry.ask(Request::post(PAYMENT)).await.node(), OTHER);
    assert_eq!((entry.refreshed(), other.refreshed(), entry.stage.taken()), (1, 0, 0));
    entry.knows(None, None);
    entry.ask(Request::post(PAYMENT)).await.has_no_leader(Fate::Undone);
    // The receiver looks for itself, and asks again, too.
    entry.knows(Some("autumn"), None);
    other.knows(None, Some(Some("autumn")));
    assert_eq!(entry.ask(Request::post(PAYMENT)).await.node(), OTHER);
    assert_eq!(other.refreshed(), 1);
}

#[tokio::test]
async fn the_only_open_concert_is_always_looked_for_when_that_is_fresh() {
    let [entry, other] = each_leads_one().await;
    other.knows(Some("autumn"), Some(Some("autumn")));
    entry.knows(Some("spring"), Some(Some("autumn")));
    assert_eq!(entry.ask_with(Request::post("/join"), "{}").await.node(), OTHER);
    assert_eq!((entry.refreshed(), other.refreshed()), (1, 1));
}

#[tokio::test]
async fn what_is_about_nothing_that_there_is_is_refused_here_by_a_fresh_copy() {
    let [entry, other] = each_leads_one().await;
    for (path, body) in [(PAYMENT, ""), ("/payments/x", ""), ("/join", "{"), ("/join", "{}"), ("/concerts/Spring", "")]
    {
        let before = (entry.refreshed(), entry.stage.taken());
        entry.stage.refusals.send_replace([Reason::InvalidRequest].into());
        entry.ask_with(Request::post(path), body).await.refused(400, "INVALID_REQUEST");
        assert!(entry.refreshed() > before.0, "{path} {body}");
        assert_eq!((entry.stage.taken(), other.came()), (before.1 + 1, 0), "{path} {body}");
    }
}

#[tokio::test]
async fn a_concert_without_an_id_is_made_by_any_instance_that_leads_some() {
    let [entry, other] = two().await;
    assert_eq!(entry.ask_with(Request::post("/new"), "{}").await.node(), OTHER);
    assert_eq!((other.came(), other.refreshed()), (1, 0));
    entry.leads(Lead::Here);
    assert_eq!(entry.ask_with(Request::post("/new"), "{}").await.node(), ENTRY);
    assert_eq!(entry.ask_with(Request::post("/new"), r#"{"concertId":"x"}"#).await.node(), ENTRY);
}

#[tokio::test]
async fn a_request_about_a_concert_that_is_not_led_there_is_refused_undone_and_nothing_runs() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, other] = two_with(&short, &config()).await;
    entry.leads_concert("autumn", Lead::At(OTHER));
    for lead in [Lead::At(ENTRY), Lead::Nowhere] {
        other.leads_concert("autumn", lead);
        let came = other.came();
        entry.ask(Request::post("/concerts/autumn")).await.has_no_leader(Fate::Undone);
        assert!(other.came() > came, "it is asked again for as long as the request may take");
    }
    assert_eq!((entry.came(), entry.stage.taken(), other.stage.taken()), (0, 0, 0));
}

#[tokio::test]
async fn a_concert_that_moves_is_followed_to_where_it_is_led() {
    let [entry, other] = each_leads_one().await;
    other.leads_concert("autumn", Lead::At(ENTRY));
    let moved = async {
        until(|| other.came() > 0).await;
        entry.leads_concert("autumn", Lead::Here);
    };
    let (answer, ()) = tokio::join!(entry.ask_with(Request::post("/concerts/autumn"), "x"), moved);
    assert_eq!((answer.node(), other.stage.taken()), (ENTRY, 0));
    entry.leads_concert("autumn", Lead::Nowhere);
    let led = async {
        tokio::task::yield_now().await;
        entry.leads_concert("autumn", Lead::Here);
    };
    assert_eq!(tokio::join!(entry.ask(Request::post("/concerts/autumn")), led).0.node(), ENTRY);
}

/// A report of a scan for each of these concerts, as the stand-in knows them by the first digit of the ticket.
fn report(concerts: &str) -> String {
    let scans = concerts.chars().enumerate().map(|(at, digit)| {
        let ticket = format!("{digit}193a4c9-5b0e-7d1f-9c2a-3e4f5a6b7c8e");
        serde_json::json!({"ticketId": ticket, "at": format!("2030-12-24T10:00:{at:02}.000Z")})
    });
    serde_json::json!({"checkIns": scans.collect::<Vec<_>>()}).to_string()
}

fn post_report() -> axum::http::request::Builder {
    Request::post("/api/v1/admin/check-ins/batch").header("content-type", "application/json")
}

#[tokio::test]
async fn a_report_of_several_concerts_is_answered_in_order_by_the_instances_that_lead_them() {
    let [entry, other] = each_leads_one().await;
    for instance in [&entry, &other] {
        instance.knows(None, Some(None));
    }
    let request = post_report().header("accept-encoding", "gzip").header("content-length", report("1212x").len());
    let answer = entry.ask_with(request, report("12130")).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    let told = answer.json();
    let by = |name: &str| {
        told["body"]["checkIns"].as_array().expect("a list").iter().map(|it| it[name].clone()).collect::<Vec<_>>()
    };
    assert_eq!(by("by"), [1, 2, 1, 1, 1], "{told}");
    let at = |second: u32| format!("2030-12-24T10:00:{second:02}.000Z");
    assert_eq!(by("at"), [at(0), at(1), at(2), at(3), at(4)], "{told}");
    assert_eq!((&told["result"], &told["body"]["entered"]), (&"success".into(), &5.into()));
    assert_eq!(other.came(), 1, "one part is of the other instance");
}

#[tokio::test]
async fn a_report_of_one_concert_goes_there_whole_and_each_is_answered_when_that_is_fresh() {
    let [entry, other] = each_leads_one().await;
    let answer = entry.ask_with(post_report(), report("22")).await;
    assert_eq!(answer.json()["body"]["entered"], 2, "{answer:?}");
    assert_eq!((other.came(), other.refreshed(), entry.stage.taken()), (1, 1, 0));
}

#[tokio::test]
async fn a_report_that_is_malformed_is_refused_before_anything_of_it_is_done() {
    let [entry, other] = each_leads_one().await;
    let malformed = report("12").replace("10:00:01", "24:00:01");
    entry.stage.refusals.send_replace([Reason::InvalidRequest].into());
    entry.ask_with(post_report(), malformed).await.refused(400, "INVALID_REQUEST");
    assert_eq!((entry.stage.taken(), other.came()), (1, 0));
}

#[tokio::test]
async fn a_report_of_which_a_part_fails_fails_whole_and_says_that_something_may_have_been_done() {
    let mut short = config();
    short.server.request_timeout_seconds = 1;
    let [entry, other] = two_with(&short, &config()).await;
    entry.leads_concert("spring", Lead::At(OTHER));
    entry.leads_concert("autumn", Lead::Here);
    other.leads_concert("spring", Lead::At(ENTRY));
    // The part of autumn is done before that of spring.
    entry.ask_with(post_report(), report("12")).await.has_no_leader(Fate::Unknown);
    assert_eq!((entry.stage.taken(), other.stage.taken()), (1, 0));
    entry.stage.refusals.send_replace([Reason::TokenInvalid].into());
    entry.ask_with(post_report(), report("12")).await.refused(401, "TOKEN_INVALID");
    assert_eq!((entry.stage.taken(), other.stage.taken()), (2, 0));
}
