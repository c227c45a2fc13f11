//! What decides where requests about the box office are answered, as forwarding asks it.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::{Request, Response};

use crate::cluster::link::{LinkBody, LinkError};
use crate::domain::{ConcertId, NodeId, PaymentId, TicketId};
use crate::node::{Handle, HeldRefusal, Lead, Led};

/// What this instance knows cannot be shown to be fresh in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFresh;

/// What knows which instance leads, and the way there: the running instance, and in tests what stands in for it.
pub trait Leadership: Send + Sync + 'static {
    /// Where requests about what is led are answered at this moment.
    fn lead(&self, led: Led<'_>) -> Lead;

    /// The same; where nobody leads it waits so long for somebody who does.
    fn lead_within<'a>(&'a self, led: Led<'a>, limit: Duration) -> BoxFuture<'a, Lead>;

    /// Waits until what this instance knows shows everything that was acknowledged before now, by whichever instance.
    ///
    /// # Errors
    /// `NotFresh` where that cannot be known soon.
    fn fresh(&self) -> BoxFuture<'_, Result<(), NotFresh>>;

    /// The only concert that is open, as far as this instance knows.
    fn only_open_concert(&self) -> Option<ConcertId>;

    /// The concert of a payment that this instance knows of. What cannot be read is told by whoever answers.
    fn concert_of_payment(&self, payment: PaymentId) -> Option<ConcertId>;

    /// The concert of a ticket, likewise.
    fn concert_of_ticket(&self, ticket: TicketId) -> Option<ConcertId>;

    /// Counts a refusal that was held, which is the answer.
    fn count_refusal(&self, held: HeldRefusal);

    /// Has another instance answer a request. Dropped before, or with the answer unread, it is cancelled there, too.
    ///
    /// # Errors
    /// It could not be sent, or the connection broke before there was an answer: the error tells which.
    fn forward(&self, to: NodeId, request: Request<LinkBody>) -> BoxFuture<'_, Result<Response<Incoming>, LinkError>>;
}

impl Leadership for Handle {
    fn lead(&self, led: Led<'_>) -> Lead {
        self.lead(led)
    }

    fn lead_within<'a>(&'a self, led: Led<'a>, limit: Duration) -> BoxFuture<'a, Lead> {
        self.lead_within(led, limit).boxed()
    }

    fn fresh(&self) -> BoxFuture<'_, Result<(), NotFresh>> {
        async { self.fresh().await.map_err(|_| NotFresh) }.boxed()
    }

    fn only_open_concert(&self) -> Option<ConcertId> {
        self.only_open_concert_id()
    }

    fn concert_of_payment(&self, payment: PaymentId) -> Option<ConcertId> {
        self.concert_of_payment(payment).ok().flatten()
    }

    fn concert_of_ticket(&self, ticket: TicketId) -> Option<ConcertId> {
        self.concert_of_ticket(ticket).ok().flatten()
    }

    fn count_refusal(&self, held: HeldRefusal) {
        self.count_refusal(held);
    }

    fn forward(&self, to: NodeId, request: Request<LinkBody>) -> BoxFuture<'_, Result<Response<Incoming>, LinkError>> {
        self.forward(to, request).boxed()
    }
}
