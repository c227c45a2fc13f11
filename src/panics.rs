//! Panics as values, without a word on the screen.
//!
//! redb trusts the pages of its file: over damaged ones it may panic. And `apply` may trip over an entry of the log. Both
//! end a start with a sentence that helps, which the text of a panic does not.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, Location};
use std::path::{Component, Path};
use std::sync::Once;

/// Where a panic came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Panicked {
    /// The database library, over a file that is damaged.
    Database,
    /// Code of our own, with what it said.
    Own(String),
}

thread_local! {
    /// How many calls of [`caught`] the thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What panicked last in one of them.
    static LAST: RefCell<Option<Panicked>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Does `work`, and tells a panic in it as a value. What `work` was changing is not to be used any more then.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    HOOK.call_once(install);
    DEPTH.set(DEPTH.get() + 1);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|_| LAST.take().unwrap_or_else(|| Panicked::Own(String::new())))
}

fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if DEPTH.get() == 0 {
            return before(info);
        }
        let origin = if info.location().is_some_and(is_of_the_database) {
            Panicked::Database
        } else {
            Panicked::Own(info.payload_as_str().unwrap_or_default().replace('\n', " "))
        };
        LAST.set(Some(origin));
    }));
}

fn is_of_the_database(location: &Location<'_>) -> bool {
    let names_redb = |component: Component<'_>| {
        component.as_os_str().to_str().is_some_and(|name| name == "redb" || name.starts_with("redb-"))
    };
    Path::new(location.file()).components().any(names_redb)
}

#[cfg(test)]
mod tests {
    use super::{Panicked, caught};

    #[test]
    fn a_panic_becomes_a_value_and_later_ones_stay_what_they_are() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| panic!("one\ntwo")), Err::<(), _>(Panicked::Own("one two".to_owned())));
        assert_eq!(caught(|| caught(|| panic!("inner"))), Ok(Err::<(), _>(Panicked::Own("inner".to_owned()))));
        assert!(std::panic::catch_unwind(|| panic!("something else")).is_err());
    }
}
