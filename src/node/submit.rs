//! Commands on their way to the writer: judged by what is committed, so that a refusal costs no flush, then put in line.

use std::cell::Cell;
use std::ops::Deref;
use std::time::Duration;

use parking_lot::RwLockReadGuard;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::answer::Answer;
use super::caller::Caller;
use super::handle::Handle;
use super::idempotency::KeyGuard;
use super::job::Job;
use super::presence::{Noted, Sighting};
use super::submit_error::{Fate, SubmitError};
use crate::domain::commands::{Answers, Join, Reserve};
use crate::domain::{
    Command, ConcertNo, EndReason, Idempotency, Joined, PlaceRef, Rejection, Reply, Selection, Standing, State,
    Timestamp, UserId, View, kept_answer,
};
use crate::replica::{Claim, Replica};
use crate::storage::Store;

/// How long a command may be on its way into a log that several instances order: longer than it takes them to find
/// another leader.
const SHARED_LIMIT: Duration = Duration::from_secs(5);

/// How a request with an idempotency key stands.
pub enum KeyState {
    /// It is the first; the guard goes with its command, or is dropped when nothing comes of it.
    First(KeyGuard),
    /// It was answered before.
    Kept(Reply),
}

/// What is committed, as commands are judged by it.
struct Committed<'a> {
    replica: &'a Replica,
    /// A look that was taken for something else, for the first who asks: each look may meet the writer.
    look: Cell<Option<RwLockReadGuard<'a, State>>>,
    now: Timestamp,
}

/// Which instances have to know of a command before it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KnownBy {
    /// The one that is asked.
    Asked,
    /// All: it ends something wherever a user has a place, or a key is good or not good any more from then on.
    Everyone,
}

impl KnownBy {
    fn of(command: &Command) -> Self {
        let is_known_everywhere = matches!(
            command,
            Command::SetUserStanding(_) | Command::DeleteUser(_) | Command::CreateKey(_) | Command::RemoveKey(_)
        );
        if is_known_everywhere { Self::Everyone } else { Self::Asked }
    }
}

impl View for Committed<'_> {
    type Rows = Store;

    fn state(&self) -> impl Deref<Target = State> {
        self.look.take().unwrap_or_else(|| self.replica.look())
    }

    fn rows(&self) -> &Store {
        self.replica.store()
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

impl Handle {
    /// Does `command` durably. What is committed refuses it before it costs a flush.
    ///
    /// # Errors
    /// A rejection; [`SubmitError::Overloaded`] when as many commands wait as may; a fault.
    pub async fn submit<C: Answers>(&self, command: C, caller: Caller) -> Result<Answer<C::Reply>, SubmitError> {
        let command = command.into();
        command.judge(&Committed { replica: &self.shared.replica, look: Cell::new(None), now: self.now() })?;
        let known_by = KnownBy::of(&command);
        let answer = self.sequence(command, caller).await?.typed()?;
        if known_by == KnownBy::Everyone
            && let Some(member) = &self.shared.member
        {
            member.instance.known_everywhere().await;
        }
        Ok(answer)
    }

    /// Takes a place in the queue durably, or gives the one that the user has.
    ///
    /// # Errors
    /// As [`Handle::submit`].
    pub async fn join(&self, concert: ConcertNo, user: UserId, caller: Caller) -> Result<Answer<Joined>, SubmitError> {
        let now = self.now();
        let early_ends = self.shared.replica.look().sale(concert).map(|sale| sale.early_ends(now)).unwrap_or_default();
        let answer = self.submit(Join { concert, user, early_ends }, caller).await;
        self.note_refusal(concert, answer)
    }

    /// Does a command of a queue place durably, which counts as a use of its token: that does not keep a place that
    /// waits, and is seen as the claim of one that was admitted. A reservation goes through the lease table: a claim that
    /// another's committed hold has won meanwhile costs no flush either.
    ///
    /// # Errors
    /// As [`Handle::submit`]; [`Rejection::PlaceEnded`] when the place was not seen for too long.
    pub async fn submit_of_place<C: Answers>(
        &self,
        place_ref: PlaceRef,
        command: C,
        caller: Caller,
    ) -> Result<Answer<C::Reply>, SubmitError> {
        let command = command.into();
        let answer = match self.judge_of_place(place_ref, &command) {
            Ok(()) => self.sequence(command, caller).await.and_then(Answer::typed),
            Err(error) => Err(error),
        };
        self.note_refusal(place_ref.concert, answer)
    }

    /// Counts a request about a concert that is refused.
    fn note_refusal<T>(&self, concert: ConcertNo, answer: Result<T, SubmitError>) -> Result<T, SubmitError> {
        if let Err(SubmitError::Rejected(_)) = &answer {
            self.shared.refusals.note(concert);
        }
        answer
    }

    fn judge_of_place(&self, place_ref: PlaceRef, command: &Command) -> Result<(), SubmitError> {
        let (look, now) = (self.shared.replica.look(), self.now());
        if let Some(sale) = look.sale(place_ref.concert)
            && matches!(sale.standing(place_ref, now, look.settings()), Standing::Waiting | Standing::Active { .. })
            && self.shared.presence.note(sale, place_ref.sequence, now, look.settings(), Sighting::Used)
                == Noted::TooLate
        {
            return Err(Rejection::PlaceEnded(EndReason::Abandoned).into());
        }
        command.judge(&Committed { replica: &self.shared.replica, look: Cell::new(Some(look)), now })?;
        if let Command::Reserve(Reserve { place_ref, date, selection: Selection::Seats(seats), .. }) = command
            && let Claim::Lost { seat } =
                self.shared.replica.projections().leases.claim(*place_ref, *date, seats, self.now())
        {
            return Err(Rejection::SeatTaken { seat }.into());
        }
        Ok(())
    }

    pub(super) async fn sequence(&self, command: Command, caller: Caller) -> Result<Answer<Reply>, SubmitError> {
        let answer = self.send(command, caller)?;
        let answered = match &self.shared.member {
            None => answer.await,
            Some(_) => match timeout(SHARED_LIMIT, answer).await {
                Ok(answered) => answered,
                Err(_) => return Err(SubmitError::NoLeader { fate: Fate::Unknown }),
            },
        };
        answered.map_err(|_| SubmitError::Stopping)?
    }

    pub(super) fn send(
        &self,
        command: Command,
        caller: Caller,
    ) -> Result<oneshot::Receiver<Result<Answer<Reply>, SubmitError>>, SubmitError> {
        let (answer, receiver) = oneshot::channel();
        self.shared.enter_channel()?;
        self.shared.jobs.send(Job::Do { command, caller, answer }).map_err(|_| {
            self.shared.leave_channel();
            SubmitError::Stopping
        })?;
        Ok(receiver)
    }

    /// Waits while a request with the same idempotency key is under way, then looks for its kept answer.
    ///
    /// # Errors
    /// [`Rejection::IdempotencyKeyReused`] when the key was used for another request; a fault.
    pub async fn claim_key(&self, idempotency: Idempotency) -> Result<KeyState, SubmitError> {
        let guard = self.shared.in_flight.take(idempotency).await;
        match kept_answer(self.shared.replica.store(), guard.idempotency(), self.now())? {
            Some(Ok(reply)) => Ok(KeyState::Kept(reply)),
            Some(Err(rejection)) => Err(SubmitError::Rejected(rejection)),
            None => Ok(KeyState::First(guard)),
        }
    }
}
