//! What happens by itself in the model as time passes: ends, the closing, admissions.

use jari::domain::{EndReason, Limit, SaleStatus, Settings, Timestamp};

use super::naive::{Concert, Fate, Model, Standing};

/// What happens by itself; of things at the same moment the upper ones first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Lapse(usize),
    TimeOut(usize),
    Closing,
}

impl Model {
    /// What is due at a concert, then the admissions.
    pub(crate) fn touch(&mut self, concert: usize) {
        self.concerts[concert].settle(self.now, &self.settings);
        self.concerts[concert].admit(self.now, &self.settings);
    }
}

impl Concert {
    /// Everything that ends until `now`, in the order in which it happens.
    pub(crate) fn settle(&mut self, now: Timestamp, settings: &Settings) {
        while let Some((at, happening)) = self.happenings().into_iter().filter(|(at, _)| *at <= now).min() {
            match happening {
                Happening::Lapse(booking) => {
                    self.bookings[booking].fate = Fate::Expired;
                    let place = self.bookings[booking].place;
                    if !self.holds_anything(place) && settings.end_on_hold_lapse {
                        self.end(place, EndReason::HoldLapsed);
                    } else {
                        self.end_unless_carried(place, at);
                    }
                }
                Happening::TimeOut(place) => self.end_unless_carried(place, at),
                Happening::Closing => {
                    self.close();
                    self.closed_itself = true;
                }
            }
        }
    }

    fn happenings(&self) -> Vec<(Timestamp, Happening)> {
        let mut all = Vec::new();
        for (number, booking) in self.bookings.iter().enumerate() {
            if booking.fate == Fate::Held {
                all.push((booking.until, Happening::Lapse(number)));
            }
        }
        for (number, place) in self.places.iter().enumerate() {
            if let Standing::Active(until) = place.standing
                && !self.holds_anything(number)
            {
                all.push((until, Happening::TimeOut(number)));
            }
        }
        if self.status == SaleStatus::OnSale {
            all.extend(self.closes_at.map(|at| (self.due(at), Happening::Closing)));
        }
        all
    }

    /// Moments at which something happens or an admission becomes possible.
    pub(crate) fn moments(&self, settings: &Settings) -> Vec<Timestamp> {
        let mut moments: Vec<Timestamp> = self.happenings().into_iter().map(|(at, _)| at).collect();
        moments.extend(self.opens_at.map(|at| self.due(at)));
        moments.extend(self.dates.iter().map(|day| self.due(day.begins)));
        if let Some((_, seconds)) = self.window(settings) {
            moments.extend(self.admissions.iter().map(|at| at.plus_seconds(seconds)));
        }
        moments
    }

    pub(crate) fn close(&mut self) {
        self.status = SaleStatus::Closed;
        for place in 0..self.places.len() {
            if self.is_live(place) && !self.holds_anything(place) {
                self.end(place, EndReason::Closed);
            }
        }
    }

    /// Ends an ACTIVE place without holds after the closing or its time.
    pub(crate) fn end_unless_carried(&mut self, place: usize, at: Timestamp) {
        let Standing::Active(until) = self.places[place].standing else { return };
        if self.holds_anything(place) {
            return;
        }
        if self.is_closed(at) {
            self.end(place, EndReason::Closed);
        } else if until <= at {
            self.end(place, EndReason::TimedOut);
        }
    }

    /// Ends a place and releases its holds.
    pub(crate) fn end(&mut self, place: usize, reason: EndReason) {
        self.places[place].standing = Standing::Ended(reason);
        for booking in &mut self.bookings {
            if booking.place == place && booking.fate == Fate::Held {
                booking.fate = Fate::Canceled;
            }
        }
    }

    /// Admits whom the policy allows, one after the other.
    pub(crate) fn admit(&mut self, now: Timestamp, settings: &Settings) {
        let opened = self.opens_at.is_none_or(|at| self.due(at) <= now);
        while opened && self.is_open(now) && self.policy_allows_one(now, settings) {
            let first = self.places.iter_mut().find(|place| place.standing == Standing::Waiting);
            let Some(first) = first else { break };
            let lasts = stands(self.policy.active_seconds, Some(settings.active_seconds)).expect("it cannot be off");
            first.standing = Standing::Active(now.plus_seconds(lasts));
            self.admissions.push(now);
        }
    }

    fn policy_allows_one(&self, now: Timestamp, settings: &Settings) -> bool {
        let active = self.places.iter().filter(|place| matches!(place.standing, Standing::Active(_))).count();
        let within = |seconds: u32| self.admissions.iter().filter(|at| now < at.plus_seconds(seconds)).count();
        let max_active = stands(self.policy.max_active, settings.max_active);
        max_active.is_none_or(|most| active < most as usize)
            && self.window(settings).is_none_or(|(count, seconds)| within(seconds) < count as usize)
    }

    /// So many admissions in any so many seconds.
    fn window(&self, settings: &Settings) -> Option<(u32, u32)> {
        let count = stands(self.policy.admit_count, settings.admit_count)?;
        Some((count, stands(self.policy.admit_interval, Some(settings.admit_interval))?))
    }
}

/// A limit of a concert, with what the server says where it says nothing.
fn stands(limit: Limit, server: Option<u32>) -> Option<u32> {
    match limit {
        Limit::Server => server,
        Limit::Off => None,
        Limit::Set(value) => Some(value),
    }
}
