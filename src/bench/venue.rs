//! The concerts that a run sells: their dates and seats, and one number for every seat of them. It knows no server.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

/// Dates of one concert; the server takes a year of them.
const DATES_A_CONCERT: usize = 365;
/// Seats of one concert for one user: the most that the server allows.
const SEAT_LIMIT: u32 = 1_000;
/// The price of every seat, in whole units.
pub const PRICE: u64 = 1_000;
/// Seconds that an ACTIVE place lasts: the most that the server allows.
const ACTIVE_SECONDS: u32 = 86_400;

/// Concerts with evenly filled dates.
#[derive(Debug)]
pub struct Venue {
    pub concerts: Vec<Concert>,
    /// Seats in all.
    pub seats: usize,
    seats_per_date: usize,
}

#[derive(Debug)]
pub struct Concert {
    pub id: String,
    /// Ascending, one a day.
    pub dates: Vec<String>,
}

/// A seat by its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat<'a> {
    /// Index into the concerts of the venue.
    pub concert: usize,
    pub date: &'a str,
    /// From 1.
    pub number: usize,
}

/// How a concert admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Everyone at once.
    Free,
    /// This many ACTIVE places at once.
    MaxActive(u32),
    /// This many admissions a second.
    PerSecond(u32),
}

impl Admission {
    /// The queue of a concert as the operator writes it.
    pub fn to_json(self) -> Value {
        let (max_active, admit_count) = match self {
            Self::Free => (None, None),
            Self::MaxActive(count) => (Some(count), None),
            Self::PerSecond(count) => (None, Some(count)),
        };
        json!({
            "maxActive": max_active, "admitCount": admit_count, "admitInterval": 1, "activeSeconds": ACTIVE_SECONDS,
            "abandonSeconds": null
        })
    }
}

/// Day number `index` of every concert.
fn date(index: usize) -> String {
    let first = NaiveDate::from_ymd_opt(2090, 1, 1).expect("the calendar has the day");
    (first + Days::new(index as u64)).to_string()
}

impl Venue {
    /// `seats` seats on dates of `seats_per_date`, at as many concerts as it takes, whose ids begin with `name`.
    pub fn new(name: &str, seats: usize, seats_per_date: usize) -> Self {
        let dates = seats.div_ceil(seats_per_date);
        let concerts = (0..dates).step_by(DATES_A_CONCERT).map(|first| Concert {
            id: format!("{name}-{}", first / DATES_A_CONCERT),
            dates: (0..DATES_A_CONCERT.min(dates - first)).map(date).collect(),
        });
        Self { concerts: concerts.collect(), seats, seats_per_date }
    }

    /// The seat with a number from 0 on, below `seats`.
    pub fn seat(&self, index: usize) -> Seat<'_> {
        let day = index / self.seats_per_date;
        let (concert, day) = (day / DATES_A_CONCERT, day % DATES_A_CONCERT);
        Seat { concert, date: &self.concerts[concert].dates[day], number: index % self.seats_per_date + 1 }
    }

    /// The number of a seat by its names, when there is such a seat.
    pub fn index_of(&self, concert: usize, date: &str, number: usize) -> Option<usize> {
        let day = self.concerts.get(concert)?.dates.binary_search_by(|known| known.as_str().cmp(date)).ok()?;
        let first = (concert * DATES_A_CONCERT + day) * self.seats_per_date;
        let in_date = (1..=self.seats_of(concert, day)).contains(&number);
        in_date.then(|| first + number - 1)
    }

    /// Seats of the date `day` of a concert.
    fn seats_of(&self, concert: usize, day: usize) -> usize {
        let first = (concert * DATES_A_CONCERT + day) * self.seats_per_date;
        self.seats_per_date.min(self.seats - first)
    }

    /// A concert as the operator writes it.
    pub fn to_json(&self, concert: usize, admission: Admission) -> Value {
        let Concert { id, dates } = &self.concerts[concert];
        let date =
            |(day, date): (usize, &String)| json!({"date": date, "seats": self.seats_of(concert, day), "price": PRICE});
        json!({
            "concertId": id, "title": format!("Load {id}"), "status": "on_sale", "seatLimit": SEAT_LIMIT,
            "timeZone": "UTC", "dates": dates.iter().enumerate().map(date).collect::<Vec<_>>(),
            "queue": admission.to_json()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Admission, Seat, Venue};

    #[test]
    fn every_seat_has_one_number_over_dates_and_concerts() {
        let venue = Venue::new("load", 365 * 3 + 4, 3);
        assert_eq!(venue.concerts.len(), 2);
        assert_eq!((venue.concerts[0].dates.len(), venue.concerts[1].dates.len()), (365, 2));
        assert_eq!(venue.seat(0), Seat { concert: 0, date: "2090-01-01", number: 1 });
        assert_eq!(venue.seat(4), Seat { concert: 0, date: "2090-01-02", number: 2 });
        assert_eq!(venue.seat(365 * 3 + 3), Seat { concert: 1, date: "2090-01-02", number: 1 });
        for index in 0..venue.seats {
            let Seat { concert, date, number } = venue.seat(index);
            assert_eq!(venue.index_of(concert, date, number), Some(index));
        }
        for (concert, date, number) in [
            (0, "2090-01-01", 0),
            (0, "2090-01-01", 4),
            (1, "2090-01-02", 2),
            (1, "2090-01-03", 1),
            (2, "2090-01-01", 1),
        ] {
            assert_eq!(venue.index_of(concert, date, number), None, "{concert} {date} {number}");
        }
        assert!(Venue::new("load", 0, 50).concerts.is_empty());
    }

    #[test]
    fn the_last_date_has_the_seats_that_are_left_and_the_queue_says_what_limits_it() {
        let concert = Venue::new("load", 70, 50).to_json(0, Admission::PerSecond(7));
        assert_eq!(concert["dates"][1], json!({"date": "2090-01-02", "seats": 20, "price": 1_000}));
        assert_eq!((&concert["queue"]["maxActive"], &concert["queue"]["admitCount"]), (&json!(null), &json!(7)));
        assert_eq!(concert["queue"]["admitInterval"], json!(1));
    }
}
