//! An instance that was removed from its cluster learns of it and ends: told by whoever removed it, or, where it was down
//! then, by whoever leads when it is back. Its folder keeps that, so that it does not come again by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::instance::Instance;
use crate::storage::exit_process;

/// How often it is looked what the others say.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Ends the process once the instance that leads says that this one is no member, by a newer entry than those that say
/// here that it is one.
pub(super) async fn watch(instance: Arc<Instance>) {
    loop {
        sleep(LOOK_EVERY).await;
        let consensus = instance.consensus();
        if consensus.has_vote() && instance.reports().removed_after(consensus.members_at()) {
            take(&instance);
        }
    }
}

/// Keeps that this instance is removed, and ends the process.
pub(super) fn take(instance: &Instance) -> ! {
    match instance.note_removal() {
        Ok(()) => tracing::error!(
            "this instance was removed from the cluster, so it ends; its folder is of no use any more: a new instance starts \
             with an empty one, under an id that was never used"
        ),
        Err(error) => tracing::error!("this instance was removed from the cluster, so it ends; {error}"),
    }
    exit_process();
}
