//! Which instance is to become a member.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::config::peer_address;
use crate::http::values::kind::{integer_kinds, text_kinds};
use crate::node::Caution;

/// An instance that runs and waits to be taken in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberRequest {
    pub node_id: MemberId,
    pub address: MemberAddress,
}

integer_kinds! {
    /// The id of an instance, as its `--node-id` says.
    MemberId(u64) = 1..=9_223_372_036_854_775_807_u64;
}

text_kinds! {
    /// Where the others reach an instance, as `--peers` says: host and port.
    MemberAddress(String) = "an address such as http://10.0.0.4:7001 or box4.example:7001", |text| peer_address(text),
        |schema| schema;
    /// The id of a member.
    MemberIdText(u64) = "the id of an instance, an integer from 1", |text| text.parse().ok().filter(|id| *id > 0),
        |schema| schema.pattern(Some("^[1-9][0-9]*$"));
    /// Whether a member is removed whatever is left.
    Force(Caution) = "true or false", |text| match text {
            "true" => Some(Caution::Nothing),
            "false" => Some(Caution::Majority),
            _ => None,
        },
        |schema| schema.enum_values(Some(["true", "false"]));
}
