//! Queue tokens: signed proof of a queue place. It signs and verifies; whether the place still lives is for the node
//! to say. One key, one algorithm, one audience: a token of any other kind is refused.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Failure;
use super::credentials::SigningKey;
use crate::domain::{Bearer, ConcertId, Sequence, Timestamp, UserId, WallOffset};

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

/// Whether a token is within its outer bound. A genuine token past it is `TOKEN_EXPIRED`, and only where the order of
/// refusals comes to that: `token_stale` while its place lives, else why that has ended.
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

    /// A token for the place of `bearer` at `concert`.
    pub fn sign(&self, bearer: Bearer, concert: &ConcertId, when: Signing) -> String {
        let Signing { now, opens_at, offset } = when;
        let (issued, ahead) = (now.on_wall(offset), offset.0.div_euclid(1_000));
        let valid_from = opens_at.map_or(now, |at| at.max(now)).on_wall(offset);
        let mut user = Uuid::encode_buffer();
        let claims = Claims {
            sub: Uuid::from_u128(bearer.user.0).hyphenated().encode_lower(&mut user),
            concert_id: concert.as_str(),
            sequence: bearer.sequence.0,
            aud: AUDIENCE,
            iat: issued.0.div_euclid(1_000),
            exp: valid_from.plus_seconds(VALID_SECONDS).0.div_euclid(1_000),
            ahead,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("texts and numbers can be signed with a key of bytes")
    }

    /// What `text` proves.
    ///
    /// # Errors
    /// 401 `TOKEN_INVALID` when it is malformed, forged, or of another kind or algorithm.
    pub fn verify(&self, text: &str) -> Result<Verified, Failure> {
        self.verify_claims(text).ok_or_else(Failure::token_invalid)
    }

    fn verify_claims(&self, text: &str) -> Option<Verified> {
        let (signed, signature) = text.rsplit_once('.')?;
        let payload = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        let (mut signature_bytes, mut json) = ([0; SIGNATURE_BYTES], [0; CLAIMS_BYTES_MAX]);
        let signature = decode(signature, &mut signature_bytes)?;
        hmac::verify(&self.verifying, signed.as_bytes(), signature).ok()?;
        let claims: Claims<'_> = serde_json::from_slice(decode(payload, &mut json)?).ok()?;
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
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
    use serde_json::{Value, json};

    use super::{Expiry, Signing, SigningKey, Tokens, Verified};
    use crate::domain::{Bearer, ConcertId, ConcertNo, Sequence, Timestamp, UserId, WallOffset};

    const NOW: Timestamp = Timestamp(1_900_000_000_500);

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes([seed; 32])
    }

    fn spring() -> ConcertId {
        ConcertId::parse("spring").expect("a fine id")
    }

    fn signing(now: Timestamp, offset_ms: i64) -> Signing {
        Signing { now, opens_at: None, offset: WallOffset(offset_ms) }
    }

    fn genuine() -> String {
        let bearer = Bearer { concert: ConcertNo(3), sequence: Sequence(7), user: UserId(42) };
        Tokens::new(&key(1)).sign(bearer, &spring(), signing(NOW, 0))
    }

    fn claims() -> Value {
        json!({"sub": uuid::Uuid::from_u128(42).to_string(), "concertId": "spring", "sequence": 7, "aud": "jari-queue",
               "iat": 1_900_000_000, "exp": 1_900_086_400})
    }

    fn forged(header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(&[1; 32])).expect("it can be signed")
    }

    #[test]
    fn a_token_of_the_longest_texts_and_numbers_is_verified() {
        let concert = ConcertId::parse(&"c".repeat(ConcertId::LENGTH_MAX)).expect("a fine id");
        let bearer = Bearer { concert: ConcertNo(u32::MAX), sequence: Sequence(u64::MAX), user: UserId(u128::MAX) };
        let late = Timestamp(i64::MAX / 2);
        let token = Tokens::new(&key(1)).sign(bearer, &concert, signing(late, -1));
        let verified = Tokens::new(&key(1)).verify(&token).expect("genuine");
        assert_eq!((verified.user, verified.concert_id, verified.sequence), (bearer.user, concert, bearer.sequence));
    }

    fn refused(token: &str) -> bool {
        let answer = Tokens::new(&key(1)).verify(token);
        answer.is_err_and(|failure| failure.reason() == "TOKEN_INVALID")
    }

    /// Base64url without padding, as in a JWT.
    fn encoded(json: &Value) -> String {
        URL_SAFE_NO_PAD.encode(json.to_string())
    }

    #[test]
    fn what_was_signed_is_read_back() {
        let verified = Tokens::new(&key(1)).verify(&genuine()).expect("it is genuine");
        let expected =
            Verified { user: UserId(42), concert_id: spring(), sequence: Sequence(7), expires: 1_900_086_400 };
        assert_eq!(verified, expected);
        assert!(!refused(&forged(&Header::new(Algorithm::HS256), &claims())), "the claims of these tests are right");
    }

    #[test]
    fn a_token_ends_by_the_time_of_the_log_and_tells_its_end_by_the_wall_clock() {
        let bearer = Bearer { concert: ConcertNo(3), sequence: Sequence(7), user: UserId(42) };
        let token = Tokens::new(&key(1)).sign(bearer, &spring(), signing(NOW, -500_000_000_500));
        let verified = Tokens::new(&key(1)).verify(&token).expect("genuine");
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("claims")).expect("base64");
        let claims: Value = serde_json::from_slice(&payload).expect("JSON");
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(1_400_000_000), &json!(1_400_086_400)));
        assert_eq!(verified.expiry(Timestamp(NOW.0 + 86_399_000)), Expiry::Ahead);
        assert_eq!(verified.expiry(Timestamp(NOW.0 + 86_401_000)), Expiry::Past);
    }

    #[test]
    fn the_library_of_others_reads_our_tokens_as_we_do() {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.set_audience(&["jari-queue"]);
        let read = jsonwebtoken::decode::<Value>(&genuine(), &DecodingKey::from_secret(&[1; 32]), &validation);
        let read = read.expect("it is a JWT like any other");
        assert_eq!((read.header.typ.as_deref(), read.claims), (Some("JWT"), claims()));
    }

    #[test]
    fn a_token_is_past_its_bound_after_a_day_and_still_genuine() {
        let tokens = Tokens::new(&key(1));
        let expiry = |at: i64| tokens.verify(&genuine()).expect("it is genuine").expiry(Timestamp(at));
        assert_eq!(expiry(1_900_086_399_999), Expiry::Ahead);
        assert_eq!(expiry(1_900_086_400_000), Expiry::Past);
        assert_eq!(expiry(0), Expiry::Ahead, "a clock that was set back does not refuse");
    }

    #[test]
    fn another_key_does_not_sign_for_us() {
        assert!(Tokens::new(&key(2)).verify(&genuine()).is_err());
    }

    #[test]
    fn another_algorithm_is_refused_even_with_the_right_key() {
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            assert!(refused(&forged(&Header::new(algorithm), &claims())), "{algorithm:?}");
        }
        for name in ["none", "None", "NONE", "nOnE", ""] {
            let head = encoded(&json!({"alg": name, "typ": "JWT"}));
            let body = encoded(&claims());
            assert!(refused(&format!("{head}.{body}.")), "{name:?} without a signature");
            let signature = genuine().rsplit('.').next().expect("three parts").to_owned();
            assert!(refused(&format!("{head}.{body}.{signature}")), "{name:?} with some signature");
        }
    }

    #[test]
    fn another_type_or_audience_or_a_missing_claim_is_refused() {
        for typ in [None, Some("at+jwt".to_owned()), Some("jwt".to_owned()), Some(String::new())] {
            let header = Header { typ: typ.clone(), ..Header::new(Algorithm::HS256) };
            assert!(refused(&forged(&header, &claims())), "{typ:?}");
        }
        for name in ["sub", "concertId", "sequence", "aud", "iat", "exp"] {
            let mut without = claims();
            without.as_object_mut().expect("an object").remove(name);
            assert!(refused(&forged(&Header::new(Algorithm::HS256), &without)), "without {name}");
        }
        for (name, value) in [
            ("aud", json!("jari-user")),
            ("aud", json!(["jari-user"])),
            ("sub", json!("kim")),
            ("concertId", json!("Spring!")),
            ("sequence", json!(-1)),
            ("exp", json!("soon")),
        ] {
            let mut other = claims();
            other[name] = value.clone();
            assert!(refused(&forged(&Header::new(Algorithm::HS256), &other)), "{name} = {value}");
        }
    }

    #[test]
    fn no_part_of_a_token_can_be_changed() {
        let token = genuine();
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("still ASCII");
            assert!(refused(&changed), "changed at {at}");
        }
        for text in
            ["", ".", "..", "...", "a.b.c", &format!("{token}."), &format!("{token}x"), &token[..token.len() - 1]]
        {
            assert!(refused(text), "{text:?}");
        }
    }
}
