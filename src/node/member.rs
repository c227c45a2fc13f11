//! This instance as one of several that order the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use super::presence::Presence;
use super::under_way::UnderWay;
use crate::cluster::{Instance, Owner};
use crate::domain::{Change, Digest, Sale, Settings, Slot, State, StateChange, Timestamp};
use crate::log::Index;
use crate::replica::Replica;
use crate::storage::codec;

/// What an instance has that is one of several.
pub(super) struct Member {
    pub instance: Arc<Instance>,
    pub under_way: UnderWay,
    pub digest: Mutex<DigestAt>,
    #[cfg(feature = "simulation")]
    pub auditing: super::audit::Auditing,
}

/// What became of every command up to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestAt {
    pub index: Index,
    pub digest: Digest,
}

impl DigestAt {
    /// Of a copy to which nothing is applied at this moment.
    fn of(replica: &Replica) -> Self {
        Self { index: replica.store().position().index(), digest: replica.look().digest() }
    }
}

impl Member {
    /// Over the copy that the instance starts with.
    pub(super) fn new(instance: Arc<Instance>, replica: &Replica) -> Self {
        let member = Self {
            instance,
            under_way: UnderWay::default(),
            digest: Mutex::new(DigestAt::of(replica)),
            #[cfg(feature = "simulation")]
            auditing: Default::default(),
        };
        member.instance.slots().follow(replica.look().slots());
        member.note_applied(replica);
        member.note_members(replica);
        member
    }

    /// Notes how far the copy has come, and what became of every command, as nothing is applied at this moment.
    pub(super) fn note_applied(&self, replica: &Replica) {
        let digest = DigestAt::of(replica);
        *self.digest.lock() = digest;
        self.instance.note_applied(digest.index, digest.digest.0);
    }

    /// Has the instance know which slots are whose from now on. At concerts of others it is not noted any more who is
    /// seen there.
    pub(super) fn note_slots(&self, state: &State, presence: &Presence) {
        let slots = self.instance.slots();
        slots.follow(state.slots());
        let own: BTreeSet<Slot> = slots.held().into_iter().map(|(slot, _)| slot).collect();
        let is_own = |sale: &Sale| state.slot_of(sale.id()).is_some_and(|slot| own.contains(&slot));
        presence.let_go(|concert| state.sale(concert).is_some_and(is_own));
    }

    /// Has it noted from now on who is seen at a concert that is new, where this instance leads it.
    pub(super) fn watch_new_concerts(&self, changes: &[Change], presence: &Presence, now: impl Fn() -> Timestamp) {
        let slots = self.instance.slots();
        for change in changes {
            if let Change::State(StateChange::Concerts(concert, Some(row))) = change
                && !presence.watches(*concert)
                && slots.slot_of(&row.id).is_some_and(|slot| slots.owner(slot) == Owner::Own)
            {
                presence.take_up([*concert], now());
            }
        }
    }

    /// Has the instance know who is a member from now on.
    pub(super) fn note_members(&self, replica: &Replica) {
        if let Some(row) = replica.look().members() {
            self.instance.follow_members(&row.members);
        }
    }
}

/// What tells settings from others.
pub(super) fn digest(settings: &Settings) -> u64 {
    let mut bytes = Vec::new();
    codec::encode_payload(settings, &mut bytes);
    blake3::hash(&bytes).as_bytes().iter().take(8).fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}
