//! Which refusal the model gives, in the order of the contract's section 4; judged after everything due is done.

use jari::domain::{CalendarDate, EndReason, PlaceRef, Rejection, Selection, Timestamp};

use super::naive::{Booking, Concert, Date, Fate, Model, Standing};

impl Model {
    pub(crate) fn judge_user(&self, user: usize) -> Result<(), Rejection> {
        match self.users.get(user) {
            Some(user) if user.deleted => Err(Rejection::UserNotFound),
            Some(user) if user.blocked => Err(Rejection::UserBlocked),
            Some(_) => Ok(()),
            None => Err(Rejection::UserNotFound),
        }
    }

    /// The concert and the place of a token that has not ended.
    pub(crate) fn judge_live(&self, place_ref: PlaceRef) -> Result<(&Concert, usize), Rejection> {
        let concert = &self.concerts[place_ref.concert.0 as usize - 1];
        let index = usize::try_from(place_ref.sequence.0).expect("small") - 1;
        let place = concert.places.get(index).filter(|place| place.user == index_of(place_ref));
        match place.map(|place| place.standing) {
            None => Err(Rejection::UnknownPlace),
            Some(Standing::Ended(reason)) => Err(Rejection::PlaceEnded(reason)),
            Some(Standing::Waiting | Standing::Active(_)) => Ok((concert, index)),
        }
    }

    fn judge_active(&self, place_ref: PlaceRef) -> Result<(&Concert, Timestamp), Rejection> {
        let (concert, place) = self.judge_live(place_ref)?;
        match concert.places[place].standing {
            Standing::Active(until) => Ok((concert, until)),
            Standing::Waiting | Standing::Ended(_) => {
                Err(Rejection::QueueWaiting { position: concert.position(place), poll_after_seconds: 0 })
            }
        }
    }

    /// All seats that the answer will name.
    pub(crate) fn judge_reserve(
        &self,
        place_ref: PlaceRef,
        date: CalendarDate,
        selection: &Selection,
    ) -> Result<Vec<u32>, Rejection> {
        let (concert, until) = self.judge_active(place_ref)?;
        if until <= self.now {
            return Err(Rejection::PlaceEnded(EndReason::TimedOut));
        }
        let day = concert.dates.iter().find(|it| it.date == date && self.wall() < it.begins);
        let day = day.ok_or(Rejection::DateNotFound)?;
        match selection {
            Selection::Seats(seats) => {
                exist(day, seats)?;
                self.judge_sale(concert)?;
                let taken = |seat: &u32| concert.taken(date, *seat);
                let others = |seat: &&u32| taken(seat).is_some_and(|booking| booking.user != index_of(place_ref));
                if let Some(seat) = seats.iter().find(others) {
                    return Err(Rejection::SeatTaken { seat: *seat });
                }
                let paid = |seat: &&u32| taken(seat).is_some_and(|booking| booking.fate != Fate::Held);
                if let Some(seat) = seats.iter().find(paid) {
                    return Err(Rejection::AlreadyPaid { seat: *seat });
                }
                self.judge_limit(concert, place_ref, seats.iter().filter(|seat| taken(seat).is_none()).count())?;
                Ok(seats.clone())
            }
            Selection::Best { count, section, accessible: _ } => {
                let section = match section {
                    None => None,
                    Some(name) => {
                        let known = day.sections.iter().position(|(it, ..)| it == name);
                        Some(known.ok_or(Rejection::SectionNotFound)?)
                    }
                };
                self.judge_sale(concert)?;
                self.judge_limit(concert, place_ref, *count as usize)?;
                best(concert, day, *count, section).ok_or(Rejection::NoAdjacentSeats)
            }
        }
    }

    fn judge_sale(&self, concert: &Concert) -> Result<(), Rejection> {
        let opened = concert.opens_at.is_none_or(|at| concert.due(at) <= self.now);
        if concert.is_open(self.now) && opened { Ok(()) } else { Err(Rejection::NotOnSale) }
    }

    fn judge_limit(&self, concert: &Concert, place_ref: PlaceRef, new: usize) -> Result<(), Rejection> {
        let limit = concert.seat_limit.unwrap_or(self.settings.seat_limit);
        let mine = |booking: &&Booking| {
            booking.user == index_of(place_ref) && matches!(booking.fate, Fate::Held | Fate::Paid(_))
        };
        let has = concert.bookings.iter().filter(mine).count();
        if new > 0 && has + new > limit as usize { Err(Rejection::SeatLimit { limit }) } else { Ok(()) }
    }

    pub(crate) fn judge_cancel(&self, place_ref: PlaceRef, date: CalendarDate, seats: &[u32]) -> Result<(), Rejection> {
        let concert = self.judge_seats_of_active(place_ref, date, seats)?;
        let held = |seat: &u32| mine(concert, place_ref, date, *seat).is_some();
        match seats.iter().find(|seat| !held(seat)) {
            Some(seat) => Err(Rejection::ReservationNotFound { seat: *seat }),
            None => Ok(()),
        }
    }

    pub(crate) fn judge_pay(&self, place_ref: PlaceRef, date: CalendarDate, seats: &[u32]) -> Result<u64, Rejection> {
        let concert = self.judge_seats_of_active(place_ref, date, seats)?;
        let user = index_of(place_ref);
        let lapsed = |seat: &&u32| {
            let of_seat = |it: &&Booking| it.user == user && it.date == date && it.seat == **seat;
            let newest = concert.bookings.iter().rfind(of_seat);
            newest.is_some_and(|booking| booking.fate == Fate::Expired) && concert.taken(date, **seat).is_none()
        };
        if let Some(seat) = seats.iter().find(lapsed) {
            return Err(Rejection::HoldExpired { seat: *seat });
        }
        let mut amount = 0;
        for seat in seats {
            let booking = mine(concert, place_ref, date, *seat);
            amount += u64::from(booking.ok_or(Rejection::ReservationNotFound { seat: *seat })?.price);
        }
        let balance = self.balance(user);
        if balance < amount { Err(Rejection::InsufficientBalance { balance, amount }) } else { Ok(amount) }
    }

    /// What paying and canceling have in common: an ACTIVE place, seats that exist, none of them paid already.
    fn judge_seats_of_active(
        &self,
        place_ref: PlaceRef,
        date: CalendarDate,
        seats: &[u32],
    ) -> Result<&Concert, Rejection> {
        let (concert, _) = self.judge_active(place_ref)?;
        let day = concert.dates.iter().find(|it| it.date == date).ok_or(Rejection::DateNotFound)?;
        exist(day, seats)?;
        let owned = |seat: &&u32| {
            let taken = concert.taken(date, **seat);
            taken.is_some_and(|booking| booking.user == index_of(place_ref) && booking.fate != Fate::Held)
        };
        match seats.iter().find(owned) {
            Some(seat) => Err(Rejection::AlreadyPaid { seat: *seat }),
            None => Ok(concert),
        }
    }
}

pub(crate) fn index_of(place_ref: PlaceRef) -> usize {
    usize::try_from(place_ref.user.0).expect("small") - 1
}

fn mine(concert: &Concert, place_ref: PlaceRef, date: CalendarDate, seat: u32) -> Option<&Booking> {
    let booking = concert.taken(date, seat);
    booking.filter(|booking| booking.user == index_of(place_ref) && booking.fate == Fate::Held)
}

fn exist(day: &Date, seats: &[u32]) -> Result<(), Rejection> {
    match seats.iter().find(|seat| **seat == 0 || **seat as usize > day.seats.len()) {
        Some(seat) => Err(Rejection::SeatNotFound { seat: *seat }),
        None => Ok(()),
    }
}

/// Every run of free adjacent seats is tried: the frontmost row, the first section, the fewest single seats that are
/// left in the row, the leftmost.
fn best(concert: &Concert, day: &Date, count: u32, section: Option<usize>) -> Option<Vec<u32>> {
    let number = day.seats.len() as u32;
    let row_of = |seat: u32| (day.seats[seat as usize - 1].row, day.seats[seat as usize - 1].section);
    let mut candidates = Vec::new();
    for first in 1..=number {
        let run: Vec<u32> = (first..first + count).collect();
        let fits = run
            .iter()
            .all(|seat| *seat <= number && row_of(*seat) == row_of(first) && concert.taken(day.date, *seat).is_none());
        if !fits || section.is_some_and(|only| only != row_of(first).1) {
            continue;
        }
        let free = |seat: u32| {
            (1..=number).contains(&seat)
                && row_of(seat) == row_of(first)
                && concert.taken(day.date, seat).is_none()
                && !run.contains(&seat)
        };
        let single = (1..=number).filter(|seat| free(*seat) && !free(seat - 1) && !free(seat + 1)).count();
        candidates.push((row_of(first), single, first));
    }
    candidates.into_iter().min().map(|(_, _, first)| (first..first + count).collect())
}
