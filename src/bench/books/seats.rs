//! Seats: every one that was acknowledged has its user and no other, and the maps show just these.

use serde::Deserialize;

use super::super::Error;
use super::super::answer::Answer;
use super::super::crew::Crew;
use super::super::known::SeatKnown;
use super::super::request::Request;
use super::super::stage::Stage;
use super::super::venue::Admission;
use super::{Books, read};

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
struct Reservations<'a> {
    #[serde(borrow)]
    reservations: Vec<Reservation<'a>>,
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
pub async fn check(crew: &Crew<'_>, stage: &Stage, books: &mut Books) -> Result<(), Error> {
    let lapses = stage.holds_may_have_lapsed();
    let owners = read_reservations(crew, stage, books).await?;
    for (seat, owner) in owners.iter().enumerate() {
        let known = stage.known.seat(seat);
        let lapsed = lapses && owner.is_none() && matches!(known, SeatKnown::Held(_));
        if !lapsed && !agree(known, *owner) {
            books.fault(|| format!("{:?} was acknowledged as {known:?} and is {owner:?}", stage.venue.seat(seat)));
        }
    }
    read_maps(crew, stage, &owners, books).await?;
    let count = |status| owners.iter().flatten().filter(|owner| owner.status == status).count();
    let (held, paid, seats) = (count(Status::Held), count(Status::Paid), owners.len());
    books.checked(format!(
        "{seats} seats, {held} held and {paid} sold: that reservations and maps show for each the one user who was told so"
    ));
    if lapses {
        books.checked("holds of this server are shorter than the run: those that lapsed were left out".to_owned());
    }
    Ok(())
}

/// Whether the owner of a seat is one that the acknowledgements allow.
fn agree(known: SeatKnown, owner: Option<Owner>) -> bool {
    let held = |user| owner == Some(Owner { user, status: Status::Held });
    let paid = |user| owner == Some(Owner { user, status: Status::Paid });
    match known {
        SeatKnown::Free => owner.is_none(),
        SeatKnown::MaybeHeld(user) => owner.is_none() || held(user),
        SeatKnown::Held(user) => held(user),
        SeatKnown::MaybePaid(user) => owner.is_none() || held(user) || paid(user),
        SeatKnown::Paid(user) => paid(user),
    }
}

/// The owner of every seat out of the lists of all users who have any.
async fn read_reservations(crew: &Crew<'_>, stage: &Stage, books: &mut Books) -> Result<Vec<Option<Owner>>, Error> {
    const WHAT: &str = "read reservations";
    let with_seat =
        stage.known.seats().filter_map(|(seat, known)| Some((stage.venue.seat(seat).concert, known.user()?)));
    let mut lists: Vec<(usize, usize)> = with_seat.collect();
    lists.sort_unstable();
    lists.dedup();
    let mut owners = vec![None; stage.venue.seats];
    let build = |list: usize, request: &mut Request| {
        let (concert, user) = lists[list];
        let (concert, user) = (&stage.venue.concerts[concert].id, &stage.users[user]);
        request.get(format_args!("/concerts/{concert}/reservations?userId={user}"), None);
    };
    let take = |list: usize, answer: Answer| {
        let (concert, user) = lists[list];
        if answer.status == 404 && answer.reason() == "NO_RESERVATIONS" {
            return Ok(());
        }
        for Reservation { date, seat_number, status } in read::<Reservations>(WHAT, answer)?.reservations {
            let status = match status {
                "held" => Status::Held,
                "paid" => Status::Paid,
                _over => continue,
            };
            let Some(seat) = stage.venue.index_of(concert, date, seat_number) else {
                books.fault(|| format!("user {user} has a seat that does not exist: {date} {seat_number}"));
                continue;
            };
            if let Some(other) = owners[seat].replace(Owner { user, status }) {
                books.fault(|| format!("{:?} is with user {user} and with {other:?}", stage.venue.seat(seat)));
            }
        }
        Ok(())
    };
    crew.each(WHAT, lists.len(), build, take).await?;
    Ok(owners)
}

/// Compares the map of every date with the lists of the users.
async fn read_maps(crew: &Crew<'_>, stage: &Stage, owners: &[Option<Owner>], books: &mut Books) -> Result<(), Error> {
    const WHAT: &str = "read seat maps";
    let lapses = stage.holds_may_have_lapsed();
    let tokens = auditor_tokens(crew, stage).await?;
    let dates: Vec<(usize, &String)> = (stage.venue.concerts.iter().enumerate())
        .flat_map(|(concert, of)| of.dates.iter().map(move |date| (concert, date)))
        .collect();
    let build = |index: usize, request: &mut Request| {
        let (concert, date) = dates[index];
        request.get(format_args!("/seats?date={date}"), Some(&tokens[concert]));
    };
    let take = |index: usize, answer: Answer| {
        let (concert, date) = dates[index];
        for MapSeat { seat, status } in read::<Map>(WHAT, answer)?.seats {
            let Some(seat) = stage.venue.index_of(concert, date, seat) else {
                books.fault(|| format!("the map of {date} has a seat {seat} that does not exist"));
                continue;
            };
            let expected = match owners[seat].map(|owner| owner.status) {
                None => "free",
                Some(Status::Held) => "held",
                Some(Status::Paid) => "sold",
            };
            if status != expected && !(lapses && status == "free" && expected == "held") {
                let named = stage.venue.seat(seat);
                books.fault(|| format!("{named:?} is {status} on the map and {expected} by reservations"));
            }
        }
        Ok(())
    };
    crew.each(WHAT, dates.len(), build, take).await
}

/// Tokens of a user who looks at the map of every concert.
async fn auditor_tokens(crew: &Crew<'_>, stage: &Stage) -> Result<Vec<String>, Error> {
    const WHAT: &str = "take a place to look at the seats";
    let name = &stage.venue.concerts[0].id;
    let user = serde_json::json!({"username": format!("{name}-auditor")});
    let user = crew.call(WHAT, "POST", format_args!("/users"), None, Some(&user)).await?;
    let mut tokens = Vec::new();
    for concert in &stage.venue.concerts {
        let path = format_args!("/admin/concerts/{}/queue", concert.id);
        crew.call(WHAT, "PUT", path, Some(crew.operator_key()?), Some(&Admission::Free.to_json())).await?;
        let join = serde_json::json!({"userId": user["userId"], "concertId": concert.id});
        let place = crew.call(WHAT, "POST", format_args!("/token"), None, Some(&join)).await?;
        tokens.push(place["token"].as_str().unwrap_or_default().to_owned());
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::super::super::known::SeatKnown;
    use super::{Owner, Status, agree};

    #[test]
    fn a_seat_is_where_it_was_acknowledged_or_may_be_where_no_answer_came() {
        let owner = |user, status| Some(Owner { user, status });
        for (known, owner, right) in [
            (SeatKnown::Free, None, true),
            (SeatKnown::Free, owner(1, Status::Held), false),
            (SeatKnown::Held(1), owner(1, Status::Held), true),
            (SeatKnown::Held(1), owner(2, Status::Held), false),
            (SeatKnown::Held(1), owner(1, Status::Paid), false),
            (SeatKnown::Held(1), None, false),
            (SeatKnown::Paid(1), owner(1, Status::Paid), true),
            (SeatKnown::Paid(1), owner(1, Status::Held), false),
            (SeatKnown::Paid(1), None, false),
            (SeatKnown::MaybeHeld(1), None, true),
            (SeatKnown::MaybeHeld(1), owner(1, Status::Held), true),
            (SeatKnown::MaybeHeld(1), owner(1, Status::Paid), false),
            (SeatKnown::MaybePaid(1), owner(1, Status::Paid), true),
            (SeatKnown::MaybePaid(1), owner(2, Status::Paid), false),
        ] {
            assert_eq!(agree(known, owner), right, "{known:?} {owner:?}");
        }
    }
}
