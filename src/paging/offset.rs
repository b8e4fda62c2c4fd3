//! Lists by `start` and `limit`, walked so that nothing is lost and nothing comes twice.
//!
//! Servers cap the limit and do not say so, leave out what the caller may not see after a page was
//! cut, name a next start that skips what was never sent, and change while they are read. So the next
//! start is counted from the rows that a page is *known* to cover, and where the rows of a page are all
//! there, the next page begins with the last of them: the *anchor*. A page without its anchor shows that
//! rows were removed, and the walk goes back until it finds something that it knows.

use crate::paging::position::At;
use crate::paging::walker::{Place, Recent, Stuck, Taken};
use crate::paging::Marks;

/// A walk by row numbers.
#[derive(Debug)]
pub(crate) struct OffsetWalker {
    /// The row to ask for next; none is wherever the list begins.
    next: Option<u64>,
    /// The page size that the caller asks for.
    requested: Option<u64>,
    overlap: bool,
    /// Whether the next page must hold the item that was given last.
    anchored: bool,
    recent: Recent,
    /// The most rows that one page was seen to cover.
    proven: u64,
    /// The row up to which the last page with something new was meant to reach.
    claimed: u64,
    /// The page size that the server keeps to, where it is less than what was asked for.
    cap: Option<u64>,
    /// Whether the last page named no next one, and the page under way only makes sure of it.
    making_sure: bool,
    /// How far the walk went back last to find what it knows.
    back: u64,
    fruitless: u32,
    repeats: u32,
    max_empty: u32,
    /// The first row of the page that was taken last, and how many of its items were known.
    page: (u64, usize),
    ended: bool,
}

/// The page size that no known server goes below; it counts only while nothing better is known.
const SMALLEST_PAGE: u64 = 25;
/// How many pages in a row may bring only what was given before.
const MAX_REPEATS: u32 = 3;
/// How many identities a position carries.
const CARRIED: usize = 64;

impl OffsetWalker {
    pub(crate) fn new(
        start: Option<u64>,
        requested: Option<u64>,
        overlap: bool,
        max_empty: u32,
        at: Option<&At>,
    ) -> Self {
        let (next, anchored, seen) = match at {
            Some(At::Offset { start, anchored, seen }) => (Some(*start), *anchored, seen.as_slice()),
            _ => (start, false, &[][..]),
        };
        Self {
            next,
            requested: requested.filter(|limit| *limit > 0),
            overlap,
            anchored,
            recent: Recent::new(seen),
            proven: 0,
            claimed: 0,
            cap: None,
            making_sure: false,
            back: 0,
            fruitless: 0,
            repeats: 0,
            max_empty,
            page: (next.unwrap_or(0), 0),
            ended: false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.next.map_or(Place::Beginning, Place::Start)
    }

    /// The pages that follow if all goes on as it did.
    pub(crate) fn guesses(&self, count: usize) -> Vec<Place> {
        let Some(next) = self.next else { return vec![Place::Beginning] };
        let stride = self.proven.saturating_sub(u64::from(self.anchored));
        let count = if stride == 0 { 1 } else { count as u64 };
        (0..count).map(|ahead| Place::Start(next.saturating_add(ahead * stride))).collect()
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks) -> Result<Taken, Stuck> {
        let start = self.next.unwrap_or(0);
        let Some(known) = self.known(ids) else { return self.go_back(start, ids.len()) };
        self.back = 0;
        self.page = (start, known);
        let fresh = ids.get(known..).unwrap_or_default();
        fresh.iter().for_each(|id| self.recent.push(*id));
        let count = ids.len() as u64;
        let covered = self.covered(start, count, marks);
        if !fresh.is_empty() {
            self.claimed = start.saturating_add(self.requested.unwrap_or(covered));
        }
        if marks.next.is_none() && !self.must_make_sure(count, fresh.is_empty()) {
            self.ended = true;
            return Ok(Taken { skip: known, end: true });
        }
        let stuck = self.stuck(start, ids.len(), fresh.len());
        self.go_on(start, count, covered);
        match stuck {
            Some(stuck) => Err(stuck),
            None => Ok(Taken { skip: known, end: false }),
        }
    }

    /// How many items at the beginning of a page were given before; `None` when the page should hold
    /// one that was, and does not.
    fn known(&self, ids: &[u64]) -> Option<usize> {
        if self.recent.is_empty() {
            return Some(0);
        }
        let anchor = self.recent.last();
        let anchor = ids.iter().rposition(|id| Some(*id) == anchor);
        let known = anchor.or_else(|| ids.iter().rposition(|id| self.recent.contains(*id)));
        match known {
            Some(index) => Some(index + 1),
            None if self.anchored => None,
            None => Some(0),
        }
    }

    /// Rows were removed before this page: looks for the place where what follows begins.
    fn go_back(&mut self, start: u64, count: usize) -> Result<Taken, Stuck> {
        self.fruitless += 1;
        self.page = (start, count);
        if start == 0 || self.fruitless > self.max_empty {
            let what = "nothing of what was given before is found in the list any more: it changes too much to be walked";
            return Err(Stuck(what.to_owned()));
        }
        self.back = self.back.saturating_mul(2).max(2);
        self.next = Some(start.saturating_sub(self.back));
        Ok(Taken { skip: count, end: false })
    }

    /// How many rows a page surely covers: the rows that came, and those that were left out because
    /// the caller may not see them.
    fn covered(&mut self, start: u64, count: u64, marks: &Marks) -> u64 {
        let said = marks.limit.filter(|limit| *limit > 0);
        let honest = said.filter(|said| self.requested.is_none_or(|requested| *said < requested));
        if let Some(page) = honest {
            // The server names a size of its own: it knows what it does.
            self.proven = page.max(count);
            self.cap = self.requested.map(|_| page);
            return self.proven;
        }
        let Some(requested) = self.requested else {
            // Nothing was asked for and nothing is said: only what came is sure.
            self.proven = self.proven.max(count).max(1);
            return count.max(if count == 0 { self.proven } else { 0 });
        };
        self.proven = self.proven.max(count.min(requested));
        if count >= requested || self.proven >= requested {
            return requested.max(count);
        }
        // Fewer than were asked for: capped, or left out. Both are possible, so only what some page was
        // seen to hold counts.
        if self.proven == 0 {
            return requested.min(SMALLEST_PAGE);
        }
        if marks.next.is_some() {
            self.cap = Some(self.proven);
        }
        self.proven
    }

    /// Whether a page that names no next one may not be the last all the same: a server that caps pages
    /// and reckons with the limit that was asked for stops too early.
    fn must_make_sure(&mut self, count: u64, nothing_new: bool) -> bool {
        let capped = self.cap.is_some_and(|cap| count >= cap);
        let asked = std::mem::replace(&mut self.making_sure, capped);
        capped && !(asked && nothing_new)
    }

    /// Whether the walk makes no progress any more.
    fn stuck(&mut self, start: u64, count: usize, fresh: usize) -> Option<Stuck> {
        if fresh > 0 {
            self.fruitless = 0;
            self.repeats = 0;
            return None;
        }
        // Rows that an earlier page was said to cover may well be known.
        if start < self.claimed && count > 0 && self.cap.is_some() {
            return None;
        }
        self.fruitless += 1;
        self.repeats = if count > 1 { self.repeats + 1 } else { 0 };
        if self.repeats >= MAX_REPEATS {
            self.repeats = 0;
            let what = format!("{MAX_REPEATS} pages in a row bring only what was given before although the server says that the list goes on");
            return Some(Stuck(what));
        }
        if self.fruitless >= self.max_empty {
            let pages = std::mem::take(&mut self.fruitless);
            let what = format!("{pages} pages in a row bring nothing new although the server says that the list goes on");
            return Some(Stuck(what));
        }
        None
    }

    /// Sets the next start: on the last row of this page where that row came, behind the page otherwise.
    fn go_on(&mut self, start: u64, count: u64, covered: u64) {
        let whole = count > 1 && count >= covered;
        self.anchored = self.overlap && whole;
        let covered = covered.max(1);
        self.next = Some(start.saturating_add(covered - u64::from(self.anchored)));
    }

    pub(crate) fn at(&self, ids: &[u64], given: usize) -> At {
        let (start, known) = self.page;
        let reached = known + given;
        if reached < ids.len() && reached > 0 {
            // In the middle of a page: its last given item is the anchor. Rows that were left out only
            // move it further back.
            let row = start.saturating_add(reached as u64 - 1);
            let seen = ids.get(reached.saturating_sub(CARRIED)..reached).unwrap_or_default();
            return At::Offset { start: row, anchored: self.overlap, seen: seen.to_vec() };
        }
        if reached == 0 && !ids.is_empty() {
            return At::Offset { start, anchored: false, seen: Vec::new() };
        }
        match self.ended {
            true => At::End,
            false => At::Offset {
                start: self.next.unwrap_or(0),
                anchored: self.anchored,
                seen: self.recent.tail(CARRIED),
            },
        }
    }
}
