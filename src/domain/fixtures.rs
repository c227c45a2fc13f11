//! What tests of all rooms build upon.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::words::{
    ConcertId, ConcertRow, Definition, QueuePolicy, SaleStatus, StockDisplay, Transfers, WallTime,
};

/// A concert on sale without dates, which leaves everything else to the settings.
pub(crate) fn definition() -> Definition {
    Definition {
        title: "A concert".to_owned(),
        description: None,
        venue: None,
        time_zone: "UTC".to_owned(),
        on_sale_at: None,
        closes_at: None,
        status: SaleStatus::OnSale,
        seat_limit: None,
        transfers: Transfers::Forbidden,
        stock_display: StockDisplay::Shown,
        translations: BTreeMap::new(),
        performances: Vec::new(),
        queue: QueuePolicy::default(),
    }
}

/// The row of a concert as it was created.
pub(crate) fn concert_row(id: &str, definition: Definition) -> ConcertRow {
    let id = ConcertId::parse(id).expect("small letters, digits and dashes");
    let (created_at, updated_at) = (WallTime(0), WallTime(0));
    let definition = Arc::new(definition);
    ConcertRow { id, definition, revision: 1, closed_at: None, resumed_at: None, created_at, updated_at }
}
