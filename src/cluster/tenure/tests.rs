use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, advance};

use super::{LEASE, Tenure, TenureLeft};
use crate::domain::NodeId;
use crate::log::{Leadership, Term};

const OWN: NodeId = NodeId(1);

fn leadership(term: u64) -> Leadership {
    Leadership { term: Term(term), node: OWN }
}

fn voters<const N: usize>(nodes: [u64; N]) -> BTreeSet<NodeId> {
    nodes.map(NodeId).into()
}

/// A tenure of term 2 with these sets of voters, whose office is taken.
fn begun(sets: Vec<BTreeSet<NodeId>>) -> Tenure {
    let tenure = Tenure::new(OWN);
    tenure.promise(leadership(2));
    tenure.begin(leadership(2), sets);
    tenure.take_office(leadership(2));
    tenure
}

async fn pass(time: Duration) {
    advance(time).await;
}

#[tokio::test(start_paused = true)]
async fn it_lasts_as_long_as_a_majority_elects_nobody_else() {
    let tenure = begun(vec![voters([1, 2, 3])]);
    assert!(!tenure.holds(), "nobody has heard of it");
    let sent = Instant::now();
    pass(Duration::from_millis(300)).await;
    tenure.heard(NodeId(2), leadership(2), sent);
    assert!(tenure.holds());
    pass(LEASE - Duration::from_millis(301)).await;
    assert!(tenure.holds(), "from the sending on");
    assert_eq!(tenure.left(), TenureLeft::Bound(Duration::from_millis(1)));
    pass(Duration::from_millis(1)).await;
    assert!(!tenure.holds());
    assert_eq!(tenure.left(), TenureLeft::Nothing);
    tenure.heard(NodeId(3), leadership(2), Instant::now());
    assert!(tenure.holds(), "another one makes a majority, too");
    tenure.heard(NodeId(3), leadership(2), sent);
    assert!(tenure.holds(), "an answer that was overtaken shortens nothing");
}

#[tokio::test(start_paused = true)]
async fn each_set_of_voters_needs_its_majority() {
    let tenure = begun(vec![voters([1, 2, 3]), voters([3, 4, 5])]);
    tenure.heard(NodeId(2), leadership(2), Instant::now());
    tenure.heard(NodeId(4), leadership(2), Instant::now());
    assert!(!tenure.holds(), "one of three, as it has no vote in the second set");
    tenure.heard(NodeId(5), leadership(2), Instant::now());
    assert!(tenure.holds());
    let five = begun(vec![voters([1, 2, 3, 4, 5])]);
    five.heard(NodeId(2), leadership(2), Instant::now());
    assert!(!five.holds());
    five.heard(NodeId(5), leadership(2), Instant::now());
    assert!(five.holds());
}

#[tokio::test(start_paused = true)]
async fn whoever_has_the_only_vote_waits_for_nobody() {
    let tenure = begun(vec![voters([1])]);
    pass(Duration::from_secs(3_600)).await;
    assert!(tenure.holds());
    assert_eq!(tenure.left(), TenureLeft::Unbound);
    tenure.begin(leadership(2), vec![voters([1]), voters([1, 2])]);
    assert!(!tenure.holds(), "a second one has to have heard");
    tenure.heard(NodeId(2), leadership(2), Instant::now());
    assert!(tenure.holds());
}

#[tokio::test(start_paused = true)]
async fn no_tenure_outlives_the_vote_that_made_it() {
    let tenure = begun(vec![voters([1])]);
    tenure.promise(leadership(2));
    assert!(tenure.holds(), "its own vote once more");
    let other = Leadership { term: Term(3), node: NodeId(2) };
    tenure.promise(other);
    assert!(!tenure.holds());
    // News of before that vote come late.
    tenure.begin(leadership(2), vec![voters([1])]);
    tenure.take_office(leadership(2));
    tenure.heard(NodeId(2), leadership(2), Instant::now());
    assert!(!tenure.holds());
    tenure.promise(leadership(4));
    tenure.begin(leadership(4), vec![voters([1])]);
    assert!(!tenure.holds(), "the office is not taken up");
    tenure.take_office(leadership(2));
    assert!(!tenure.holds(), "that of another leadership");
    tenure.take_office(leadership(4));
    assert!(tenure.holds());
    tenure.end();
    assert!(!tenure.holds());
}

#[tokio::test(start_paused = true)]
async fn a_tenure_that_was_suspended_counts_on_what_is_sent_behind_that() {
    let tenure = begun(vec![voters([1, 2, 3])]);
    tenure.heard(NodeId(2), leadership(2), Instant::now());
    tenure.suspend(leadership(1));
    assert!(tenure.holds(), "that of another leadership");
    tenure.suspend(leadership(2));
    assert!(!tenure.holds());
    tenure.begin(leadership(2), vec![voters([1, 2, 3])]);
    tenure.take_office(leadership(2));
    let sent = Instant::now();
    tenure.heard(NodeId(3), leadership(2), sent);
    assert!(!tenure.holds(), "it does not go on yet");
    pass(Duration::from_millis(1)).await;
    tenure.resume(leadership(2));
    assert!(!tenure.holds(), "all of it was heard before");
    tenure.heard(NodeId(3), leadership(2), sent);
    assert!(!tenure.holds(), "it was sent before");
    tenure.heard(NodeId(2), leadership(2), Instant::now());
    assert!(tenure.holds());
}

#[tokio::test(start_paused = true)]
async fn what_was_heard_under_another_leadership_does_not_count() {
    let tenure = begun(vec![voters([1, 2, 3])]);
    tenure.heard(NodeId(2), leadership(1), Instant::now());
    assert!(!tenure.holds());
    tenure.heard(NodeId(2), leadership(2), Instant::now());
    tenure.promise(leadership(3));
    tenure.begin(leadership(3), vec![voters([1, 2, 3])]);
    tenure.take_office(leadership(3));
    assert!(!tenure.holds(), "what the leadership before had heard");
}
