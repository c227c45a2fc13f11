//! Which instance answers: this one, or another that requests are taken to.

use std::future::pending;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::time::timeout;

use super::handle::Handle;
use super::submit_error::{Fate, SubmitError};
use crate::cluster::link::{LinkBody, LinkError};
use crate::cluster::{Forwarded, Owner};
use crate::domain::{ConcertId, NodeId};

/// What an instance may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led<'a> {
    /// The order of the log.
    Log,
    /// A concert, be it there or not.
    Concert(&'a ConcertId),
}

/// Where requests about what is led are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    Here,
    At(NodeId),
    /// Nobody is known to lead at the moment.
    Nowhere,
}

impl Handle {
    /// Where requests are answered at this moment. Alone it is always here.
    pub fn lead(&self, led: Led<'_>) -> Lead {
        let Some(member) = &self.shared.member else { return Lead::Here };
        let owner = match led {
            Led::Log => member.instance.orders_log(),
            Led::Concert(concert) => member.instance.answers_for(concert),
        };
        match owner {
            Owner::Own => Lead::Here,
            Owner::Other(node) => Lead::At(node),
            Owner::Nobody => Lead::Nowhere,
        }
    }

    /// The same; where nobody leads it waits so long for somebody who does.
    pub async fn lead_within(&self, led: Led<'_>, limit: Duration) -> Lead {
        if let Some(member) = &self.shared.member {
            let is_known = || (self.lead(led) != Lead::Nowhere).then_some(());
            // Whoever leads by then is told below.
            drop(timeout(limit, member.instance.wait_for(is_known)).await);
        }
        self.lead(led)
    }

    /// Waits until this instance does not answer any more; alone for ever.
    pub async fn led_until(&self, led: Led<'_>) {
        match &self.shared.member {
            None => pending().await,
            Some(member) => member.instance.wait_for(|| (self.lead(led) != Lead::Here).then_some(())).await,
        }
    }

    /// Waits until what this instance knows shows everything that was acknowledged before now, by whichever instance.
    /// Alone it always does.
    ///
    /// # Errors
    /// [`SubmitError::NoLeader`] where that cannot be known within two seconds.
    pub async fn fresh(&self) -> Result<(), SubmitError> {
        match &self.shared.member {
            None => Ok(()),
            Some(member) => member.instance.fresh().await.map_err(|_| SubmitError::NoLeader { fate: Fate::Undone }),
        }
    }

    /// Has another instance answer a request of a client.
    ///
    /// # Errors
    /// It could not be sent, or the connection broke before there was an answer: the error tells which.
    ///
    /// # Panics
    /// There is no such instance.
    pub async fn forward(&self, to: NodeId, request: Request<LinkBody>) -> Result<Response<Incoming>, LinkError> {
        let member = self.shared.member.as_ref().expect("a server that runs alone leads");
        member.instance.forward(to, request).await
    }

    /// Says how requests are answered that other instances take here. Alone there are none.
    pub fn answer_forwarded(&self, forwarded: Forwarded) {
        if let Some(member) = &self.shared.member {
            member.instance.answer_forwarded(forwarded);
        }
    }

    /// The keys that all instances share, sealed; `None` alone.
    pub fn sealed_keys(&self) -> Option<Vec<u8>> {
        self.read(|state| state.cluster().map(|row| row.sealed_keys.clone()))
    }
}
