//! Which instance answers: this one, or another that requests are taken to.

use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response};

use super::handle::Handle;
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
        Lead::Here
    }

    /// The same; where nobody leads it waits so long for somebody who does.
    pub async fn lead_within(&self, _limit: Duration) -> Lead {
        self.lead()
    }

    /// Has another instance answer a request of a client.
    ///
    /// # Errors
    /// It could not be sent, or the connection broke before there was an answer: the error tells which.
    pub async fn forward(&self, _to: NodeId, _request: Request<LinkBody>) -> Result<Response<Incoming>, LinkError> {
        unreachable!("a server that runs alone leads")
    }
}
