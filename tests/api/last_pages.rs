//! The operator's long lists: the last page is known as the last, however many rows it has.

use crate::harness::app::{App, DATE};
use crate::lists::sold;

#[tokio::test]
async fn a_last_page_that_is_just_full_is_the_last() {
    let app = App::start(&[]);
    let (_, users) = sold(&app).await;
    let [kim, _] = &users;
    // Twenty payments of two tickets each; kim has ten of them.
    for (list, query, count) in [
        ("payments", "".to_owned(), 20),
        ("payments", "&concertId=spring".to_owned(), 10),
        ("payments", format!("&concertId=spring&date={DATE}"), 6),
        ("payments", format!("&userId={kim}"), 10),
        ("tickets", "".to_owned(), 40),
        ("tickets", "&concertId=spring".to_owned(), 20),
        ("tickets", "&status=valid".to_owned(), 40),
        ("tickets", format!("&userId={kim}&status=valid"), 20),
        ("users", "".to_owned(), 2),
        ("users", "&q=k".to_owned(), 1),
    ] {
        let page = async |limit: usize| {
            let page = app.operator("GET", &format!("/api/v1/admin/{list}?limit={limit}{query}")).await.success(200);
            (page[list].as_array().unwrap().len(), page["nextCursor"].is_string())
        };
        assert_eq!(page(count).await, (count, false), "{list} {query}");
        if count > 1 {
            assert_eq!(page(count - 1).await, (count - 1, true), "{list} {query}");
        }
    }
}
