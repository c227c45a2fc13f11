//! Concerts: create, change, open and close, queue policy.

use super::{Effects, sale};
use crate::domain::displaced::{displaced, in_use_anywhere};
use crate::domain::{
    ConcertId, ConcertNo, ConcertRow, Definition, EventData, QueuePolicy, Rejection, Reply, Rows, SaleStatus, SeatKey,
    State, Stop, Timestamp, tables,
};

pub fn judge_create(state: &State, id: &ConcertId) -> Result<(), Stop> {
    match state.concert_no(id) {
        Some(_) => Err(Rejection::ConcertExists.into()),
        None => Ok(()),
    }
}

pub fn create(
    state: &mut State,
    id: &ConcertId,
    definition: &Definition,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    judge_create(state, id)?;
    let concert = ConcertNo(state.sales.last_key_value().map_or(0, |(last, _)| last.0) + 1);
    let (id, definition, now) = (id.clone(), definition.clone(), effects.wall());
    let row = ConcertRow { id, definition, revision: 1, closed_at: None, created_at: now, updated_at: now };
    effects.put::<tables::Concerts>(concert, Box::new(row.clone()));
    effects.event(Some(concert), EventData::ConcertChanged { revision: row.revision });
    state.add_sale(concert, row.clone());
    Ok(Reply::Concert { concert, row: Box::new(row), settings: Box::new(state.settings.clone()) })
}

pub fn judge_revise(
    state: &State,
    rows: &impl Rows,
    concert: ConcertNo,
    revision: u32,
    definition: &Definition,
    now: Timestamp,
) -> Result<(), Stop> {
    let sale = sale(state, concert)?;
    if sale.row.revision != revision {
        return Err(Rejection::Revised.into());
    }
    if definition.performances != sale.row.definition.performances {
        let before = &sale.row.definition;
        refuse_in_use(sale.with_seats(rows, |seats| displaced(seats, before, definition, now))?)?;
    }
    let reopens = definition.status == SaleStatus::OnSale && sale.row.definition.status == SaleStatus::Closed;
    if reopens && sale.is_closing_out() {
        let what = "the places that the closing ends are not all ended yet".to_owned();
        return Err(Rejection::ConcertInUse { what }.into());
    }
    if definition.status == SaleStatus::Draft && sale.is_public() {
        if sale.queue().live() > 0 {
            let what = format!("{} live queue places", sale.queue().live());
            return Err(Rejection::ConcertInUse { what }.into());
        }
        refuse_in_use(sale.with_seats(rows, |seats| in_use_anywhere(seats, now))?)?;
    }
    Ok(())
}

fn refuse_in_use(seats: Vec<SeatKey>) -> Result<(), Rejection> {
    if seats.is_empty() { Ok(()) } else { Err(Rejection::SeatsInUse { seats }) }
}

pub fn revise(
    state: &mut State,
    rows: &impl Rows,
    concert: ConcertNo,
    revision: u32,
    definition: &Definition,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    judge_revise(state, rows, concert, revision, definition, effects.now)?;
    if sale(state, concert)?.has_endings_due(effects.now) {
        // What is still to end may lie on a date that goes. The next steps come to it: the caller tries again.
        return Err(Rejection::Revised.into());
    }
    let sale = state.sales.get_mut(&concert).expect("judged: the concert exists");
    let is_laid_out_anew = definition.performances != sale.row.definition.performances;
    if is_laid_out_anew || definition.status != SaleStatus::Closed {
        sale.bring_back(rows, effects)?;
    }
    sale.row.definition = definition.clone();
    sale.row.closed_at = None;
    if is_laid_out_anew {
        sale.seats.whole_mut().lay_out(definition);
    }
    sale.write_row(effects);
    sale.set_opening_deadlines();
    if definition.status == SaleStatus::Closed {
        sale.begin_close_out(effects.now);
    }
    Ok(Reply::Concert { concert, row: Box::new(sale.row.clone()), settings: Box::new(state.settings.clone()) })
}

pub fn judge_policy(state: &State, concert: ConcertNo, revision: Option<u32>) -> Result<(), Stop> {
    let standing = sale(state, concert)?.row.revision;
    if revision.is_some_and(|revision| revision != standing) { Err(Rejection::Revised.into()) } else { Ok(()) }
}

pub fn set_policy(
    state: &mut State,
    concert: ConcertNo,
    revision: Option<u32>,
    policy: &QueuePolicy,
    effects: &mut Effects<'_>,
) -> Result<Reply, Stop> {
    judge_policy(state, concert, revision)?;
    let sale = state.sales.get_mut(&concert).expect("judged: the concert exists");
    sale.row.definition.queue = policy.clone();
    sale.write_row(effects);
    Ok(Reply::Concert { concert, row: Box::new(sale.row.clone()), settings: Box::new(state.settings.clone()) })
}
