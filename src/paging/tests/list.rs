//! A simulated list with a server's ways, and a walk through it.

use std::collections::VecDeque;
use std::fmt;

use proptest::prelude::*;

use crate::paging::walker::{Place, Walker};
use crate::paging::{Marks, Style, Walking};

/// A list on a server, with the server's ways.
#[derive(Clone)]
pub(super) struct List {
    /// The rows, and whether the caller may see each.
    pub(super) rows: Vec<(u64, bool)>,
    pub(super) cap: u64,
    /// Whether `limit` in the answer shows the cap.
    pub(super) honest_echo: Option<bool>,
    /// Whether `next` follows the cap.
    pub(super) honest_next: bool,
    /// The rows of a page when the request does not say.
    pub(super) default: u64,
    /// Pages past the end that are announced, and what they hold.
    pub(super) past_end: u64,
    pub(super) past: Past,
}

/// What the pages past the end of a list hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    Nothing,
    /// The last page, again and again.
    Last,
    /// The first page, again and again.
    First,
    /// The list from its beginning.
    Around,
}

pub(super) const PASTS: [Past; 4] = [Past::Nothing, Past::Last, Past::First, Past::Around];

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden: Vec<_> = self
            .rows
            .iter()
            .filter(|(_, visible)| !visible)
            .map(|(id, _)| id)
            .collect();
        write!(
            f,
            "{} rows, {hidden:?} hidden, cap {}, ",
            self.rows.len(),
            self.cap
        )?;
        write!(
            f,
            "honest: echo {:?}, next {}, default {}, ",
            self.honest_echo, self.honest_next, self.default
        )?;
        write!(f, "{} past the end: {:?}", self.past_end, self.past)
    }
}

impl List {
    pub(super) fn plain(rows: u64) -> Self {
        Self {
            rows: (0..rows).map(|id| (id, true)).collect(),
            cap: 1000,
            honest_echo: Some(true),
            honest_next: true,
            default: 25,
            past_end: 0,
            past: Past::Nothing,
        }
    }

    pub(super) fn visible(&self) -> Vec<u64> {
        self.rows
            .iter()
            .filter(|(_, visible)| *visible)
            .map(|(id, _)| *id)
            .collect()
    }

    /// The page at `start`.
    fn page(&self, start: u64, limit: Option<u64>) -> (Vec<u64>, Marks) {
        let wanted = limit.unwrap_or(self.default);
        let most = wanted.min(self.cap);
        let step = if self.honest_next { most } else { wanted };
        let total = self.rows.len() as u64;
        let rows = match self.past {
            Past::Last if start >= total => total.saturating_sub(most)..total,
            Past::First if start >= total => 0..most.min(total),
            Past::Around if total > 0 => start..start + most,
            _ => start.min(total)..(start + most).min(total),
        };
        let ids = rows
            .map(|row| self.rows[(row % total) as usize])
            .filter(|(_, visible)| *visible)
            .map(|(id, _)| id)
            .collect();
        let following = start + step;
        let goes_on = following < total || (following - total) / step < self.past_end;
        let marks = Marks {
            limit: self
                .honest_echo
                .map(|honest| if honest { most } else { wanted }),
            next: goes_on.then(|| format!("/elsewhere?limit={wanted}&start={following}")),
            ..Marks::default()
        };
        (ids, marks)
    }

    /// The same list by cursors, or by page numbers.
    pub(super) fn answer(
        &self,
        style: Style,
        place: &Place,
        limit: Option<u64>,
    ) -> (Vec<u64>, Marks) {
        let size = limit.unwrap_or(self.default).min(self.cap);
        let start = match place {
            Place::Beginning => 0,
            Place::Start(start, own) => return self.page(*start, own.or(limit)),
            Place::Cursor(cursor) => cursor.parse().unwrap(),
            Place::Page(page) => (page - 1) * size,
        };
        let (ids, mut marks) = self.page(
            start,
            if style == Style::Offset {
                limit
            } else {
                Some(size)
            },
        );
        match style {
            Style::Offset => {}
            Style::Page => marks.next = marks.next.map(|_| format!("?page={}", start / size + 2)),
            _ => marks.cursor = marks.next.take().map(|_| (start + size).to_string()),
        }
        (ids, marks)
    }
}

/// What a walk came to.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) given: Vec<u64>,
    pub(super) requests: u64,
    pub(super) stuck: Option<String>,
}

/// Walks to the end, asking ahead as the streams do; `meanwhile` changes the list before each request.
pub(super) fn walk(
    list: &mut List,
    style: Style,
    limit: Option<u64>,
    walking: &Walking,
    mut meanwhile: impl FnMut(&mut List, u64),
) -> Walked {
    let mut walker = Walker::plain(style, limit, walking);
    let mut walked = Walked::default();
    let mut ahead = VecDeque::new();
    let mut wanted = 1;
    loop {
        let next = walker.place();
        if ahead.front().is_some_and(|(place, _)| *place != next) {
            ahead.clear();
        }
        for place in walker.guesses(wanted).into_iter().skip(ahead.len()) {
            walked.requests += 1;
            assert!(walked.requests < 50_000, "no end after {:?}", walked.given);
            meanwhile(list, walked.requests);
            let answer = list.answer(style, &place, limit);
            ahead.push_back((place, answer));
        }
        let (_, (ids, marks)) = ahead.pop_front().unwrap();
        let taken = walker.take(&ids, &marks);
        walked
            .given
            .extend(taken.fresh.iter().map(|place| ids[*place]));
        if taken.end || taken.stuck.is_some() {
            walked.stuck = taken.stuck;
            return walked;
        }
        wanted = walking.fetch_ahead.max(1);
    }
}

pub(super) fn still(list: &List, style: Style, limit: Option<u64>) -> Walked {
    walk(
        &mut list.clone(),
        style,
        limit,
        &Walking::default(),
        |_, _| {},
    )
}

/// Lists of up to 120 rows with a server's ways by chance; each row is hidden with this probability.
pub(super) fn lists(hidden: f64) -> impl Strategy<Value = List> {
    let visible = prop::bool::weighted(hidden).prop_map(move |is| hidden == 0.0 || !is);
    let rows = (0..120_u64, prop::collection::vec(visible, 120));
    let ways = (
        1..30_u64,
        prop::option::of(any::<bool>()),
        any::<bool>(),
        1..30_u64,
        0..4_u64,
        prop::sample::select(&PASTS[..2]),
    );
    (rows, ways).prop_map(
        |((count, visible), (cap, honest_echo, honest_next, default, past_end, past))| {
            List {
                // A list of which a secretly capped page shows nothing at all cannot be told from an empty one.
                rows: (0..count)
                    .zip(visible)
                    .map(|(id, visible)| (id, visible || (id == 0 && !honest_next)))
                    .collect(),
                cap,
                honest_echo,
                honest_next,
                default: default.min(cap),
                past_end,
                past,
            }
        },
    )
}
