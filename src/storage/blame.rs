//! Tells damage for what it is where the database library can only panic over it.
//!
//! redb trusts the pages of its file: over damaged ones it may panic. While a database is opened or examined on a
//! thread, such a panic ends the process with one sentence that names the file.

use std::cell::RefCell;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Once;

thread_local! {
    /// The database that this thread is reading.
    static READING: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Does `work`, and blames the file at `path` for a panic in it.
pub fn on<T>(path: &Path, work: impl FnOnce() -> T) -> T {
    HOOK.call_once(install);
    READING.set(Some(path.to_owned()));
    let result = work();
    READING.set(None);
    result
}

fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| match READING.take() {
        Some(path) => {
            eprintln!("jari: {}", sentence(&path, &info.to_string()));
            std::process::exit(1);
        }
        None => before(info),
    }));
}

fn sentence(path: &Path, what: &str) -> String {
    let what = what.replace('\n', " ");
    format!("the database {} is damaged ({what}); put back a backup of the whole data folder", path.display())
}

#[cfg(test)]
mod tests {
    use super::{on, sentence};
    use std::path::Path;

    #[test]
    fn the_sentence_names_the_file() {
        assert_eq!(
            sentence(Path::new("data/jari.redb"), "panicked at btree.rs:1:\nout of range"),
            "the database data/jari.redb is damaged (panicked at btree.rs:1: out of range); put back a backup of the \
             whole data folder"
        );
    }

    #[test]
    fn panics_outside_of_the_work_stay_what_they_are() {
        assert_eq!(on(Path::new("data/jari.redb"), || 7), 7);
        assert!(std::panic::catch_unwind(|| panic!("something else")).is_err());
    }
}
