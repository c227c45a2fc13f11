//! Seats that go from free to sold without a hold between.

use crate::domain::effects::Effects;
use crate::domain::sale::Sale;
use crate::domain::words::{
    Buyer, EventData, PaymentId, Reservation, ReservationStatus, SeatRow, SoldSeat, UserId, tables,
};

impl Sale {
    /// Sells a free seat. A user's seat gets a reservation, which `buyer` then names; a guest's has none.
    pub(in crate::domain) fn sell_free(
        &mut self,
        (user, payment): (Option<UserId>, PaymentId),
        item: &SoldSeat,
        buyer: Option<&mut Buyer>,
        effects: &mut Effects<'_>,
    ) {
        let SoldSeat { date, seat, amount, ticket } = *item;
        let key = item.key();
        let layout = &self.row.definition.performance(date).expect("judged: the concert has the date").layout;
        self.seats.sell_free(user, key, amount, layout);
        let reservation = user.zip(buyer).map(|(user, buyer)| {
            self.counters.last_reservation += 1;
            let number = self.counters.last_reservation;
            buyer.owned += 1;
            let row = Reservation {
                user,
                key,
                status: ReservationStatus::Paid(payment),
                reserved_at: effects.wall(),
                expires_at: effects.now,
                amount,
                updated_at: effects.wall(),
                offset: effects.clock.anchor.offset,
                previous: buyer.last_reservation.replace(number),
            };
            effects.put::<tables::Counters>(self.no, self.counters);
            effects.put::<tables::Reservations>((self.no, number), row);
            number
        });
        effects.put::<tables::Seats>((self.no, key), SeatRow::Sold { user, payment, reservation, amount });
        effects.event(Some(self.no), EventData::SeatSold { user, date, seat, payment, ticket });
    }
}
