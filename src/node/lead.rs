//! Which instance answers: this one, or another that requests are taken to.

use std::future::pending;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::time::timeout;

use super::handle::Handle;
use crate::cluster::Forwarded;
use crate::cluster::link::{LinkBody, LinkError};
use crate::domain::NodeId;

/// Where requests about the box office are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    Here,
    At(NodeId),
    /// Nobody is known to lead at the moment.
    Nowhere,
}

impl Handle {
    /// Where requests are answered at this moment. Alone it is always here.
    pub fn lead(&self) -> Lead {
        let Some(member) = &self.shared.member else { return Lead::Here };
        if member.instance.tenure().holds() {
            return Lead::Here;
        }
        member.instance.other_leader().map_or(Lead::Nowhere, Lead::At)
    }

    /// The same; where nobody leads it waits so long for somebody who does.
    pub async fn lead_within(&self, limit: Duration) -> Lead {
        if let Some(member) = &self.shared.member {
            // Whoever leads by then is told below.
            drop(timeout(limit, member.instance.wait_for_leader()).await);
        }
        self.lead()
    }

    /// Waits until this instance answers no more; alone for ever.
    pub async fn led_until(&self) {
        match &self.shared.member {
            None => pending().await,
            Some(member) => member.instance.led_until().await,
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
