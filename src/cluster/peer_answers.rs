//! What this instance answers to others, by what their connection is for.

use std::sync::{Arc, OnceLock};

use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::sync::watch;

use super::control::{
    ADMISSION_PATH, APPLIED_PATH, Admission, CANDIDACY_PATH, COMMITTED_PATH, GRANT_PATH, Newcomer, RELEASE_PATH,
    REMOVAL_PATH, REPORT_PATH, Report, STANDING_PATH, encode,
};
use super::forming::Standing;
use super::instance::Instance;
use super::link::{Answer, Hello, LinkBody, ReadError, Traffic, read, whole};
use super::owner_tenure::OVER_AFTER;
use super::peers::PROPOSE_PATH;
use super::raft::{AdmitError, ProposeError};
use super::removal;
use crate::domain::{Epoch, NodeId, Slot};

/// In an answer to a request that was sent on: the instance does not lead, with what became of the request.
pub const NOT_LEADING: HeaderName = HeaderName::from_static("jari-not-leading");
/// Nothing became of it.
pub const UNDONE: HeaderValue = HeaderValue::from_static("undone");

/// Answers other instances.
#[derive(Clone)]
pub(super) struct PeerAnswers {
    pub standing: watch::Receiver<Standing>,
    /// The instance, once it takes part.
    pub instance: Arc<OnceLock<Arc<Instance>>>,
}

/// Why there is no other answer.
#[derive(Debug, Error)]
enum Refusal {
    #[error("this instance does not take part yet")]
    NotBegun,
    #[error("this instance was not let come by the others yet")]
    NotWelcome,
    #[error("there is nothing at {0}")]
    UnknownPath(String),
    #[error(transparent)]
    Unread(#[from] ReadError),
    #[error("the question is not understood: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error(transparent)]
    NotProposed(#[from] ProposeError),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotBegun | Self::NotWelcome => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnknownPath(_) => StatusCode::NOT_FOUND,
            Self::Unread(_) | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotProposed(ProposeError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotProposed(ProposeError::NotLeader { .. } | ProposeError::Stopped(_)) => StatusCode::CONFLICT,
        }
    }
}

impl Answer for PeerAnswers {
    async fn answer(&self, from: &Hello, request: Request<Incoming>) -> Response<LinkBody> {
        let answered = match from.traffic {
            Traffic::Raft => self.raft(request).await,
            Traffic::Propose => self.propose(request).await,
            Traffic::Control => self.control(from.identity.node, request).await,
            Traffic::Forward => return self.forwarded(from.identity.node, request).await,
        };
        answered.unwrap_or_else(|refusal| {
            let mut response = Response::new(whole(refusal.to_string()));
            *response.status_mut() = refusal.status();
            response
        })
    }
}

impl PeerAnswers {
    fn instance(&self) -> Result<&Arc<Instance>, Refusal> {
        self.instance.get().ok_or(Refusal::NotBegun)
    }

    /// The instance, where it takes part.
    fn taking_part(&self) -> Result<&Arc<Instance>, Refusal> {
        let instance = self.instance()?;
        instance.begun().ok_or(Refusal::NotBegun)?;
        Ok(instance)
    }

    async fn raft(&self, request: Request<Incoming>) -> Result<Response<LinkBody>, Refusal> {
        let instance = self.taking_part()?;
        if !instance.is_welcome() {
            return Err(Refusal::NotWelcome);
        }
        let consensus = instance.consensus();
        Ok(consensus.answer(request).await)
    }

    async fn propose(&self, request: Request<Incoming>) -> Result<Response<LinkBody>, Refusal> {
        let consensus = self.instance()?.begun().ok_or(Refusal::NotBegun)?;
        match request.uri().path() {
            PROPOSE_PATH => {
                let part = read(request.into_body(), Traffic::Propose.body_bytes_max()).await?;
                consensus.propose(part).await?;
                Ok(Response::new(whole("")))
            }
            other => Err(Refusal::UnknownPath(other.to_owned())),
        }
    }

    async fn control(&self, from: NodeId, request: Request<Incoming>) -> Result<Response<LinkBody>, Refusal> {
        match request.uri().path() {
            STANDING_PATH => Ok(Response::new(whole(encode(&*self.standing.borrow())))),
            REPORT_PATH => {
                let instance = self.instance()?;
                let consensus = instance.begun().ok_or(Refusal::NotBegun)?;
                let excludes = || instance.tenure().holds() && !consensus.members().addresses.contains_key(&from);
                // The entry first: whoever joins meanwhile is a member by a newer one.
                let members_at = consensus.members_at();
                let excluded_at = excludes().then_some(members_at);
                Ok(Response::new(whole(encode(&Report { applied: consensus.applied(), excluded_at }))))
            }
            GRANT_PATH => {
                let instance = self.taking_part()?;
                let renewal = question(request).await?;
                Ok(Response::new(whole(encode(&instance.grant(from, renewal)))))
            }
            RELEASE_PATH => {
                let instance = self.taking_part()?;
                let slots: Vec<(Slot, Epoch)> = question(request).await?;
                Ok(Response::new(whole(encode(&instance.release(&slots)))))
            }
            APPLIED_PATH => {
                let instance = self.taking_part()?;
                let index = question(request).await?;
                Ok(Response::new(whole(encode(&instance.applied_within(index, OVER_AFTER).await))))
            }
            COMMITTED_PATH => {
                let instance = self.taking_part()?;
                Ok(Response::new(whole(encode(&instance.committed().await))))
            }
            CANDIDACY_PATH => {
                self.instance()?.begun().ok_or(Refusal::NotBegun)?.stand().await;
                Ok(Response::new(whole(encode(&()))))
            }
            REMOVAL_PATH => removal::take(self.instance()?),
            ADMISSION_PATH => {
                let instance = self.taking_part()?;
                let consensus = instance.consensus();
                let Newcomer { node, address, is_welcome } = question(request).await?;
                let admitted = if is_welcome {
                    consensus.admit(node, address).await.map(|()| Admission::Admitted)
                } else if instance.tenure().holds() {
                    consensus.welcome(node).map(|()| Admission::Welcome)
                } else {
                    // Whoever leads by now may know of a vote of it.
                    Err(AdmitError::NotLeader { leader: None })
                };
                let admission = match admitted {
                    Ok(admission) => admission,
                    Err(error @ (AdmitError::DataLost(_) | AdmitError::UsedBefore(_))) => {
                        Admission::Refused(error.to_string())
                    }
                    Err(error @ (AdmitError::NotLeader { .. } | AdmitError::Lagging(_) | AdmitError::Members(_))) => {
                        Admission::Later(error.to_string())
                    }
                };
                Ok(Response::new(whole(encode(&admission))))
            }
            other => Err(Refusal::UnknownPath(other.to_owned())),
        }
    }

    async fn forwarded(&self, from: NodeId, request: Request<Incoming>) -> Response<LinkBody> {
        match self.instance.get().and_then(|instance| instance.forwarded()) {
            Some(forwarded) => forwarded(from, request).await,
            None => not_leading(),
        }
    }
}

/// What is asked.
async fn question<Q: DeserializeOwned>(request: Request<Incoming>) -> Result<Q, Refusal> {
    let body = read(request.into_body(), Traffic::Control.body_bytes_max()).await?;
    Ok(serde_json::from_slice(&body)?)
}

/// The answer to a request of which nothing was done, since this instance does not lead.
fn not_leading() -> Response<LinkBody> {
    let response = Response::builder().status(StatusCode::MISDIRECTED_REQUEST).header(NOT_LEADING, UNDONE);
    response.body(whole("")).expect("it is made of constants")
}
