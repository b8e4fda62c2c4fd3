//! Lists whose pages name the next one: by a cursor or a token.

use std::collections::VecDeque;

use crate::paging::position::At;
use crate::paging::walker::{Place, Stuck, Taken};
use crate::paging::{Marks, identity_of, link};

/// A walk along cursors.
#[derive(Debug)]
pub(crate) struct CursorWalker {
    /// The name of the parameter that carries the cursor.
    name: &'static str,
    /// The cursor of the page to ask for; none is the beginning.
    next: Option<String>,
    /// The cursor of the page that was taken last.
    current: Option<String>,
    /// How many items of the next page were given before the walk was interrupted.
    skip: usize,
    /// How many items of the page taken last were not given again.
    skipped: usize,
    /// Cursors that were used; a server that repeats one goes in a circle.
    used: VecDeque<u64>,
    empty: u32,
    max_empty: u32,
    ended: bool,
}

/// How many cursors are remembered: a circle is noticed unless it is longer.
const REMEMBERED: usize = 4096;

impl CursorWalker {
    pub(crate) fn new(name: &'static str, max_empty: u32, at: Option<&At>) -> Self {
        let (next, skip) = match at {
            Some(At::Cursor { cursor, skip }) => (cursor.clone(), *skip),
            _ => (None, 0),
        };
        Self {
            name,
            current: next.clone(),
            next,
            skip,
            skipped: 0,
            used: VecDeque::new(),
            empty: 0,
            max_empty,
            ended: false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.next.clone().map_or(Place::Beginning, Place::Cursor)
    }

    pub(crate) fn take(&mut self, count: usize, marks: &Marks) -> Result<Taken, Stuck> {
        self.current = self.next.take();
        self.skipped = std::mem::take(&mut self.skip).min(count);
        let from_link = || marks.next.as_deref().and_then(|next| link::parameter(next, self.name));
        let next = marks.cursor.clone().or_else(from_link).filter(|cursor| !cursor.is_empty());
        let next = next.filter(|_| marks.is_last != Some(true));
        self.ended = next.is_none();
        if let Some(next) = &next {
            self.empty = if count == 0 { self.empty + 1 } else { 0 };
            self.check(next)?;
        }
        self.next = next;
        Ok(Taken { skip: self.skipped, end: self.ended })
    }

    fn check(&mut self, next: &str) -> Result<(), Stuck> {
        let hash = identity_of(next);
        let repeated = self.current.as_deref() == Some(next) || self.used.contains(&hash);
        if repeated {
            let page = self.current.clone();
            self.next = page;
            return Err(Stuck("the server gives a cursor for the second time: the list goes in a circle".to_owned()));
        }
        if self.empty >= self.max_empty {
            self.next = Some(next.to_owned());
            let empty = std::mem::take(&mut self.empty);
            return Err(Stuck(format!("{empty} pages in a row are empty although the server says that the list goes on")));
        }
        if self.used.len() == REMEMBERED {
            self.used.pop_front();
        }
        self.used.push_back(hash);
        Ok(())
    }

    pub(crate) fn at(&self, count: usize, given: usize) -> At {
        let reached = self.skipped + given;
        if reached < count {
            return At::Cursor { cursor: self.current.clone(), skip: reached };
        }
        match self.ended {
            true => At::End,
            false => At::Cursor { cursor: self.next.clone(), skip: 0 },
        }
    }
}
