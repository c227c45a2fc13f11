//! Requests that other instances got from their clients and send here to be answered. They come over the link, which has
//! a runtime of its own; everything that is done for them is done on that of HTTP.

use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::Request;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::cluster::link::LinkBody;
use crate::domain::NodeId;
use crate::http::forward::head::mark_not_leading;
use crate::http::problem::Problem;
use crate::http::server::pipeline::Pipeline;
use crate::node::Fate;

/// Frames of an answer that are made ahead of what the link has taken.
const FRAMES_AHEAD: usize = 1;

/// Answers requests that other instances send here; cheap to clone.
#[derive(Clone)]
pub struct ForwardedRequests {
    pipeline: Pipeline,
    runtime: Handle,
}

impl ForwardedRequests {
    /// They go through the same pipeline as those of this instance's clients, on `runtime`.
    pub fn new(pipeline: Pipeline, runtime: Handle) -> Self {
        Self { pipeline, runtime }
    }

    /// Answers a request that instance `from` sent on. When this is dropped, or the answer unread, the work on it ends.
    pub async fn answer(&self, from: NodeId, request: Request<Incoming>) -> hyper::Response<LinkBody> {
        let pipeline = self.pipeline.clone();
        let answering = async move { pipeline.answer_forwarded(from, request.map(Body::new)).await };
        let mut task = JoinSet::new();
        task.spawn_on(answering, &self.runtime);
        let response = match task.join_next().await {
            Some(Ok(response)) => response,
            // The runtime ends, in the midst of whatever was done.
            Some(Err(_)) | None => cut_off(),
        };
        response.map(|body| self.carried(body))
    }

    /// A body for the link. One that is made while it is sent is made on the runtime of HTTP.
    fn carried(&self, mut body: Body) -> LinkBody {
        if HttpBody::size_hint(&body).exact().is_some() {
            return body.map_err(Into::into).boxed_unsync();
        }
        let (sender, receiver) = mpsc::channel(FRAMES_AHEAD);
        let mut task = JoinSet::new();
        let making = async move {
            while let Some(frame) = body.frame().await {
                if sender.send(frame.map_err(Into::into)).await.is_err() {
                    break;
                }
            }
        };
        task.spawn_on(making, &self.runtime);
        // The task ends with the body that it is for.
        let frames = stream::unfold((receiver, task), async |(mut receiver, task)| {
            let frame = receiver.recv().await?;
            Some((frame, (receiver, task)))
        });
        StreamBody::new(frames).boxed_unsync()
    }
}

/// The answer to a request whose handler was ended.
fn cut_off() -> Response {
    let mut response = Problem::no_leader(Fate::Unknown).into_response();
    mark_not_leading(&mut response, Fate::Unknown);
    response
}
