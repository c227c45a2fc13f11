//! The one way in: what HTTP may ask of a running instance. Changes go to the sequencer, reads go to the views, the
//! state and the rows, and never wait for the writer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{oneshot, watch};

use super::presence::{Noted, Sighting};
use super::sequencer::Job;
use super::{Answer, ClockState, FreeSpace, Load, OnceGuard, SeatMap, Shared, SharedArray, Trouble};
use crate::domain::{
    Bearer, CalendarDate, Command, ConcertId, ConcertNo, Currency, EndReason, IssuedPlace, Once, PaymentId, PlaceView,
    Rejection, Reply, Rows, Sale, Selection, Settings, Standing, State, Stop, Timestamp, User, UserId, UserStanding,
    WallTime, judge, kept_answer, tables,
};
use crate::replica::Claim;
use crate::storage::Store;

/// A caller's way to the running instance; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

/// A command of a place, and what the committed state says of it.
pub struct Judged {
    command: Command,
    verdict: Result<(), Trouble>,
}

/// How a request with an idempotency key stands.
pub enum OnceState {
    /// It is the first; the guard goes with its command, or is dropped when nothing comes of it.
    First(OnceGuard),
    /// It was answered before.
    Kept(Reply),
}

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

    /// Does `command` durably. What is committed refuses it before it costs a flush.
    ///
    /// # Errors
    /// A rejection; [`Trouble::Overloaded`] when as many commands wait as may; a fault.
    pub async fn submit(&self, command: Command, once: Option<OnceGuard>) -> Result<Answer, Trouble> {
        judge(|| self.shared.replica.look(), self.shared.replica.store(), self.now(), &command)?;
        self.sequence(command, once).await
    }

    /// Does the command of a place durably, unless it was refused when it was judged. A reservation goes through the lease
    /// table: a claim that another's committed hold has won meanwhile costs no flush either.
    ///
    /// # Errors
    /// As [`Handle::submit`].
    pub async fn submit_judged(&self, judged: Judged, once: Option<OnceGuard>) -> Result<Answer, Trouble> {
        let Judged { command, verdict } = judged;
        verdict?;
        if let Command::Reserve { bearer, date, selection: Selection::Seats(seats) } = &command
            && let Claim::Lost { seat } =
                self.shared.replica.projections().leases.claim(*bearer, *date, seats, self.now())
        {
            return Err(Rejection::SeatTaken { seat }.into());
        }
        self.sequence(command, once).await
    }

    async fn sequence(&self, command: Command, once: Option<OnceGuard>) -> Result<Answer, Trouble> {
        self.send(command, once)?.await.map_err(|_| Trouble::Stopping)?
    }

    pub(super) fn send(
        &self,
        command: Command,
        once: Option<OnceGuard>,
    ) -> Result<oneshot::Receiver<Result<Answer, Trouble>>, Trouble> {
        let (answer, receiver) = oneshot::channel();
        self.shared.enter_channel()?;
        self.shared.jobs.send(Job::Do { command, once, answer }).map_err(|_| {
            self.shared.leave_channel();
            Trouble::Stopping
        })?;
        Ok(receiver)
    }

    /// As [`Handle::submit`], for threads; what is committed is not asked first.
    pub(super) fn submit_blocking(&self, command: Command) -> Result<Answer, Trouble> {
        self.send(command, None)?.blocking_recv().map_err(|_| Trouble::Stopping)?
    }

    /// Waits while a request with the same idempotency key is under way, then looks for its kept answer.
    ///
    /// # Errors
    /// [`Rejection::IdempotencyKeyReused`] when the key was used for another request; a fault.
    pub async fn begin_once(&self, once: Once) -> Result<OnceState, Trouble> {
        let guard = self.shared.in_flight.take(once).await;
        match kept_answer(self.shared.replica.store(), guard.once(), self.now())? {
            Some(Ok(reply)) => Ok(OnceState::Kept(reply)),
            Some(Err(rejection)) => Err(Trouble::Rejected(rejection)),
            None => Ok(OnceState::First(guard)),
        }
    }

    /// Looks at the committed state under a read lock: `look` is to be short and to do no I/O.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.replica.look())
    }

    /// A fresh id of a payment: a UUID of version 7 (RFC 9562), by the wall clock as this server sees it.
    pub fn payment_id(&self) -> PaymentId {
        let milliseconds = u64::try_from(self.wall_now().0).unwrap_or_default();
        let (seconds, nanoseconds) = (milliseconds / 1_000, (milliseconds % 1_000) as u32 * 1_000_000);
        let at = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanoseconds);
        PaymentId(uuid::Uuid::new_v7(at).as_u128())
    }

    /// The number of a concert, drafts included.
    pub fn concert_no(&self, id: &ConcertId) -> Option<ConcertNo> {
        self.shared.replica.projections().concert_no(id)
    }

    /// The rows as they are committed.
    pub fn store(&self) -> &Store {
        self.shared.replica.store()
    }

    /// A live place with all that its user is told of it; `None` when it has ended.
    pub fn issued_place(&self, bearer: Bearer) -> Option<IssuedPlace> {
        self.read(|state| state.sale(bearer.concert)?.issued_place(bearer, self.now(), state.settings()))
    }

    /// How a place stands whose token is used: that does not keep a place that waits, and is seen as the claim of one
    /// that was admitted. A place that was not seen for too long has ended, whether the writer has come to it or not.
    ///
    /// # Errors
    /// [`Rejection::PlaceEnded`] with why, [`Rejection::UnknownPlace`] when there never was such a place, a fault.
    pub fn standing(&self, bearer: Bearer) -> Result<PlaceView, Trouble> {
        let (noted, told, ()) = self.look_at(bearer, Sighting::Used, |_, _| ());
        self.standing_as(bearer, noted, told)
    }

    /// As [`Handle::standing`], and what the same look says of a command of the place: each look may meet the writer.
    ///
    /// # Errors
    /// Those of [`Handle::standing`].
    pub fn standing_for(&self, bearer: Bearer, command: Command) -> Result<(PlaceView, Judged), Trouble> {
        let store = self.shared.replica.store();
        let verdict = |state: &State, now| judge(|| state, store, now, &command).map_err(Trouble::from);
        let (noted, told, verdict) = self.look_at(bearer, Sighting::Used, verdict);
        let view = self.standing_as(bearer, noted, told)?;
        Ok((view, Judged { command, verdict }))
    }

    fn standing_as(
        &self,
        bearer: Bearer,
        noted: Noted,
        told: Option<Result<PlaceView, Trouble>>,
    ) -> Result<PlaceView, Trouble> {
        match (noted, told) {
            (Noted::InTime, Some(told)) => return told,
            (Noted::TooLate, _) => return Err(Rejection::PlaceEnded(EndReason::Abandoned).into()),
            (Noted::InTime, None) => {}
        }
        let ended = self.shared.replica.store().get::<tables::EndedPlaces>(&(bearer.concert, bearer.sequence))?;
        let ended = ended.filter(|ended| ended.place.user == bearer.user);
        Err(ended.map_or(Rejection::UnknownPlace, |ended| Rejection::PlaceEnded(ended.reason)).into())
    }

    /// How a place stands whose client asks after it, which counts as being seen. A place that was not seen for too long
    /// before is ended first.
    ///
    /// # Errors
    /// Those of [`Handle::standing`]; [`Trouble::Overloaded`] when an overdue place cannot be ended now.
    pub async fn ask_after(&self, bearer: Bearer) -> Result<PlaceView, Trouble> {
        let Bearer { concert, sequence, .. } = bearer;
        let sequences = vec![sequence];
        let (noted, told, ()) = self.look_at(bearer, Sighting::Asked, |_, _| ());
        let end = match (noted, told) {
            (Noted::InTime, Some(told)) => return told,
            (Noted::InTime, None) => return self.standing(bearer),
            (Noted::TooLate, Some(Ok(PlaceView::Active { .. }))) => Command::EndUnclaimed { concert, sequences },
            (Noted::TooLate, _) => Command::Abandon { concert, sequences },
        };
        self.sequence(end, None).await?;
        self.standing(bearer)
    }

    /// What the client of a place is told, where that is known without a row, whether the place was seen in time, and
    /// what `also` sees.
    fn look_at<T>(
        &self,
        bearer: Bearer,
        sighting: Sighting,
        also: impl FnOnce(&State, Timestamp) -> T,
    ) -> (Noted, Option<Result<PlaceView, Trouble>>, T) {
        self.read(|state| {
            let now = self.now();
            let told = told_of_live(state, bearer, now);
            let sale = state.sale(bearer.concert).filter(|_| matches!(told, Some(Ok(_))));
            let note = |sale| self.shared.presence.note(sale, bearer.sequence, now, state.settings(), sighting);
            (sale.map_or(Noted::InTime, note), told, also(state, now))
        })
    }

    /// A user who exists and may act.
    ///
    /// # Errors
    /// [`Rejection::UserNotFound`], also for a deleted one, [`Rejection::UserBlocked`], a fault.
    pub fn user(&self, user: UserId) -> Result<User, Trouble> {
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
    pub fn seat_map(&self, bearer: Bearer, date: CalendarDate) -> Option<(SeatMap, Vec<u32>)> {
        let now = self.now();
        let mine = |sale: &Sale| sale.seats_of(bearer.user, date, now);
        self.shared.replica.seat_map((bearer.concert, date), now, mine)
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
fn told_of_live(state: &State, bearer: Bearer, now: Timestamp) -> Option<Result<PlaceView, Trouble>> {
    let (sale, settings) = (state.sale(bearer.concert)?, state.settings());
    if let Some(view) = sale.place_view(bearer, now, settings) {
        return Some(Ok(view));
    }
    match sale.standing(bearer, now, settings) {
        Standing::Ended(reason) => Some(Err(Rejection::PlaceEnded(reason).into())),
        Standing::Waiting | Standing::Active { .. } | Standing::Gone => None,
    }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Rejected(rejection) => Self::Rejected(rejection),
            Stop::Fault(fault) => Self::from(fault),
        }
    }
}
