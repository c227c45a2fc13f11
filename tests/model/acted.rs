//! From an action to what the model does for it: time, idempotency keys, what is due, and which function does the rest.

use jari::domain::{Command, EndReason, Once, Origin, Rejection, Reply, Timestamp};

use super::actions::{Action, comes_after_ticks};
use super::naive::{Kept, Model, Place, Standing};

const DAY_SECONDS: u32 = 86_400;

impl Model {
    pub fn act(&mut self, action: &Action) {
        self.answer = None;
        match action {
            Action::Runs(until) => self.run(*until),
            Action::IsDown(until) => self.now = *until,
            Action::Restart => {}
            Action::Revise(concert, revision) => {
                (0..self.concerts.len()).for_each(|it| self.touch(it));
                let result = self.revise(*concert, revision).map(|()| Reply::Done);
                self.touch(*concert);
                self.answer = Some((result, Origin::Fresh));
            }
            Action::Ask(command, once) => {
                if comes_after_ticks(command) {
                    (0..self.concerts.len()).for_each(|it| self.touch(it));
                }
                self.answer = Some(self.ask(command, once.as_ref()));
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

    fn ask(&mut self, command: &Command, once: Option<&Once>) -> (Result<Reply, Rejection>, Origin) {
        if let Some(once) = once {
            let fresh = |kept: &&Kept| kept.key == once.key && self.now < kept.at.plus_seconds(DAY_SECONDS);
            if let Some(kept) = self.kept.iter().rfind(fresh) {
                let same = kept.fingerprint == once.fingerprint;
                let result = if same { Ok(kept.reply.clone()) } else { Err(Rejection::IdempotencyKeyReused) };
                return (result, Origin::Replayed);
            }
        }
        let touched = self.touched(command);
        match command {
            // Who was abandoned goes before anybody is admitted, and nobody is admitted under settings that go.
            Command::Abandon { .. } | Command::Configure(_) => {
                touched.iter().for_each(|it| self.concerts[*it].settle(self.now, &self.settings))
            }
            _ => touched.iter().for_each(|concert| self.touch(*concert)),
        }
        self.asked += u128::from(matches!(command, Command::Pay { .. }));
        let result = self.done(command);
        touched.iter().for_each(|concert| self.touch(*concert));
        if let (Ok(reply), Some(Once { key, fingerprint })) = (&result, once) {
            let (key, fingerprint) = (key.clone(), *fingerprint);
            self.kept.push(Kept { key, fingerprint, at: self.now, reply: reply.clone() });
        }
        (result, Origin::Fresh)
    }

    fn touched(&self, command: &Command) -> Vec<usize> {
        match command {
            Command::Join { concert, .. }
            | Command::Abandon { concert, .. }
            | Command::EndUnclaimed { concert, .. }
            | Command::Tick { concert, .. } => vec![concert.0 as usize - 1],
            Command::SetQueuePolicy { concert, .. } => vec![concert.0 as usize - 1],
            Command::Leave { bearer }
            | Command::Reserve { bearer, .. }
            | Command::Cancel { bearer, .. }
            | Command::Pay { bearer, .. } => vec![bearer.concert.0 as usize - 1],
            Command::Refund { payment, .. } => {
                self.payments.iter().filter(|it| it.id == *payment).map(|it| it.concert).collect()
            }
            Command::SetClock(_) | Command::Charge { .. } | Command::Sweep => Vec::new(),
            Command::Configure(_) | Command::SetUserStanding { .. } | Command::DeleteUser { .. } => {
                (0..self.concerts.len()).collect()
            }
            Command::CreateUser { .. }
            | Command::CreateConcert { .. }
            | Command::ReviseConcert { .. }
            | Command::Settle { .. } => {
                unreachable!("no action asks for it in this way")
            }
        }
    }

    fn done(&mut self, command: &Command) -> Result<Reply, Rejection> {
        match command {
            Command::Configure(settings) => {
                self.settings = settings.clone();
                Ok(Reply::Done)
            }
            Command::SetUserStanding { user, standing } => self.stand(*user, *standing),
            Command::DeleteUser { user } => self.delete(*user),
            Command::Charge { user, amount, charger } => self.charge(*user, *amount, *charger),
            Command::SetQueuePolicy { concert, policy, .. } => {
                self.concerts[concert.0 as usize - 1].policy = policy.clone();
                Ok(Reply::Done)
            }
            Command::Join { concert, user } => self.join(*concert, *user),
            Command::Leave { bearer } => {
                let (_, place) = self.judge_live(*bearer)?;
                self.concerts[bearer.concert.0 as usize - 1].end(place, EndReason::Left);
                Ok(Reply::Left)
            }
            Command::Abandon { concert, sequences } => {
                let concert = &mut self.concerts[concert.0 as usize - 1];
                for sequence in sequences {
                    let place = usize::try_from(sequence.0).expect("small") - 1;
                    if concert.places.get(place).is_some_and(|it| it.standing == Standing::Waiting) {
                        concert.end(place, EndReason::Abandoned);
                    }
                }
                Ok(Reply::Done)
            }
            Command::EndUnclaimed { concert, sequences } => {
                let concert = &mut self.concerts[concert.0 as usize - 1];
                for sequence in sequences {
                    let place = usize::try_from(sequence.0).expect("small") - 1;
                    let active = |it: &Place| matches!(it.standing, Standing::Active(_));
                    if concert.places.get(place).is_some_and(active) && !concert.holds_anything(place) {
                        concert.end(place, EndReason::Abandoned);
                    }
                }
                Ok(Reply::Done)
            }
            Command::Reserve { bearer, date, selection } => self.reserve(*bearer, *date, selection),
            Command::Cancel { bearer, date, seats } => self.cancel(*bearer, *date, seats),
            Command::Pay { bearer, date, seats, payment, tickets } => {
                self.pay(*bearer, *date, seats, (*payment, tickets))
            }
            Command::Refund { payment, .. } => self.refund(*payment),
            Command::SetClock(anchor) => {
                self.set_clock(anchor.offset);
                Ok(Reply::Done)
            }
            Command::Tick { .. } | Command::Sweep => Ok(Reply::Done),
            Command::CreateUser { .. }
            | Command::CreateConcert { .. }
            | Command::ReviseConcert { .. }
            | Command::Settle { .. } => {
                unreachable!("no action asks for it in this way")
            }
        }
    }
}
