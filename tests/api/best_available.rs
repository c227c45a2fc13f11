//! `bestAvailable`: adjacent seats of one row, the frontmost row that fits, the block that leaves the fewest single
//! free seats, the leftmost of these.

use serde_json::{Value, json};

use crate::harness::app::{App, DATE, Guest};
use crate::harness::client::Call;

/// A row of free (`.`) and taken (`x`) seats, the number asked for, and what must be given.
const ROWS: [(&str, usize, &[u64]); 18] = [
    ("..........", 1, &[1]),
    ("..........", 2, &[1, 2]),
    (".....", 4, &[1, 2, 3, 4]),
    ("...", 2, &[1, 2]),
    ("x....", 2, &[2, 3]),
    ("x...", 2, &[2, 3]),
    // Seat 1 alone leaves a pair behind, seats 3 or 5 would leave single seats.
    (".x...", 1, &[1]),
    // Three in a row leave one single seat whatever is taken of them; the four at the end leave a pair.
    ("...x....", 2, &[5, 6]),
    ("...x...", 2, &[1, 2]),
    // A gap that fits exactly is better than one that leaves a single seat further left.
    ("...x..x...", 2, &[5, 6]),
    ("...x..", 2, &[5, 6]),
    (".x..x...", 1, &[1]),
    ("..x...", 1, &[4]),
    ("....", 1, &[1]),
    ("...", 1, &[1]),
    ("....x...", 3, &[6, 7, 8]),
    // A seat that stands alone already is the best for one: then none is left alone.
    ("x...x.x", 1, &[6]),
    // Whichever pair is taken, two seats stay alone: the leftmost.
    ("...x.", 2, &[1, 2]),
];

#[tokio::test]
async fn the_block_leaves_the_fewest_single_seats() {
    let app = App::start(&["sale.seat_limit=100"]);
    for (number, (row, count, expected)) in ROWS.into_iter().enumerate() {
        let concert = format!("concert-{number}");
        let sections = json!([{"name": "A", "rows": 1, "seatsPerRow": row.len(), "price": 10}]);
        app.concert(&concert, json!({"dates": [{"date": DATE, "sections": sections}]})).await;
        let other = app.guest(&format!("other-{number}"), &concert).await;
        let taken: Vec<_> =
            (1..).zip(row.chars()).filter(|&(_, place)| place == 'x').map(|(seat, _)| seat).collect::<Vec<u64>>();
        if !taken.is_empty() {
            app.reserving(&other, json!({ "seats": taken })).await.success(200);
        }
        let kim = app.guest(&format!("kim-{number}"), &concert).await;
        let body = best(&app, &kim, json!({ "count": count })).await.success(200);
        assert_eq!(body["seats"], json!(expected), "{count} of {row}");
        assert_eq!(body["seatNumber"], expected[0]);
        assert_eq!(body["amount"], 10 * count);
    }
}

#[tokio::test]
async fn the_frontmost_row_that_fits_is_taken() {
    let app = App::start(&["sale.seat_limit=100"]);
    // Seats 1 to 3 are row 1 of A, 4 to 6 row 2 of A, 7 to 10 row 1 of B, 11 to 14 row 2 of B.
    let sections = json!([
        {"name": "A", "rows": 2, "seatsPerRow": 3, "price": 7000},
        {"name": "B", "rows": 2, "seatsPerRow": 4, "price": 5000},
    ]);
    app.concert("spring", json!({"dates": [{"date": DATE, "sections": sections}]})).await;
    let kim = app.guest("kim", "spring").await;
    for (wish, expected, amount) in [
        (json!({"count": 3}), json!([1, 2, 3]), 21_000),
        // Row 1 of B is nearer to the front than row 2 of A.
        (json!({"count": 3}), json!([7, 8, 9]), 15_000),
        (json!({"count": 1, "section": "A"}), json!([4]), 7_000),
        // What one holds oneself is not free.
        (json!({"count": 2}), json!([5, 6]), 14_000),
        (json!({"count": 4, "section": "B"}), json!([11, 12, 13, 14]), 20_000),
        (json!({"count": 1, "section": null}), json!([10]), 5_000),
    ] {
        let body = best(&app, &kim, wish.clone()).await.success(200);
        assert_eq!((&body["seats"], &body["amount"]), (&expected, &json!(amount)), "{wish}");
    }
    app.canceling(&kim, json!({"seats": [3, 4, 10, 11]})).await.success(200);
    // Neighbours by number in different rows are not adjacent.
    best(&app, &kim, json!({"count": 2})).await.refused(409, "NO_ADJACENT_SEATS");
    assert_eq!(best(&app, &kim, json!({"count": 1})).await.success(200)["seats"], json!([3]));
}

#[tokio::test]
async fn nothing_is_given_where_no_block_is_left() {
    let app = App::start(&["sale.seat_limit=3"]);
    let sections = json!([{"name": "A", "rows": 3, "seatsPerRow": 2, "price": 10}]);
    app.concert("spring", json!({"dates": [{"date": DATE, "sections": sections}]})).await;
    let kim = app.guest("kim", "spring").await;
    best(&app, &kim, json!({"count": 3})).await.refused(409, "NO_ADJACENT_SEATS");
    // The limit is judged first.
    best(&app, &kim, json!({"count": 4})).await.refused(409, "SEAT_LIMIT");
    best(&app, &kim, json!({"count": 2})).await.success(200);
    best(&app, &kim, json!({"count": 2})).await.refused(409, "SEAT_LIMIT");
}

fn best(app: &App, guest: &Guest, wish: Value) -> Call {
    app.reserving(guest, json!({ "bestAvailable": wish }))
}
