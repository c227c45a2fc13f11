//! A queue place as it is asked for.

use utoipa::ToSchema;

use crate::domain::{ConcertId, UserId};
use crate::http::Problem;
use crate::http::request::Fields;
use crate::http::values::{optional_concert_id, required_user_id};

/// Who asks for a place, and at which concert.
#[derive(Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct JoinRequest {
    #[schema(value_type = String, format = "uuid")]
    pub user_id: UserId,
    /// It may be left out while exactly one concert is on sale.
    #[schema(value_type = Option<String>)]
    pub concert_id: Option<ConcertId>,
}

impl JoinRequest {
    /// # Errors
    /// 400 when `userId` is missing or no UUID, or `concertId` is no concert id.
    pub fn read(fields: &Fields) -> Result<Self, Problem> {
        let user_id = required_user_id(fields)?;
        Ok(Self { user_id, concert_id: optional_concert_id(fields)? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::JoinRequest;
    use crate::http::request::Fields;

    const KIM: &str = "00000000-0000-0000-0000-00000000002a";

    #[test]
    fn a_place_needs_a_user_and_may_name_the_concert() {
        for (body, fits) in [
            (json!({"userId": KIM}), true),
            (json!({"userId": KIM, "concertId": null}), true),
            (json!({"userId": KIM.to_uppercase(), "concertId": "spring"}), true),
            (json!({"concertId": "spring"}), false),
            (json!({"userId": null}), false),
            (json!({"userId": "kim"}), false),
            (json!({"userId": 42}), false),
            (json!({"userId": KIM, "concertId": "Spring"}), false),
            (json!({"userId": KIM, "concertId": ""}), false),
            (json!({"userId": KIM, "concertId": 1}), false),
        ] {
            assert_eq!(JoinRequest::read(&Fields::of(body.as_object().expect("an object"))).is_ok(), fits, "{body}");
        }
    }
}
