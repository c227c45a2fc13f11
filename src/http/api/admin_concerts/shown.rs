//! A concert as the operator is shown it, whole or only its queue policy, and the tags of both.

use super::body::{OperatorConcertBody, status_at};
use crate::domain::{ConcertNo, ConcertRow, ConcertWritten, Rejection, Settings};
use crate::http::api::admin_queue::body::QueueBody;
use crate::http::app::App;
use crate::http::conditions;
use crate::http::problem::Problem;
use crate::node::ConcertNow;

/// How often a change is begun anew because another one came between reading and writing.
pub(crate) const CHANGES_ATTEMPTED_MAX: u32 = 16;

/// A concert as it stands, with what its body was made of.
pub(crate) struct Shown {
    pub row: ConcertRow,
    pub settings: Settings,
    pub body: OperatorConcertBody,
}

impl Shown {
    /// # Errors
    /// 404 `CONCERT_NOT_FOUND`.
    pub(crate) fn now(app: &App, concert: ConcertNo) -> Result<Self, Problem> {
        let ConcertNow { row, settings, wall, .. } = app.node.concert(concert).ok_or(Rejection::ConcertNotFound)?;
        let body = OperatorConcertBody::of(&row, status_at(&row, wall), &settings);
        Ok(Self { row, settings, body })
    }

    /// As it was written: with the status of that moment and the settings in force, so that a kept answer stays the
    /// same.
    pub(crate) fn written(ConcertWritten { row, settings, .. }: ConcertWritten) -> Self {
        let (row, settings) = (*row, *settings);
        let body = OperatorConcertBody::of(&row, status_at(&row, row.updated_at), &settings);
        Self { row, settings, body }
    }

    pub(crate) fn tag(&self) -> String {
        conditions::tag_of(&self.body, &self.row.revision)
    }

    pub(crate) fn queue(&self) -> QueueBody {
        QueueBody::of(&self.row.definition.queue, &self.settings)
    }

    /// It does not change with the rest of the concert; what a policy leaves to the server's settings counts.
    pub(crate) fn queue_tag(&self) -> String {
        conditions::tag_of(&self.queue(), &self.row.definition.queue)
    }
}
