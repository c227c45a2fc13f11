//! A concert as the operator is shown it, whole or only its queue policy, and the tags of both.

use super::body::OperatorConcertBody;
use crate::domain::{ConcertRow, ConcertWritten, Settings, WallTime};
use crate::http::api::admin_queue::body::QueueBody;
use crate::http::conditions;
use crate::node::ConcertNow;

/// A concert as it stands, with what its body was made of.
pub(crate) struct Shown<'a> {
    row: &'a ConcertRow,
    settings: &'a Settings,
    pub body: OperatorConcertBody,
}

impl<'a> Shown<'a> {
    pub(crate) fn of(now: &'a ConcertNow) -> Self {
        Self::at(&now.row, &now.settings, now.wall)
    }

    /// As it was written: with the status of that moment and the settings in force, so that a kept answer stays the
    /// same.
    pub(crate) fn written(written: &'a ConcertWritten) -> Self {
        Self::at(&written.row, &written.settings, written.row.updated_at)
    }

    fn at(row: &'a ConcertRow, settings: &'a Settings, at: WallTime) -> Self {
        Self { row, settings, body: OperatorConcertBody::of(row, row.definition.status_at(at), settings) }
    }

    pub(crate) fn tag(&self) -> String {
        conditions::tag_of(&self.body, &self.row.revision)
    }

    pub(crate) fn queue(&self) -> QueueBody {
        QueueBody::of(&self.row.definition.queue, self.settings)
    }

    /// It does not change with the rest of the concert; what a policy leaves to the server's settings counts.
    pub(crate) fn queue_tag(&self) -> String {
        conditions::tag_of(&self.queue(), &self.row.definition.queue)
    }
}
