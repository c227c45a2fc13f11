//! The plan of a concert: where the seats of its dates lie and what they are called, written once a revision and shared.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::for_all;
use crate::domain::{Block, ConcertId, Definition, Layout, Rejection, Row};
use crate::http::app::App;
use crate::http::problem::{Problem, Reason};
use crate::http::request::Request;
use crate::http::values::geometry::{NumberingBody, PlanPlaceBody};
use crate::http::values::{self, Date, Price, RowLabel, SeatNumber, SeatsOfDate, SectionName};
use crate::node::layout_tag;

/// Where the seats of every date lie and what they are called.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanBody {
    pub concert_id: values::ConcertId,
    /// Every date, ascending.
    pub dates: Vec<PlanDateBody>,
    /// Each once, however many dates have it.
    pub layouts: Vec<LayoutBody>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanDateBody {
    pub date: Date,
    /// The tag of one of `layouts`, as the states of its seats have it.
    pub layout: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LayoutBody {
    /// It changes with anything that the layout says.
    pub layout: String,
    /// Seats are numbered from 1 to this, through the sections, row by row, from left to right.
    #[schema(value_type = SeatsOfDate)]
    pub seats: u32,
    pub sections: Vec<PlanSectionBody>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanSectionBody {
    #[schema(value_type = SectionName)]
    pub name: String,
    pub price: Price,
    #[schema(value_type = SeatNumber)]
    pub first_seat: u32,
    #[schema(value_type = SeatsOfDate)]
    pub seats: u32,
    pub numbering: NumberingBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub at: Option<PlanPlaceBody>,
    /// From the front.
    pub rows: Vec<PlanRowBody>,
    /// Seats that a wheelchair reaches, ascending.
    #[schema(value_type = Vec<SeatNumber>)]
    pub accessible: Vec<u32>,
    /// Seats from which not all of the stage is seen, ascending.
    #[schema(value_type = Vec<SeatNumber>)]
    pub restricted_view: Vec<u32>,
}

/// A row; a seat is called by the row's label and its number in the row, as in "B-7".
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanRowBody {
    /// From 1 within the section.
    pub row: u32,
    #[schema(value_type = RowLabel)]
    pub label: String,
    #[schema(value_type = SeatNumber)]
    pub first_seat: u32,
    #[schema(value_type = SeatsOfDate)]
    pub seats: u32,
    /// The least number of a seat in the row; `numbering` says where it is.
    pub first_number: u32,
}

/// Read the plan of a concert
///
/// Sections, rows, labels, prices and geometry of every date: what a page draws, beside the states of the seats. It
/// changes only with the concert: with `If-None-Match` an unchanged plan is answered with 304 and no body.
#[utoipa::path(
    get, path = "/api/v1/concerts/{concertId}/plan", operation_id = "readPlan", tag = "concerts",
    params(
        ("concertId" = values::ConcertId, Path, example = "demo"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the plan that the client has.")
    ),
    responses(
        (status = 200, description = "The plan.", body = PlanBody, headers(("ETag" = String)), example = json!({
            "concertId": "demo", "dates": [{"date": "2030-12-24", "layout": "5f0c3a1be2d94876"}],
            "layouts": [{"layout": "5f0c3a1be2d94876", "seats": 26, "sections": [
                {"name": "A", "price": 7000, "firstSeat": 1, "seats": 26, "numbering": "left_to_right",
                 "at": {"x": 0, "y": 2, "angle": -15, "curve": 0.2},
                 "rows": [{"row": 1, "label": "A", "firstSeat": 1, "seats": 12, "firstNumber": 1},
                          {"row": 2, "label": "B", "firstSeat": 13, "seats": 14, "firstNumber": 1}],
                 "accessible": [1], "restrictedView": []}
            ]}]
        })),
        (status = 304, description = "The client's plan is still right.")
    ),
    extensions(("x-refusals" = json!([Reason::InvalidRequest, Reason::ConcertNotFound])))
)]
pub(crate) async fn read_plan(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let values::ConcertId(id) = request.part("concertId")?;
    let (concert, revision) = app.node.public_revision(&id).ok_or(Rejection::ConcertNotFound)?;
    let plan = match app.plans.kept(concert, revision) {
        Some(plan) => plan,
        None => {
            let found = app.node.public_concert(&id).ok_or(Rejection::ConcertNotFound)?;
            let body = PlanBody::of(&id, &found.definition);
            let text = serde_json::to_vec(&Success { result: "success", body }).expect("texts and numbers make JSON");
            app.plans.keep(concert, revision, text)
        }
    };
    Ok(for_all(plan.answer(&request.headers).await))
}

#[derive(Serialize)]
struct Success {
    result: &'static str,
    body: PlanBody,
}

impl PlanBody {
    fn of(id: &ConcertId, definition: &Definition) -> Self {
        let mut layouts = BTreeMap::new();
        let dates = definition.by_day().into_iter().map(|performance| {
            let tag = layout_tag(&performance.layout);
            layouts.entry(Arc::clone(&tag)).or_insert(&performance.layout);
            PlanDateBody { date: Date(performance.held_on()), layout: tag.to_string() }
        });
        let dates = dates.collect();
        let layouts = layouts.into_iter().map(|(tag, layout)| LayoutBody::of(&tag, layout)).collect();
        Self { concert_id: values::ConcertId(id.clone()), dates, layouts }
    }
}

impl LayoutBody {
    fn of(tag: &str, layout: &Layout) -> Self {
        let sections = layout.blocks().map(PlanSectionBody::of).collect();
        Self { layout: tag.to_owned(), seats: layout.seats(), sections }
    }
}

impl PlanSectionBody {
    fn of(block: Block<'_>) -> Self {
        Self {
            name: block.name.to_owned(),
            price: Price(block.price),
            first_seat: block.first,
            seats: block.seats,
            numbering: block.section.map_or_else(Default::default, |section| section.numbering).into(),
            at: block.section.and_then(|section| section.at).map(PlanPlaceBody::from),
            rows: block.rows().map(|row| PlanRowBody::of(&row)).collect(),
            accessible: block.accessible().to_vec(),
            restricted_view: block.restricted_view().to_vec(),
        }
    }
}

impl PlanRowBody {
    fn of(row: &Row<'_>) -> Self {
        Self {
            row: row.number,
            label: row.label().into_owned(),
            first_seat: row.seats.start,
            seats: row.seats.end - row.seats.start,
            first_number: row.first_number,
        }
    }
}
