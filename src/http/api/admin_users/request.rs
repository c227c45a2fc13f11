//! What the operator changes of a user.

use utoipa::ToSchema;

use crate::domain::UserStanding;
use crate::http::Problem;
use crate::http::request::Fields;

/// Whether a user is kept out.
#[derive(Debug, PartialEq, Eq, ToSchema)]
pub struct StandingRequest {
    /// Blocking ends the user's queue places.
    pub blocked: bool,
}

impl StandingRequest {
    /// # Errors
    /// 400 unless `blocked` is `true` or `false`, and the only field.
    pub fn read(fields: &Fields) -> Result<Self, Problem> {
        fields.only(&["blocked"])?;
        let blocked = fields.truth("blocked")?.value().ok_or_else(|| fields.refuse("blocked", "true or false"))?;
        Ok(Self { blocked })
    }

    pub fn standing(&self) -> UserStanding {
        if self.blocked { UserStanding::Blocked } else { UserStanding::Welcome }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::StandingRequest;
    use crate::http::request::Fields;

    #[test]
    fn blocking_needs_a_plain_yes_or_no() {
        for (body, blocked) in [(json!({"blocked": true}), Some(true)), (json!({"blocked": false}), Some(false))] {
            let read = StandingRequest::read(&Fields::of(body.as_object().expect("an object")));
            assert_eq!(read.ok().map(|request| request.blocked), blocked);
        }
        for body in [json!({}), json!({"blocked": null}), json!({"blocked": 1}), json!({"blocked": "true"})] {
            assert!(StandingRequest::read(&Fields::of(body.as_object().expect("an object"))).is_err(), "{body}");
        }
    }
}
