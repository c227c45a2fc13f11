//! What each command does to the model, and what is answered.

use jari::domain::commands::Refund;
use jari::domain::{
    Admission, CalendarDate, Canceled, Charged, Charger, ConcertNo, Done, EndReason, IssuedPlace, Joined, Left,
    LivePlace, Means, Paid, PaymentId, PaymentStatus, PlaceRef, PlaceView, RefundPart, RefundTo, Refunded, Rejection,
    Reply, Reserved, SaleStatus, SaleView, SeatKey, Selection, Sequence, Stock, Ticket, TicketId, TicketStatus,
    Timestamp, UserId, UserStanding, WallOffset, WallTime,
};

use super::actions::Revision;
use super::judged::index_of;
use super::naive::{Booking, Bought, Concert, Date, Fate, Model, Place, Standing};

/// A place that is answered, apart from how it stands, which is compared after every step.
pub(crate) fn taken(concert: ConcertNo, sequence: Sequence) -> IssuedPlace {
    let view = PlaceView::Waiting { position: 0, estimated_wait_seconds: 0, poll_after_seconds: 0 };
    let sale = SaleView { free_seats: None, stock: Stock::Left, admission: Admission::Running };
    let place = LivePlace { view, sale, at: WallTime(0) };
    IssuedPlace { concert, sequence, place, at: Timestamp(0), opens_at: None, offset: WallOffset(0) }
}

impl Model {
    pub(crate) fn stand(&mut self, user: UserId, standing: UserStanding) -> Result<Reply, Rejection> {
        let index = usize::try_from(user.0).expect("small") - 1;
        if self.users[index].deleted {
            return Err(Rejection::UserNotFound);
        }
        self.users[index].blocked = standing == UserStanding::Blocked;
        if self.users[index].blocked {
            self.end_all_of(index, EndReason::Blocked);
        }
        Ok(Reply::Done(Done))
    }

    pub(crate) fn delete(&mut self, user: UserId) -> Result<Reply, Rejection> {
        let index = usize::try_from(user.0).expect("small") - 1;
        if self.users[index].deleted {
            return Err(Rejection::UserNotFound);
        }
        if self.balance(index) > 0 {
            return Err(Rejection::WalletNotEmpty);
        }
        self.users[index].deleted = true;
        self.end_all_of(index, EndReason::Deleted);
        Ok(Reply::Done(Done))
    }

    pub(crate) fn end_all_of(&mut self, user: usize, reason: EndReason) {
        for concert in &mut self.concerts {
            if let Some(place) = concert.live_place(user) {
                concert.end(place, reason);
            }
        }
    }

    pub(crate) fn charge(&mut self, user: UserId, amount: i64, charger: Charger) -> Result<Reply, Rejection> {
        let index = usize::try_from(user.0).expect("small") - 1;
        match self.judge_user(index) {
            Err(Rejection::UserBlocked) if charger == Charger::Operator => {}
            verdict => verdict?,
        }
        let most = self.settings.charge_max;
        if amount < 1 || amount > i64::try_from(most).expect("small") {
            return Err(Rejection::InvalidAmount { most });
        }
        self.entries.push((Some(index), amount));
        let (balance, entry) = (self.balance(index), self.entries.len() as u64);
        Ok(Reply::Charged(Charged { user, balance, entry, charged_at: self.wall() }))
    }

    pub(crate) fn join(&mut self, no: ConcertNo, user: UserId) -> Result<Reply, Rejection> {
        let index = usize::try_from(user.0).expect("small") - 1;
        self.judge_user(index)?;
        let now = self.now;
        let concert = &mut self.concerts[no.0 as usize - 1];
        if concert.status == SaleStatus::Draft {
            return Err(Rejection::ConcertNotFound);
        }
        if let Some(place) = concert.live_place(index) {
            return Ok(Reply::Joined(Joined::Already(taken(no, Sequence(place as u64 + 1)))));
        }
        if !concert.is_open(now) {
            return Err(Rejection::NotOnSale);
        }
        concert.places.push(Place { user: index, standing: Standing::Waiting });
        Ok(Reply::Joined(Joined::New(taken(no, Sequence(concert.places.len() as u64)))))
    }

    pub(crate) fn leave(&mut self, place_ref: PlaceRef) -> Result<Reply, Rejection> {
        let (_, place) = self.judge_live(place_ref)?;
        self.concerts[place_ref.concert.0 as usize - 1].end(place, EndReason::Left);
        Ok(Reply::Left(Left))
    }

    pub(crate) fn abandon(&mut self, no: ConcertNo, sequences: &[Sequence]) -> Reply {
        let concert = &mut self.concerts[no.0 as usize - 1];
        for sequence in sequences {
            let place = usize::try_from(sequence.0).expect("small") - 1;
            if concert.places.get(place).is_some_and(|it| it.standing == Standing::Waiting) {
                concert.end(place, EndReason::Abandoned);
            }
        }
        Reply::Done(Done)
    }

    pub(crate) fn end_unclaimed(&mut self, no: ConcertNo, sequences: &[Sequence]) -> Reply {
        let concert = &mut self.concerts[no.0 as usize - 1];
        for sequence in sequences {
            let place = usize::try_from(sequence.0).expect("small") - 1;
            let active = |it: &Place| matches!(it.standing, Standing::Active(_));
            if concert.places.get(place).is_some_and(active) && !concert.holds_anything(place) {
                concert.end(place, EndReason::Abandoned);
            }
        }
        Reply::Done(Done)
    }

    pub(crate) fn reserve(
        &mut self,
        place_ref: PlaceRef,
        date: CalendarDate,
        selection: &Selection,
    ) -> Result<Reply, Rejection> {
        let seats = self.judge_reserve(place_ref, date, selection)?;
        let until = self.now.plus_seconds(self.settings.hold_seconds);
        let concert = &mut self.concerts[place_ref.concert.0 as usize - 1];
        let place = usize::try_from(place_ref.sequence.0).expect("small") - 1;
        let (mut amount, mut earliest) = (0, None::<Timestamp>);
        for seat in &seats {
            if concert.taken(date, *seat).is_none() {
                let day = concert.dates.iter().find(|it| it.date == date).expect("judged");
                let (price, user) = (day.seats[*seat as usize - 1].price, index_of(place_ref));
                let (seat, fate) = (*seat, Fate::Held);
                concert.bookings.push(Booking { place, user, date, seat, until, price, fate });
            }
            let booking = concert.taken(date, *seat).expect("held now");
            amount += u64::from(booking.price);
            earliest = Some(earliest.map_or(booking.until, |at| at.min(booking.until)));
        }
        let expires_at = earliest.expect("at least one seat");
        let expires_in = u64::try_from((expires_at.0 - self.now.0 + 999) / 1_000).expect("not lapsed");
        Ok(Reply::Reserved(Reserved { date, seats, amount, expires_in, expires_at: expires_at.on_wall(self.offset) }))
    }

    pub(crate) fn cancel(
        &mut self,
        place_ref: PlaceRef,
        date: CalendarDate,
        seats: &[u32],
    ) -> Result<Reply, Rejection> {
        self.judge_cancel(place_ref, date, seats)?;
        let concert = &mut self.concerts[place_ref.concert.0 as usize - 1];
        for booking in &mut concert.bookings {
            if booking.fate == Fate::Held && booking.date == date && seats.contains(&booking.seat) {
                booking.fate = Fate::Canceled;
            }
        }
        let place = usize::try_from(place_ref.sequence.0).expect("small") - 1;
        concert.end_unless_carried(place, self.now);
        Ok(Reply::Canceled(Canceled { date, seats: seats.to_vec(), canceled_at: self.wall() }))
    }

    pub(crate) fn pay(
        &mut self,
        place_ref: PlaceRef,
        date: CalendarDate,
        seats: &[u32],
        (payment, tickets): (PaymentId, &[TicketId]),
    ) -> Result<Reply, Rejection> {
        let amount = self.judge_pay(place_ref, date, seats)?;
        let (user, number) = (index_of(place_ref), place_ref.concert.0 as usize - 1);
        self.entries.push((Some(user), -i64::try_from(amount).expect("small")));
        let concert = &mut self.concerts[number];
        for booking in &mut concert.bookings {
            if booking.fate == Fate::Held && booking.date == date && seats.contains(&booking.seat) {
                booking.fate = Fate::Paid(payment);
            }
        }
        let place = usize::try_from(place_ref.sequence.0).expect("small") - 1;
        let is_held = |it: &&Booking| it.user == user && it.fate == Fate::Held && self.now < it.until;
        let mut released: Vec<SeatKey> =
            concert.bookings.iter().filter(is_held).map(|it| SeatKey { date: it.date, seat: it.seat }).collect();
        released.sort_unstable();
        concert.end(place, EndReason::Paid);
        let tickets: Vec<(u32, TicketId)> = seats.iter().copied().zip(tickets.iter().copied()).collect();
        let day = concert.dates.iter().find(|day| day.date == date).expect("judged: a date with held seats");
        let told = |(seat, ticket): &(u32, TicketId)| {
            let (section, row, place) = day.spot(*seat).expect("judged: a held seat");
            let booked = |it: &&Booking| (it.date, it.seat, it.fate) == (date, *seat, Fate::Paid(payment));
            let price = concert.bookings.iter().find(booked).expect("paid just now").price;
            Ticket {
                ticket: *ticket,
                key: SeatKey { date, seat: *seat },
                held_on: date,
                section,
                row,
                row_label: row.to_string(),
                label: format!("{row}-{place}"),
                price,
                status: TicketStatus::Valid,
            }
        };
        let told: Vec<Ticket> = tickets.iter().map(told).collect();
        self.payments.push(Bought { id: payment, user, concert: number, amount, refunded: 0, tickets: told.clone() });
        let (balance, paid_at, user) = (self.balance(user), self.wall(), place_ref.user);
        Ok(Reply::Paid(Paid { payment, user, amount, balance, paid_at, tickets: told, released }))
    }

    pub(crate) fn refund(&mut self, refund: &Refund) -> Result<Reply, Rejection> {
        let (at, reason) = (self.wall(), refund.reason.clone());
        let found = self.payments.iter_mut().find(|it| it.id == refund.payment).ok_or(Rejection::PaymentNotFound)?;
        if found.tickets.iter().all(|ticket| !ticket.status.stands()) {
            return Err(Rejection::AlreadyRefunded);
        }
        if let RefundPart::Seats { seats, .. } = &refund.part {
            for seat in seats {
                let of_seat = found.tickets.iter().find(|ticket| ticket.key.seat == *seat);
                let key = SeatKey { date: found.tickets[0].key.date, seat: *seat };
                match of_seat {
                    None => return Err(Rejection::SeatNotPaid { key }),
                    Some(ticket) if !ticket.status.stands() => return Err(Rejection::SeatRefunded { key }),
                    Some(_) => {}
                }
            }
        }
        let mut tickets = Vec::new();
        for ticket in found.tickets.iter_mut().filter(|ticket| ticket.status.stands()) {
            let is_meant = match &refund.part {
                RefundPart::Whole => true,
                RefundPart::Seats { seats, .. } => seats.contains(&ticket.key.seat),
            };
            if is_meant {
                ticket.status = TicketStatus::Void { at, reason: reason.clone() };
                tickets.push(ticket.clone());
            }
        }
        let amount = tickets.iter().map(|ticket| u64::from(ticket.price)).sum();
        found.refunded += amount;
        let (user, payment, refunded, refunded_at) = (found.user, found.id, found.refunded, at);
        let is_over = found.tickets.iter().all(|ticket| !ticket.status.stands());
        let status =
            if is_over { PaymentStatus::Refunded { at, reason } } else { PaymentStatus::PartlyRefunded { at, reason } };
        let to = if refund.to == RefundTo::Cash || self.users[user].deleted { Means::Cash } else { Means::Wallet };
        let credited = (to == Means::Wallet).then_some(user);
        self.entries.push((credited, i64::try_from(amount).expect("small")));
        for booking in &mut self.concerts[found.concert].bookings {
            let is_given_back =
                tickets.iter().any(|ticket| ticket.key == SeatKey { date: booking.date, seat: booking.seat });
            if booking.fate == Fate::Paid(payment) && is_given_back {
                booking.fate = Fate::Refunded(payment);
            }
        }
        Ok(Reply::Refunded(Refunded { payment, amount, refunded, status, to, refunded_at, tickets }))
    }

    /// The wall clock is set: what closed too early is on again.
    pub(crate) fn set_clock(&mut self, offset: WallOffset) {
        if offset == self.offset {
            return;
        }
        self.offset = offset;
        let (now, wall) = (self.now, self.wall());
        for concert in &mut self.concerts {
            concert.offset_before = concert.offset;
            (concert.offset, concert.offset_since) = (offset, now);
            if concert.closed_itself && concert.closes_at.is_some_and(|at| wall < at) {
                concert.status = SaleStatus::OnSale;
                concert.closed_itself = false;
            }
        }
    }

    pub(crate) fn revise(&mut self, concert: usize, revision: &Revision) -> Result<(), Rejection> {
        let in_use = Err(Rejection::ConcertInUse { what: String::new() });
        let concert = &mut self.concerts[concert];
        let taken = |concert: &Concert, is: &dyn Fn(&Booking) -> bool| {
            let has = |it: &&Booking| matches!(it.fate, Fate::Held | Fate::Paid(_)) && is(it);
            concert.bookings.iter().any(|booking| has(&booking))
        };
        match revision {
            Revision::Status(SaleStatus::Draft) => {
                let live = (0..concert.places.len()).any(|place| concert.is_live(place));
                if concert.status != SaleStatus::Draft && (live || taken(concert, &|_| true)) {
                    return in_use;
                }
                concert.status = SaleStatus::Draft;
            }
            Revision::Status(SaleStatus::Closed) => concert.close(),
            Revision::Status(SaleStatus::OnSale) => concert.status = SaleStatus::OnSale,
            Revision::Opens(at) => concert.opens_at = *at,
            Revision::Closes(at) => concert.closes_at = *at,
            Revision::SeatLimit(limit) => concert.seat_limit = *limit,
            Revision::Dates(dates) => {
                let spot = |dates: &[Date], booking: &Booking| {
                    dates.iter().find(|day| day.date == booking.date).and_then(|day| day.spot(booking.seat))
                };
                let stays = |booking: &Booking| spot(&concert.dates, booking) == spot(dates, booking);
                if taken(concert, &|booking| !stays(booking)) {
                    return in_use;
                }
                concert.dates = dates.clone();
            }
        }
        concert.closed_itself = false;
        Ok(())
    }
}
