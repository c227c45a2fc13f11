//! SIGHUP: the settings are read again, from the same sources as at the start. What can be taken is taken, and the log
//! says what needs a restart; a fault in them leaves everything as it is.

use crate::config::{Assigned, Reread};
use crate::domain::commands::Configure;
use crate::node::{Caller, Handle};
use crate::telemetry::log::LogLevel;

/// What a running server is told of settings that were read again.
pub(super) struct Settings {
    pub running: Assigned,
    pub log_level: LogLevel,
    pub node: Handle,
}

impl Settings {
    /// Takes what can be taken of `read`, the settings or one message with all that is wrong with them.
    pub(super) async fn take(&mut self, read: Result<Assigned, String>) {
        let fresh = match read {
            Ok(fresh) => fresh,
            Err(faults) => {
                let faults = faults.replace('\n', " ");
                tracing::error!("the settings stay as they are: {faults}");
                return;
            }
        };
        let before = self.running.config().to_settings();
        let Reread { running, taken, waiting } = self.running.clone().reread(&fresh);
        let settings = running.config().to_settings();
        if settings != before
            && let Err(error) = self.node.submit(Configure { settings }, Caller::default()).await
        {
            tracing::error!("the settings stay as they are, for they could not be written: {error:?}");
            return;
        }
        self.log_level.set(running.config().log.level);
        self.running = running;
        tracing::info!("the settings were read again: {}", told(&taken, &waiting));
    }
}

/// Which settings were taken, and which have to wait.
fn told(taken: &[&str], waiting: &[&str]) -> String {
    let taken = match taken {
        [] => "nothing changes".to_owned(),
        names => format!("{} changed", names.join(", ")),
    };
    match waiting {
        [] => taken,
        names => format!("{taken}; {} will change with the next restart", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn it_is_told_what_was_taken_and_what_waits() {
        assert_eq!(told(&[], &[]), "nothing changes");
        assert_eq!(told(&["hold.seconds", "log.level"], &[]), "hold.seconds, log.level changed");
        assert_eq!(told(&[], &["server.listen"]), "nothing changes; server.listen will change with the next restart");
    }
}
