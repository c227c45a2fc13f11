//! What is broken of users and of the indexes that lead to them.

use jari::domain::{EmailKey, Rows, Table, User, UserId, Username, WallTime, tables};

use super::{check, rows, user_4};

#[test]
fn a_user_of_another_name_than_the_index_has_is_found() {
    let user = user_4();
    let user = User { username: Username::plain("other"), ..user };
    check(
        vec![tables::Users::change(UserId(4), Some(user))],
        &[
            "users 00000000-0000-0000-0000-000000000004: the username \"other\" does not lead to it",
            "usernames \"user-4\": it leads to a user of another name, or to none",
        ],
    );
}

#[test]
fn users_whom_no_index_leads_to_and_index_rows_that_lead_astray_are_found() {
    let user = user_4();
    let last_user = rows(|opened| opened.replica.store().totals().expect("read")).last_user;
    let number = user.number;
    check(
        vec![tables::Users::change(UserId(4), Some(User { email: Some("a@b".to_owned()), ..user }))],
        &["users 00000000-0000-0000-0000-000000000004: its e-mail address does not lead to it"],
    );
    check(
        vec![tables::Emails::change(EmailKey::of("A@b", UserId(4)), Some(()))],
        &[
            "emails \"a@b\" of 00000000-0000-0000-0000-000000000004: it leads to a user with another address, or to none",
        ],
    );
    check(
        vec![tables::UserNumbers::change(number, None)],
        &[
            &format!("users 00000000-0000-0000-0000-000000000004: number {number} does not lead to it"),
            &format!("user_numbers {}: users are missing before it, or it leads to another user or none", number + 1),
        ],
    );
    check(
        vec![tables::UserNumbers::change(last_user + 1, Some(UserId(4)))],
        &[
            &format!(
                "user_numbers {}: users are missing before it, or it leads to another user or none",
                last_user + 1
            ),
            &format!("totals last_user: the newest user is {}, but they say {last_user}", last_user + 1),
        ],
    );
}

#[test]
fn a_deleted_user_with_a_name_is_found() {
    let user = rows(|opened| opened.replica.store().get::<tables::Users>(&UserId(4)).expect("read").expect("there"));
    let deleted = User { deleted_at: Some(WallTime(0)), ..user.clone() };
    let wrong =
        "users 00000000-0000-0000-0000-000000000004: its name and its e-mail are not erased with it, or were before";
    check(vec![tables::Users::change(UserId(4), Some(deleted))], &[wrong]);
    let nameless = User { username: Username::erased(), ..user };
    check(
        vec![tables::Users::change(UserId(4), Some(nameless))],
        &[wrong, "usernames \"user-4\": it leads to a user of another name, or to none"],
    );
}
