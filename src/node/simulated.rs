//! An instance of several as a simulation runs it: the one of the product, on the runtime that it is started on, whose time
//! may be virtual, and over a disk, a network and clocks that are the simulation's.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::audit::Audit;
use super::clock::MachineClocks;
use super::ground::Ground;
use super::handle::Handle;
use super::job::Job;
use super::presence::abandonment;
use super::sequencer::{Opening, run_shared};
use super::shared::Shared;
use super::start_error::{StartError, StopError};
use super::{applying, free_space};
use crate::cluster::{self, Found, Instance, Ways};
use crate::domain::Settings;
use crate::replica::{Recovered, Replica};

/// What an instance is started with.
pub struct Simulated {
    /// What it has recovered. Nobody but the simulation brings its database up to date.
    pub recovered: Recovered,
    /// Where it keeps which instance it is.
    pub data_dir: PathBuf,
    pub options: cluster::Options,
    pub ways: Ways,
    pub clocks: Arc<dyn MachineClocks>,
    pub settings: Settings,
    pub commands_waiting_max: usize,
    /// Is told of everything that is applied.
    pub audit: Audit,
}

/// A running instance.
pub struct SimulatedNode {
    shared: Arc<Shared>,
    instance: Arc<Instance>,
    /// Comes when the sequencer has ended.
    sequenced: oneshot::Receiver<()>,
    stop_abandonment: oneshot::Sender<()>,
}

/// Starts an instance, which waits for the others for as long as they are not there.
///
/// # Errors
/// Those of [`super::start`].
pub async fn start_simulated(simulated: Simulated) -> Result<SimulatedNode, StartError> {
    let Simulated { recovered, data_dir, options, ways, clocks, settings, commands_waiting_max, audit } = simulated;
    let Recovered { replica, mut log, .. } = recovered;
    let Found { instance, founding } = cluster::find_place(options, ways, &replica, &mut log).await?;
    let disk = Arc::new(free_space::Disk::new(&data_dir));
    let currency = settings.currency;
    let own = Some(Arc::clone(&instance));
    let ground = Ground { replica, instance: own, clocks, currency, commands_waiting_max, disk };
    let (shared, arrivals) = ground.shared();
    let member = shared.member.as_ref().expect("it is one of several");
    member.auditing.begin(audit);
    let unfinished = Unfinished(Some(Arc::clone(&instance)));
    applying::begin(&shared, member, log).await?;
    let (ended, sequenced) = oneshot::channel();
    let sequencing = run_shared(Arc::clone(&shared), arrivals, Opening { founding, settings });
    instance.spawn(async move {
        sequencing.await;
        // Who has killed the instance does not wait for it.
        let _killed = ended.send(());
    });
    applying::wait_for_place(&shared, member).await?;
    let (stop_abandonment, stop) = oneshot::channel();
    instance.spawn(abandonment::run(Handle { shared: Arc::clone(&shared) }, stop));
    unfinished.finish();
    Ok(SimulatedNode { shared, instance, sequenced, stop_abandonment })
}

/// A start that is killed before it is done leaves no tasks behind.
struct Unfinished(Option<Arc<Instance>>);

impl Unfinished {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(instance) = &self.0 {
            instance.end_tasks();
        }
    }
}

impl SimulatedNode {
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle { shared: Arc::clone(&self.shared) }
    }

    /// The copy of it.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.shared.replica
    }

    /// As it takes part.
    #[must_use]
    pub fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// Ends at once, as a process that is killed.
    pub async fn kill(self) {
        // What it was about is to come to nothing.
        let _sealed = self.instance.stop().await;
    }

    /// Ends in order, as [`super::Node::stop`] does.
    ///
    /// # Errors
    /// The disk fails.
    pub async fn stop(self) -> Result<(), StopError> {
        drop(self.stop_abandonment);
        cluster::hand_over(&self.instance).await;
        let member = self.shared.member.as_ref().expect("it is one of several");
        member.under_way.stop();
        // One that waits for the other instances has ended by now.
        drop(self.shared.jobs.send(Job::Stop));
        drop(self.sequenced.await);
        self.instance.stop().await.map_err(|fault| StopError::Log(fault.to_string()))?;
        self.shared.replica.store().stop().map_err(|fault| StopError::Database(fault.to_string()))
    }
}
