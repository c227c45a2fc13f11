//! What must hold of every command: it is refused as was foretold, admits nobody whom the policy does not, and tells of
//! each seat and ticket what follows from what was told before.

use std::collections::BTreeMap;

use crate::domain::{
    Admittance, ApplyError, Command, ConcertNo, Event, EventData, MemoryRows, Policy, Rejection, Reply, Sale, SeatKey,
    Sequence, State, TicketId, Timestamp, UserId,
};

/// The verdict on what is committed foretells what becomes of the command. Three of them may be overtaken by what is
/// due: who waits may be admitted, a place in the way of a draft may have ended, and a closing is a revision.
pub(super) fn verdict_holds(command: &Command, verdict: &Result<(), ApplyError>, result: &Result<Reply, Rejection>) {
    match (rejection(verdict), result.as_ref().err()) {
        (Some(Rejection::ConcertInUse { what }), _) if what.ends_with("live queue places") => {}
        (Some(Rejection::QueueWaiting { .. }), _) | (_, Some(Rejection::Revised | Rejection::IdempotencyKeyReused)) => {
        }
        (foretold, came) => assert_eq!(foretold, came, "the verdict on {command:?}"),
    }
}

/// Follows the feed and checks every admission against the order of arrival and the policy, and every event against
/// those before it.
#[derive(Default)]
pub(super) struct Record {
    seen: u64,
    admissions: Vec<(ConcertNo, Timestamp)>,
    last_admitted: BTreeMap<ConcertNo, Sequence>,
    policies: BTreeMap<ConcertNo, Policy>,
    /// Who has each seat that is held or sold, and each ticket; `None` is a guest.
    hands: BTreeMap<(ConcertNo, SeatKey), Option<UserId>>,
    holders: BTreeMap<TicketId, Option<UserId>>,
    entries: BTreeMap<TicketId, Admittance>,
}

impl Record {
    pub(super) fn follow(&mut self, state: &State, rows: &MemoryRows, now: Timestamp) {
        let mut fresh = Vec::new();
        for event in rows.events.range(self.seen + 1..).map(|(_, event)| event) {
            self.names_whom_it_is_about(event, rows);
            if let (Some(concert), EventData::TokenActivated { sequence, .. }) = (event.concert, &event.data) {
                let before = self.last_admitted.insert(concert, *sequence);
                assert!(before < Some(*sequence), "place {} is admitted after one behind it", sequence.0);
                self.admissions.push((concert, event.logged_at));
                fresh.push(concert);
            }
        }
        self.seen = state.totals().last_event;
        for sale in state.sales() {
            let policy = sale.policy(state.settings());
            let same = self.policies.insert(sale.no, policy) == Some(policy);
            if same && fresh.contains(&sale.no) {
                self.admission_is_allowed(sale, policy, now);
            }
        }
    }

    fn names_whom_it_is_about(&mut self, event: &Event, rows: &MemoryRows) {
        let seat = |date, seat| (event.concert.expect("a seat is of a concert"), SeatKey { date, seat });
        let payer = |payment| rows.payments[payment].user;
        match &event.data {
            EventData::TokenEnded { user, sequence, reason } => {
                let ended = rows.ended_places[&(event.concert.expect("a place is of a concert"), *sequence)];
                assert_eq!((ended.place.user, ended.reason), (*user, *reason), "{event:?}");
            }
            EventData::SeatHeld { user, date, seat: number, .. } => {
                self.hands.insert(seat(*date, *number), Some(*user));
            }
            EventData::SeatReleased { user, date, seat: number, .. } => {
                assert_eq!(self.hands.remove(&seat(*date, *number)), Some(*user), "{event:?}");
            }
            EventData::SeatSold { user, date, seat: number, payment, ticket } => {
                assert_eq!(payer(payment), *user, "{event:?}");
                self.hands.insert(seat(*date, *number), *user);
                self.holders.insert(*ticket, *user);
            }
            EventData::PaymentPaid { user, payment, .. } | EventData::PaymentRefunded { user, payment, .. } => {
                assert_eq!(payer(payment), *user, "{event:?}");
            }
            EventData::TicketUsed { ticket, admittance, conflict, .. } => {
                assert_eq!(self.entries.insert(*ticket, admittance.clone()), *conflict, "{event:?}");
            }
            EventData::TicketReturned { ticket, admittance, .. } => {
                assert_eq!(self.entries.remove(ticket).as_ref(), Some(admittance), "{event:?}");
            }
            EventData::TicketTransferred { ticket, from, to, .. } => {
                assert_eq!(self.holders.insert(*ticket, Some(*to)), Some(*from), "{event:?}");
            }
            EventData::TokenIssued { .. }
            | EventData::TokenActivated { .. }
            | EventData::WalletCharged { .. }
            | EventData::WalletWithdrawn { .. }
            | EventData::ConcertChanged { .. }
            | EventData::ConcertDeleted
            | EventData::DateMoved { .. }
            | EventData::DateCalledOff { .. }
            | EventData::DateRefunding { .. }
            | EventData::SeatBlocked { .. }
            | EventData::SeatUnblocked { .. }
            | EventData::UserChanged { .. }
            | EventData::KeyChanged { .. }
            | EventData::MemberChanged { .. } => {}
        }
    }

    fn admission_is_allowed(&self, sale: &Sale, policy: Policy, now: Timestamp) {
        let active = sale.queue().active().len();
        assert!(policy.max_active.is_none_or(|most| active <= most as usize), "{active} ACTIVE are too many");
        if let Some((count, span)) = policy.admit {
            let within = |at: Timestamp| now.0 - at.0 < i64::from(span) * 1_000;
            let admitted = self.admissions.iter().filter(|(no, at)| *no == sale.no && within(*at)).count();
            assert!(admitted <= count as usize, "{admitted} admissions in a window for {count}");
        }
    }
}

/// What a rejection is, when a verdict is one.
fn rejection(verdict: &Result<(), ApplyError>) -> Option<&Rejection> {
    match verdict {
        Err(ApplyError::Rejected(rejection)) => Some(rejection),
        Err(ApplyError::Fault(fault)) => panic!("rows in memory are always read: {fault}"),
        Ok(()) => None,
    }
}
