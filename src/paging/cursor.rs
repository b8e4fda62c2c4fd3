//! Lists whose pages name the next one: by a cursor or a token.

use std::collections::VecDeque;

use crate::paging::patience::Patience;
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
    trail: Trail,
    patience: Patience,
    ended: bool,
}

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
            trail: Trail::default(),
            patience: Patience::new(walking),
            ended: false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.next.clone().map_or(Place::Beginning, Place::Cursor)
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks, recent: &mut Recent) -> Taken {
        let fresh = recent.take(ids);
        let impatient = self.patience.ends(!fresh.is_empty());
        self.current = self.next.take();
        let stuck = match self.following(marks) {
            Following::End => {
                self.ended = true;
                None
            }
            Following::Cursor(next) => {
                let repeated = self.current.as_ref() == Some(&next) || self.trail.repeats(&next);
                self.next = Some(next);
                let circle =
                    "the server gives a cursor for the second time: the list goes in a circle";
                repeated.then(|| circle.to_owned()).or(impatient)
            }
            Following::Unnamed => {
                // Perhaps it is named when the page is asked for again.
                self.next = self.current.clone();
                Some(format!(
                    "the server says that the list goes on, but names no `{}` for it",
                    self.name
                ))
            }
        };
        Taken {
            fresh,
            end: self.ended,
            aside: false,
            stuck,
        }
    }

    /// What a page says of the one behind it. An empty cursor is none.
    fn following(&self, marks: &Marks) -> Following {
        let linked = |link: &String| link::parameter(link, self.name);
        let named = marks.cursor.clone().filter(|cursor| !cursor.is_empty());
        match named.or_else(|| marks.next.as_ref().and_then(linked)) {
            _ if marks.is_last == Some(true) => Following::End,
            Some(cursor) if !cursor.is_empty() => Following::Cursor(cursor),
            None if marks.next.is_some() => Following::Unnamed,
            _ if marks.is_last == Some(false) => Following::Unnamed,
            _ => Following::End,
        }
    }

    pub(crate) fn at(&self, within: bool, seen: Vec<u64>) -> At {
        let cursor = match (within, self.ended) {
            (true, _) => &self.current,
            (false, true) => return At::End,
            (false, false) => &self.next,
        };
        At::Cursor {
            cursor: cursor.clone(),
            seen,
        }
    }
}

/// What comes after a page.
enum Following {
    Cursor(String),
    /// Another page, but it is not said how to ask for it.
    Unnamed,
    End,
}

/// The cursors that were used, by their hashes: a server that repeats one goes in a circle.
#[derive(Debug, Default)]
struct Trail {
    latest: VecDeque<u64>,
    /// A cursor from longer ago, moved on as the walk doubles its length: a circle comes past it,
    /// however long it is.
    milestone: Option<u64>,
    length: u64,
}

/// How many cursors are remembered one by one.
const REMEMBERED: usize = 4096;

impl Trail {
    /// Adds a cursor; whether it was there before.
    fn repeats(&mut self, cursor: &str) -> bool {
        let hash = identity_of(cursor);
        if self.milestone == Some(hash) || self.latest.contains(&hash) {
            *self = Self::default();
            return true;
        }
        self.length += 1;
        if self.length.is_power_of_two() {
            self.milestone = Some(hash);
        }
        if self.latest.len() == REMEMBERED {
            self.latest.pop_front();
        }
        self.latest.push_back(hash);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes one page that was asked for by `token=a`.
    fn taken(marks: Marks) -> (CursorWalker, Taken) {
        let mut walker = CursorWalker::new("token", &Walking::default());
        walker.next = Some("a".to_owned());
        let taken = walker.take(&[1], &marks, &mut Recent::default());
        (walker, taken)
    }

    #[test]
    fn the_end_is_where_nothing_is_named() {
        let text = |text: &str| Some(text.to_owned());
        let end = |cursor: Option<String>, next: Option<String>, is_last| Marks {
            cursor,
            next,
            is_last,
            ..Marks::default()
        };
        for marks in [
            end(None, None, None),
            end(text(""), None, None),
            end(None, text("/x?token="), None),
            end(text("b"), text("/x?token=b"), Some(true)),
        ] {
            let (walker, taken) = taken(marks);
            assert!(taken.end && taken.stuck.is_none());
            assert_eq!(walker.at(false, Vec::new()), At::End);
        }
    }

    #[test]
    fn a_list_that_goes_on_without_a_cursor_does_not_end_in_silence() {
        for (next, is_last) in [(Some("/x?start=25".to_owned()), None), (None, Some(false))] {
            let marks = Marks {
                next,
                is_last,
                ..Marks::default()
            };
            let (walker, taken) = taken(marks);
            assert!(!taken.end);
            assert!(
                taken
                    .stuck
                    .is_some_and(|why| why.contains("names no `token`"))
            );
            // It is asked for again from where it stands.
            assert_eq!(walker.place(), Place::Cursor("a".to_owned()));
        }
    }

    #[test]
    fn a_circle_of_any_length_is_noticed() {
        for (tail, circle) in [(0, 1), (3, 2), (10, 4000), (5000, 5000), (100, 4200)] {
            let mut trail = Trail::default();
            let cursors = (0..tail).chain((tail..tail + circle).cycle());
            let steps = cursors
                .take_while(|cursor| !trail.repeats(&cursor.to_string()))
                .count() as u64;
            assert!(
                steps >= tail + circle,
                "{tail} {circle}: nothing came again"
            );
            assert!(steps <= 4 * (tail + circle), "{tail} {circle}: {steps}");
        }
    }
}
