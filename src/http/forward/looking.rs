//! Answering here, from what this instance knows, so that no refusal comes from a copy that others have overtaken.

use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use tokio::time::Instant;

use super::asked::Asked;
use super::leadership::{Leadership, NotFresh};
use super::plan::{Look, fresh_by};
use crate::http::problem::Grounds;
use crate::node::hold_refusal;

/// The answer that `here` gives to a request, which is told how much time is left. A request that is refused has changed
/// nothing, so that it can be answered twice.
///
/// # Errors
/// [`NotFresh`] where the answer takes a fresh look, and there is none. Nothing was done then.
pub(super) async fn look<F: Future<Output = Response>>(
    leadership: &dyn Leadership,
    look: Look,
    asked: &Asked,
    deadline: Instant,
    here: &impl Fn(Request, Duration) -> F,
) -> Result<Response, NotFresh> {
    let answer = || here(asked.here(), left_until(deadline));
    match look {
        Look::Once => Ok(answer().await),
        Look::Fresh => {
            fresh_by(leadership, deadline).await?;
            Ok(answer().await)
        }
        Look::Twice => {
            let (response, held) = hold_refusal(answer()).await;
            match response.extensions().get() {
                None | Some(Grounds::Own) => {
                    leadership.count_refusal(held);
                    Ok(response)
                }
                Some(Grounds::Shared) => {
                    fresh_by(leadership, deadline).await?;
                    Ok(answer().await)
                }
            }
        }
    }
}

/// How much time is left.
pub(super) fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
