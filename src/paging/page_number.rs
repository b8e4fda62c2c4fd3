//! Lists by page number, whose `link` header says whether there is another page.
//!
//! A page number cannot look back by a row, so an item that is removed meanwhile moves another over the
//! border to a page that was read already. To read the list again at its end would not show it: pages
//! that were read after the removal are as they were. Only reading each page again after the one that
//! follows it does, and that is twice the requests: it is done where the caller wants to make sure.

use crate::paging::position::At;
use crate::paging::recent::Recent;
use crate::paging::walker::{Place, Taken};
use crate::paging::{Marks, Walking, link};

/// A walk along page numbers.
#[derive(Debug)]
pub(crate) struct PageWalker {
    /// The name of the parameter that carries the number.
    name: &'static str,
    /// The page to ask for; none is wherever the list begins.
    next: Option<u64>,
    current: Option<u64>,
    /// The page that was read before it.
    before: Option<u64>,
    make_sure: bool,
    /// What comes once it is sure that nothing moved: a page, or the end.
    then: Option<Option<u64>>,
    fruitless: u32,
    max_fruitless: u32,
    ended: bool,
}

impl PageWalker {
    pub(crate) fn new(name: &'static str, page: Option<u64>, walking: &Walking) -> Self {
        let next = match walking.resume.as_ref().map(|position| &position.at) {
            Some(At::Page { page, .. }) => *page,
            _ => page,
        };
        Self {
            name,
            next,
            current: None,
            before: None,
            make_sure: walking.make_sure,
            then: None,
            fruitless: 0,
            max_fruitless: walking.max_empty_pages,
            ended: false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.next.map_or(Place::Beginning, Place::Page)
    }

    pub(crate) fn guesses(&self, count: usize) -> Vec<Place> {
        match self.next {
            Some(next) if !self.make_sure => (0..count as u64)
                .map(|ahead| Place::Page(next.saturating_add(ahead)))
                .collect(),
            _ => vec![self.place()],
        }
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks, recent: &mut Recent) -> Taken {
        let boundary = ids.first().is_none_or(|id| recent.contains(*id));
        let fresh = recent.take(ids);
        let current = self.next.unwrap_or(1);
        if self.then.is_some() {
            return self.take_again(current, fresh, boundary);
        }
        self.before = self.current.replace(current);
        self.fruitless = if fresh.is_empty() {
            self.fruitless + 1
        } else {
            0
        };
        let named = marks
            .next
            .as_deref()
            .and_then(|next| link::parameter(next, self.name));
        let next = named.and_then(|next| next.parse::<u64>().ok());
        let stuck = next.and_then(|next| self.stuck(current, next));
        match self.before.filter(|_| self.make_sure) {
            Some(before) => {
                self.then = Some(next);
                self.next = Some(before);
            }
            None => self.go_on(next),
        }
        Taken {
            fresh,
            end: self.ended,
            stuck,
            ..Taken::default()
        }
    }

    fn go_on(&mut self, next: Option<u64>) {
        self.ended = next.is_none();
        self.next = next.or(self.next);
    }

    fn stuck(&mut self, current: u64, next: u64) -> Option<String> {
        if next <= current {
            return Some(format!(
                "after page {current} the server names page {next} as the next one"
            ));
        }
        if self.fruitless < self.max_fruitless {
            return None;
        }
        let pages = std::mem::take(&mut self.fruitless);
        Some(super::fruitless(pages))
    }

    /// A page that was read before. What is new in it moved there; where it begins with something new,
    /// the page before it is looked at as well.
    fn take_again(&mut self, page: u64, fresh: Vec<usize>, boundary: bool) -> Taken {
        if boundary || page <= 1 {
            let then = self.then.take().flatten();
            self.go_on(then);
        } else {
            self.next = Some(page - 1);
        }
        Taken {
            aside: fresh.is_empty(),
            fresh,
            end: self.ended,
            stuck: None,
        }
    }

    pub(crate) fn at(&self, within: bool, seen: Vec<u64>) -> At {
        match (within, self.ended) {
            (true, _) => At::Page {
                page: self.current,
                seen,
            },
            (false, true) => At::End,
            (false, false) => At::Page {
                page: self.next,
                seen,
            },
        }
    }
}
