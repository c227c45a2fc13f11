//! A user as clients create them.

use std::convert::Infallible;

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};

use super::username::{USERNAME, USERNAME_LENGTH_MAX, read_username};
use crate::domain;
use crate::http::values::kind::{text_kinds, written_kinds};

/// Bytes of the longest address that mail can carry.
const EMAIL_LENGTH_MAX: usize = 254;

/// A new user.
#[derive(Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub(super) struct NewUserRequest {
    pub username: Username,
    pub email: Option<Email>,
    #[schema(ignore)]
    pub password: Option<NoPassword>,
}

text_kinds! {
    /// Characters that can be seen: no blanks at the ends, no control, invisible, direction, private-use and unassigned
    /// characters, no combining mark in front. Names are one name, and given once, when they differ only by letter
    /// case, by how Unicode writes the same characters (composed or not, syllables or jamo, full or half width,
    /// ligatures) or by the kind and number of their blanks; the spelling that was given is shown.
    Username(domain::Username) = USERNAME, read_username,
        |schema| schema.min_length(Some(1)).max_length(Some(USERNAME_LENGTH_MAX));
    /// An address of the form `someone@somewhere`; only sending a mail could tell more.
    Email(String) = format_args!("an address such as kim@example.com of at most {EMAIL_LENGTH_MAX} characters"),
        |text| is_email(text).then(|| text.to_owned()),
        |schema| schema.max_length(Some(EMAIL_LENGTH_MAX)).format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)));
    /// Nothing is one.
    NoPassword(Infallible) = "null or left out: passwords do not exist in this version", |_| None, |schema| schema;
}

written_kinds! {
    Username as |name: &domain::Username| name.given.clone();
    Email as str::to_owned;
}

fn is_email(text: &str) -> bool {
    let sane = text.len() <= EMAIL_LENGTH_MAX && !text.chars().any(|sign| sign.is_whitespace() || sign.is_control());
    sane && text
        .split_once('@')
        .is_some_and(|(someone, somewhere)| !someone.is_empty() && !somewhere.is_empty() && !somewhere.contains('@'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::NewUserRequest;
    use crate::http::request::read;

    fn check(body: &Value, refused_field: Option<&str>) {
        let answer = read::<NewUserRequest>(body.as_object().expect("an object"));
        let named = answer.err().map(|problem| {
            let envelope: Value = serde_json::from_slice(&problem.to_json()).expect("the envelope is JSON");
            envelope["body"]["field"].as_str().expect("the field is named").to_owned()
        });
        assert_eq!(named.as_deref(), refused_field, "{body}");
    }

    #[test]
    fn a_username_is_1_to_64_characters_without_control_characters_and_blanks_at_the_ends() {
        for good in ["k", "kim", "kim lee", "김철수", &"자".repeat(64), "<b>", "🎫"] {
            check(&json!({ "username": good }), None);
        }
        let wrong = [json!(null), json!(7), json!([]), json!({}), json!(true)];
        let texts =
            ["", " ", " kim", "kim ", "\u{3000}kim", "kim\u{a0}", "a\tb", "a\u{0}b", "a\u{85}b", &"x".repeat(65)];
        for bad in texts.iter().map(|text| json!(text)).chain(wrong) {
            check(&json!({ "username": bad }), Some("username"));
        }
        check(&json!({}), Some("username"));
    }

    #[test]
    fn an_email_may_be_left_out_or_has_the_form_of_one() {
        let longest = format!("{}@example.com", "x".repeat(242));
        for good in [json!(null), json!("kim@example.com"), json!("a@b"), json!(longest)] {
            check(&json!({"username": "kim", "email": good}), None);
        }
        let too_long = format!("x{longest}");
        for bad in [
            json!(""),
            json!("kim"),
            json!("@b"),
            json!("a@"),
            json!("a@b@c"),
            json!("a b@c"),
            json!(too_long),
            json!(1),
        ] {
            check(&json!({"username": "kim", "email": bad}), Some("email"));
        }
    }

    #[test]
    fn a_password_does_not_exist_yet() {
        check(&json!({"username": "kim", "password": null}), None);
        for bad in [json!("secret"), json!(""), json!(1)] {
            check(&json!({"username": "kim", "password": bad}), Some("password"));
        }
    }
}
