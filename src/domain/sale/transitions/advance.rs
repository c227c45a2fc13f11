//! Doing what is due, each thing at its own time, and as much of it as one command may do.

use crate::domain::effects::Effects;
use crate::domain::queue::Lapse;
use crate::domain::sale::{Due, Pace, Sale};
use crate::domain::words::{SeatKey, SeatRow, Sequence, Settings, Timestamp};

impl Sale {
    /// Does what is due until `now`, each at its own time, and admits whom the policy allows, as far as `pace` goes.
    pub(in crate::domain) fn advance(
        &mut self,
        now: Timestamp,
        settings: &Settings,
        pace: Pace,
        effects: &mut Effects<'_>,
    ) {
        let lapse = if settings.end_on_hold_lapse { Lapse::Ends } else { Lapse::GoesOn };
        self.queue.observe(now, lapse);
        let mut steps = pace.steps();
        self.do_due(now, settings, &mut steps, effects);
        match pace {
            Pace::Few | Pace::Whole => self.admit(now, settings, pace.steps(), effects),
            Pace::Tick { .. } => self.admit(now, settings, steps, effects),
            // Whom the endings make room for is admitted by the next step.
            Pace::Settle { .. } if !self.queue.waiting().is_empty() => self.set_admission_due(Some(now)),
            Pace::Settle { .. } => {}
        }
    }

    /// Does what is due until `now`, each at its own time, and admits nobody. Every ending takes one of the `steps`; what
    /// they do not reach stays due.
    pub(in crate::domain) fn do_due(
        &mut self,
        now: Timestamp,
        settings: &Settings,
        steps: &mut u32,
        effects: &mut Effects<'_>,
    ) {
        let mut closing_out = false;
        while let Some(&(at, due)) = self.deadlines.first()
            && at <= now
        {
            let taken = self.steps_of(due);
            if taken > *steps {
                break;
            }
            *steps -= taken;
            self.deadlines.pop_first();
            match due {
                Due::HoldLapse(key) => self.lapse(key, at, settings, effects),
                Due::ActiveEnd(sequence) => self.end_of_active_time(sequence, at, effects),
                Due::Closing => self.close(now, effects),
                // Behind everything else that is due.
                Due::CloseOut => closing_out = true,
                Due::Opening => {}
                Due::Archive => self.archive(effects),
                Due::Admission => self.admission_due = None,
            }
        }
        if closing_out {
            *steps -= self.close_out(now, *steps, effects);
        }
    }

    /// The steps that a deadline takes. Where holds carry a place beyond its active time nothing ends, and no step is
    /// taken: a state that was restored from its rows meets such a deadline again, and must do what one that went on does.
    fn steps_of(&self, due: Due) -> u32 {
        match due {
            Due::HoldLapse(_) => 1,
            Due::ActiveEnd(sequence) => {
                let place = self.queue.active().get(&sequence);
                u32::from(place.is_some_and(|place| place.holds.is_empty()))
            }
            Due::Opening | Due::Closing | Due::CloseOut | Due::Admission | Due::Archive => 0,
        }
    }

    /// Does what is due of one place until `now`, each at its own time, wherever it stands among what else is due.
    pub(in crate::domain) fn settle(
        &mut self,
        sequence: Sequence,
        now: Timestamp,
        settings: &Settings,
        effects: &mut Effects<'_>,
    ) {
        if !self.has_due(now) {
            return;
        }
        let Some(place) = self.queue.active().get(&sequence) else { return };
        let lapses = place.holds.iter().map(|(key, at)| (at, Due::HoldLapse(key)));
        let all = lapses.chain([(place.active_until, Due::ActiveEnd(sequence))]);
        let mut due: Vec<(Timestamp, Due)> = all.filter(|(at, _)| *at <= now).collect();
        due.sort_unstable();
        effects.as_due(|effects| {
            for (at, due) in due {
                // The end of the place takes the others away.
                if !self.deadlines.remove(&(at, due)) {
                    continue;
                }
                if let Due::HoldLapse(key) = due {
                    self.lapse(key, at, settings, effects);
                } else {
                    self.end_of_active_time(sequence, at, effects);
                }
            }
        });
    }

    /// Frees a seat whose hold has lapsed until `now`.
    pub(in crate::domain) fn settle_seat(
        &mut self,
        key: SeatKey,
        now: Timestamp,
        settings: &Settings,
        effects: &mut Effects<'_>,
    ) {
        match self.table(key.date).hold_of(key.seat) {
            Some(SeatRow::Held { sequence, expires_at, .. }) if *expires_at <= now => {
                self.settle(*sequence, now, settings, effects);
            }
            Some(SeatRow::Held { .. } | SeatRow::Sold { .. }) | None => {}
        }
    }

    /// Whether anything is due at `now` that no step has come to.
    fn has_due(&self, now: Timestamp) -> bool {
        self.next_deadline().is_some_and(|at| at <= now)
    }

    /// Whether something has ended until `now` that no step has come to.
    pub fn has_endings_due(&self, now: Timestamp) -> bool {
        let mut due = self.deadlines.iter().take_while(|(at, _)| *at <= now);
        due.any(|(_, due)| matches!(due, Due::HoldLapse(_) | Due::ActiveEnd(_) | Due::Closing))
    }
}
