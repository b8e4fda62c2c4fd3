//! Where a walk through a list stands, whatever the style.

use crate::paging::cursor::CursorWalker;
use crate::paging::offset::OffsetWalker;
use crate::paging::page_number::PageWalker;
use crate::paging::position::At;
use crate::paging::recent::Recent;
use crate::paging::{Marks, Scheme, Style, Walking};
use crate::transport::Call;

/// The place of a page, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A row, and a limit where it is another than the caller's.
    Start(u64, Option<u64>),
    Cursor(String),
    Page(u64),
    /// Wherever the list begins.
    Beginning,
}

/// What to make of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The places of the items to give: those that were not given before.
    pub(crate) fresh: Vec<usize>,
    /// Whether the list ends with it.
    pub(crate) end: bool,
    /// Whether it only helped to find the place.
    pub(crate) aside: bool,
    /// Why the walk cannot go on after it.
    pub(crate) stuck: Option<String>,
}

impl Taken {
    /// A page of which nothing is given.
    pub(crate) fn aside(stuck: Option<String>) -> Self {
        Self {
            aside: true,
            stuck,
            ..Self::default()
        }
    }
}

/// The state of a walk.
#[derive(Debug)]
pub(crate) struct Walker {
    course: Course,
    recent: Recent,
    /// How many items the longest page held.
    longest: usize,
}

#[derive(Debug)]
enum Course {
    Offset(OffsetWalker),
    Cursor(CursorWalker),
    Page(PageWalker),
}

/// How many identities a position carries at least.
const CARRIED: usize = 64;

impl Walker {
    /// The walker for a list, at its beginning or where an earlier walk stood.
    pub(crate) fn new(scheme: &Scheme, call: &Call, walking: &Walking, stable: bool) -> Self {
        let number = |name: &str| call.query_value(name).and_then(|value| value.parse().ok());
        let course = match scheme.style {
            Style::Offset => {
                let (start, limit) = (number(scheme.position), number(scheme.limit));
                Course::Offset(OffsetWalker::new(start, limit, walking, stable))
            }
            Style::Cursor | Style::Token => {
                Course::Cursor(CursorWalker::new(scheme.position, walking))
            }
            Style::Page => Course::Page(PageWalker::new(
                scheme.position,
                number(scheme.position),
                walking,
            )),
        };
        Self::with(course, walking)
    }

    fn with(course: Course, walking: &Walking) -> Self {
        let seen = walking.resume.as_ref().map(|position| position.at.seen());
        Self {
            course,
            longest: 0,
            recent: seen.map_or_else(Recent::default, Recent::resumed),
        }
    }

    /// The place of the next page.
    pub(crate) fn place(&self) -> Place {
        match &self.course {
            Course::Offset(walker) => walker.place(),
            Course::Cursor(walker) => walker.place(),
            Course::Page(walker) => walker.place(),
        }
    }

    /// The next place, and those that will probably be asked for after it.
    pub(crate) fn guesses(&self, count: usize) -> Vec<Place> {
        match &self.course {
            Course::Offset(walker) => walker.guesses(count),
            Course::Cursor(walker) => vec![walker.place()],
            Course::Page(walker) => walker.guesses(count),
        }
    }

    /// Takes in a page: what its items are, and what it says of itself.
    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks) -> Taken {
        if self.recent.begins_anew(ids) {
            let what =
                "the server sends the list from its beginning again where it should have ended";
            return Taken::aside(Some(what.to_owned()));
        }
        self.longest = self.longest.max(ids.len());
        match &mut self.course {
            Course::Offset(walker) => walker.take(ids, marks, &mut self.recent),
            Course::Cursor(walker) => walker.take(ids, marks, &mut self.recent),
            Course::Page(walker) => walker.take(ids, marks, &mut self.recent),
        }
    }

    /// Where the walk stands when `given` of the `fresh` items of the page taken last were given.
    pub(crate) fn at(&self, fresh: &[usize], given: usize) -> At {
        let pages = match self.course {
            // Those that may be read again.
            Course::Page(_) => 4,
            Course::Offset(_) | Course::Cursor(_) => 1,
        };
        let carried = CARRIED.max(pages * self.longest);
        let seen = self.recent.tail(carried, fresh.len().saturating_sub(given));
        // The place in the page of the item given last, where others of the page are to follow.
        let within = (given < fresh.len()).then(|| {
            given
                .checked_sub(1)
                .and_then(|last| fresh.get(last))
                .copied()
        });
        match &self.course {
            Course::Offset(walker) => walker.at(within, seen),
            Course::Cursor(walker) => walker.at(within.is_some(), seen),
            Course::Page(walker) => walker.at(within.is_some(), seen),
        }
    }
}

#[cfg(test)]
impl Walker {
    /// A walker without a request, for tests.
    pub(crate) fn plain(style: Style, limit: Option<u64>, walking: &Walking) -> Self {
        let course = match style {
            Style::Offset => Course::Offset(OffsetWalker::new(None, limit, walking, true)),
            Style::Cursor | Style::Token => Course::Cursor(CursorWalker::new("cursor", walking)),
            Style::Page => Course::Page(PageWalker::new("page", None, walking)),
        };
        Self::with(course, walking)
    }
}
