//! The operator's long lists: pages that neither skip nor repeat while entries arrive, and the whole of them as CSV.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, text};
use crate::harness::client::Call;
use crate::shape::{assert_invalid, assert_names};

/// Every row of a list, page by page; `between` runs behind every page.
async fn pages(app: &App, path: &str, rows: &str, mut between: impl AsyncFnMut()) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut call = app.operator("GET", path);
        if let Some(cursor) = cursor.as_str() {
            call = app.operator("GET", &format!("{path}&cursor={cursor}"));
        }
        let page = call.await.success(200);
        all.extend(page[rows].as_array().unwrap().clone());
        cursor = page["nextCursor"].clone();
        if cursor.is_null() {
            return all;
        }
        between().await;
    }
}

fn names(users: &[Value]) -> Vec<String> {
    users.iter().map(|user| text(&user["username"])).collect()
}

fn csv(app: &App, path: &str) -> Call {
    app.operator("GET", path).header("accept", "text/csv")
}

#[tokio::test]
async fn users_are_listed_newest_first_and_found_by_the_beginning_of_name_or_address() {
    let app = App::start(&[]);
    let sign_up =
        |name: String, email: Value| app.post("/api/v1/users").json(json!({"username": name, "email": email}));
    for number in 1..=25 {
        sign_up(format!("user {number:02}"), Value::Null).await.success(201);
    }
    sign_up("Kim".to_owned(), json!("kim@example.com")).await.success(201);
    sign_up("lee".to_owned(), json!("Kimberly@example.com")).await.success(201);
    sign_up("kimono".to_owned(), json!("kimono@example.com")).await.success(201);

    let mut newcomers = 0;
    let all = pages(&app, "/api/v1/admin/users?limit=7", "users", async || {
        newcomers += 1;
        sign_up(format!("newcomer {newcomers}"), Value::Null).await.success(201);
    })
    .await;
    let mut expected = vec!["kimono".to_owned(), "lee".to_owned(), "Kim".to_owned()];
    expected.extend((1..=25).rev().map(|number| format!("user {number:02}")));
    assert_eq!(names(&all), expected, "who came meanwhile moves nothing");
    assert_names(
        &all[0],
        &["userId", "username", "email", "blocked", "balance", "currency", "createdAt", "updatedAt", "deletedAt"],
    );

    for (q, expected) in [
        ("KIM", vec!["kimono", "lee", "Kim"]),
        ("kim@", vec!["Kim"]),
        ("kimberly@EX", vec!["lee"]),
        (
            "user%200",
            vec!["user 09", "user 08", "user 07", "user 06", "user 05", "user 04", "user 03", "user 02", "user 01"],
        ),
        ("im", vec![]),
    ] {
        let found = pages(&app, &format!("/api/v1/admin/users?limit=2&q={q}"), "users", async || {}).await;
        assert_eq!(names(&found), expected, "{q}");
    }
    for (query, field) in
        [("limit=0", "limit"), ("cursor=x", "cursor"), ("name=kim", "name"), ("username=kim&q=k", "q")]
    {
        assert_invalid(&app.operator("GET", &format!("/api/v1/admin/users?{query}")).await, &[field]);
    }
}

#[tokio::test]
async fn many_users_of_one_beginning_are_met_on_the_way() {
    let app = App::start(&[]);
    for number in 0..620 {
        app.user(&format!("crowd {number}")).await;
    }
    app.user("other").await;
    let found = pages(&app, "/api/v1/admin/users?limit=100&q=crowd", "users", async || {}).await;
    assert_eq!(names(&found), (0..620).rev().map(|number| format!("crowd {number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_is_a_whole_csv_for_whoever_prefers_it() {
    let app = App::start(&[]);
    for number in 0..1_100 {
        app.user(&format!("user {number}")).await;
    }
    for name in ["=1+1", "a, \"b\"", "@kim"] {
        app.user(name).await;
    }
    let answer = csv(&app, "/api/v1/admin/users").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/csv; charset=utf-8; header=present")));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"users.csv\""));
    let written = String::from_utf8(answer.bytes.to_vec()).unwrap();
    let lines: Vec<&str> = written.strip_prefix('\u{feff}').expect("a byte order mark").split("\r\n").collect();
    assert_eq!(lines[0], "userId,username,email,blocked,balance,currency,createdAt,updatedAt,deletedAt");
    assert_eq!(lines.len(), 1 + 1_103 + 1, "a line a user, and the end of the last");
    assert_eq!(lines[1].split(',').nth(1), Some("'@kim"));
    assert!(lines[2].contains(",\"a, \"\"b\"\"\","), "{}", lines[2]);
    assert_eq!(lines[3].split(',').nth(1), Some("'=1+1"));
    assert!(lines[1_103].contains(",user 0,"), "{}", lines[1_103]);

    let few = String::from_utf8(csv(&app, "/api/v1/admin/users?q=user%20109").await.bytes.to_vec()).unwrap();
    assert_eq!(few.split("\r\n").count(), 1 + 11 + 1);
    csv(&app, "/api/v1/admin/users?limit=0").await.refused(400, "INVALID_REQUEST");
    let json = app.operator("GET", "/api/v1/admin/users").header("accept", "text/csv;q=0.5, */*").await.success(200);
    assert_eq!(json["users"].as_array().unwrap().len(), 20);
}

/// The id of a payment, its concert, its date and who paid it.
pub(crate) type Sold = (String, &'static str, &'static str, &'static str);

/// Ten payments of kim's and ten of lee's at two concerts, newest first; the ids of both.
pub(crate) async fn sold(app: &App) -> (Vec<Sold>, [String; 2]) {
    let dates = json!([{"date": DATE, "price": 5_000}, {"date": "2030-12-25", "price": 7_000}]);
    for id in ["spring", "autumn"] {
        app.concert(id, json!({"dates": dates, "seatLimit": 100})).await;
    }
    let users = [app.user("kim").await, app.user("lee").await];
    for user in &users {
        app.charge(user, 1_000_000).await;
    }
    let mut payments = Vec::new();
    for number in 0..20_u32 {
        let (at, name) = (number as usize % 2, ["kim", "lee"][number as usize % 2]);
        let concert = ["spring", "autumn"][number as usize / 2 % 2];
        let date = [DATE, "2030-12-25"][number as usize / 4 % 2];
        let guest = app.join(&users[at], concert).await;
        let seats = [2 * number + 1, 2 * number + 2];
        app.reserving(&guest, json!({"date": date, "seats": seats})).await.success(200);
        let paid = app.paying(&guest, json!({"date": date, "seats": seats})).await.success(200);
        payments.insert(0, (text(&paid["paymentId"]), concert, date, name));
    }
    (payments, users)
}

fn ids(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| text(&row[name])).collect()
}

#[tokio::test]
async fn payments_are_found_by_all_that_is_asked_and_newest_first() {
    let app = App::start(&[]);
    let (sold, [kim, _]) = sold(&app).await;
    let refunded = sold[3].0.clone();
    app.refunding(&refunded).await.success(200);
    let middle = app.operator("GET", "/api/v1/admin/payments?limit=1").await.success(200);
    let middle_at = {
        let all = pages(&app, "/api/v1/admin/payments?limit=6", "payments", async || {}).await;
        assert_names(
            &all[0],
            &[
                "paymentId",
                "concertId",
                "date",
                "seats",
                "amount",
                "refunded",
                "paidBy",
                "status",
                "refundReason?",
                "refundedAt?",
                "paidAt",
                "tickets",
                "items",
                "userId",
                "username",
                "guest",
            ],
        );
        assert_eq!(middle["payments"][0], all[0]);
        text(&all[9]["paidAt"])
    };
    let expect = |is: &dyn Fn(&Sold) -> bool| -> Vec<String> {
        sold.iter().filter(|payment| is(payment)).map(|payment| payment.0.clone()).collect()
    };
    let begins: String = sold[7].0.chars().take(30).collect();
    for (query, expected) in [
        (String::new(), expect(&|_| true)),
        ("concertId=spring".to_owned(), expect(&|sold| sold.1 == "spring")),
        (format!("concertId=autumn&date={DATE}"), expect(&|sold| (sold.1, sold.2) == ("autumn", DATE))),
        ("date=2030-12-25".to_owned(), expect(&|sold| sold.2 == "2030-12-25")),
        (format!("userId={kim}"), expect(&|sold| sold.3 == "kim")),
        (format!("userId={kim}&concertId=spring"), expect(&|sold| (sold.1, sold.3) == ("spring", "kim"))),
        ("status=refunded".to_owned(), vec![refunded.clone()]),
        ("status=paid&q=LE".to_owned(), expect(&|sold| sold.3 == "lee" && sold.0 != refunded)),
        ("q=nobody".to_owned(), vec![]),
        (format!("from={middle_at}"), sold[..10].iter().map(|payment| payment.0.clone()).collect()),
        (format!("to={middle_at}"), sold[10..].iter().map(|payment| payment.0.clone()).collect()),
        (format!("q={begins}"), expect(&|sold| sold.0.starts_with(&begins))),
        (format!("q={}", sold[7].0.to_uppercase()), vec![sold[7].0.clone()]),
        (format!("concertId={}&date={}&q={}", sold[7].1, sold[7].2, sold[7].0), vec![sold[7].0.clone()]),
        (format!("from={middle_at}&q={}", sold[15].0), vec![]),
    ] {
        let found = pages(&app, &format!("/api/v1/admin/payments?limit=3&{query}"), "payments", async || {}).await;
        assert_eq!(ids(&found, "paymentId"), expected, "{query}");
    }
    app.operator("GET", "/api/v1/admin/payments?concertId=none").await.refused(404, "CONCERT_NOT_FOUND");
    let nobody = "11111111-2222-4333-8444-555555555555";
    app.operator("GET", &format!("/api/v1/admin/payments?userId={nobody}")).await.refused(404, "USER_NOT_FOUND");
    for (query, field) in [("status=sold", "status"), ("from=today", "from"), ("date=x", "date"), ("user=kim", "user")]
    {
        assert_invalid(&app.operator("GET", &format!("/api/v1/admin/payments?{query}")).await, &[field]);
    }

    let written = String::from_utf8(csv(&app, "/api/v1/admin/payments?concertId=spring").await.bytes.to_vec()).unwrap();
    let lines: Vec<&str> = written.split("\r\n").collect();
    assert_eq!(lines.len(), 1 + 10 + 1);
    let of_spring = expect(&|sold| sold.1 == "spring");
    assert!(lines[1].starts_with(&of_spring[0]) && lines[10].starts_with(&of_spring[9]), "{written}");
}

#[tokio::test]
async fn tickets_are_listed_through_their_payments() {
    let app = App::start(&[]);
    let (sold, [kim, _]) = sold(&app).await;
    app.refunding(&sold[0].0).await.success(200);
    let all = pages(&app, "/api/v1/admin/tickets?limit=7", "tickets", async || {}).await;
    let seats: Vec<u64> = all.iter().map(|ticket| ticket["seat"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (0..20).rev().flat_map(|number| [2 * number + 1, 2 * number + 2]).collect();
    assert_eq!(seats, expected);
    assert_eq!((&all[0]["status"], &all[2]["status"]), (&json!("void"), &json!("valid")));
    assert_eq!(
        ids(&all, "paymentId")[..4],
        [sold[0].0.clone(), sold[0].0.clone(), sold[1].0.clone(), sold[1].0.clone()]
    );
    for (query, count) in [
        ("status=void".to_owned(), 2),
        ("status=valid&concertId=spring".to_owned(), 20),
        (format!("userId={kim}"), 20),
        (format!("date={DATE}"), 24),
        ("status=used".to_owned(), 0),
    ] {
        let found = pages(&app, &format!("/api/v1/admin/tickets?limit=3&{query}"), "tickets", async || {}).await;
        assert_eq!(found.len(), count, "{query}");
    }
    let written = String::from_utf8(csv(&app, "/api/v1/admin/tickets").await.bytes.to_vec()).unwrap();
    assert_eq!(written.split("\r\n").count(), 1 + 40 + 1);
}

#[tokio::test]
async fn one_seat_tells_who_has_it() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    let kim = app.guest("kim", "spring").await;
    app.charge(&kim.user, 10_000).await;
    let held = app.reserving(&kim, json!({"seats": [1, 2]})).await.success(200);
    let seat = |number: u32| format!("/api/v1/admin/concerts/spring/dates/{DATE}/seats/{number}");
    let look = async |number: u32| app.operator("GET", &seat(number)).await.success(200);
    let second = look(2).await;
    assert_eq!((&second["status"], &second["username"]), (&json!("held"), &json!("kim")));
    assert_eq!((&second["expiresAt"], &second["amount"]), (&held["expiresAt"], &json!(5_000)));
    let paid = app.paying(&kim, json!({"seat": 1})).await.success(200);
    let first = look(1).await;
    assert_eq!((&first["status"], &first["userId"]), (&json!("sold"), &json!(kim.user)));
    assert_eq!((&first["paymentId"], &first["since"]), (&paid["paymentId"], &paid["paidAt"]));
    assert_eq!(first["ticketId"], paid["tickets"][0]["ticketId"]);
    assert_eq!((&first["section"], &first["row"], &first["label"]), (&json!("A"), &json!(1), &json!("1-1")));
    let free = look(2).await;
    assert_eq!((&free["status"], &free["userId"]), (&json!("free"), &Value::Null));
    app.operator("GET", &seat(51)).await.refused(404, "SEAT_NOT_FOUND");
    app.operator("GET", &seat(0)).await.refused(404, "SEAT_NOT_FOUND");
    let other = seat(1).replace(DATE, "2031-01-01");
    app.operator("GET", &other).await.refused(404, "DATE_NOT_FOUND");
    assert_invalid(&app.operator("GET", &seat(1).replace("/seats/1", "/seats/x")).await, &["seat"]);
}

#[tokio::test]
async fn what_a_guest_bought_is_found_by_the_beginning_of_the_name() {
    let app = App::start(&[]);
    app.concert("spring", json!({})).await;
    for (seat, guest) in [(1, "Ms Han"), (2, "Mr Han")] {
        let sale = json!({"concertId": "spring", "date": DATE, "seats": [seat], "guest": guest, "paidBy": "cash"});
        app.operator("POST", "/api/v1/admin/sales").json(sale).await.success(201);
    }
    for (q, expected) in [("ms%20h", vec!["Ms Han"]), ("M", vec!["Mr Han", "Ms Han"]), ("han", vec![])] {
        for list in ["payments", "tickets"] {
            let found = pages(&app, &format!("/api/v1/admin/{list}?q={q}"), list, async || {}).await;
            assert_eq!(ids(&found, "guest"), expected, "{list} {q}");
        }
    }
}
