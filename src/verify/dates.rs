//! A date that is called off has its progress, and nothing of it is held or sold once that is finished.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Findings;
use crate::domain::{CalendarDate, CallingOff, ConcertNo, RowFault, tables};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let name = |concert: ConcertNo, date: CalendarDate| format!("concert {} date {date}", concert.0);
    let mut called_off: BTreeMap<(ConcertNo, CalendarDate), CallingOff> = BTreeMap::new();
    for row in at_rest.all::<tables::CallingsOff>()? {
        let (key, progress) = row?;
        called_off.insert(key, progress);
    }
    let mut missing: BTreeSet<(ConcertNo, CalendarDate)> = called_off.keys().copied().collect();
    for row in at_rest.all::<tables::Concerts>()? {
        let (concert, row) = row?;
        for performance in row.definition.performances.iter().filter(|it| it.called_off.is_some()) {
            if !missing.remove(&(concert, performance.date)) {
                findings.note("concerts", name(concert, performance.date), "it is called off without any progress");
            }
        }
    }
    for (concert, date) in missing {
        findings.note("callings_off", name(concert, date), "the concert has no such date that is called off");
    }
    for row in at_rest.all::<tables::Seats>()? {
        let ((concert, key), _) = row?;
        let is_over = called_off.get(&(concert, key.date)).is_some_and(|progress| progress.finished_at.is_some());
        if is_over {
            findings.note("callings_off", name(concert, key.date), format!("seat {} is not free", key.seat));
        }
    }
    Ok(())
}
