//! How many rows one page of a `start`/`limit` list covers, and whether its end can be believed.
//!
//! A page with fewer items than were asked for was capped by the server, or rows were left out of it
//! that the caller may not see. The two look alike, so only what was proven counts: rows that came on
//! one page, or a size that the server names itself.

use serde::{Deserialize, Serialize};

use crate::paging::{Marks, link};

/// What is known of a page's reach. A position carries it along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// A page covers at least so many rows.
    proven: u64,
    /// It may cover so many; none while nothing is known.
    possible: Option<u64>,
    /// The server named a page size below what was asked for.
    told: bool,
    /// `next` was seen to follow the server's own page size.
    honest_next: bool,
    /// `next` was seen to jump by the limit that was asked for, over a page that was shorter.
    jumped: bool,
}

/// No known server sends more rows on a page: it is of no use to look further ahead, and a row number
/// that is out of all proportion can be refused.
const LARGEST_PAGE: u64 = 10_000;

/// What one request asked for, and what came.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) start: u64,
    pub(crate) limit: Option<u64>,
    pub(crate) count: u64,
}

impl Reach {
    pub(crate) fn proven(&self) -> u64 {
        self.proven
    }

    pub(crate) fn possible(&self) -> Option<u64> {
        self.possible
    }

    /// Takes in what a page shows and says.
    pub(crate) fn learn(&mut self, asked: Asked, marks: &Marks) {
        self.proven = self.proven.max(asked.count);
        let said = marks.limit.filter(|limit| *limit > 0);
        if let Some(said) = said.filter(|said| asked.limit.is_some_and(|limit| *said < limit)) {
            self.told = true;
            self.settle(said);
        }
        let step = step(asked.start, marks);
        let limit = asked.limit.or(said).or(step);
        match (step, limit) {
            (Some(step), Some(limit)) if step < limit => {
                self.honest_next = true;
                self.settle(step);
            }
            (Some(step), Some(limit)) if step == limit && asked.count < limit => self.jumped = true,
            _ => {}
        }
        let proven = Some(self.proven).filter(|rows| *rows > 0);
        let possible = self
            .possible
            .or(limit.map(|limit| limit.min(LARGEST_PAGE)))
            .or(proven);
        self.possible = possible.map(|rows| rows.max(self.proven));
    }

    /// The server's own word for the size of its pages.
    fn settle(&mut self, size: u64) {
        self.proven = self.proven.max(size);
        self.possible = Some(self.proven);
    }

    /// A page was found to cover `rows`.
    pub(crate) fn prove(&mut self, rows: u64) {
        self.proven = self.proven.max(rows);
    }

    /// It seems that no page covers more than `rows`.
    pub(crate) fn doubt(&mut self, rows: u64) {
        self.possible = Some(rows.max(self.proven));
    }

    /// How far ahead it is worth to look for the last row that came; `None` where there is little to
    /// be won.
    pub(crate) fn worth_a_try(&self) -> Option<u64> {
        let possible = self.possible?;
        (self.proven > 0 && possible / 2 >= self.proven).then(|| self.proven.midpoint(possible))
    }

    /// Whether a page that names no next one is the last. A server that caps pages and reckons with
    /// the limit that was asked for ends the list too early.
    pub(crate) fn end_is_sure(&self, asked: Asked, marks: &Marks, explicit: bool) -> bool {
        let Some(limit) = asked.limit.or(marks.limit) else {
            return !self.jumped;
        };
        let full = asked.count >= limit || self.proven >= limit;
        let capped = self.told || self.jumped || (explicit && is_usual_cap(asked.count));
        full || self.honest_next || !capped
    }
}

/// How far the next page that a page names is from it.
fn step(start: u64, marks: &Marks) -> Option<u64> {
    let next: u64 = link::parameter(marks.next.as_deref()?, "start")?
        .parse()
        .ok()?;
    next.checked_sub(start).filter(|step| *step > 0)
}

/// Whether a count looks like the most that a server sends: 10, 25, 50, 100, 200, 250, 500, 1000 …
fn is_usual_cap(count: u64) -> bool {
    count > 0 && (count.is_multiple_of(10) || count.is_multiple_of(25))
}
