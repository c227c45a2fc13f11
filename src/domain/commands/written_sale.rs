//! What every sale of seats writes, whichever way they are paid: tickets, the payment, its event.

use crate::domain::effects::Effects;
use crate::domain::sale::Sale;
use crate::domain::seats::Spot;
use crate::domain::words::{
    EventData, FIRST_VERSION, Means, Payment, PaymentId, PaymentStatus, SoldSeat, Ticket, TicketRow, TicketStatus,
    UserId, tables,
};

/// Seats that are sold in one step.
pub(super) struct WrittenSale {
    pub payment: PaymentId,
    /// `None`: a guest.
    pub user: Option<UserId>,
    pub guest: Option<String>,
    pub paid_by: Means,
    pub reason: Option<String>,
    /// Ascending by date and seat, at least one.
    pub items: Vec<SoldSeat>,
    /// The user's payment before this one.
    pub previous: Option<PaymentId>,
}

/// Writes tickets, payment and event of seats whose rows are written; gives the tickets.
pub(super) fn write_sale(sale: &Sale, sold: WrittenSale, effects: &mut Effects<'_>) -> Vec<Ticket> {
    let WrittenSale { payment, user, guest, paid_by, reason, items, previous } = sold;
    let concert = sale.no;
    let mut tickets = Vec::with_capacity(items.len());
    for of_date in items.chunk_by(|left, right| left.date == right.date) {
        effects.put::<tables::DatePayments>((concert, (of_date[0].date, payment)), ());
        let performance = sale.row.definition.performance(of_date[0].date).expect("judged: the concert has the date");
        for item in of_date {
            let spot = Spot::find(&performance.layout, item.seat).expect("judged: the seat exists");
            let row = TicketRow {
                payment,
                concert,
                key: item.key(),
                section: spot.section.to_owned(),
                row: spot.row,
                row_label: spot.row_label().into_owned(),
                label: spot.label(),
                price: item.amount,
                holder: user,
                version: FIRST_VERSION,
                status: TicketStatus::Valid,
                returned: None,
                offer: None,
                change: 0,
            };
            tickets.push(Ticket::of(item.ticket, &row, performance.held_on()));
            effects.put_ticket(item.ticket, row);
        }
    }
    let amount = items.iter().map(|item| u64::from(item.amount)).sum();
    let (paid_at, status) = (effects.wall(), PaymentStatus::Paid);
    let paid = EventData::PaymentPaid { user, payment, paid_by, items: items.clone(), amount };
    let refunded = 0;
    let row = Payment { user, guest, concert, items, amount, refunded, paid_by, reason, paid_at, status, previous };
    effects.put::<tables::ConcertPayments>((concert, payment), ());
    effects.put::<tables::Payments>(payment, Box::new(row));
    effects.event(Some(concert), paid);
    tickets
}
