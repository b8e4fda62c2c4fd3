//! Lists by page number, whose `link` header says whether there is another page.
//!
//! A page number cannot look back by a row, so an item that is removed meanwhile moves another over the
//! border to a page that was read already. That shows when the walk is over: the page before the last
//! one no longer holds what it held. Then the pages before it are read once more, backwards, up to one
//! that is as it was, and what was missed is given late.

use std::collections::VecDeque;

use crate::paging::position::At;
use crate::paging::recent::Recent;
use crate::paging::walker::{Place, Taken};
use crate::paging::{Marks, Walking, identity_of, link};

/// A walk along page numbers.
#[derive(Debug)]
pub(crate) struct PageWalker {
    /// The name of the parameter that carries the number.
    name: &'static str,
    /// The page to ask for; none is wherever the list begins.
    next: Option<u64>,
    current: Option<u64>,
    /// The pages that were read, and what they held.
    read: VecDeque<(u64, u64)>,
    /// Whether what was read is looked at once more.
    looking_back: bool,
    overlap: bool,
    fruitless: u32,
    max_fruitless: u32,
    ended: bool,
}

/// How many pages can be looked at once more.
const REMEMBERED: usize = 4096;

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
            read: VecDeque::new(),
            looking_back: false,
            overlap: walking.overlap,
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
            Some(next) if !self.looking_back => {
                (0..count as u64).map(|ahead| Place::Page(next.saturating_add(ahead))).collect()
            }
            _ => vec![self.place()],
        }
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks, recent: &mut Recent) -> Taken {
        let fresh = recent.take(ids);
        let current = self.next.unwrap_or(1);
        self.current = Some(current);
        if self.looking_back {
            return self.take_again(ids, fresh);
        }
        self.fruitless = if fresh.is_empty() { self.fruitless + 1 } else { 0 };
        if self.read.len() == REMEMBERED {
            self.read.pop_front();
        }
        self.read.push_back((current, identity_of(ids)));
        let named = marks.next.as_deref().and_then(|next| link::parameter(next, self.name));
        let Some(next) = named.and_then(|next| next.parse::<u64>().ok()) else {
            // The last page borders on nothing: the one before it shows whether something moved.
            self.read.pop_back();
            self.looking_back = true;
            self.look_back();
            return Taken { fresh, end: self.ended, ..Taken::default() };
        };
        self.next = Some(next);
        Taken { fresh, stuck: self.stuck(current, next), ..Taken::default() }
    }

    fn stuck(&mut self, current: u64, next: u64) -> Option<String> {
        if next <= current {
            return Some(format!("after page {current} the server names page {next} as the next one"));
        }
        if self.fruitless < self.max_fruitless {
            return None;
        }
        let pages = std::mem::take(&mut self.fruitless);
        Some(super::fruitless(pages))
    }

    /// A page that was read before: the walk ends where one is as it was.
    fn take_again(&mut self, ids: &[u64], fresh: Vec<usize>) -> Taken {
        let before = self.read.pop_back();
        match before {
            Some((_, before)) if before != identity_of(ids) => self.look_back(),
            _ => self.ended = true,
        }
        Taken { aside: fresh.is_empty(), fresh, end: self.ended, stuck: None }
    }

    fn look_back(&mut self) {
        match self.read.back() {
            Some((page, _)) if self.overlap => self.next = Some(*page),
            _ => self.ended = true,
        }
    }

    pub(crate) fn at(&self, within: bool, seen: Vec<u64>) -> At {
        match (within, self.ended) {
            (true, _) => At::Page { page: self.current, seen },
            (false, true) => At::End,
            (false, false) => At::Page { page: self.next, seen },
        }
    }
}
