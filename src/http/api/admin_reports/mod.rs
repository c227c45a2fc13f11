//! Reports for the operator: what the till holds.

mod body;

use axum::extract::State;
use axum::response::Response;

use crate::domain::{Minute, WallTime};
use crate::http::access;
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::response::ok;
use crate::http::values::{Instant, read_text};
use body::TillBody;

/// Report the till
///
/// What operators took and gave, by concert, means of payment and operator: sales over the counter, refunds (of dates
/// that were called off, too), charges of wallets and withdrawals. Counted by whole minutes of the wall clock, from that
/// of `from` on and before that of `to`; without them from the beginning and until now.
#[utoipa::path(
    get, path = "/api/v1/admin/reports/till", operation_id = "reportTill", tag = "operator",
    params(
        ("from" = Option<Instant>, Query, example = "2030-12-01T00:00:00Z"),
        ("to" = Option<Instant>, Query, example = "2030-12-02T00:00:00Z")
    ),
    security(("operatorKey" = [])),
    responses((status = 200, description = "The report.", body = TillBody, example = json!({
        "currency": "KRW",
        "lines": [{"concertId": "demo", "means": "cash", "operator": "owner", "sales": {"count": 3, "amount": 15000},
                   "refunds": {"count": 1, "amount": 5000}, "charges": {"count": 0, "amount": 0},
                   "withdrawals": {"count": 0, "amount": 0}, "balance": 10000}],
        "totals": [{"means": "cash", "sales": {"count": 3, "amount": 15000}, "refunds": {"count": 1, "amount": 5000},
                    "charges": {"count": 0, "amount": 0}, "withdrawals": {"count": 0, "amount": 0}, "balance": 10000}]
    }))),
    extensions(("x-refusals" = json!([Reason::TokenInvalid, Reason::NotAllowed, Reason::InvalidRequest])))
)]
pub(crate) async fn report_till(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    access::operator(&app, &request)?;
    request.query_only(&["from", "to"])?;
    let instant = |name: &str| -> Result<Option<WallTime>, Problem> {
        let text = request.query(name)?;
        text.map(|text| read_text::<Instant>(name, &text).map(|Instant(at)| at)).transpose()
    };
    let from = instant("from")?.map_or(Minute::of(WallTime(0)), Minute::of);
    let to = instant("to")?.map_or(Minute::MAX, Minute::of);
    if to < from {
        return Err(Problem::invalid("to", "not before `from`"));
    }
    let lines = app.node.till(from, to).await?;
    Ok(ok(&TillBody::of(&lines, app.node.currency())))
}
