//! What may be applied of what an instance adds to an entry: a part when it is its turn, and of that each command whose
//! concert the instance leads.

use crate::domain::commands::Command;
use crate::domain::state::State;
use crate::domain::words::{
    Change, ClusterRow, ConcertId, Epoch, MembersRow, NodeId, OriginRow, RowFault, Rows, Slot, SlotRow, Table, tables,
};

/// Where a part of an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartOrigin {
    pub node: NodeId,
    /// Which life of its process, from 1.
    pub incarnation: u64,
    /// Counts the parts of that life, from 1.
    pub number: u64,
}

/// What an instance asks for, and under which epochs of the slots that it believes to own.
#[derive(Clone, Copy, Debug)]
pub struct Fence<'a> {
    pub origin: NodeId,
    /// That of the entry.
    pub term: u64,
    pub epochs: &'a [(Slot, Epoch)],
}

/// Why nothing of a part is applied: it was applied before, it leaves out one before it, or its process is gone and
/// another has enrolled since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfTurn;

impl State {
    /// The instances that order the log together; `None` alone.
    pub fn members(&self) -> Option<&MembersRow> {
        self.ownership.members.as_ref()
    }

    /// Takes up which instances order the log from now on, and gives the row that notes it.
    pub fn set_members(&mut self, members: MembersRow) -> Change {
        self.ownership.members = Some(members.clone());
        tables::Members::change((), Some(members))
    }

    /// What the instances that lead together share; `None` alone.
    pub fn cluster(&self) -> Option<&ClusterRow> {
        self.ownership.cluster.as_ref()
    }

    /// The slot of a concert; `None` alone.
    pub fn slot_of(&self, concert: &ConcertId) -> Option<Slot> {
        self.cluster().map(|cluster| Slot::of(concert, cluster.slots))
    }

    /// Who leads each slot, in their order; none alone.
    pub fn slots(&self) -> impl Iterator<Item = (Slot, SlotRow)> {
        self.ownership.slots.iter().map(|(slot, row)| (*slot, *row))
    }

    /// How far an instance has come; `None` when it never enrolled.
    pub fn origin(&self, node: NodeId) -> Option<OriginRow> {
        self.ownership.origins.get(&node).copied()
    }

    /// Takes the turn of a part, and gives the row that notes it.
    ///
    /// # Errors
    /// It is not the next part of its origin.
    pub fn take_turn(&mut self, part: PartOrigin) -> Result<Change, OutOfTurn> {
        let PartOrigin { node, incarnation, number } = part;
        match self.ownership.origins.get_mut(&node) {
            Some(row)
                if row.incarnation == incarnation
                    && (row.number + 1 == number || planted!(NumberIgnored) && row.number >= number) =>
            {
                row.number = row.number.max(number);
                Ok(tables::Origins::change(node, Some(*row)))
            }
            Some(_) | None => Err(OutOfTurn),
        }
    }

    /// Whether `command` may be applied: the slot of the concert that it is about is led by the instance that asks for it,
    /// and was ever since it looked. A slot is assigned in the term in which that was decided. Who asks for what else is
    /// about no concert alone is not looked at.
    ///
    /// # Errors
    /// A row could not be read.
    pub fn admits(&self, command: &Command, rows: &impl Rows, fence: Fence<'_>) -> Result<bool, RowFault> {
        let Some(cluster) = self.cluster() else { return Ok(true) };
        if let Command::Assign(assign) = command {
            return Ok(assign.term == fence.term);
        }
        let Some(concert) = command.concert(self, rows)? else { return Ok(true) };
        let slot = Slot::of(&concert, cluster.slots);
        let leads = |row: &SlotRow| row.owner == fence.origin && fence.epochs.contains(&(slot, row.epoch));
        Ok(planted!(EpochIgnored) || self.ownership.slots.get(&slot).is_some_and(leads))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fence, OutOfTurn, PartOrigin};
    use crate::domain::commands::{Assign, CreateConcert, CreateUser, DeleteConcert, Enrol, Form, Join, Refund, Sell};
    use crate::domain::fixtures::definition;
    use crate::domain::{
        CalendarDate, ClusterRow, Command, ConcertId, ConcertNo, Counterpart, Definition, EarlyEnds, Epoch, Layout,
        Means, MemoryRows, NodeId, OriginRow, PaymentId, Performance, RefundPart, RefundTo, Slot, SlotRow, Stamped,
        State, TicketId, Timestamp, UserId, Username, WallTime,
    };

    const FIRST: NodeId = NodeId(1);
    const SECOND: NodeId = NodeId(2);
    const TERM: u64 = 3;

    #[derive(Default)]
    struct Office {
        state: State,
        rows: MemoryRows,
    }

    impl Office {
        fn run(&mut self, command: impl Into<Command>) {
            let stamped = Stamped { now: Timestamp(1), idempotency: None, by: None, command: command.into() };
            self.rows.commit(&mut self.state, &stamped).0.expect("it is accepted");
        }

        /// A restart from the rows, which is told apart from what went on by nothing.
        fn restarted(&self) -> State {
            let restored = self.rows.restored();
            assert!(restored.slots().eq(self.state.slots()));
            assert_eq!(restored.cluster(), self.state.cluster());
            assert_eq!(
                [FIRST, SECOND].map(|node| restored.origin(node)),
                [FIRST, SECOND].map(|it| self.state.origin(it))
            );
            restored
        }

        fn admits(&self, command: impl Into<Command>, origin: NodeId, epochs: &[(Slot, Epoch)]) -> bool {
            let command = command.into();
            let fence = Fence { origin, term: TERM, epochs };
            let admits = self.state.admits(&command, &self.rows, fence).expect("read");
            assert_eq!(self.restarted().admits(&command, &self.rows, fence), Ok(admits));
            admits
        }
    }

    fn spring() -> ConcertId {
        ConcertId::parse("spring").expect("an id")
    }

    /// Two instances, of which the first leads all, with a concert.
    fn formed() -> Office {
        let mut office = Office::default();
        office.run(CreateConcert { id: spring(), definition: Box::new(definition()) });
        let cluster = ClusterRow { id: 7, slots: 4, sealed_keys: vec![1, 2] };
        office.run(Form { cluster: cluster.clone(), node: FIRST });
        office.run(Form { cluster: ClusterRow { slots: 9, ..cluster }, node: SECOND });
        office
    }

    #[test]
    fn a_cluster_is_formed_once_and_whoever_forms_it_leads_every_slot() {
        let office = formed();
        let row = SlotRow { owner: FIRST, epoch: Epoch(1) };
        assert!(office.restarted().slots().eq((0..4).map(|slot| (Slot(slot), row))), "the second form did nothing");
    }

    #[test]
    fn of_two_that_move_a_slot_at_once_one_does() {
        let mut office = formed();
        office.run(Assign { slot: Slot(2), from: Epoch(1), to: SECOND, term: TERM });
        office.run(Assign { slot: Slot(2), from: Epoch(1), to: FIRST, term: TERM });
        office.run(Assign { slot: Slot(9), from: Epoch(1), to: SECOND, term: TERM });
        let moved = SlotRow { owner: SECOND, epoch: Epoch(2) };
        assert_eq!(office.restarted().slots().nth(2), Some((Slot(2), moved)));
        assert_eq!(office.state.slots().count(), 4);
    }

    #[test]
    fn a_slot_is_assigned_by_an_entry_of_the_term_in_which_that_was_decided() {
        let office = formed();
        let assign = |term| Assign { slot: Slot(2), from: Epoch(1), to: SECOND, term };
        let admitted = [TERM - 1, TERM, TERM + 1].map(|term| office.admits(assign(term), FIRST, &[]));
        assert_eq!(admitted, [false, true, false]);
    }

    #[test]
    fn a_command_of_a_concert_needs_the_owner_of_its_slot_and_the_epoch_that_it_is_in() {
        let mut office = formed();
        let slot = office.state.slot_of(&spring()).expect("formed");
        let join = Join { concert: ConcertNo(1), user: UserId(1), early_ends: EarlyEnds::default() };
        let anew = CreateConcert { id: spring(), definition: Box::new(definition()) };
        let other = Slot((slot.0 + 1) % 4);
        for (epochs, expected) in [
            (vec![(slot, Epoch(1))], true),
            (vec![], false),
            (vec![(other, Epoch(1))], false),
            (vec![(slot, Epoch(2))], false),
        ] {
            assert_eq!(office.admits(join, FIRST, &epochs), expected, "{epochs:?}");
            assert_eq!(
                office.admits(anew.clone(), FIRST, &epochs),
                expected,
                "a concert that is not there yet, {epochs:?}"
            );
            assert_eq!(office.admits(DeleteConcert { concert: ConcertNo(1) }, FIRST, &epochs), expected);
            assert!(!office.admits(join, SECOND, &epochs), "who does not lead it");
        }
        let user = CreateUser { user: UserId(9), username: Username::plain("lee"), email: None };
        assert!(office.admits(user, SECOND, &[]), "it is about no concert");
        office.run(Assign { slot, from: Epoch(1), to: SECOND, term: TERM });
        assert!(!office.admits(join, FIRST, &[(slot, Epoch(1))]), "it leads it no more");
        assert!(!office.admits(join, SECOND, &[(slot, Epoch(1))]), "it looked before it led");
        assert!(office.admits(join, SECOND, &[(slot, Epoch(2))]));
    }

    #[test]
    fn a_refund_is_of_the_concert_of_its_payment() {
        let mut office = Office::default();
        let date = CalendarDate::new(2030, 12, 24).expect("a date");
        let performance = Performance {
            date,
            moved_to: None,
            called_off: None,
            starts_at_minutes: None,
            bookable_until: WallTime(i64::MAX),
            layout: Layout::Plain { seats: 1, price: 5 },
        };
        let definition = Definition { performances: vec![performance], ..definition() };
        office.run(CreateConcert { id: spring(), definition: Box::new(definition) });
        let payment = PaymentId(1);
        office.run(Sell {
            concert: ConcertNo(1),
            date,
            seats: vec![1],
            buyer: Counterpart::Guest(None),
            paid_by: Means::Cash,
            price: None,
            reason: None,
            payment,
            tickets: vec![TicketId(1)],
        });
        office.run(Form { cluster: ClusterRow { id: 7, slots: 4, sealed_keys: Vec::new() }, node: FIRST });
        let slot = office.state.slot_of(&spring()).expect("formed");
        let refund = Refund { payment, part: RefundPart::Whole, to: RefundTo::Origin, reason: "ill".to_owned() };
        assert!(office.admits(refund.clone(), FIRST, &[(slot, Epoch(1))]));
        assert!(!office.admits(refund.clone(), FIRST, &[]));
        assert!(!office.admits(refund, SECOND, &[(slot, Epoch(1))]));
    }

    #[test]
    fn alone_everything_is_admitted() {
        let mut office = Office::default();
        office.run(CreateConcert { id: spring(), definition: Box::new(definition()) });
        let join = Join { concert: ConcertNo(1), user: UserId(1), early_ends: EarlyEnds::default() };
        assert!(office.admits(join, NodeId(0), &[]));
        assert_eq!(office.state.slot_of(&spring()), None);
    }

    #[test]
    fn parts_are_applied_in_turn_once_and_never_behind_the_next_life_of_their_origin() {
        let mut office = formed();
        let part = |incarnation, number| PartOrigin { node: SECOND, incarnation, number };
        assert_eq!(office.state.take_turn(part(1, 1)), Err(OutOfTurn), "it never enrolled");
        office.run(Enrol { node: SECOND, incarnation: 1 });
        for (part, taken) in [
            (part(1, 2), false),
            (part(1, 1), true),
            (part(1, 1), false),
            (part(1, 3), false),
            (part(1, 2), true),
            (part(2, 3), false),
            (part(2, 1), false),
        ] {
            let turn = office.state.take_turn(part);
            assert_eq!(turn.is_ok(), taken, "{part:?}");
            office.rows.put_all(turn.into_iter().collect());
        }
        office.run(Enrol { node: SECOND, incarnation: 1 });
        let origin = Some(OriginRow { incarnation: 1, number: 2 });
        assert_eq!(office.restarted().origin(SECOND), origin, "it has begun that life");
        office.run(Enrol { node: SECOND, incarnation: 3 });
        office.run(Enrol { node: SECOND, incarnation: 2 });
        assert_eq!(office.restarted().origin(SECOND), Some(OriginRow { incarnation: 3, number: 0 }));
        assert_eq!(office.state.take_turn(part(1, 3)), Err(OutOfTurn), "of a life that is over");
        assert!(office.state.take_turn(part(3, 1)).is_ok());
    }
}
