//! The items that were given last, by which a walk notices what comes again.

use std::collections::{HashSet, VecDeque};

/// How many are remembered, unless a page alone holds more.
const REMEMBERED: usize = 4096;

/// The identities of the items that were given last, in their order.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    order: VecDeque<u64>,
    set: HashSet<u64>,
    /// Whether something was given that is not remembered.
    partial: bool,
}

impl Recent {
    /// What a position carries.
    pub(crate) fn resumed(seen: &[u64]) -> Self {
        let mut recent = Self {
            partial: true,
            ..Self::default()
        };
        recent.take(seen);
        recent
    }

    /// Takes in a page; gives the places of the items in it that are new.
    pub(crate) fn take(&mut self, ids: &[u64]) -> Vec<usize> {
        let ids_here = ids.iter().enumerate();
        let fresh: Vec<usize> = ids_here
            .filter(|(_, id)| self.set.insert(**id))
            .map(|(place, _)| place)
            .collect();
        self.order
            .extend(fresh.iter().filter_map(|place| ids.get(*place)));
        let most = REMEMBERED.max(2 * ids.len());
        while self.order.len() > most {
            self.partial = true;
            if let Some(oldest) = self.order.pop_front() {
                self.set.remove(&oldest);
            }
        }
        fresh
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        self.set.contains(&id)
    }

    /// How far back a walk can tell what it gave; `None` is all the way.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.partial.then_some(self.order.len() as u64)
    }

    /// The last `count`, oldest first, without those at the very end that were not given yet.
    pub(crate) fn tail(&self, count: usize, not_given: usize) -> Vec<u64> {
        let given = self.order.len().saturating_sub(not_given);
        self.order
            .range(given.saturating_sub(count)..given)
            .copied()
            .collect()
    }
}
