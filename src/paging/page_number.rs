//! Lists by page number, whose `link` header says whether there is another page.

use crate::paging::position::At;
use crate::paging::walker::{Place, Recent, Stuck, Taken};
use crate::paging::{Marks, link};

/// A walk along page numbers.
#[derive(Debug)]
pub(crate) struct PageWalker {
    /// The name of the parameter that carries the number.
    name: &'static str,
    /// The page to ask for; none is wherever the list begins.
    next: Option<u64>,
    current: Option<u64>,
    skip: usize,
    skipped: usize,
    /// Items that were given: an item that is added in front moves others onto the next page.
    recent: Option<Recent>,
    empty: u32,
    max_empty: u32,
    ended: bool,
}

impl PageWalker {
    pub(crate) fn new(
        name: &'static str,
        page: Option<u64>,
        stable: bool,
        max_empty: u32,
        at: Option<&At>,
    ) -> Self {
        let (next, skip) = match at {
            Some(At::Page { page, skip }) => (Some(*page), *skip),
            _ => (page, 0),
        };
        Self {
            name,
            next,
            current: None,
            skip,
            skipped: 0,
            recent: stable.then(Recent::default),
            empty: 0,
            max_empty,
            ended: false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.next.map_or(Place::Beginning, Place::Page)
    }

    pub(crate) fn guesses(&self, count: usize) -> Vec<Place> {
        let Some(next) = self.next else { return vec![Place::Beginning] };
        (0..count as u64).map(|ahead| Place::Page(next.saturating_add(ahead))).collect()
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks) -> Result<Taken, Stuck> {
        let current = self.next.unwrap_or(1);
        self.current = Some(current);
        self.skipped = self.again(ids).max(std::mem::take(&mut self.skip).min(ids.len()));
        let fresh = ids.get(self.skipped..).unwrap_or_default();
        if let Some(recent) = &mut self.recent {
            fresh.iter().for_each(|id| recent.push(*id));
        }
        self.empty = if fresh.is_empty() { self.empty + 1 } else { 0 };
        let next = marks.next.as_deref().and_then(|next| link::parameter(next, self.name)?.parse().ok());
        self.ended = next.is_none();
        let Some(next): Option<u64> = next else {
            return Ok(Taken { skip: self.skipped, end: true });
        };
        if next <= current {
            return Err(Stuck(format!("after page {current} the server names page {next} as the next one")));
        }
        self.next = Some(next);
        if self.empty >= self.max_empty {
            let empty = std::mem::take(&mut self.empty);
            return Err(Stuck(format!("{empty} pages in a row bring nothing new although the server says that the list goes on")));
        }
        Ok(Taken { skip: self.skipped, end: false })
    }

    /// How many items at the beginning of a page were given before.
    fn again(&self, ids: &[u64]) -> usize {
        let Some(recent) = &self.recent else { return 0 };
        ids.iter().take_while(|id| recent.contains(**id)).count()
    }

    pub(crate) fn at(&self, count: usize, given: usize) -> At {
        let reached = self.skipped + given;
        match (self.current, self.next) {
            (Some(page), _) if reached < count => At::Page { page, skip: reached },
            _ if self.ended => At::End,
            (_, Some(page)) => At::Page { page, skip: 0 },
            (_, None) => At::Page { page: 1, skip: 0 },
        }
    }
}
