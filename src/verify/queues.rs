//! Queue places: numbered without gaps, one live a user, admitted as they stand in line and within the policy.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Findings;
use crate::domain::{
    ConcertNo, Counters, EndedPlace, Limit, PlaceRow, QueuePolicy, RowFault, Sequence, Timestamp, tables,
};
use crate::storage::RowsAtRest;

pub(super) fn check(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    check_concerts(at_rest, findings)?;
    for (concert, places) in places(at_rest, findings)? {
        check_places(at_rest, concert, &places, findings)?;
    }
    Ok(())
}

/// A queue place, live or over.
struct Place {
    row: PlaceRow,
    ended_at: Option<Timestamp>,
}

type Places = BTreeMap<Sequence, Place>;

fn check_concerts(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<(), RowFault> {
    let (mut ids, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for row in at_rest.all::<tables::Concerts>()? {
        let (concert, row) = row?;
        numbers.insert(concert);
        if !ids.insert(row.id.clone()) {
            findings.note("concerts", concert.0, format!("the id {} is that of another", row.id));
        }
    }
    for row in at_rest.all::<tables::DeletedConcerts>()? {
        let (concert, _) = row?;
        if !numbers.insert(concert) {
            findings.note("deleted_concerts", concert.0, "the concert is there");
        }
    }
    let last = at_rest.totals()?.last_concert;
    if !numbers.iter().copied().eq((1..=last).map(ConcertNo)) {
        let known: Vec<u32> = numbers.iter().map(|number| number.0).collect();
        let what =
            format!("the concerts that are there and those that were deleted are {known:?}, but the newest is {last}");
        findings.note("totals", "last_concert", what);
    }
    for row in at_rest.all::<tables::Counters>()? {
        let (concert, _) = row?;
        if at_rest.get::<tables::Concerts>(&concert)?.is_none() {
            findings.note("counters", concert.0, "the concert does not exist");
        }
    }
    Ok(())
}

/// All places by concert; those of a concert without any are empty, so that its counters are checked too.
fn places(at_rest: &RowsAtRest, findings: &mut Findings) -> Result<BTreeMap<ConcertNo, Places>, RowFault> {
    let mut all: BTreeMap<ConcertNo, Places> = BTreeMap::new();
    for row in at_rest.all::<tables::Counters>()? {
        all.entry(row?.0).or_default();
    }
    for row in at_rest.all::<tables::EndedPlaces>()? {
        let ((concert, sequence), EndedPlace { place, ended_at, .. }) = row?;
        let place = Place { row: place, ended_at: Some(ended_at) };
        all.entry(concert).or_default().insert(sequence, place);
    }
    for row in at_rest.all::<tables::Places>()? {
        let ((concert, sequence), row) = row?;
        let before = all.entry(concert).or_default().insert(sequence, Place { row, ended_at: None });
        if before.is_some() {
            findings.note("places", name(concert, sequence), "it is live and over at once");
        }
    }
    Ok(all)
}

fn name(concert: ConcertNo, sequence: Sequence) -> String {
    format!("concert {} place {}", concert.0, sequence.0)
}

fn check_places(
    at_rest: &RowsAtRest,
    concert: ConcertNo,
    places: &Places,
    findings: &mut Findings,
) -> Result<(), RowFault> {
    let counters = at_rest.get::<tables::Counters>(&concert)?.unwrap_or_default();
    check_order(concert, places, counters, findings);
    check_window(at_rest, concert, places, findings)?;
    let Some(row) = at_rest.get::<tables::Concerts>(&concert)? else {
        findings.note("places", format!("concert {}", concert.0), "the concert does not exist");
        return Ok(());
    };
    // What held at the time of each admission is only known while nobody has changed it.
    if row.revision == 1 {
        for what in beyond_policy(&row.definition.queue, places) {
            findings.note("places", format!("concert {}", concert.0), what);
        }
    }
    Ok(())
}

/// Numbers without gaps, times in order, one live place a user, and the line.
fn check_order(concert: ConcertNo, places: &Places, counters: Counters, findings: &mut Findings) {
    let mut users = BTreeSet::new();
    let mut issued_before = Timestamp(i64::MIN);
    for ((sequence, Place { row, ended_at }), due) in places.iter().zip(1_u64..) {
        let mut note = |what: String| findings.note("places", name(concert, *sequence), what);
        if sequence.0 != due {
            note(format!("place {due} is due here"));
        }
        if row.issued_at < issued_before {
            note("it was issued before the one in front of it".to_owned());
        }
        issued_before = row.issued_at;
        if ended_at.is_none() && !users.insert(row.user) {
            note("its user has another live place".to_owned());
        }
    }
    let admitted = check_line(concert, places, findings);
    let last = places.last_key_value().map_or(0, |(sequence, _)| sequence.0);
    if (last, admitted) != (counters.last_sequence, counters.admitted) {
        let what = format!(
            "the last place is {last} and {admitted} were admitted, but they say {} and {}",
            counters.last_sequence, counters.admitted
        );
        findings.note("counters", format!("concert {}", concert.0), what);
    }
}

/// In line one behind the other, and nobody admitted before who stood in front; how many were admitted.
fn check_line(concert: ConcertNo, places: &Places, findings: &mut Findings) -> u64 {
    let last = places.last_key_value().map_or(0, |(sequence, _)| sequence.0);
    let mut line: Vec<(&Sequence, &Place)> = places.iter().collect();
    line.sort_by_key(|(_, place)| place.row.order);
    let (mut admitted, mut waiting_before, mut order_before) = (0, None, None);
    let mut activated_before = Timestamp(i64::MIN);
    for (sequence, Place { row, ended_at }) in line {
        let mut note = |what: String| findings.note("places", name(concert, *sequence), what);
        if order_before.replace(row.order) == Some(row.order) {
            note(format!("another place is number {} in line, too", row.order.0));
        }
        if !(1..=last).contains(&row.order.0) {
            note(format!("it is number {} in line, of {last} that ever were", row.order.0));
        }
        match row.active {
            Some((activated_at, active_until)) => {
                admitted += 1;
                if let Some(first) = waiting_before {
                    note(format!("it was admitted while place {first} still waits"));
                }
                if activated_at < activated_before.max(row.issued_at) || active_until < activated_at {
                    note("its times are out of order".to_owned());
                }
                activated_before = activated_at;
            }
            None if ended_at.is_none() => waiting_before = waiting_before.or(Some(sequence.0)),
            None => {}
        }
    }
    admitted
}

/// The admissions of the sliding window are those of the places; older ones are kept a second a row.
fn check_window(
    at_rest: &RowsAtRest,
    concert: ConcertNo,
    places: &Places,
    findings: &mut Findings,
) -> Result<(), RowFault> {
    const COARSE_MS: i64 = 1_000;
    let mut first = None;
    let mut counted = 0;
    for row in at_rest.all::<tables::Admissions>()? {
        let ((of, at), count) = row?;
        if of == concert {
            first = first.or(Some(at));
            counted += u64::from(count);
        }
    }
    let Some(first) = first else { return Ok(()) };
    let since = |from: i64| {
        let activated = places.values().filter_map(|place| place.row.active);
        activated.filter(|(activated_at, _)| activated_at.0 >= from).count() as u64
    };
    let (least, most) = (since(first.0), since(first.0 - COARSE_MS + 1));
    if !(least..=most).contains(&counted) {
        let what = format!("they count {counted} admissions, but {least} to {most} places were admitted in their time");
        findings.note("admissions", format!("concert {}", concert.0), what);
    }
    Ok(())
}

/// Admissions that a policy which never changed did not allow.
fn beyond_policy(policy: &QueuePolicy, places: &Places) -> Vec<String> {
    let mut beyond = Vec::new();
    let mut activated: Vec<Timestamp> =
        places.values().filter_map(|place| place.row.active.map(|(activated_at, _)| activated_at)).collect();
    activated.sort_unstable();
    if let (Limit::Set(count), Limit::Set(interval)) = (policy.admit_count, policy.admit_interval) {
        let (count, interval_ms) = (count as usize, i64::from(interval) * 1_000);
        let over = activated.windows(count + 1).find(|window| window[count].0 - window[0].0 < interval_ms);
        beyond
            .extend(over.map(|window| format!("more than {count} admissions within {interval} s at {}", window[0].0)));
    }
    if let Limit::Set(most) = policy.max_active {
        let ended = places.values().filter(|place| place.row.active.is_some()).filter_map(|place| place.ended_at);
        let mut steps: Vec<(Timestamp, i64)> = ended.map(|at| (at, -1)).collect();
        steps.extend(activated.iter().map(|at| (*at, 1)));
        steps.sort_unstable();
        let mut active = 0;
        for (at, step) in steps {
            active += step;
            if active > i64::from(most) && step > 0 {
                beyond.push(format!("more than {most} ACTIVE places at {}", at.0));
                break;
            }
        }
    }
    beyond
}
