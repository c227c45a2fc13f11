//! An archived sale is over, and its counts are those of its seats.

use std::collections::BTreeMap;

use super::report::Findings;
use crate::domain::{Archive, ArchivedDate, CalendarDate, ConcertNo, RowFault, SaleStatus, SeatRow, tables};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let mut archives: BTreeMap<ConcertNo, Archive> = BTreeMap::new();
    for row in at_rest.all::<tables::Archives>()? {
        let (concert, archive) = row?;
        archives.insert(concert, archive);
    }
    let mut note = |concert: ConcertNo, what: String| findings.note("archives", format!("concert {}", concert.0), what);
    for concert in archives.keys() {
        let row = at_rest.get::<tables::Concerts>(concert)?;
        if row.is_none_or(|row| row.definition.status != SaleStatus::Closed) {
            note(*concert, "the concert is not closed".to_owned());
        }
    }
    for row in at_rest.all::<tables::Places>()? {
        let ((concert, sequence), _) = row?;
        if archives.contains_key(&concert) {
            note(concert, format!("place {} lives", sequence.0));
        }
    }
    let mut sold: BTreeMap<(ConcertNo, CalendarDate), ArchivedDate> = BTreeMap::new();
    for row in at_rest.all::<tables::Seats>()? {
        let ((concert, key), row) = row?;
        if !archives.contains_key(&concert) {
            continue;
        }
        match row {
            SeatRow::Held { .. } => note(concert, format!("seat {} of {} is held", key.seat, key.date)),
            SeatRow::Sold { amount, .. } => {
                let date = sold.entry((concert, key.date)).or_insert(ArchivedDate::none(key.date));
                date.sold += 1;
                date.revenue += u64::from(amount);
            }
        }
    }
    for row in at_rest.all::<tables::Blocked>()? {
        let ((concert, key), _) = row?;
        if archives.contains_key(&concert) {
            sold.entry((concert, key.date)).or_insert(ArchivedDate::none(key.date)).blocked += 1;
        }
    }
    for (concert, archive) in &archives {
        let dates = sold.range((*concert, CalendarDate::FIRST)..).take_while(|((of, _), _)| of == concert);
        let counted: Vec<ArchivedDate> = dates.map(|(_, date)| *date).collect();
        if counted != archive.dates {
            let (counted, told) = (in_words(&counted), in_words(&archive.dates));
            note(*concert, format!("its seats count {counted}, but it says {told}"));
        }
    }
    Ok(())
}

fn in_words(dates: &[ArchivedDate]) -> String {
    let words = dates.iter().map(|date| {
        let ArchivedDate { date, sold, blocked, revenue } = date;
        let blocked = if *blocked == 0 { String::new() } else { format!(" and {blocked} blocked") };
        format!("{sold} sold{blocked} of {date} for {revenue}")
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "nothing sold".to_owned() } else { words.join(", ") }
}
