//! The entrance: each ticket lets somebody in once, at a gate or by a report, and a slip is taken back.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::harness::client::Call;
use crate::shape::{assert_invalid, assert_names};

const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

/// The tickets of seats that a new user has paid at a concert.
async fn tickets(app: &App, name: &str, concert: &str, seats: Value) -> Vec<Value> {
    let guest = app.guest(name, concert).await;
    app.charge(&guest.user, 100_000).await;
    app.reserving(&guest, json!({ "seats": seats })).await.success(200);
    let paid = app.paying(&guest, json!({ "seats": seats })).await.success(200);
    paid["tickets"].as_array().unwrap().clone()
}

fn admitting(app: &App, body: Value) -> Call {
    app.operator("POST", "/api/v1/admin/check-ins").json(body)
}

fn reporting(app: &App, scans: &[Value]) -> Call {
    app.operator("POST", "/api/v1/admin/check-ins/batch").json(json!({ "checkIns": scans }))
}

/// An instant so many seconds ago, as a gate would name it.
fn ago(seconds: i64) -> String {
    (chrono::Utc::now() - chrono::TimeDelta::seconds(seconds)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[tokio::test]
async fn a_code_lets_somebody_in_once_and_a_refusal_says_when_and_where() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let sold = tickets(&app, "kim", "spring", json!([1, 2])).await;
    let body = json!({"code": sold[0]["code"], "concertId": "spring", "date": DATE, "gate": "North", "device": "s-3"});
    let entered = admitting(&app, body.clone()).await.success(200);
    assert_names(&entered, &["verdict", "ticket"]);
    assert_eq!((&entered["verdict"], &entered["ticket"]["status"]), (&json!("enter"), &json!("used")));
    assert_eq!((&entered["ticket"]["seat"], &entered["ticket"]["gate"]), (&json!(1), &json!("North")));
    assert!(entered["ticket"].get("code").is_none(), "a gate needs no code: {entered}");
    let again = admitting(&app, json!({"ticketId": sold[0]["ticketId"], "gate": "South"})).await;
    let refusal = again.refused(409, "ALREADY_USED");
    assert_eq!(
        (&refusal["usedAt"], &refusal["gate"], &refusal["device"]),
        (&entered["ticket"]["usedAt"], &json!("North"), &json!("s-3"))
    );
    admitting(&app, json!({"ticketId": NOBODY})).await.refused(404, "TICKET_NOT_FOUND");
    assert_invalid(&admitting(&app, json!({"gate": "North"})).await, &["code"]);
    assert_invalid(&admitting(&app, json!({"code": "J", "ticketId": NOBODY})).await, &["code"]);
    assert_invalid(&admitting(&app, json!({"ticketId": NOBODY, "door": 1})).await, &["door"]);
    app.post("/api/v1/admin/check-ins").json(body).await.refused(401, "TOKEN_INVALID");

    let feed = app.operator("GET", "/api/v1/admin/events?limit=100").await.success(200);
    let used = feed["events"].as_array().unwrap().iter().find(|event| event["type"] == "ticket.used").unwrap();
    assert_eq!((&used["data"]["ticketId"], &used["data"]["gate"]), (&sold[0]["ticketId"], &json!("North")));
    assert!(!feed.to_string().contains(sold[0]["code"].as_str().unwrap()), "the feed has no codes");
    app.stop_and_verify();
}

#[tokio::test]
async fn forged_foreign_cut_and_wrong_codes_are_told_apart() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    app.concert(
        "autumn",
        json!({"dates": [{"date": DATE, "seats": 5, "price": 0}, {"date": "2030-12-25", "seats": 5, "price": 0}]}),
    )
    .await;
    let sold = tickets(&app, "kim", "spring", json!([1])).await;
    let code = text(&sold[0]["code"]);
    let foreign = App::start(&[]);
    foreign.concert("spring", json!({})).await;
    let foreign = text(&tickets(&foreign, "kim", "spring", json!([1])).await[0]["code"]);
    let last = if code.ends_with('0') { "1" } else { "0" };
    for forged in [foreign.as_str(), &code[..129], "", "J", &format!("{}{last}", &code[..129]), &code.to_lowercase()] {
        admitting(&app, json!({ "code": forged })).await.refused(400, "CODE_FORGED");
    }
    let of_autumn = admitting(&app, json!({"code": code, "concertId": "autumn"})).await;
    let refusal = of_autumn.refused(409, "WRONG_DATE");
    assert!(text(&refusal["message"]).contains("another concert"), "{refusal}");
    let on_another = admitting(&app, json!({"code": code, "date": "2030-12-25"})).await.refused(409, "WRONG_DATE");
    assert_eq!(on_another["date"], DATE);
    admitting(&app, json!({"code": code, "concertId": "winter"})).await.refused(404, "CONCERT_NOT_FOUND");
    admitting(&app, json!({ "code": code })).await.success(200);
}

#[tokio::test]
async fn a_report_settles_on_the_earliest_scan_and_is_sent_again_without_harm() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let sold = tickets(&app, "kim", "spring", json!([1, 2, 3])).await;
    let scan = |ticket: usize, seconds: i64, gate: &str| json!({"code": sold[ticket]["code"], "gate": gate, "at": ago(seconds)});
    let scans =
        [scan(0, 20, "b"), scan(0, 30, "a"), scan(1, 25, "b"), scan(1, 10, "a"), json!({"code": "J", "at": ago(1)})];
    let first = reporting(&app, &scans).await.success(200);
    assert_eq!((&first["entered"], &first["refused"]), (&json!(3), &json!(2)));
    let of = |body: &Value, at: usize| body["checkIns"][at].clone();
    assert_eq!(of(&first, 1)["conflict"]["gate"], "b", "the later one is told as a conflict");
    assert_eq!(
        (&of(&first, 3)["verdict"], &of(&first, 3)["refusal"]["reason"]),
        (&json!("refuse"), &json!("ALREADY_USED"))
    );
    assert_eq!(of(&first, 4)["refusal"]["reason"], "CODE_FORGED");
    let state = |sold: &Value| app.operator("GET", &format!("/api/v1/tickets/{}", text(&sold["ticketId"])));
    let before = [state(&sold[0]).await.success(200), state(&sold[1]).await.success(200)];
    assert_eq!((&before[0]["gate"], &before[1]["gate"]), (&json!("a"), &json!("b")));
    let mut turned = scans.clone();
    turned.reverse();
    for scans in [scans, turned] {
        let again = reporting(&app, &scans).await.success(200);
        assert_eq!((&again["entered"], &again["refused"]), (&json!(2), &json!(3)), "{again}");
    }
    assert_eq!([state(&sold[0]).await.success(200), state(&sold[1]).await.success(200)], before);

    let ahead = json!({"code": sold[2]["code"], "at": ago(-120)});
    let refused = reporting(&app, &[ahead]).await.success(200);
    assert_eq!(of(&refused, 0)["refusal"]["field"], "at", "{refused}");
    assert_invalid(&reporting(&app, &[]).await, &["checkIns"]);
    let many: Vec<Value> = (0..500).map(|_| scan(2, 5, "north entrance, left")).collect();
    assert_eq!(reporting(&app, &many).await.success(200)["checkIns"].as_array().unwrap().len(), 500);
    app.stop_and_verify();
}

#[tokio::test]
async fn a_slip_is_taken_back_by_its_device_and_anything_else_with_a_reason() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let sold = tickets(&app, "kim", "spring", json!([1])).await;
    let path = format!("/api/v1/admin/check-ins/{}", text(&sold[0]["ticketId"]));
    let undoing = |body: Value| app.operator("DELETE", &path).json(body);
    undoing(json!({"device": "s-3"})).await.refused(409, "TICKET_NOT_USED");
    admitting(&app, json!({"code": sold[0]["code"], "device": "s-3"})).await.success(200);
    assert_invalid(&undoing(json!({"device": "s-4"})).await, &["reason"]);
    let body = undoing(json!({"device": "s-3"})).await.success(200);
    assert_eq!(body["ticket"]["status"], "valid");
    admitting(&app, json!({"code": sold[0]["code"], "device": "s-3"})).await.success(200);
    app.operator("DELETE", &format!("{path}?reason=wrong%20row")).await.success(200);
    admitting(&app, json!({ "code": sold[0]["code"] })).await.success(200);
    app.stop_and_verify();
}

#[tokio::test]
async fn a_door_is_told_all_tickets_and_then_what_changed() {
    let app = App::start(&["sale.seat_limit=50"]);
    app.concert("spring", json!({"dates": [{"date": DATE, "seats": 50, "price": 1000}]})).await;
    let seats: Vec<u32> = (1..=25).collect();
    let sold = tickets(&app, "kim", "spring", json!(seats)).await;
    let door = |query: &str| app.operator("GET", &format!("/api/v1/admin/concerts/spring/dates/{DATE}/door{query}"));
    let (mut known, mut since, mut pages) = (Vec::new(), 0, 0);
    loop {
        let page = door(&format!("?limit=10&since={since}")).await.success(200);
        assert_names(&page, &["concertId", "date", "codeConcert", "codeDate", "tickets", "version", "more"]);
        known.extend(page["tickets"].as_array().unwrap().clone());
        since = page["version"].as_u64().unwrap();
        pages += 1;
        if page["more"] == false {
            break;
        }
    }
    assert_eq!((known.len(), pages), (25, 3));
    for (ticket, entry) in sold.iter().zip(&known) {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, ticket["code"].as_str().unwrap().as_bytes());
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&entry["ticketId"], &entry["codeSha256"]), (&ticket["ticketId"], &json!(hash)));
        assert_eq!((&entry["status"], &entry["version"]), (&json!("valid"), &json!(1)));
    }
    assert_eq!(door(&format!("?since={since}")).await.success(200)["tickets"], json!([]));
    admitting(&app, json!({"code": sold[6]["code"], "gate": "North"})).await.success(200);
    let changed = door(&format!("?since={since}")).await.success(200);
    let entries = changed["tickets"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (&entries[0]["seat"], &entries[0]["status"], &entries[0]["gate"]),
        (&json!(7), &json!("used"), &json!("North"))
    );
    app.operator("GET", "/api/v1/admin/concerts/spring/dates/2030-12-31/door").await.refused(404, "DATE_NOT_FOUND");
    app.operator("GET", &format!("/api/v1/admin/concerts/winter/dates/{DATE}/door"))
        .await
        .refused(404, "CONCERT_NOT_FOUND");
}

#[tokio::test]
async fn a_report_lets_nobody_in_at_another_concert_or_date() {
    let app = App::start(&[]);
    for id in ["spring", "autumn"] {
        app.concert(id, json!({})).await;
    }
    let sold = tickets(&app, "kim", "spring", json!([1])).await;
    let scan = |concert: &str, date: &str| json!({"ticketId": sold[0]["ticketId"], "concertId": concert, "date": date, "at": ago(1)});
    let scans = [scan("spring", "2030-12-25"), scan("autumn", DATE), scan("spring", DATE)];
    let body = reporting(&app, &scans).await.success(200);
    let told = [0, 1, 2].map(|at| body["checkIns"][at]["refusal"]["reason"].clone());
    assert_eq!(told, [json!("WRONG_DATE"), json!("WRONG_DATE"), Value::Null]);
    assert_eq!((&body["checkIns"][2]["verdict"], &body["entered"]), (&json!("enter"), &json!(1)));
}
