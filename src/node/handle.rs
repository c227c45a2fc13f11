//! The one way in: what HTTP may ask of a running instance. Changes go to the sequencer, reads go to the views, the
//! state and the rows, and never wait for the writer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::watch;

use super::caller::Caller;
use super::free_space::FreeSpace;
use super::presence::{Noted, Sighting};
use super::shared::Shared;
use super::submit_error::SubmitError;
use crate::domain::commands::{Abandon, EndUnclaimed};
use crate::domain::{
    CalendarDate, Command, ConcertId, ConcertNo, Currency, EndReason, IssuedPlace, LivePlace, PaymentId, PlaceRef,
    PlaceView, Rejection, Rows, Sale, Settings, Standing, State, TicketId, Timestamp, User, UserId, UserStanding,
    WallOffset, WallTime, tables,
};
use crate::random_ids::id_by_time;
use crate::replica::{SeatMap, SharedArray};
use crate::storage::Store;

/// A caller's way to the running instance; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

/// How much work waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Commands that wait for the writer.
    pub channel_depth: usize,
    /// Rows that are committed in the log and not yet in the database.
    pub overlay_rows: usize,
}

/// How the wall clock lies to the log's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockState {
    pub offset: WallOffset,
    /// How often it was found to have been set since the start, the start included.
    pub corrections: u64,
}

/// What there is to tell of a live place: how it stands ([`Sale::place_view`]), or all that its client is told
/// ([`Sale::told_place`]).
type Tell<T> = fn(&Sale, PlaceRef, Timestamp, &Settings) -> Option<T>;

impl Handle {
    /// The leader's time, on which durations run.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// What the wall clock shows, as far as its corrections are committed.
    pub fn wall_now(&self) -> WallTime {
        self.read(|state| state.wall(self.now()))
    }

    /// The currency of every amount, the same for as long as the instance runs.
    pub fn currency(&self) -> Currency {
        self.shared.currency
    }

    /// The settings as they are committed.
    pub fn settings(&self) -> Settings {
        self.read(|state| state.settings().clone())
    }

    /// Looks at the committed state under a read lock: `look` is to be short and to do no I/O.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.replica.look())
    }

    /// A fresh id of a payment: a UUID of version 7 (RFC 9562), by the wall clock as this server sees it.
    pub fn payment_id(&self) -> PaymentId {
        PaymentId(self.uuid_by_time())
    }

    /// A fresh id of a ticket: made like that of a payment, so that rows come in order, with 74 random bits, so that
    /// nobody guesses one from another.
    pub fn ticket_id(&self) -> TicketId {
        TicketId(self.uuid_by_time())
    }

    fn uuid_by_time(&self) -> u128 {
        // Without a look at the state, which may meet the writer.
        let (now, anchor) = self.shared.clock.stamp();
        let milliseconds = u64::try_from(now.on_wall(anchor.offset).0).unwrap_or_default();
        id_by_time(milliseconds)
    }

    /// The number of a concert, drafts included.
    pub fn concert_no(&self, id: &ConcertId) -> Option<ConcertNo> {
        self.shared.replica.projections().concert_no(id)
    }

    /// The rows as they are committed.
    pub(super) fn store(&self) -> &Store {
        self.shared.replica.store()
    }

    /// A live place with all that its user is told of it; `None` when it has ended.
    pub fn issued_place(&self, place_ref: PlaceRef) -> Option<IssuedPlace> {
        let now = self.now();
        self.read(|state| {
            let sale = state.sale(place_ref.concert)?;
            sale.issued_place(sale.early_ends(now), place_ref, now, state.settings())
        })
    }

    /// How a place stands whose token is used: that does not keep a place that waits, and is seen as the claim of one
    /// that was admitted. A place that was not seen for too long has ended, whether the writer has come to it or not.
    ///
    /// # Errors
    /// [`Rejection::PlaceEnded`] with why, [`Rejection::UnknownPlace`] when there never was such a place, a fault.
    pub fn standing(&self, place_ref: PlaceRef) -> Result<PlaceView, SubmitError> {
        self.used(place_ref, Sale::place_view)
    }

    /// The same with what the client of a place is told of the sale, for which the free seats of all dates are counted.
    ///
    /// # Errors
    /// Those of [`Handle::standing`].
    pub fn told_place(&self, place_ref: PlaceRef) -> Result<LivePlace, SubmitError> {
        self.used(place_ref, Sale::told_place)
    }

    fn used<T>(&self, place_ref: PlaceRef, tell: Tell<T>) -> Result<T, SubmitError> {
        match self.look_at(place_ref, Sighting::Used, tell) {
            (Noted::InTime, Some(told)) => return told,
            (Noted::TooLate, _) => return Err(Rejection::PlaceEnded(EndReason::Abandoned).into()),
            (Noted::InTime, None) => {}
        }
        let ended = self.shared.replica.store().get::<tables::EndedPlaces>(&(place_ref.concert, place_ref.sequence))?;
        let ended = ended.filter(|ended| ended.place.user == place_ref.user);
        Err(ended.map_or(Rejection::UnknownPlace, |ended| Rejection::PlaceEnded(ended.reason)).into())
    }

    /// How a place stands whose client asks after it, which counts as being seen. A place that was not seen for too long
    /// before is ended first.
    ///
    /// # Errors
    /// Those of [`Handle::standing`]; [`SubmitError::Overloaded`] when an overdue place cannot be ended now.
    pub async fn ask_after(&self, place_ref: PlaceRef) -> Result<LivePlace, SubmitError> {
        let PlaceRef { concert, sequence, .. } = place_ref;
        let sequences = vec![sequence];
        let (noted, told) = self.look_at(place_ref, Sighting::Asked, Sale::told_place);
        let end: Command = match (noted, told) {
            (Noted::InTime, Some(told)) => return told,
            (Noted::InTime, None) => return self.told_place(place_ref),
            (Noted::TooLate, Some(Ok(LivePlace { view: PlaceView::Active { .. }, .. }))) => {
                EndUnclaimed { concert, sequences }.into()
            }
            (Noted::TooLate, _) => Abandon { concert, sequences }.into(),
        };
        self.sequence(end, Caller::default()).await?;
        self.told_place(place_ref)
    }

    /// What the client of a place is told, where that is known without a row, and whether the place was seen in time.
    fn look_at<T>(
        &self,
        place_ref: PlaceRef,
        sighting: Sighting,
        tell: Tell<T>,
    ) -> (Noted, Option<Result<T, SubmitError>>) {
        self.read(|state| {
            let now = self.now();
            let told = told_of_live(state, place_ref, now, tell);
            let sale = state.sale(place_ref.concert).filter(|_| matches!(told, Some(Ok(_))));
            let note = |sale| self.shared.presence.note(sale, place_ref.sequence, now, state.settings(), sighting);
            (sale.map_or(Noted::InTime, note), told)
        })
    }

    /// A user who exists and may act.
    ///
    /// # Errors
    /// [`Rejection::UserNotFound`], also for a deleted one, [`Rejection::UserBlocked`], a fault.
    pub fn user(&self, user: UserId) -> Result<User, SubmitError> {
        let row = self.shared.replica.store().get::<tables::Users>(&user)?.filter(|row| row.deleted_at.is_none());
        match row.ok_or(Rejection::UserNotFound)? {
            row if row.standing == UserStanding::Blocked => Err(Rejection::UserBlocked.into()),
            row => Ok(row),
        }
    }

    /// The free seats of a date as a JSON array of their numbers; `None` when it is not bookable.
    pub fn available(&self, concert: ConcertNo, date: CalendarDate) -> Option<Arc<SharedArray>> {
        self.shared.replica.free_seats((concert, date), self.now())
    }

    /// The seat map of a date and, of the same moment, the seats that the place's user holds or owns, ascending; `None`
    /// when there is no such date.
    pub fn seat_map(&self, place_ref: PlaceRef, date: CalendarDate) -> Option<(SeatMap, Vec<u32>)> {
        let now = self.now();
        let mine = |sale: &Sale| sale.seats_of(place_ref.user, date, now);
        self.shared.replica.seat_map((place_ref.concert, date), now, mine)
    }

    /// Changes whenever something of the concert does.
    pub fn watch_concert(&self, concert: ConcertNo) -> watch::Receiver<u64> {
        self.shared.followers.watch(concert)
    }

    /// The sequence number of the newest committed event.
    pub fn watch_events(&self) -> watch::Receiver<u64> {
        self.shared.newest_event.subscribe()
    }

    /// How much room the disk of the data folder has.
    pub fn free_space(&self) -> FreeSpace {
        self.shared.disk.last()
    }

    /// How the wall clock lies to the log's time.
    pub fn clock_state(&self) -> ClockState {
        let offset = self.read(|state| state.clock().anchor.offset);
        ClockState { offset, corrections: self.shared.clock_corrections.load(Ordering::Relaxed) }
    }

    /// How much waits for the writer and for the tables.
    pub fn load(&self) -> Load {
        let channel_depth = self.shared.channel_depth.load(Ordering::Relaxed);
        Load { channel_depth, overlay_rows: self.shared.replica.store().rows_pending() }
    }
}

/// What the client of a place is told, when that is known without a row: not of a place that is unknown or ended before.
fn told_of_live<T>(
    state: &State,
    place_ref: PlaceRef,
    now: Timestamp,
    tell: Tell<T>,
) -> Option<Result<T, SubmitError>> {
    let (sale, settings) = (state.sale(place_ref.concert)?, state.settings());
    if let Some(told) = tell(sale, place_ref, now, settings) {
        return Some(Ok(told));
    }
    match sale.standing(place_ref, now, settings) {
        Standing::Ended(reason) => Some(Err(Rejection::PlaceEnded(reason).into())),
        Standing::Waiting | Standing::Active { .. } | Standing::Gone => None,
    }
}
