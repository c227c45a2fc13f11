//! What decides where requests about the box office are answered, as forwarding asks it.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::{Request, Response};

use crate::cluster::link::{LinkBody, LinkError};
use crate::domain::NodeId;
use crate::node::{Handle, Lead, Led};

/// What knows which instance leads, and the way there: the running instance, and in tests what stands in for it.
pub trait Leadership: Send + Sync + 'static {
    /// Where requests are answered at this moment.
    fn lead(&self) -> Lead;

    /// The same; where nobody leads it waits so long for somebody who does.
    fn lead_within(&self, limit: Duration) -> BoxFuture<'_, Lead>;

    /// Has another instance answer a request. Dropped before, or with the answer unread, it is cancelled there, too.
    ///
    /// # Errors
    /// It could not be sent, or the connection broke before there was an answer: the error tells which.
    fn forward(&self, to: NodeId, request: Request<LinkBody>) -> BoxFuture<'_, Result<Response<Incoming>, LinkError>>;
}

impl Leadership for Handle {
    fn lead(&self) -> Lead {
        self.lead(Led::Log)
    }

    fn lead_within(&self, limit: Duration) -> BoxFuture<'_, Lead> {
        self.lead_within(Led::Log, limit).boxed()
    }

    fn forward(&self, to: NodeId, request: Request<LinkBody>) -> BoxFuture<'_, Result<Response<Incoming>, LinkError>> {
        self.forward(to, request).boxed()
    }
}
