//! What stands in front of the database and follows from committed changes alone: leases, seat maps, the numbers of the
//! concerts and their definitions. Every copy has them, and a start makes them anew from the state.

use std::sync::Arc;

use dashmap::DashMap;
use foldhash::fast::RandomState;

use super::leases::Leases;
use super::seat_maps::SeatMaps;
use super::seat_states::StatesOfDates;
use crate::domain::{
    Change, ConcertId, ConcertNo, Definition, KEY_HASH_BYTES, KeyId, SeatKey, SeatTable, State, StateChange,
};

pub struct Projections {
    pub leases: Leases,
    pub seat_maps: SeatMaps,
    pub seat_states: StatesOfDates,
    /// The number of each concert, drafts included, by its id.
    numbers: DashMap<ConcertId, ConcertNo, RandomState>,
    /// The definition of each concert, for readers of nothing else: a look at the state may meet the writer.
    definitions: DashMap<ConcertNo, Arc<Definition>, RandomState>,
    /// The id of each operator's key by its hash, so that whoever shows a wrong key costs no look at the state.
    operator_keys: DashMap<[u8; KEY_HASH_BYTES], KeyId, RandomState>,
}

impl Projections {
    /// The projections of a state as it was restored.
    pub fn of(state: &State) -> Self {
        let projections = Self {
            leases: Leases::default(),
            seat_maps: SeatMaps::default(),
            seat_states: StatesOfDates::default(),
            numbers: DashMap::default(),
            definitions: DashMap::default(),
            operator_keys: DashMap::default(),
        };
        projections.renew(state);
        projections
    }

    /// Follows a state that has taken the place of another. To be called before the write lock of the state is let go.
    pub fn renew(&self, state: &State) {
        self.leases.clear();
        for sale in state.sales() {
            for date in sale.row().definition.performances.iter().map(|performance| performance.date) {
                for (seat, row) in sale.seat_table(date).into_iter().flat_map(SeatTable::held) {
                    self.leases.note(sale.no, SeatKey { date, seat }, Some(row));
                }
            }
            self.numbers.insert(sale.row().id.clone(), sale.no);
            self.definitions.insert(sale.no, Arc::clone(&sale.row().definition));
        }
        // What stays is never away, since it is looked up without the state.
        self.numbers.retain(|id, number| state.sale(*number).is_some_and(|sale| sale.id() == id));
        self.definitions.retain(|number, _| state.sale(*number).is_some());
        for (key, row) in state.operators().iter() {
            self.operator_keys.insert(row.hash, key);
        }
        self.operator_keys.retain(|_, key| state.operators().get(*key).is_some());
        self.seat_maps.renew(state);
        self.seat_states.renew(state);
    }

    /// The number of a concert, drafts included.
    pub fn concert_no(&self, id: &ConcertId) -> Option<ConcertNo> {
        self.numbers.get(id).map(|number| *number)
    }

    /// The definition of a concert, drafts included.
    pub fn definition(&self, concert: ConcertNo) -> Option<Arc<Definition>> {
        self.definitions.get(&concert).map(|definition| Arc::clone(&definition))
    }

    /// The key of an operator, by its hash.
    pub fn operator_key(&self, hash: &[u8; KEY_HASH_BYTES]) -> Option<KeyId> {
        self.operator_keys.get(hash).map(|key| *key)
    }

    /// Every concert, drafts included.
    pub fn concerts(&self) -> Vec<ConcertNo> {
        self.numbers.iter().map(|number| *number).collect()
    }

    /// Takes up what a command changed. To be called before the write lock of the state is let go.
    pub fn note(&self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::State(change) => self.note_state(change),
                Change::Restored(_) | Change::Record(_) => {}
            }
        }
    }

    fn note_state(&self, change: &StateChange) {
        self.seat_maps.note(change);
        self.seat_states.note(change);
        match change {
            StateChange::Seats((concert, key), row) => self.leases.note(*concert, *key, row.as_ref()),
            StateChange::Concerts(concert, Some(row)) => {
                self.definitions.insert(*concert, Arc::clone(&row.definition));
                self.numbers.insert(row.id.clone(), *concert);
            }
            StateChange::Concerts(concert, None) => {
                self.numbers.retain(|_, number| number != concert);
                self.definitions.remove(concert);
            }
            StateChange::OperatorKeys(key, Some(row)) => {
                self.operator_keys.insert(row.hash, *key);
            }
            StateChange::OperatorKeys(key, None) => self.operator_keys.retain(|_, known| known != key),
            StateChange::Settings(..)
            | StateChange::Clock(..)
            | StateChange::Places(..)
            | StateChange::Archives(..)
            | StateChange::Blocked(..) => {}
        }
    }
}
