//! The tasks that an instance has on its runtime.

use std::future::Future;

use parking_lot::Mutex;
use tokio::runtime;
use tokio::task::JoinSet;

/// The tasks that an instance has on its runtime, which end with this.
pub(super) struct Tasks {
    runtime: runtime::Handle,
    tasks: Mutex<JoinSet<()>>,
}

impl Tasks {
    pub(super) fn new(runtime: runtime::Handle) -> Self {
        Self { runtime, tasks: Mutex::default() }
    }

    pub(super) fn runtime(&self) -> &runtime::Handle {
        &self.runtime
    }

    /// Has a task run on the runtime until it is done, or all are ended.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.lock().spawn_on(task, &self.runtime);
    }

    /// Ends all of them, wherever they are.
    pub(super) fn end(&self) {
        self.tasks.lock().abort_all();
    }
}
