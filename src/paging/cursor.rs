//! Lists whose pages name the next one: by a cursor or a token.

use std::collections::VecDeque;

use crate::paging::position::At;
use crate::paging::recent::Recent;
use crate::paging::walker::{Place, Taken};
use crate::paging::{Marks, Walking, identity_of, link};

/// A walk along cursors.
#[derive(Debug)]
pub(crate) struct CursorWalker {
    /// The name of the parameter that carries the cursor.
    name: &'static str,
    /// The cursor of the page to ask for; none is the beginning.
    next: Option<String>,
    /// The cursor of the page that was taken last.
    current: Option<String>,
    /// Cursors that were used; a server that repeats one goes in a circle.
    used: VecDeque<u64>,
    fruitless: u32,
    max_fruitless: u32,
    ended: bool,
}

/// How many cursors are remembered: a circle that is longer shows by bringing nothing new.
const REMEMBERED: usize = 4096;

impl CursorWalker {
    pub(crate) fn new(name: &'static str, walking: &Walking) -> Self {
        let next = match walking.resume.as_ref().map(|position| &position.at) {
            Some(At::Cursor { cursor, .. }) => cursor.clone(),
            _ => None,
        };
        Self {
            name,
            current: None,
            next,
            used: VecDeque::new(),
            fruitless: 0,
            max_fruitless: walking.max_empty_pages,
            ended: false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.next.clone().map_or(Place::Beginning, Place::Cursor)
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks, recent: &mut Recent) -> Taken {
        let fresh = recent.take(ids);
        self.current = self.next.take();
        let from_link = || {
            marks
                .next
                .as_deref()
                .and_then(|next| link::parameter(next, self.name))
        };
        let named = marks.cursor.clone().filter(|cursor| !cursor.is_empty());
        let next = named.or_else(from_link).filter(|cursor| !cursor.is_empty());
        self.next = next.filter(|_| marks.is_last != Some(true));
        self.ended = self.next.is_none();
        self.fruitless = if fresh.is_empty() {
            self.fruitless + 1
        } else {
            0
        };
        Taken {
            fresh,
            end: self.ended,
            aside: false,
            stuck: self.stuck(),
        }
    }

    /// Why the next cursor leads nowhere, if so.
    fn stuck(&mut self) -> Option<String> {
        let next = self.next.as_deref()?;
        let hash = identity_of(next);
        if self.current.as_deref() == Some(next) || self.used.contains(&hash) {
            self.used.clear();
            return Some(
                "the server gives a cursor for the second time: the list goes in a circle"
                    .to_owned(),
            );
        }
        if self.used.len() == REMEMBERED {
            self.used.pop_front();
        }
        self.used.push_back(hash);
        if self.fruitless < self.max_fruitless {
            return None;
        }
        let pages = std::mem::take(&mut self.fruitless);
        Some(super::fruitless(pages))
    }

    pub(crate) fn at(&self, within: bool, seen: Vec<u64>) -> At {
        match (within, self.ended) {
            (true, _) => At::Cursor {
                cursor: self.current.clone(),
                seen,
            },
            (false, true) => At::End,
            (false, false) => At::Cursor {
                cursor: self.next.clone(),
                seen,
            },
        }
    }
}
