//! The place of this instance among the others: how it comes to it, who they are, and what goes to them.

use std::sync::atomic::Ordering;

use hyper::body::Incoming;
use hyper::{Request, Response};

use super::{Entry, Instance};
use crate::cluster::link::{LinkBody, LinkError, PeerName};
use crate::cluster::membership::{Membership, MembershipError};
use crate::domain::{Members, NodeId};
use crate::log::Index;

impl Instance {
    /// Notes durably what tells the settings of this start from others.
    ///
    /// # Errors
    /// The disk fails.
    pub fn note_settings(&self, settings: u64) -> Result<(), MembershipError> {
        Membership { settings: Some(settings), ..self.kept() }.write(&self.data_dir)
    }

    /// Notes durably that the copy of this instance differs from those of a majority at an entry.
    ///
    /// # Errors
    /// The disk fails.
    pub(in crate::cluster) fn note_difference(&self, at: Index) -> Result<(), MembershipError> {
        Membership { differs_at: Some(at), ..self.kept() }.write(&self.data_dir)
    }

    /// Notes durably that this instance was removed from the cluster.
    ///
    /// # Errors
    /// The disk fails.
    pub(in crate::cluster) fn note_removal(&self) -> Result<(), MembershipError> {
        Membership { is_removed: true, ..self.kept() }.write(&self.data_dir)
    }

    /// Notes durably that the others have let this instance come. From then on it takes what they send.
    ///
    /// # Errors
    /// The disk fails.
    pub(in crate::cluster) fn note_welcome(&self) -> Result<(), MembershipError> {
        Membership { is_welcome: true, ..self.kept() }.write(&self.data_dir)?;
        self.is_welcome.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether it may be sent what the others have: they have let it come, or have it among them.
    pub(in crate::cluster) fn is_welcome(&self) -> bool {
        self.is_welcome.load(Ordering::Acquire) || self.entry() == Entry::Taken
    }

    /// What the data folder says.
    fn kept(&self) -> Membership {
        Membership { is_welcome: self.is_welcome.load(Ordering::Acquire), ..self.membership }
    }

    /// Waits until it has its place among the others.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub async fn entered(&self) -> Result<(), String> {
        let mut entry = self.entry.subscribe();
        let known = entry.wait_for(|entry| *entry != Entry::Ahead).await.expect("the sender is here").clone();
        match known {
            Entry::Refused(why) => Err(why),
            Entry::Ahead | Entry::Taken => Ok(()),
        }
    }

    /// Whether it has its place among the others.
    pub(in crate::cluster) fn entry(&self) -> Entry {
        self.entry.borrow().clone()
    }

    pub(in crate::cluster) fn note_entry(&self, entry: Entry) {
        self.entry.send_replace(entry);
    }

    /// Takes up who is a member from now on.
    pub fn follow_members(&self, members: &Members) {
        self.peers.follow(members);
        self.member_changes.follow(members);
    }

    /// Has another instance answer a request of a client.
    ///
    /// # Errors
    /// It could not be sent, as where there is no such instance any more, or the connection broke before there was an
    /// answer.
    pub async fn forward(&self, to: NodeId, request: Request<LinkBody>) -> Result<Response<Incoming>, LinkError> {
        match self.peers.get(to) {
            Some(peer) => peer.forward.ask(request).await,
            None => {
                let peer = PeerName { node: to, address: "".into() };
                Err(LinkError::NotConnected { peer, reason: "it is no member of the cluster".to_owned() })
            }
        }
    }
}
