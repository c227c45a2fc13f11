//! What an examination found, and how it is told.

use std::fmt;

use crate::domain::{Currency, RowFault};
use crate::log::Index;
use crate::storage::{Disk, End, Segment, SoundLog};

/// Broken rules that are listed one by one; the rest is counted.
const LISTED_MAX: usize = 1_000;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Rows by table.
    pub tables: Vec<(&'static str, u64)>,
    /// `None` when rows could not be read.
    pub sums: Option<Sums>,
    /// What the amounts are in; `None` as long as there is none.
    pub currency: Option<Currency>,
    pub log: LogSummary,
    /// Every broken rule; empty when all is well.
    pub broken: Vec<Broken>,
}

/// The balances by kind of account, in whole units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    pub wallets: i128,
    pub revenue: i128,
    pub funding: i128,
    pub cash: i128,
    pub card: i128,
}

impl Sums {
    /// 0 when the books are right.
    pub fn total(&self) -> i128 {
        let Self { wallets, revenue, funding, cash, card } = self;
        wallets + revenue + funding + cash + card
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wallets, revenue, funding, cash, card } = self;
        write!(out, "wallets {wallets} + revenue {revenue} + funding {funding} + cash {cash} + card {card}")
    }
}

/// What the log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSummary {
    pub files: usize,
    pub bytes: u64,
    /// The oldest and the newest entry; the newest is below the oldest when there is none.
    pub first: Index,
    pub last: Index,
    /// The newest entry whose changes are in the database.
    pub applied: Index,
    pub end: End,
}

/// A rule that a row breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub table: &'static str,
    pub key: String,
    pub what: String,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.broken.is_empty()
    }
}

impl LogSummary {
    pub fn of(log: &SoundLog<impl Disk>, applied: Index) -> Self {
        Self {
            files: log.segments().len(),
            bytes: log.segments().iter().map(|segment| segment.length).sum(),
            first: log.segments().first().map_or(Index(1), Segment::first),
            last: log.last(),
            applied,
            end: log.end(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, rows) in &self.tables {
            writeln!(out, "{table:<16}{rows:>12}")?;
        }
        let LogSummary { files, bytes, first, last, applied, end } = self.log;
        writeln!(out, "log: entries {} to {}, bytes {bytes}, files {files}", first.0, last.0)?;
        // A snapshot that waits may reach further than the log.
        let more = last.0.saturating_sub(applied.0);
        writeln!(out, "database: holds entries up to {}, {more} more are in the log", applied.0)?;
        if end == End::Torn {
            writeln!(out, "log: ends with a torn batch that nobody was answered for; the next start drops it")?;
        }
        if let Some(sums) = self.sums {
            writeln!(out, "money: {sums} = {}", sums.total())?;
        }
        if let Some(currency) = self.currency {
            writeln!(out, "currency: {currency}")?;
        }
        for Broken { table, key, what } in &self.broken {
            writeln!(out, "BROKEN {table} {key}: {what}")?;
        }
        match self.broken.len() {
            0 => write!(out, "clean: every rule holds"),
            1 => write!(out, "1 rule is broken"),
            count => write!(out, "{count} rules are broken"),
        }
    }
}

/// Broken rules while they are gathered.
#[derive(Debug, Default)]
pub(super) struct Findings {
    broken: Vec<Broken>,
    unlisted: u64,
    unreadable: u64,
}

impl Findings {
    pub(super) fn note(&mut self, table: &'static str, key: impl fmt::Display, what: impl Into<String>) {
        if self.broken.len() < LISTED_MAX {
            self.broken.push(Broken { table, key: key.to_string(), what: what.into() });
        } else {
            self.unlisted += 1;
        }
    }

    /// Notes a row that cannot be read; the fault names it.
    pub(super) fn note_unreadable(&mut self, table: &'static str, fault: RowFault) {
        self.unreadable += 1;
        self.note(table, "unreadable", fault.0);
    }

    pub(super) fn is_clean(&self) -> bool {
        self.broken.is_empty()
    }

    pub(super) fn has_unreadable(&self) -> bool {
        self.unreadable > 0
    }

    pub(super) fn into_broken(mut self) -> Vec<Broken> {
        if self.unlisted > 0 {
            let what = format!("{} more broken rules are not listed", self.unlisted);
            self.broken.push(Broken { table: "report", key: "rest".to_owned(), what });
        }
        self.broken
    }
}
