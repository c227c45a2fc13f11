//! The kinds of values of a queue policy.

use crate::domain::Order;
use crate::http::values::kind::{integer_kinds, text_kinds, written_kinds};

integer_kinds! {
    /// So many queue places.
    Places(u32) = 1..=1_000_000_u32;
    /// Seconds of a sliding window.
    WindowSeconds(u32) = 1..=3_600_u32;
    /// Seconds of a queue place.
    PlaceSeconds(u32) = 1..=86_400_u32;
}

text_kinds! {
    /// The order in which the lobby is admitted at the opening.
    QueueOrder(Order) = "\"arrival\"; other orders, such as \"lottery\", do not exist in this version",
        |text| (text == "arrival").then_some(Order::Arrival),
        |schema| schema.enum_values(Some(["arrival"]));
}

written_kinds! {
    QueueOrder as |order: &Order| match order {
        Order::Arrival => "arrival",
    };
}
