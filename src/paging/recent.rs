//! The items that were given last and first, by which a walk notices what comes again.

use std::collections::{HashSet, VecDeque};

/// How many are remembered of each, unless a page alone holds more.
const REMEMBERED: usize = 4096;
/// After so many of the first items in a row, and nothing else, the list has begun anew.
const AGAIN: usize = 256;

/// The identities of the items that were given last, in their order, and of those given first.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    order: VecDeque<u64>,
    set: HashSet<u64>,
    /// What was given first: a server that has come to the end of a list can begin it anew.
    first: HashSet<u64>,
    /// How many of the first came again, long after they were given and with nothing new between them.
    again: usize,
    /// Whether something was given that is not remembered as given last.
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

    /// Whether a page, not taken in yet, goes on with a list that has begun anew.
    pub(crate) fn begins_anew(&mut self, ids: &[u64]) -> bool {
        let older = |id: &&u64| !self.set.contains(id);
        let forgotten = ids.iter().filter(older).count();
        let again = ids
            .iter()
            .filter(older)
            .filter(|id| self.first.contains(id));
        let again = again.count();
        if again == forgotten {
            self.again += again;
            return false;
        }
        std::mem::take(&mut self.again) >= AGAIN
    }

    /// Takes in a page; gives the places of the items in it that are new.
    pub(crate) fn take(&mut self, ids: &[u64]) -> Vec<usize> {
        let mut fresh = Vec::new();
        for (place, id) in ids.iter().enumerate() {
            if self.first.contains(id) || !self.set.insert(*id) {
                continue;
            }
            fresh.push(place);
            self.order.push_back(*id);
            if self.first.len() < REMEMBERED {
                self.first.insert(*id);
            }
        }
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
