//! File descriptors: how many connections the process may open without taking those that its own files need. Without
//! this, a crowd of connections could use up all of them, and the next log file could not be created.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are kept for the log, the database, and what the runtime itself opens.
const KEPT_FOR_FILES: u32 = 128;

/// How many of `wanted` connections may be open at once. The soft limit of the process is raised as far as it has to
/// be and may be; when that is not enough, fewer connections are allowed, and a warning says why.
pub(super) fn connections_allowed(wanted: u32) -> u32 {
    let limit = getrlimit(Resource::Nofile);
    let needed = u64::from(wanted) + u64::from(KEPT_FOR_FILES);
    let reachable = limit.maximum.map_or(needed, |hard| needed.min(hard));
    let soft = limit.current.unwrap_or(u64::MAX);
    let raised = soft >= reachable
        || setrlimit(Resource::Nofile, Rlimit { current: Some(reachable), maximum: limit.maximum }).is_ok();
    let allowed = allowed(wanted, if raised { soft.max(reachable) } else { soft });
    if allowed < wanted {
        tracing::warn!(
            "only {allowed} connections at once instead of {wanted}: the system's limit of open files (ulimit -n) is \
             too low for more"
        );
    }
    allowed
}

/// At least one: a server that accepts nothing would only look alive.
fn allowed(wanted: u32, descriptors: u64) -> u32 {
    let for_connections = descriptors.saturating_sub(u64::from(KEPT_FOR_FILES));
    u32::try_from(for_connections).map_or(wanted, |most| most.min(wanted)).max(1)
}

#[cfg(test)]
mod tests {
    use super::{KEPT_FOR_FILES, allowed, connections_allowed};

    #[test]
    fn files_keep_their_descriptors() {
        assert_eq!(allowed(10_000, u64::MAX), 10_000);
        assert_eq!(allowed(10_000, 10_128), 10_000);
        assert_eq!(allowed(10_000, 1_024), 1_024 - KEPT_FOR_FILES);
        assert_eq!(allowed(10_000, 64), 1);
    }

    #[test]
    fn a_few_connections_are_always_allowed() {
        assert_eq!(connections_allowed(8), 8);
    }
}
