//! A queue place as it is asked for.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::values::{ConcertId, UserId};

/// Who asks for a place, and at which concert.
#[derive(Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct JoinRequest {
    pub user_id: UserId,
    /// It may be left out while exactly one concert is on sale.
    pub concert_id: Option<ConcertId>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::JoinRequest;
    use crate::http::request::read;

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
            assert_eq!(read::<JoinRequest>(body.as_object().expect("an object")).is_ok(), fits, "{body}");
        }
    }
}
