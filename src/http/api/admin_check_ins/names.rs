//! What a gate says of itself.

use crate::http::values::Form;
use crate::http::values::kind::bounded_texts;

bounded_texts! {
    /// An entrance, as the venue calls it.
    GateName = Form::Line, 1..=100_usize;
    /// What scanned the ticket, as the venue tells such things apart.
    DeviceName = Form::Line, 1..=100_usize;
}
