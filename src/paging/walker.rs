//! Where a walk through a list stands, whatever the style.

use std::collections::VecDeque;

use crate::paging::cursor::CursorWalker;
use crate::paging::offset::OffsetWalker;
use crate::paging::page_number::PageWalker;
use crate::paging::position::At;
use crate::paging::{Marks, Scheme, Style, Walking};
use crate::transport::Call;

/// The place of a page, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Start(u64),
    Cursor(String),
    Page(u64),
    /// Wherever the list begins.
    Beginning,
}

/// What to make of a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// How many of its first items are not to be given: they were given before.
    pub(crate) skip: usize,
    /// Whether the list ends with it.
    pub(crate) end: bool,
}

/// Why a walk cannot go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stuck(pub(crate) String);

/// The state of a walk.
#[derive(Debug)]
pub(crate) enum Walker {
    Offset(OffsetWalker),
    Cursor(CursorWalker),
    Page(PageWalker),
}

impl Walker {
    /// The walker for a list, at its beginning or where an earlier walk stood.
    pub(crate) fn new(scheme: &Scheme, call: &Call, walking: &Walking, stable: bool) -> Self {
        let at = walking.resume.as_ref().map(|position| &position.at);
        let number = |name: &str| call.query_value(name).and_then(|value| value.parse().ok());
        match scheme.style {
            Style::Offset => {
                let overlap = walking.overlap && stable;
                let (start, limit) = (number(scheme.position), number(scheme.limit));
                Self::Offset(OffsetWalker::new(start, limit, overlap, walking.max_empty_pages, at))
            }
            Style::Cursor | Style::Token => {
                Self::Cursor(CursorWalker::new(scheme.position, walking.max_empty_pages, at))
            }
            Style::Page => {
                let page = number(scheme.position);
                Self::Page(PageWalker::new(scheme.position, page, stable, walking.max_empty_pages, at))
            }
        }
    }

    /// The place of the next page.
    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Offset(walker) => walker.place(),
            Self::Cursor(walker) => walker.place(),
            Self::Page(walker) => walker.place(),
        }
    }

    /// The places that will probably be asked for after the next one.
    pub(crate) fn guesses(&self, count: usize) -> Vec<Place> {
        match self {
            Self::Offset(walker) => walker.guesses(count),
            Self::Cursor(walker) => vec![walker.place()],
            Self::Page(walker) => walker.guesses(count),
        }
    }

    /// Takes in a page: what its items are, and what it says of itself.
    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks) -> Result<Taken, Stuck> {
        match self {
            Self::Offset(walker) => walker.take(ids, marks),
            Self::Cursor(walker) => walker.take(ids.len(), marks),
            Self::Page(walker) => walker.take(ids, marks),
        }
    }

    /// Where the walk stands when `given` items of the page that was taken last were given, of which
    /// `ids` are the identities.
    pub(crate) fn at(&self, ids: &[u64], given: usize) -> At {
        match self {
            Self::Offset(walker) => walker.at(ids, given),
            Self::Cursor(walker) => walker.at(ids.len(), given),
            Self::Page(walker) => walker.at(ids.len(), given),
        }
    }
}

/// The identities of the items that were given last.
#[derive(Debug, Default)]
pub(crate) struct Recent(VecDeque<u64>);

/// How many are remembered: more than any page holds, few enough to cost nothing.
const REMEMBERED: usize = 4096;

impl Recent {
    pub(crate) fn new(ids: &[u64]) -> Self {
        Self(ids.iter().copied().collect())
    }

    pub(crate) fn push(&mut self, id: u64) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(id);
    }

    pub(crate) fn last(&self) -> Option<u64> {
        self.0.back().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        // What is looked for was mostly given a moment ago.
        self.0.iter().rev().any(|other| *other == id)
    }

    /// The last few, oldest first.
    pub(crate) fn tail(&self, count: usize) -> Vec<u64> {
        self.0.iter().skip(self.0.len().saturating_sub(count)).copied().collect()
    }
}
