//! Numbers in a row, and which is the first that is large enough, found in a logarithm of their count.

use std::ops::Range;

/// A binary tree over numbers; each node has the greatest below it.
#[derive(Debug)]
pub(crate) struct MaxTree {
    /// A power of two: the numbers begin here, node `n` has the children `2n` and `2n + 1`.
    leaves: usize,
    nodes: Vec<u32>,
}

impl MaxTree {
    pub(crate) fn new(numbers: &[u32]) -> Self {
        let leaves = numbers.len().next_power_of_two();
        let mut nodes = vec![0; 2 * leaves];
        nodes[leaves..leaves + numbers.len()].copy_from_slice(numbers);
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node].max(nodes[2 * node + 1]);
        }
        Self { leaves, nodes }
    }

    pub(crate) fn set(&mut self, at: usize, number: u32) {
        let mut node = self.leaves + at;
        self.nodes[node] = number;
        while node > 1 {
            node /= 2;
            let greatest = self.nodes[2 * node].max(self.nodes[2 * node + 1]);
            if self.nodes[node] == greatest {
                break;
            }
            self.nodes[node] = greatest;
        }
    }

    /// Where the first number of `range` stands that is not below `least`, which is not 0.
    pub(crate) fn first_at_least(&self, least: u32, range: Range<usize>) -> Option<usize> {
        if range.is_empty() {
            return None;
        }
        let mut node = self.leaves + range.start;
        while self.nodes[node] < least {
            // Everything below this node is too small: on to the subtree at its right.
            while node % 2 == 1 {
                node /= 2;
            }
            if node == 0 {
                return None;
            }
            node += 1;
        }
        while node < self.leaves {
            node *= 2;
            if self.nodes[node] < least {
                node += 1;
            }
        }
        Some(node - self.leaves).filter(|at| *at < range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::MaxTree;

    #[test]
    fn it_finds_what_a_walk_finds() {
        for count in [1, 2, 3, 7, 8, 9, 100] {
            let mut numbers = vec![0_u32; count];
            let mut tree = MaxTree::new(&numbers);
            for step in 0_u64..400 {
                let mixed = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
                let at = (mixed % count as u64) as usize;
                numbers[at] = (mixed >> 8) as u32 % 6;
                tree.set(at, numbers[at]);
                let (from, to) = (at / 2, count - at / 3);
                for least in 1..7 {
                    let walked = (from..to).find(|at| numbers[*at] >= least);
                    assert_eq!(tree.first_at_least(least, from..to), walked, "{least} in {from}..{to} of {numbers:?}");
                }
                assert_eq!(MaxTree::new(&numbers).nodes, tree.nodes);
            }
        }
    }
}
