//! UUIDs and concert ids as clients write them. UUIDs come in either case and go out in lower case.

use uuid::Uuid;

use crate::domain::{ConcertId, UserId};
use crate::http::Problem;
use crate::http::request::Fields;

/// Characters of a UUID with its hyphens.
const UUID_LENGTH: usize = 36;
const USER_ID: &str = "a UUID of 36 characters";
const CONCERT_ID: &str = "1 to 64 of a-z, 0-9 and -";

/// The 128 bits of a UUID written with hyphens, or `None` when `text` is none.
pub fn read_uuid(text: &str) -> Option<u128> {
    let hyphenated = (text.len() == UUID_LENGTH).then_some(text)?;
    Uuid::try_parse(hyphenated).ok().map(|uuid| uuid.as_u128())
}

/// A UUID with hyphens in lower case.
pub fn write_uuid(bits: u128) -> String {
    Uuid::from_u128(bits).hyphenated().to_string()
}

/// The user that a path or a query names in `field`.
///
/// # Errors
/// 400 when `text` is no UUID.
pub fn user_id(field: &str, text: &str) -> Result<UserId, Problem> {
    read_uuid(text).map(UserId).ok_or_else(|| Problem::invalid(field, USER_ID))
}

/// The concert that a path names. An id that is a UUID comes in either case, as every UUID does.
///
/// # Errors
/// 400 when `text` is no concert id.
pub fn concert_id(text: &str) -> Result<ConcertId, Problem> {
    read_concert_id(text).ok_or_else(|| Problem::invalid("concertId", CONCERT_ID))
}

/// The `userId` of a body, which must be there.
///
/// # Errors
/// 400 when it is missing or no UUID.
pub fn required_user_id(fields: &Fields) -> Result<UserId, Problem> {
    let user = fields.parsed("userId", USER_ID, |text| read_uuid(text).map(UserId))?.value();
    user.ok_or_else(|| fields.refuse("userId", USER_ID))
}

/// The `concertId` of a body, which may be left out.
///
/// # Errors
/// 400 when it is no concert id.
pub fn optional_concert_id(fields: &Fields) -> Result<Option<ConcertId>, Problem> {
    Ok(fields.parsed("concertId", CONCERT_ID, read_concert_id)?.value())
}

fn read_concert_id(text: &str) -> Option<ConcertId> {
    ConcertId::parse(text).or_else(|| ConcertId::parse(&write_uuid(read_uuid(text)?)))
}

#[cfg(test)]
mod tests {
    use super::{read_uuid, write_uuid};

    #[test]
    fn uuids_come_in_either_case_with_hyphens_and_go_out_in_lower_case() {
        let lower = "0190d3c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e";
        for good in [lower, &lower.to_uppercase()] {
            assert_eq!(read_uuid(good).map(write_uuid).as_deref(), Some(lower));
        }
        let braced = format!("{{{lower}}}");
        let urn = format!("urn:uuid:{lower}");
        let without = lower.replace('-', "");
        let shifted = lower.replacen("5-", "-5", 1);
        for bad in ["", "kim", &braced, &urn, &without, &shifted, &lower[1..], &format!("{lower} ")] {
            assert_eq!(read_uuid(bad), None, "{bad:?} is no UUID");
        }
    }
}
