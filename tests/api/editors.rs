//! Two editors of one concert: tags, `If-Match`, `If-None-Match`.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::harness::client::{Answer, Call};

const CONCERTS: &str = "/api/v1/admin/concerts";
const SPRING: &str = "/api/v1/admin/concerts/spring";
const QUEUE: &str = "/api/v1/admin/concerts/spring/queue";

async fn tag(app: &App, path: &str) -> String {
    let answer = app.operator("GET", path).await;
    answer.success(200);
    tag_of(&answer)
}

#[track_caller]
fn tag_of(answer: &Answer) -> String {
    let tag = answer.header("etag").unwrap_or_else(|| panic!("no ETag: {}", answer.story())).to_owned();
    assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "a strong tag: {tag}");
    tag
}

fn edit(app: &App, tag: &str, body: Value) -> Call {
    app.operator("PATCH", SPRING).header("if-match", tag).json(body)
}

fn set(app: &App, tag: &str, body: Value) -> Call {
    app.operator("PUT", QUEUE).header("if-match", tag).json(body)
}

#[tokio::test]
async fn the_second_of_two_editors_is_told() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let read = tag(&app, SPRING).await;
    let first = edit(&app, &read, json!({"title": "First"})).await;
    assert_eq!(first.success(200)["title"], "First");
    let second = edit(&app, &read, json!({"venue": "Second"})).await;
    second.refused(412, "PRECONDITION_FAILED");
    let standing = app.operator("GET", SPRING).await.success(200);
    assert_eq!((&standing["title"], &standing["venue"]), (&json!("First"), &Value::Null));
    // The answer to a change has the tag for the next one, which is that of a GET.
    assert_eq!(tag_of(&first), tag(&app, SPRING).await);
    let third = edit(&app, &tag_of(&first), json!({"venue": "Third"})).await;
    assert_eq!(third.success(200)["venue"], "Third");
    // A change that changes nothing leaves the tag, and is compared all the same.
    let same = edit(&app, &tag_of(&third), json!({"venue": "Third"})).await;
    same.success(200);
    assert_eq!(tag_of(&same), tag_of(&third));
    edit(&app, &read, json!({"venue": "Third"})).await.refused(412, "PRECONDITION_FAILED");
    // Without the header as ever.
    app.operator("PATCH", SPRING).json(json!({"venue": "Last"})).await.success(200);
}

#[tokio::test]
async fn the_second_of_two_editors_of_a_queue_is_told() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let read = tag(&app, QUEUE).await;
    let first = set(&app, &read, json!({"maxActive": 5})).await;
    assert_eq!(first.success(200)["maxActive"], 5);
    set(&app, &read, json!({"maxActive": 6})).await.refused(412, "PRECONDITION_FAILED");
    assert_eq!(tag_of(&first), tag(&app, QUEUE).await);
    assert_eq!(app.operator("GET", QUEUE).await.success(200)["maxActive"], 5);
    // The rest of the concert is not the queue's, but the queue is shown with the concert.
    let whole = tag(&app, SPRING).await;
    let renamed = edit(&app, &whole, json!({"title": "Renamed"})).await;
    renamed.success(200);
    set(&app, &tag_of(&first), json!({"maxActive": 7})).await.success(200);
    edit(&app, &tag_of(&renamed), json!({"title": "Again"})).await.refused(412, "PRECONDITION_FAILED");
    let queue = tag(&app, QUEUE).await;
    app.operator("PATCH", SPRING).json(json!({"queue": {"maxActive": 8}})).await.success(200);
    set(&app, &queue, json!({"maxActive": 9})).await.refused(412, "PRECONDITION_FAILED");
    // What the server's settings say and what is set to the same are different things to overwrite.
    app.operator("PUT", QUEUE).json(json!({})).await.success(200);
    let queue = tag(&app, QUEUE).await;
    app.operator("PUT", QUEUE).json(json!({"maxActive": 100})).await.success(200);
    set(&app, &queue, json!({"maxActive": 9})).await.refused(412, "PRECONDITION_FAILED");
    app.operator("PUT", QUEUE).json(json!({"maxActive": 4})).await.success(200);
}

#[tokio::test]
async fn tags_are_compared_as_the_standard_has_it() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    for path in [SPRING, QUEUE] {
        let (method, body) = if path == QUEUE { ("PUT", json!({})) } else { ("PATCH", json!({"title": "spring"})) };
        let now = tag(&app, path).await;
        let change = |name, value: &str| app.operator(method, path).header(name, value).json(body.clone());
        for other in
            [format!("W/{now}"), now.trim_matches('"').to_owned(), "\"x\"".to_owned(), String::new(), "*x".to_owned()]
        {
            change("if-match", &other).await.refused(412, "PRECONDITION_FAILED");
        }
        change("if-none-match", "*").await.refused(412, "PRECONDITION_FAILED");
        change("if-none-match", &now).await.refused(412, "PRECONDITION_FAILED");
        change("if-match", &format!("\"x\", W/\"y\",{now}")).await.success(200);
        change("if-match", "*").await.success(200);
        let now = tag(&app, path).await;
        let read = |name, value: &str| app.operator("GET", path).header(name, value);
        for same in [now.clone(), format!("W/{now}"), format!("\"x\", {now}"), "*".to_owned()] {
            let answer = read("if-none-match", &same).await;
            assert_eq!((answer.status, answer.bytes.len(), tag_of(&answer)), (304, 0, now.clone()), "{same}");
        }
        read("if-none-match", "\"x\"").await.success(200);
        read("if-match", &now).await.success(200);
        read("if-match", "\"x\"").await.refused(412, "PRECONDITION_FAILED");
    }
}

#[tokio::test]
async fn what_is_wrong_by_itself_is_told_before_what_is_stale() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.reserving(&kim, json!({"seat": 50})).await.success(200);
    let stale = "\"stale\"";
    app.client.call("PATCH", SPRING).header("if-match", stale).json(json!({})).await.refused(401, "TOKEN_INVALID");
    let winter = format!("{CONCERTS}/winter");
    app.operator("PATCH", &winter).header("if-match", "*").json(json!({})).await.refused(404, "CONCERT_NOT_FOUND");
    edit(&app, stale, json!({"tilte": "x"})).await.refused(400, "INVALID_REQUEST");
    set(&app, stale, json!({"maxActive": 0})).await.refused(400, "INVALID_REQUEST");
    let fewer = json!({"dates": [{"date": DATE, "seats": 49, "price": 5000}]});
    edit(&app, stale, fewer.clone()).await.refused(412, "PRECONDITION_FAILED");
    edit(&app, "*", fewer).await.refused(409, "CONCERT_IN_USE");
}

#[tokio::test]
async fn of_racing_editors_with_one_tag_one_wins() {
    let app = App::start(&[]);
    let created = app.operator("POST", CONCERTS).json(json!({
        "concertId": "spring", "title": "0", "dates": [{"date": DATE, "price": 1}],
    }));
    let created = created.await;
    created.success(201);
    let (mut read, mut queue) = (tag_of(&created), tag(&app, QUEUE).await);
    assert_eq!(read, tag(&app, SPRING).await);
    for round in 1..=10_u32 {
        let titles =
            (0..8).map(|editor| edit(&app, &read, json!({"title": format!("{round}-{editor}")})).into_future());
        one_wins(futures_util::future::join_all(titles).await);
        let limits = (0..8).map(|editor| set(&app, &queue, json!({"maxActive": round * 8 + editor})).into_future());
        queue = one_wins(futures_util::future::join_all(limits).await);
        assert_eq!(queue, tag(&app, QUEUE).await);
        read = tag(&app, SPRING).await;
    }
}

/// The tag of the one that went through.
#[track_caller]
fn one_wins(answers: Vec<Answer>) -> String {
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1, "one change a tag");
    for answer in &lost {
        answer.refused(412, "PRECONDITION_FAILED");
    }
    tag_of(&won[0])
}

#[tokio::test]
async fn tags_outlive_a_restart() {
    let mut app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let before = (tag(&app, SPRING).await, tag(&app, QUEUE).await);
    app.process.kill();
    app.start_again();
    assert_eq!((tag(&app, SPRING).await, tag(&app, QUEUE).await), before);
    let body = edit(&app, &before.0, json!({"title": "x"})).await.success(200);
    assert_eq!(text(&body["title"]), "x");
}
