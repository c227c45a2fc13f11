//! Queue tokens: signed proof of a queue place. It signs and verifies; whether the place still lives is for the node
//! to say. One key, one algorithm, one audience: a token of any other kind is refused.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::SigningKey;
use crate::domain::{ConcertId, PlaceRef, Sequence, Timestamp, UserId, WallOffset};

/// The audience of a queue token; other kinds of tokens have others.
const AUDIENCE: &str = "jari-queue";
/// The header of every queue token, as it stands in one: `{"typ":"JWT","alg":"HS256"}`. No other is ever written, so
/// that whatever else a header may say (another algorithm, type or key) is refused without being understood.
const HEADER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";
/// How long a signature counts, from the opening for a place of the lobby: an outer bound, the place itself ends earlier
/// or later.
const VALID_SECONDS: u32 = 24 * 60 * 60;
/// Bytes of an HMAC-SHA256 signature.
const SIGNATURE_BYTES: usize = 32;
/// Bytes that the claims of a token that we signed have at most, with ids and numbers of the greatest length.
const CLAIMS_BYTES_MAX: usize = 512;

/// Signs and verifies queue tokens.
#[derive(Clone)]
pub struct Tokens {
    encoding: EncodingKey,
    verifying: hmac::Key,
}

/// When a token is signed: it is valid for a day from `now` on, and for a day past an opening that is still to come. Its
/// times are told by a wall clock that is ahead by `offset`.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    pub now: Timestamp,
    pub opens_at: Option<Timestamp>,
    pub offset: WallOffset,
}

/// What a genuine token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub user: UserId,
    pub concert_id: ConcertId,
    pub sequence: Sequence,
    /// Seconds of the log's time: the end of its outer bound.
    pub expires: i64,
}

/// Whether a token is within its outer bound. A genuine token past it still tells whose place it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Ahead,
    Past,
}

/// The texts of a token that we signed have nothing that JSON would escape, so they are read where they stand.
#[derive(Serialize, Deserialize)]
struct Claims<'a> {
    sub: &'a str,
    #[serde(rename = "concertId")]
    concert_id: &'a str,
    sequence: u64,
    aud: &'a str,
    /// Seconds since 1970.
    iat: i64,
    exp: i64,
    /// By how many seconds the wall clock was ahead of the log's time. The token ends by the latter, so that a wall
    /// clock which is set right ends none; the end that clients read is by the former.
    #[serde(default, skip_serializing_if = "is_zero")]
    ahead: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is what serde asks for")]
fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

impl Tokens {
    pub fn new(key: &SigningKey) -> Self {
        let verifying = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        Self { encoding: EncodingKey::from_secret(key.as_bytes()), verifying }
    }

    /// A token for a place at `concert`.
    pub fn sign(&self, place_ref: PlaceRef, concert: &ConcertId, when: Signing) -> String {
        let Signing { now, opens_at, offset } = when;
        let (issued, ahead) = (now.on_wall(offset), offset.0.div_euclid(1_000));
        let valid_from = opens_at.map_or(now, |at| at.max(now)).on_wall(offset);
        let mut user = Uuid::encode_buffer();
        let claims = Claims {
            sub: Uuid::from_u128(place_ref.user.0).hyphenated().encode_lower(&mut user),
            concert_id: concert.as_str(),
            sequence: place_ref.sequence.0,
            aud: AUDIENCE,
            iat: issued.0.div_euclid(1_000),
            exp: valid_from.plus_seconds(VALID_SECONDS).0.div_euclid(1_000),
            ahead,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("texts and numbers can be signed with a key of bytes")
    }

    /// What `text` proves: nothing when it is malformed, forged, or of another kind or algorithm.
    pub fn verify(&self, text: &str) -> Option<Verified> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (mut signature_bytes, mut json) = ([0; SIGNATURE_BYTES], [0; CLAIMS_BYTES_MAX]);
        let signature = decode(signature, &mut signature_bytes)?;
        hmac::verify(&self.verifying, signed.as_bytes(), signature).ok()?;
        let claims = claims(signed, &mut json)?;
        if claims.aud != AUDIENCE {
            return None;
        }
        let user = UserId(Uuid::parse_str(claims.sub).ok()?.as_u128());
        let concert_id = ConcertId::parse(claims.concert_id)?;
        Some(Verified {
            user,
            concert_id,
            sequence: Sequence(claims.sequence),
            expires: claims.exp.saturating_sub(claims.ahead),
        })
    }
}

/// The concert that a token names, be the token genuine or not: it is verified where that concert is led.
pub fn named_concert(text: &str) -> Option<ConcertId> {
    let (signed, _) = text.rsplit_once('.')?;
    let mut json = [0; CLAIMS_BYTES_MAX];
    ConcertId::parse(claims(signed, &mut json)?.concert_id)
}

/// What the signed part of a token claims, read into `room`.
fn claims<'r>(signed: &str, room: &'r mut [u8; CLAIMS_BYTES_MAX]) -> Option<Claims<'r>> {
    let payload = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
    serde_json::from_slice(decode(payload, room)?).ok()
}

impl Verified {
    /// How the token stands at `now`.
    pub fn expiry(&self, now: Timestamp) -> Expiry {
        if now.0.div_euclid(1_000) < self.expires { Expiry::Ahead } else { Expiry::Past }
    }
}

/// The bytes that `text` stands for, in `room`; `None` when it is no base64, or stands for more.
fn decode<'r>(text: &str, room: &'r mut [u8]) -> Option<&'r [u8]> {
    let length = URL_SAFE_NO_PAD.decode_slice(text, room).ok()?;
    Some(&room[..length])
}

#[cfg(test)]
mod tests;
