//! From an action to what the model does for it: time, idempotency keys, what is due, and which function does the rest.

use jari::domain::{Command, Done, Idempotency, Origin, Rejection, Reply, Timestamp, commands};

use super::actions::{Action, comes_after_ticks};
use super::naive::{Kept, Model};

const DAY_SECONDS: u32 = 86_400;

impl Model {
    pub(crate) fn act(&mut self, action: &Action) {
        self.answer = None;
        match action {
            Action::Runs(until) => self.run(*until),
            Action::IsDown(until) => self.now = *until,
            Action::Restart => {}
            Action::Revise(concert, revision) => {
                (0..self.concerts.len()).for_each(|it| self.touch(it));
                let result = self.revise(*concert, revision).map(|()| Reply::Done(Done));
                self.touch(*concert);
                self.answer = Some((result, Origin::Fresh));
            }
            Action::Ask(command, idempotency) => {
                if comes_after_ticks(command) {
                    (0..self.concerts.len()).for_each(|it| self.touch(it));
                }
                self.answer = Some(self.ask(command, idempotency.as_ref()));
            }
        }
    }

    /// Time passes and everything is done when it is due.
    fn run(&mut self, until: Timestamp) {
        loop {
            (0..self.concerts.len()).for_each(|concert| self.touch(concert));
            let moments = self.concerts.iter().flat_map(|concert| concert.moments(&self.settings));
            let next = moments.filter(|at| self.now < *at && *at <= until).min();
            let Some(next) = next else { break };
            self.now = next;
        }
        self.now = until;
    }

    fn ask(&mut self, command: &Command, idempotency: Option<&Idempotency>) -> (Result<Reply, Rejection>, Origin) {
        assert!(is_played(command), "no action asks for {command:?}");
        if let Some(idempotency) = idempotency {
            let fresh = |kept: &&Kept| kept.key == idempotency.key && self.now < kept.at.plus_seconds(DAY_SECONDS);
            if let Some(kept) = self.kept.iter().rfind(fresh) {
                let same = kept.fingerprint == idempotency.fingerprint;
                let result = if same { Ok(kept.reply.clone()) } else { Err(Rejection::IdempotencyKeyReused) };
                return (result, Origin::Replayed);
            }
        }
        let touched = self.touched(command);
        match command {
            // Who was abandoned goes before anybody is admitted, and nobody is admitted under settings that go.
            Command::Abandon(commands::Abandon { .. }) | Command::Configure(_) => {
                touched.iter().for_each(|it| self.concerts[*it].settle(self.now, &self.settings));
            }
            _ => touched.iter().for_each(|concert| self.touch(*concert)),
        }
        self.asked += u128::from(matches!(command, Command::Pay(commands::Pay { .. })));
        let result = self.done(command);
        touched.iter().for_each(|concert| self.touch(*concert));
        if let (Ok(reply), Some(Idempotency { key, fingerprint })) = (&result, idempotency) {
            let (key, fingerprint) = (key.clone(), *fingerprint);
            self.kept.push(Kept { key, fingerprint, at: self.now, reply: reply.clone() });
        }
        (result, Origin::Fresh)
    }

    fn touched(&self, command: &Command) -> Vec<usize> {
        match command {
            Command::Join(commands::Join { concert, .. })
            | Command::Abandon(commands::Abandon { concert, .. })
            | Command::EndUnclaimed(commands::EndUnclaimed { concert, .. })
            | Command::Tick(commands::Tick { concert, .. }) => vec![concert.0 as usize - 1],
            Command::SetQueuePolicy(commands::SetQueuePolicy { concert, .. }) => vec![concert.0 as usize - 1],
            Command::Leave(commands::Leave { place_ref })
            | Command::Reserve(commands::Reserve { place_ref, .. })
            | Command::Cancel(commands::Cancel { place_ref, .. })
            | Command::Pay(commands::Pay { place_ref, .. }) => vec![place_ref.concert.0 as usize - 1],
            Command::Refund(commands::Refund { payment, .. }) => {
                self.payments.iter().filter(|it| it.id == *payment).map(|it| it.concert).collect()
            }
            Command::SetClock(_) | Command::Charge(commands::Charge { .. }) | Command::Sweep(commands::Sweep) => {
                Vec::new()
            }
            Command::Configure(_)
            | Command::SetUserStanding(commands::SetUserStanding { .. })
            | Command::DeleteUser(commands::DeleteUser { .. }) => (0..self.concerts.len()).collect(),
            unplayed => unreachable!("not played: {unplayed:?}"),
        }
    }

    fn done(&mut self, command: &Command) -> Result<Reply, Rejection> {
        match command {
            Command::Configure(commands::Configure { settings }) => {
                self.settings = settings.clone();
                Ok(Reply::Done(Done))
            }
            Command::SetUserStanding(commands::SetUserStanding { user, standing }) => self.stand(*user, *standing),
            Command::DeleteUser(commands::DeleteUser { user }) => self.delete(*user),
            Command::Charge(commands::Charge { user, amount, charger }) => self.charge(*user, *amount, *charger),
            Command::SetQueuePolicy(commands::SetQueuePolicy { concert, policy, .. }) => {
                self.concerts[concert.0 as usize - 1].policy = policy.clone();
                Ok(Reply::Done(Done))
            }
            Command::Join(commands::Join { concert, user, .. }) => self.join(*concert, *user),
            Command::Leave(commands::Leave { place_ref }) => self.leave(*place_ref),
            Command::Abandon(commands::Abandon { concert, sequences }) => Ok(self.abandon(*concert, sequences)),
            Command::EndUnclaimed(commands::EndUnclaimed { concert, sequences }) => {
                Ok(self.end_unclaimed(*concert, sequences))
            }
            Command::Reserve(commands::Reserve { place_ref, date, selection, .. }) => {
                self.reserve(*place_ref, *date, selection)
            }
            Command::Cancel(commands::Cancel { place_ref, date, seats, .. }) => self.cancel(*place_ref, *date, seats),
            Command::Pay(commands::Pay { place_ref, seats, payment, tickets, .. }) => {
                let numbers: Vec<u32> = seats.iter().map(|key| key.seat).collect();
                self.pay(*place_ref, seats[0].date, &numbers, (*payment, tickets))
            }
            Command::Refund(refund) => self.refund(refund),
            Command::SetClock(commands::SetClock { anchor }) => {
                self.set_clock(anchor.offset);
                Ok(Reply::Done(Done))
            }
            Command::Tick(commands::Tick { .. }) | Command::Sweep(commands::Sweep) => Ok(Reply::Done(Done)),
            unplayed => unreachable!("not played: {unplayed:?}"),
        }
    }
}

/// Whether the model plays a command. Users and concerts are there from the beginning, concerts are revised by an action
/// of its own, and scenarios of the domain play the others.
fn is_played(command: &Command) -> bool {
    match command {
        Command::SetClock(_)
        | Command::Configure(_)
        | Command::SetUserStanding(_)
        | Command::DeleteUser(_)
        | Command::Charge(_)
        | Command::SetQueuePolicy(_)
        | Command::Join(_)
        | Command::Leave(_)
        | Command::Abandon(_)
        | Command::EndUnclaimed(_)
        | Command::Reserve(_)
        | Command::Cancel(_)
        | Command::Pay(_)
        | Command::Refund(_)
        | Command::Tick(_)
        | Command::Sweep(_) => true,
        Command::CreateUser(_)
        | Command::CreateConcert(_)
        | Command::ReviseConcert(_)
        | Command::Sell(_)
        | Command::CallOff(_)
        | Command::Withdraw(_)
        | Command::BlockSeats(_)
        | Command::UnblockSeats(_)
        | Command::CountRefusals(_)
        | Command::Settle(_)
        | Command::CheckIn(_)
        | Command::ReturnTicket(_)
        | Command::OfferTicket(_)
        | Command::WithdrawOffer(_)
        | Command::AcceptTicket(_)
        | Command::DeleteConcert(_)
        | Command::Form(_)
        | Command::Assign(_)
        | Command::Enrol(_)
        | Command::CreateKey(_)
        | Command::RemoveKey(_)
        | Command::NoteKeyUse(_)
        | Command::TellMember(_) => false,
    }
}
