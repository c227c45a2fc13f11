//! Tokens that are genuine, and all others.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use super::{Expiry, Signing, Tokens, Verified, named_concert};
use crate::domain::{ConcertId, ConcertNo, PlaceRef, Sequence, Timestamp, UserId, WallOffset};
use crate::identity::SigningKey;

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
    let place_ref = PlaceRef { concert: ConcertNo(3), sequence: Sequence(7), user: UserId(42) };
    Tokens::new(&key(1)).sign(place_ref, &spring(), signing(NOW, 0))
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
    let place_ref = PlaceRef { concert: ConcertNo(u32::MAX), sequence: Sequence(u64::MAX), user: UserId(u128::MAX) };
    let late = Timestamp(i64::MAX / 2);
    let token = Tokens::new(&key(1)).sign(place_ref, &concert, signing(late, -1));
    let verified = Tokens::new(&key(1)).verify(&token).expect("genuine");
    assert_eq!((verified.user, verified.concert_id, verified.sequence), (place_ref.user, concert, place_ref.sequence));
}

fn refused(token: &str) -> bool {
    Tokens::new(&key(1)).verify(token).is_none()
}

/// Base64url without padding, as in a JWT.
fn encoded(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[test]
fn what_was_signed_is_read_back() {
    let verified = Tokens::new(&key(1)).verify(&genuine()).expect("it is genuine");
    let expected = Verified { user: UserId(42), concert_id: spring(), sequence: Sequence(7), expires: 1_900_086_400 };
    assert_eq!(verified, expected);
    assert!(!refused(&forged(&Header::new(Algorithm::HS256), &claims())), "the claims of these tests are right");
}

#[test]
fn a_token_ends_by_the_time_of_the_log_and_tells_its_end_by_the_wall_clock() {
    let place_ref = PlaceRef { concert: ConcertNo(3), sequence: Sequence(7), user: UserId(42) };
    let token = Tokens::new(&key(1)).sign(place_ref, &spring(), signing(NOW, -500_000_000_500));
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
    assert_eq!(Tokens::new(&key(2)).verify(&genuine()), None);
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
    for text in ["", ".", "..", "...", "a.b.c", &format!("{token}."), &format!("{token}x"), &token[..token.len() - 1]] {
        assert!(refused(text), "{text:?}");
    }
}

#[test]
fn a_token_names_its_concert_whoever_signed_it_and_what_is_no_token_names_none() {
    assert_eq!(named_concert(&genuine()), Some(spring()));
    let foreign = forged(&Header::new(Algorithm::HS256), &claims());
    let cut = foreign.rsplit_once('.').expect("it has a signature").0;
    assert_eq!(named_concert(&format!("{cut}.AAAA")), Some(spring()), "the signature is not looked at");
    let of = |concert: Value| {
        let mut claims = claims();
        claims["concertId"] = concert;
        forged(&Header::new(Algorithm::HS256), &claims)
    };
    for none in [of(json!("Spring")), of(json!(7)), of(Value::Null), cut.to_owned(), String::new(), "a.b.c".to_owned()]
    {
        assert_eq!(named_concert(&none), None, "{none}");
    }
}
