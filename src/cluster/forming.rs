//! Which instance forms a cluster, and which join: each asks all others and comes to the same result by itself.
//!
//! Nothing here asks or writes: what the others say comes in, and what is to be done goes out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::NodeId;

/// How an instance stands before it takes part in a log with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The cluster that it belongs to.
    pub cluster: Option<u128>,
    pub data: Data,
    /// How many slots it was told that there are.
    pub slots: u16,
}

/// Whether an instance has a log with entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Data {
    Empty,
    There,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It forms the cluster, alone at first.
    Form,
    /// It is taken into the cluster of this instance.
    Join(NodeId),
    /// It asks again: these were not reached, and one of them may be in a cluster or have data.
    WaitForAnswers(Vec<NodeId>),
    /// It asks again until this one has formed the cluster.
    WaitForForming(NodeId),
}

/// Why no cluster can be formed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormingError {
    #[error(
        "instance {} is of cluster {:032x}, and instance {} of cluster {:032x}: name the instances of one cluster with \
         --peers",
        of[0].0, of[0].1, of[1].0, of[1].1
    )]
    TwoClusters { of: [(NodeId, u128); 2] },
    #[error(
        "instance {node} has data of its own, and there is a cluster already: start it with an empty data folder, or move \
         its concerts over by hand"
    )]
    DataBesideCluster { node: NodeId },
    #[error(
        "instances {} and {} both have data, and a cluster has one: start one of them with an empty data folder",
        nodes[0], nodes[1]
    )]
    TwoWithData { nodes: [NodeId; 2] },
    #[error(
        "instance {} was told {} slots, and instance {} {}: give all the same --shards",
        of[0].0, of[0].1, of[1].0, of[1].1
    )]
    Slots { of: [(NodeId, u16); 2] },
}

/// What an instance that is in no cluster does, by what it heard of the others; `None` of one that was not reached.
///
/// # Errors
/// They do not fit together. It is the same for whoever asks.
pub fn next_step(
    own: NodeId,
    standing: Standing,
    others: &BTreeMap<NodeId, Option<Standing>>,
) -> Result<Step, FormingError> {
    let told = others.iter().filter_map(|(node, standing)| Some((*node, (*standing)?)));
    let known: BTreeMap<NodeId, Standing> = told.chain([(own, standing)]).collect();
    let clusters: Vec<(NodeId, u128)> = known.iter().filter_map(|(node, it)| Some((*node, it.cluster?))).collect();
    if let Some((first, cluster)) = clusters.first().copied() {
        if let Some(other) = clusters.iter().copied().find(|(_, other)| *other != cluster) {
            return Err(FormingError::TwoClusters { of: [(first, cluster), other] });
        }
        fit(&known)?;
        return match standing.data {
            Data::Empty => Ok(Step::Join(first)),
            Data::There => Err(FormingError::DataBesideCluster { node: own }),
        };
    }
    fit(&known)?;
    let with_data: Vec<NodeId> = known.iter().filter(|(_, it)| it.data == Data::There).map(|(node, _)| *node).collect();
    if let [one, other, ..] = with_data.as_slice() {
        return Err(FormingError::TwoWithData { nodes: [*one, *other] });
    }
    let silent: Vec<NodeId> = others.iter().filter(|(_, it)| it.is_none()).map(|(node, _)| *node).collect();
    if !silent.is_empty() {
        return Ok(Step::WaitForAnswers(silent));
    }
    let former = with_data.first().or_else(|| known.keys().next()).copied().unwrap_or(own);
    Ok(if former == own { Step::Form } else { Step::WaitForForming(former) })
}

/// Whether all were told the same number of slots.
fn fit(known: &BTreeMap<NodeId, Standing>) -> Result<(), FormingError> {
    let mut slots = known.iter().map(|(node, it)| (*node, it.slots));
    let first = slots.next();
    match (first, slots.find(|(_, slots)| first.is_some_and(|(_, of_first)| *slots != of_first))) {
        (Some(first), Some(other)) => Err(FormingError::Slots { of: [first, other] }),
        (Some(_) | None, None) | (None, Some(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Data, FormingError, Standing, Step, next_step};
    use crate::domain::NodeId;

    const EMPTY: Standing = Standing { cluster: None, data: Data::Empty, slots: 64 };
    const WITH_DATA: Standing = Standing { data: Data::There, ..EMPTY };
    const OF_CLUSTER: Standing = Standing { cluster: Some(7), data: Data::There, slots: 64 };

    /// What each of instances 1 to 3 does that is in no cluster, when all of them stand so; one that is `None` is down.
    fn steps(all: [Option<Standing>; 3]) -> Vec<Option<Result<Step, FormingError>>> {
        let nodes = [1, 2, 3].map(NodeId);
        let steps = nodes.into_iter().zip(all).map(|(own, standing)| {
            let others: BTreeMap<NodeId, Option<Standing>> =
                nodes.into_iter().zip(all).filter(|(node, _)| *node != own).collect();
            standing.filter(|it| it.cluster.is_none()).map(|standing| next_step(own, standing, &others))
        });
        steps.collect()
    }

    #[test]
    fn one_forms_and_the_others_join_it() {
        let node = NodeId;
        let (form, wait, join) =
            (Ok(Step::Form), |it| Ok(Step::WaitForForming(node(it))), |it| Ok(Step::Join(node(it))));
        let cases = [
            ([Some(EMPTY); 3], [Some(form.clone()), Some(wait(1)), Some(wait(1))]),
            ([Some(EMPTY), Some(EMPTY), Some(WITH_DATA)], [Some(wait(3)), Some(wait(3)), Some(form)]),
            ([Some(EMPTY), Some(OF_CLUSTER), Some(EMPTY)], [Some(join(2)), None, Some(join(2))]),
            // A cluster is joined without those that are down.
            ([None, Some(OF_CLUSTER), Some(EMPTY)], [None, None, Some(join(2))]),
        ];
        for (all, expected) in cases {
            assert_eq!(steps(all), expected, "{all:?}");
        }
    }

    #[test]
    fn none_forms_while_one_is_silent_that_may_have_data() {
        let silent = |nodes: &[u64]| Some(Ok(Step::WaitForAnswers(nodes.iter().copied().map(NodeId).collect())));
        assert_eq!(steps([Some(EMPTY), None, Some(EMPTY)]), [silent(&[2]), None, silent(&[2])]);
        assert_eq!(steps([Some(WITH_DATA), None, None]), [silent(&[2, 3]), None, None]);
    }

    #[test]
    fn what_does_not_fit_together_is_told_to_all_alike() {
        let other_cluster = Standing { cluster: Some(8), ..OF_CLUSTER };
        let other_slots = Standing { slots: 32, ..EMPTY };
        let nodes = [NodeId(1), NodeId(2)];
        let slots = FormingError::Slots { of: [(NodeId(1), 64), (NodeId(3), 32)] };
        let clusters = FormingError::TwoClusters { of: [(NodeId(1), 7), (NodeId(2), 8)] };
        let cases = [
            ([Some(WITH_DATA), Some(WITH_DATA), Some(EMPTY)], FormingError::TwoWithData { nodes }),
            ([Some(EMPTY), Some(EMPTY), Some(other_slots)], slots),
            ([Some(OF_CLUSTER), Some(other_cluster), Some(EMPTY)], clusters),
            ([Some(OF_CLUSTER), Some(WITH_DATA), None], FormingError::DataBesideCluster { node: NodeId(2) }),
        ];
        for (all, expected) in cases {
            let told: Vec<_> = steps(all).into_iter().flatten().collect();
            assert!(!told.is_empty() && told.iter().all(|step| *step == Err(expected.clone())), "{all:?}: {told:?}");
        }
    }
}
