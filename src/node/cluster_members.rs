//! Members of the cluster taken in and removed, as the operator asks for it.

use super::handle::Handle;
use crate::cluster::{self, Caution, MemberError, Role};
use crate::domain::NodeId;

/// Why the members are not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembersError {
    /// This server is no member of a cluster.
    Alone,
    Cluster(MemberError),
}

impl Handle {
    /// Takes an instance in that runs and waits for it, where this one leads. Its vote it gets when it has all.
    ///
    /// # Errors
    /// All of [`MembersError`].
    pub async fn add_member(&self, node: NodeId, address: String) -> Result<Role, MembersError> {
        let member = self.shared.member.as_ref().ok_or(MembersError::Alone)?;
        cluster::add(&member.instance, node, address).await.map_err(MembersError::Cluster)
    }

    /// Removes an instance, where this one leads. Itself it does not remove: another one leads then, which does.
    ///
    /// # Errors
    /// All of [`MembersError`].
    pub async fn remove_member(&self, node: NodeId, caution: Caution) -> Result<(), MembersError> {
        let member = self.shared.member.as_ref().ok_or(MembersError::Alone)?;
        cluster::remove(&member.instance, node, caution).await.map_err(MembersError::Cluster)
    }
}
