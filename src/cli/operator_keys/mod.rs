//! `jari key`: the keys of operators of a stopped server, for whoever can read its data and has lost the owner's key.

mod role;

use clap::{Args, Subcommand};

use self::role::RoleName;
use super::exit::Exit;
use super::output;
use super::settings::DataFolder;
use crate::calendar::{read_instant, write_instant};
use crate::domain::commands::{Answers, CreateKey, RemoveKey};
use crate::domain::{KEY_NAME_LENGTH_MAX, KeyId, KeyWritten, OperatorKeyRow, Rejection, WallTime};
use crate::identity::AccessKey;
use crate::node::{self, Caller, Handle, Node, StartError, SubmitError};
use crate::random_ids::random_id;
use crate::storage;

/// Memory for the pages of the database meanwhile.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

pub(super) const DETAILS: &str = "\
The server must have stopped, and must run alone: of several instances every change goes through the running ones, with
the owner's key (`operator.key` of the data folder, or JARI_OPERATOR_KEY of whoever runs them) and /api/v1/admin/keys.
Each change is an act of the owner in the audit. What has ended since the server stopped ends meanwhile, as at a start.";

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a key, which is printed this once
    Add(Add),
    /// List the keys, without the keys themselves
    List(List),
    /// Take a key away: it is good for nothing from then on
    Remove(Remove),
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    folder: DataFolder,
    /// Whose key it is, as the audit names them
    #[arg(long, value_parser = read_name)]
    name: String,
    /// What it is for
    #[arg(long, value_enum)]
    role: RoleName,
    /// When it expires, such as 2030-12-31T23:59:59+09:00 [default: never]
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    expires_at: Option<WallTime>,
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(Args)]
struct Remove {
    #[command(flatten)]
    folder: DataFolder,
    /// The id of the key, as `jari key list` tells it
    #[arg(value_parser = read_key_id)]
    key_id: KeyId,
}

/// Does it, and prints what there is to know.
pub(super) fn run(arguments: &Arguments) -> Result<(), Exit> {
    match &arguments.action {
        Action::Add(add) => add_key(add),
        Action::List(List { folder }) => list_keys(folder),
        Action::Remove(remove) => remove_key(remove),
    }
}

fn add_key(Add { folder, name, role, expires_at }: &Add) -> Result<(), Exit> {
    let made = AccessKey::generate().map_err(|error| Exit::Failure(format!("no random bytes: {error}")))?;
    let (key, name, role, expires_at) = (KeyId(random_id()), name.clone(), role.role(), *expires_at);
    let command = CreateKey { key, name, role, hash: made.hash(), expires_at };
    let written = changed(folder, command, |node| {
        let is_past = expires_at.is_some_and(|at| at <= node.wall_now());
        if is_past { Err(Exit::Usage("--expires-at must be a time that is still ahead".to_owned())) } else { Ok(()) }
    })?;
    output::print_error(&format!("{}\nThe key, which is shown this once:\n", line(written.key, &written.row)));
    output::print(&format!("{}\n", made.text()));
    Ok(())
}

fn list_keys(folder: &DataFolder) -> Result<(), Exit> {
    let node = start(folder)?;
    let keys = node.handle().operator_keys();
    stop(node)?;
    for (key, row) in keys {
        output::print(&format!("{}\n", line(key, &row)));
    }
    Ok(())
}

fn remove_key(Remove { folder, key_id }: &Remove) -> Result<(), Exit> {
    let KeyWritten { key, row } = changed(folder, RemoveKey { key: *key_id }, |_| Ok(()))?;
    output::print(&format!("removed {}\n", line(key, &row)));
    Ok(())
}

/// Changes the data, unless `check` has something against it.
fn changed<C: Answers<Reply = KeyWritten>>(
    folder: &DataFolder,
    command: C,
    check: impl FnOnce(&Handle) -> Result<(), Exit>,
) -> Result<KeyWritten, Exit> {
    let node = start(folder)?;
    let handle = node.handle();
    let answer = check(&handle).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| Exit::Failure(format!("cannot start a thread: {error}")))?;
        runtime.block_on(handle.submit(command, Caller::operator(KeyId::OWNER))).map_err(refused)
    });
    drop(handle);
    stop(node)?;
    Ok(answer?.reply)
}

fn refused(error: SubmitError) -> Exit {
    Exit::Failure(match error {
        SubmitError::Rejected(Rejection::KeyNotFound) => {
            "there is no key of this id; `jari key list` shows those that there are".to_owned()
        }
        SubmitError::Rejected(rejection) => rejection.to_string(),
        SubmitError::Fault(fault) => fault,
        SubmitError::Overloaded | SubmitError::Stopping | SubmitError::NoLeader { .. } => {
            "the change did not come about; try again".to_owned()
        }
    })
}

/// The instance of a stopped server, with nobody to serve.
fn start(folder: &DataFolder) -> Result<Node, Exit> {
    let data_dir = folder.find()?;
    if !storage::holds_data(&data_dir) {
        return Err(Exit::Failure(format!(
            "{} holds no data of a server: start `jari serve --data-dir {0}` once before it is given keys",
            data_dir.display()
        )));
    }
    let options =
        node::Options { data_dir, cache_bytes: CACHE_BYTES, settings: None, commands_waiting_max: 16, cluster: None };
    node::start(options).map_err(|error| match error {
        StartError::MemberAlone { data_dir } => Exit::Failure(format!(
            "{} is of one of several instances, which agree on every change: ask a running one with the owner's key, at \
             /api/v1/admin/keys",
            data_dir.display()
        )),
        error => Exit::Failure(error.to_string()),
    })
}

fn stop(node: Node) -> Result<(), Exit> {
    node.stop().map_err(|error| Exit::Failure(error.to_string()))
}

/// A key as it is listed.
fn line(key: KeyId, row: &OperatorKeyRow) -> String {
    let told = |at: Option<WallTime>| at.map_or_else(|| "never".to_owned(), write_instant);
    format!(
        "{}  {:<10}  {}  created {}, expires {}, last used {}",
        uuid::Uuid::from_u128(key.0),
        row.role.word(),
        row.name,
        write_instant(row.created_at),
        told(row.expires_at),
        told(row.last_used_at)
    )
}

fn read_name(text: &str) -> Result<String, String> {
    let fits = (1..=KEY_NAME_LENGTH_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("1 to {KEY_NAME_LENGTH_MAX} characters without control characters"))
    }
}

fn read_time(text: &str) -> Result<WallTime, String> {
    read_instant(text).ok_or_else(|| "an RFC 3339 time such as 2030-12-31T23:59:59+09:00".to_owned())
}

fn read_key_id(text: &str) -> Result<KeyId, String> {
    let id = uuid::Uuid::parse_str(text).map_err(|_| "a UUID, as `jari key list` tells it".to_owned())?;
    Ok(KeyId(id.as_u128()))
}
