//! Bugs that simulations plant to see that they find them. The product is built without: there `planted!` is `false`.

/// Whether a bug is planted at this moment; never in the product.
macro_rules! planted {
    ($bug:ident) => {{
        #[cfg(feature = "simulation")]
        let is_planted = $crate::planted::is_planted($crate::planted::Bug::$bug);
        #[cfg(not(feature = "simulation"))]
        let is_planted = false;
        is_planted
    }};
}

#[cfg(feature = "simulation")]
pub use self::simulated::{Bug, is_planted, plant};

#[cfg(feature = "simulation")]
mod simulated {
    use std::cell::Cell;

    /// What is left out, or done wrongly.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Bug {
        /// A vote is not written.
        VoteForgotten,
        /// An entry counts as durable before it is.
        EntriesNotSynced,
        /// A start applies what nobody knows to be committed.
        ReplayedToTheEnd,
        /// A command is applied whoever owns its slot.
        EpochIgnored,
        /// A part that was proposed again is applied again.
        NumberIgnored,
        /// The answer to a request with an idempotency key is not kept.
        AnswerForgotten,
        /// Some charges are credited twice.
        CreditedTwice,
        /// Whoever orders the log acts on after it has promised its vote to another one.
        TenureKept,
        /// A grant counts before its entry is applied.
        GrantWithoutEntry,
        /// A slot has another owner while the one before may still answer.
        AssignedAtOnce,
        /// What the tables do not hold durably is let go of.
        PurgedAboveTables,
        /// A copy is read that nobody knows to be fresh.
        ReadNotFresh,
        /// An instance that starts goes by its own wall clock.
        OwnClock,
    }

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Whether a bug is planted on this thread.
    #[must_use]
    pub fn is_planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }

    /// Plants a bug on this thread, or none, instead of the one of before.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }
}
