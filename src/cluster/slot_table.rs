//! Who owns which slot as the copy of this instance has it, and which of its own slots this instance answers for.

use parking_lot::RwLock;
use tokio::sync::watch;

use crate::domain::{ConcertId, Epoch, NodeId, Slot, SlotRow};

/// The slots as an instance knows them.
#[derive(Debug)]
pub struct SlotTable {
    own: NodeId,
    /// In their order; none before the cluster is formed.
    slots: RwLock<Vec<Known>>,
    /// Counts the changes.
    changes: watch::Sender<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    row: SlotRow,
    phase: Phase,
}

/// How an instance stands to a slot that it owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// What is overdue at its concerts comes first.
    Ahead,
    /// It answers, within its tenure.
    Taken,
    /// It has given the slot up, and answers no more under this epoch.
    Released,
}

/// Who answers for a slot, tenure apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Own,
    Other(NodeId),
    /// It is on its way from one to another.
    Nobody,
}

impl SlotTable {
    /// That of an instance which knows of no slot yet.
    #[must_use]
    pub fn new(own: NodeId) -> Self {
        Self { own, slots: RwLock::default(), changes: watch::Sender::default() }
    }

    /// Takes up who owns which slot: all of them, in their order.
    pub fn follow(&self, rows: impl Iterator<Item = (Slot, SlotRow)>) {
        let mut slots = self.slots.write();
        let before = std::mem::take(&mut *slots);
        *slots = rows
            .enumerate()
            .map(|(at, (_, row))| match before.get(at) {
                Some(known) if known.row == row => *known,
                Some(_) | None => Known { row, phase: Phase::Ahead },
            })
            .collect();
        let is_changed = *slots != before;
        drop(slots);
        if is_changed {
            self.note_change();
        }
    }

    /// The slot of a concert; nothing before the cluster is formed.
    #[must_use]
    pub fn slot_of(&self, concert: &ConcertId) -> Option<Slot> {
        let slots = u16::try_from(self.slots.read().len()).expect("slots have numbers of 16 bits");
        (slots > 0).then(|| Slot::of(concert, slots))
    }

    /// Who answers for a slot.
    #[must_use]
    pub fn owner(&self, slot: Slot) -> Owner {
        match self.slots.read().get(usize::from(slot.0)) {
            Some(Known { row, .. }) if row.owner != self.own => Owner::Other(row.owner),
            Some(Known { phase: Phase::Taken, .. }) => Owner::Own,
            Some(Known { phase: Phase::Ahead | Phase::Released, .. }) | None => Owner::Nobody,
        }
    }

    /// Who owns which slot.
    #[must_use]
    pub fn rows(&self) -> Vec<(Slot, SlotRow)> {
        self.select(|_| true)
    }

    /// The own slots that are still to be taken up.
    #[must_use]
    pub fn ahead(&self) -> Vec<(Slot, Epoch)> {
        self.own(|phase| phase == Phase::Ahead)
    }

    /// The own slots under whose epochs this instance may ask for something.
    #[must_use]
    pub fn held(&self) -> Vec<(Slot, Epoch)> {
        self.own(|phase| phase != Phase::Released)
    }

    /// The slots that this instance has given up and nobody has taken yet.
    #[must_use]
    pub fn released(&self) -> Vec<(Slot, Epoch)> {
        self.own(|phase| phase == Phase::Released)
    }

    /// Notes that this instance answers for a slot from now on, unless it has lost it meanwhile.
    pub fn take(&self, slot: Slot, epoch: Epoch) {
        self.turn(slot, epoch, |phase| if phase == Phase::Ahead { Phase::Taken } else { phase });
    }

    /// Gives a slot up: this instance does not answer for it any more. Says whether the slot was its own in that epoch.
    pub fn release(&self, slot: Slot, epoch: Epoch) -> bool {
        self.turn(slot, epoch, |_| Phase::Released)
    }

    /// Notes that this instance did not answer for some time: every own slot is to be taken up again.
    pub fn lapse(&self) {
        let mut slots = self.slots.write();
        let mut has_answered = false;
        for known in slots.iter_mut().filter(|known| known.phase == Phase::Taken) {
            known.phase = Phase::Ahead;
            has_answered = true;
        }
        drop(slots);
        if has_answered {
            self.note_change();
        }
    }

    /// Whether this instance answers for a slot, tenure apart.
    #[must_use]
    pub fn has_taken(&self) -> bool {
        self.slots.read().iter().any(|known| known.row.owner == self.own && known.phase == Phase::Taken)
    }

    /// Changes whenever something in the table does.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn turn(&self, slot: Slot, epoch: Epoch, turned: impl Fn(Phase) -> Phase) -> bool {
        let mut slots = self.slots.write();
        let known = slots.get_mut(usize::from(slot.0));
        let row = SlotRow { owner: self.own, epoch };
        let Some(known) = known.filter(|known| known.row == row) else { return false };
        known.phase = turned(known.phase);
        drop(slots);
        self.note_change();
        true
    }

    fn own(&self, is_meant: impl Fn(Phase) -> bool) -> Vec<(Slot, Epoch)> {
        let own = self.select(|known| known.row.owner == self.own && is_meant(known.phase));
        own.into_iter().map(|(slot, row)| (slot, row.epoch)).collect()
    }

    fn select(&self, is_meant: impl Fn(&Known) -> bool) -> Vec<(Slot, SlotRow)> {
        let slots = self.slots.read();
        let numbered = (0..).map(Slot).zip(slots.iter());
        numbered.filter(|(_, known)| is_meant(known)).map(|(slot, known)| (slot, known.row)).collect()
    }

    fn note_change(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Owner, SlotTable};
    use crate::domain::{Epoch, NodeId, Slot, SlotRow};

    const OWN: NodeId = NodeId(1);
    const OTHER: NodeId = NodeId(2);

    fn rows<const N: usize>(owners: [(NodeId, u32); N]) -> impl Iterator<Item = (Slot, SlotRow)> {
        let row = |(owner, epoch)| SlotRow { owner, epoch: Epoch(epoch) };
        (0..).map(Slot).zip(owners.map(row))
    }

    fn owners<const N: usize>(table: &SlotTable) -> [Owner; N] {
        std::array::from_fn(|slot| table.owner(Slot(slot as u16)))
    }

    #[test]
    fn an_own_slot_is_answered_for_from_its_taking_up_until_its_release() {
        let table = SlotTable::new(OWN);
        assert_eq!(owners(&table), [Owner::Nobody]);
        table.follow(rows([(OWN, 1), (OTHER, 1), (OWN, 3)]));
        assert_eq!(owners(&table), [Owner::Nobody, Owner::Other(OTHER), Owner::Nobody]);
        assert_eq!(table.ahead(), [(Slot(0), Epoch(1)), (Slot(2), Epoch(3))]);
        table.take(Slot(0), Epoch(1));
        table.take(Slot(1), Epoch(1));
        table.take(Slot(2), Epoch(2));
        assert_eq!(owners(&table), [Owner::Own, Owner::Other(OTHER), Owner::Nobody], "an epoch that was");
        assert!(table.release(Slot(0), Epoch(1)) && !table.release(Slot(1), Epoch(1)));
        table.take(Slot(0), Epoch(1));
        assert_eq!(owners(&table), [Owner::Nobody, Owner::Other(OTHER), Owner::Nobody], "not in this epoch");
        assert_eq!((table.released(), table.held()), (vec![(Slot(0), Epoch(1))], vec![(Slot(2), Epoch(3))]));
        table.follow(rows([(OWN, 2), (OTHER, 1), (OWN, 3)]));
        table.take(Slot(0), Epoch(2));
        assert_eq!(owners(&table), [Owner::Own, Owner::Other(OTHER), Owner::Nobody]);
    }

    #[test]
    fn what_stays_as_it_is_stays_taken_and_a_lapse_is_for_all() {
        let table = SlotTable::new(OWN);
        let mut changes = table.watch();
        table.follow(rows([(OWN, 1), (OWN, 1)]));
        table.take(Slot(0), Epoch(1));
        table.take(Slot(1), Epoch(1));
        changes.mark_unchanged();
        table.follow(rows([(OWN, 1), (OWN, 1)]));
        assert!(!changes.has_changed().expect("the table is here"));
        table.follow(rows([(OWN, 1), (OTHER, 2)]));
        assert!(changes.has_changed().expect("the table is here"));
        assert_eq!(owners(&table), [Owner::Own, Owner::Other(OTHER)]);
        table.release(Slot(0), Epoch(1));
        table.lapse();
        assert_eq!(table.released(), [(Slot(0), Epoch(1))], "what was given up stays so");
        table.follow(rows([(OWN, 2), (OTHER, 2)]));
        table.take(Slot(0), Epoch(2));
        table.lapse();
        assert_eq!((owners(&table), table.ahead()), ([Owner::Nobody, Owner::Other(OTHER)], vec![(Slot(0), Epoch(2))]));
    }
}
