//! Seats: every one that was acknowledged has its user and no other, and the maps show just these.

use serde::Deserialize;

use super::super::acknowledged::AcknowledgedSeat;
use super::super::client::{Request, Response};
use super::super::client_pool::{ClientPool, read_body};
use super::super::error::Error;
use super::super::fixtures::{Admission, Fixtures};
use super::findings::Findings;

/// Who has a seat, as the server lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    user: usize,
    status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Held,
    Paid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reservations<'a> {
    #[serde(borrow)]
    reservations: Vec<Reservation<'a>>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reservation<'a> {
    date: &'a str,
    seat_number: usize,
    status: &'a str,
}

#[derive(Deserialize)]
struct Map<'a> {
    #[serde(borrow)]
    seats: Vec<MapSeat<'a>>,
}

#[derive(Deserialize)]
struct MapSeat<'a> {
    seat: usize,
    status: &'a str,
}

/// Compares reservations, acknowledgements and maps.
///
/// # Errors
/// The server refuses to tell, or does not answer.
pub(super) async fn check(pool: &ClientPool<'_>, fixtures: &Fixtures, findings: &mut Findings) -> Result<(), Error> {
    let lapses = fixtures.holds_may_have_lapsed();
    let owners = read_reservations(pool, fixtures, findings).await?;
    for (seat, owner) in owners.iter().enumerate() {
        let acknowledged = fixtures.acknowledged.seat(seat);
        let lapsed = lapses && owner.is_none() && matches!(acknowledged, AcknowledgedSeat::Held(_));
        if !lapsed && !agree(acknowledged, *owner) {
            findings.fault(|| {
                format!("{:?} was acknowledged as {acknowledged:?} and is {owner:?}", fixtures.concerts.seat(seat))
            });
        }
    }
    read_maps(pool, fixtures, &owners, findings).await?;
    let count = |status| owners.iter().flatten().filter(|owner| owner.status == status).count();
    let (held, paid, seats) = (count(Status::Held), count(Status::Paid), owners.len());
    findings.checked(format!(
        "{seats} seats, {held} held and {paid} sold: that reservations and maps show for each the one user who was told so"
    ));
    if lapses {
        findings.checked("holds of this server are shorter than the run: those that lapsed were left out".to_owned());
    }
    Ok(())
}

/// Whether the owner of a seat is one that the acknowledgements allow.
fn agree(acknowledged: AcknowledgedSeat, owner: Option<Owner>) -> bool {
    let held = |user| owner == Some(Owner { user, status: Status::Held });
    let paid = |user| owner == Some(Owner { user, status: Status::Paid });
    match acknowledged {
        AcknowledgedSeat::Free => owner.is_none(),
        AcknowledgedSeat::MaybeHeld(user) => owner.is_none() || held(user),
        AcknowledgedSeat::Held(user) => held(user),
        AcknowledgedSeat::MaybePaid(user) => owner.is_none() || held(user) || paid(user),
        AcknowledgedSeat::Paid(user) => paid(user),
    }
}

/// The owner of every seat out of the lists of all users who have any, page by page.
async fn read_reservations(
    pool: &ClientPool<'_>,
    fixtures: &Fixtures,
    findings: &mut Findings,
) -> Result<Vec<Option<Owner>>, Error> {
    const WHAT: &str = "read reservations";
    let with_seat = fixtures
        .acknowledged
        .seats()
        .filter_map(|(seat, acknowledged)| Some((fixtures.concerts.seat(seat).concert, acknowledged.user()?)));
    let mut lists: Vec<(usize, usize)> = with_seat.collect();
    lists.sort_unstable();
    lists.dedup();
    let mut owners = vec![None; fixtures.concerts.seats];
    let mut pages: Vec<(usize, usize, Option<String>)> =
        lists.into_iter().map(|(concert, user)| (concert, user, None)).collect();
    while !pages.is_empty() {
        let mut more = Vec::new();
        let build = |page: usize, request: &mut Request| {
            let (concert, user, cursor) = &pages[page];
            let (concert, user) = (&fixtures.concerts.all[*concert].id, &fixtures.users[*user]);
            let path = format_args!("/concerts/{concert}/reservations?userId={user}&limit=100");
            match cursor {
                Some(cursor) => request.get(format_args!("{path}&cursor={cursor}"), None),
                None => request.get(path, None),
            }
        };
        let take = |page: usize, response: Response| {
            let (concert, user, _) = pages[page];
            if response.status == 404 && response.reason() == "NO_RESERVATIONS" {
                return Ok(());
            }
            let Reservations { reservations, next_cursor } = read_body(WHAT, response)?;
            for reservation in reservations {
                take_owner(fixtures, (concert, user), &reservation, &mut owners, findings);
            }
            more.extend(next_cursor.map(|cursor| (concert, user, Some(cursor))));
            Ok(())
        };
        pool.each(WHAT, pages.len(), build, take).await?;
        pages = more;
    }
    Ok(owners)
}

/// Takes in that a user has a seat, if the reservation says so.
fn take_owner(
    fixtures: &Fixtures,
    (concert, user): (usize, usize),
    reservation: &Reservation<'_>,
    owners: &mut [Option<Owner>],
    findings: &mut Findings,
) {
    let Reservation { date, seat_number, status } = *reservation;
    let status = match status {
        "held" => Status::Held,
        "paid" => Status::Paid,
        _over => return,
    };
    let Some(seat) = fixtures.concerts.index_of(concert, date, seat_number) else {
        findings.fault(|| format!("user {user} has a seat that does not exist: {date} {seat_number}"));
        return;
    };
    if let Some(other) = owners[seat].replace(Owner { user, status }) {
        findings.fault(|| format!("{:?} is with user {user} and with {other:?}", fixtures.concerts.seat(seat)));
    }
}

/// Compares the map of every date with the lists of the users.
async fn read_maps(
    pool: &ClientPool<'_>,
    fixtures: &Fixtures,
    owners: &[Option<Owner>],
    findings: &mut Findings,
) -> Result<(), Error> {
    const WHAT: &str = "read seat maps";
    let lapses = fixtures.holds_may_have_lapsed();
    let tokens = auditor_tokens(pool, fixtures).await?;
    let dates: Vec<(usize, &String)> = (fixtures.concerts.all.iter().enumerate())
        .flat_map(|(concert, of)| of.dates.iter().map(move |date| (concert, date)))
        .collect();
    let build = |index: usize, request: &mut Request| {
        let (concert, date) = dates[index];
        request.get(format_args!("/seats?date={date}"), Some(&tokens[concert]));
    };
    let take = |index: usize, response: Response| {
        let (concert, date) = dates[index];
        for MapSeat { seat, status } in read_body::<Map>(WHAT, response)?.seats {
            let Some(seat) = fixtures.concerts.index_of(concert, date, seat) else {
                findings.fault(|| format!("the map of {date} has a seat {seat} that does not exist"));
                continue;
            };
            let expected = match owners[seat].map(|owner| owner.status) {
                None => "free",
                Some(Status::Held) => "held",
                Some(Status::Paid) => "sold",
            };
            if status != expected && !(lapses && status == "free" && expected == "held") {
                let named = fixtures.concerts.seat(seat);
                findings.fault(|| format!("{named:?} is {status} on the map and {expected} by reservations"));
            }
        }
        Ok(())
    };
    pool.each(WHAT, dates.len(), build, take).await
}

/// Tokens of a user who looks at the map of every concert.
async fn auditor_tokens(pool: &ClientPool<'_>, fixtures: &Fixtures) -> Result<Vec<String>, Error> {
    const WHAT: &str = "take a place to look at the seats";
    let name = &fixtures.concerts.all[0].id;
    let user = serde_json::json!({"username": format!("{name}-auditor")});
    let user = pool.call(WHAT, "POST", format_args!("/users"), None, Some(&user)).await?;
    let mut tokens = Vec::new();
    for concert in &fixtures.concerts.all {
        let path = format_args!("/admin/concerts/{}/queue", concert.id);
        pool.call(WHAT, "PUT", path, Some(pool.operator_key()?), Some(&Admission::Free.to_json())).await?;
        let join = serde_json::json!({"userId": user["userId"], "concertId": concert.id});
        let place = pool.call(WHAT, "POST", format_args!("/token"), None, Some(&join)).await?;
        tokens.push(place["token"].as_str().unwrap_or_default().to_owned());
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::super::super::acknowledged::AcknowledgedSeat;
    use super::{Owner, Status, agree};

    #[test]
    fn a_seat_is_where_it_was_acknowledged_or_may_be_where_no_answer_came() {
        let owner = |user, status| Some(Owner { user, status });
        for (acknowledged, owner, right) in [
            (AcknowledgedSeat::Free, None, true),
            (AcknowledgedSeat::Free, owner(1, Status::Held), false),
            (AcknowledgedSeat::Held(1), owner(1, Status::Held), true),
            (AcknowledgedSeat::Held(1), owner(2, Status::Held), false),
            (AcknowledgedSeat::Held(1), owner(1, Status::Paid), false),
            (AcknowledgedSeat::Held(1), None, false),
            (AcknowledgedSeat::Paid(1), owner(1, Status::Paid), true),
            (AcknowledgedSeat::Paid(1), owner(1, Status::Held), false),
            (AcknowledgedSeat::Paid(1), None, false),
            (AcknowledgedSeat::MaybeHeld(1), None, true),
            (AcknowledgedSeat::MaybeHeld(1), owner(1, Status::Held), true),
            (AcknowledgedSeat::MaybeHeld(1), owner(1, Status::Paid), false),
            (AcknowledgedSeat::MaybePaid(1), owner(1, Status::Paid), true),
            (AcknowledgedSeat::MaybePaid(1), owner(2, Status::Paid), false),
        ] {
            assert_eq!(agree(acknowledged, owner), right, "{acknowledged:?} {owner:?}");
        }
    }
}
