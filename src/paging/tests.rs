//! Walks through simulated lists: every way in which a server is known to page, by chance.

use std::collections::HashSet;
use std::fmt;

use proptest::prelude::*;

use super::position::{At, Position};
use super::walker::{Place, Walker};
use super::{Marks, Style, Walking};

/// A list on a server, with the server's ways.
#[derive(Clone)]
struct List {
    /// The rows, and whether the caller may see each.
    rows: Vec<(u64, bool)>,
    cap: u64,
    /// Whether `limit` in the answer shows the cap.
    honest_echo: Option<bool>,
    /// Whether `next` follows the cap.
    honest_next: bool,
    /// The rows of a page when the request does not say.
    default: u64,
    /// Pages past the end that are announced, and whether they hold rows.
    past_end: u64,
    rows_past_end: bool,
}

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
        write!(
            f,
            "{} past the end, with rows: {}",
            self.past_end, self.rows_past_end
        )
    }
}

impl List {
    fn plain(rows: u64) -> Self {
        Self {
            rows: (0..rows).map(|id| (id, true)).collect(),
            cap: 1000,
            honest_echo: Some(true),
            honest_next: true,
            default: 25,
            past_end: 0,
            rows_past_end: false,
        }
    }

    fn visible(&self) -> Vec<u64> {
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
        let range = match start >= total && self.rows_past_end {
            true => total.saturating_sub(most)..total,
            false => start.min(total)..(start + most).min(total),
        };
        let rows = self
            .rows
            .get(range.start as usize..range.end as usize)
            .unwrap_or_default();
        let ids = rows
            .iter()
            .filter(|(_, visible)| *visible)
            .map(|(id, _)| *id)
            .collect();
        let following = start + step;
        let goes_on = following < total || (following - total) / step < self.past_end;
        let marks = Marks {
            start: Some(start),
            limit: self
                .honest_echo
                .map(|honest| if honest { most } else { wanted }),
            next: goes_on.then(|| format!("/elsewhere?limit={wanted}&start={following}")),
            ..Marks::default()
        };
        (ids, marks)
    }

    /// The same list by cursors, or by page numbers.
    fn answer(&self, style: Style, place: &Place, limit: Option<u64>) -> (Vec<u64>, Marks) {
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
struct Walked {
    given: Vec<u64>,
    requests: u64,
    stuck: Option<String>,
}

/// Walks to the end; `meanwhile` changes the list before each request.
fn walk(
    list: &mut List,
    style: Style,
    limit: Option<u64>,
    walking: &Walking,
    mut meanwhile: impl FnMut(&mut List, u64),
) -> Walked {
    let mut walker = Walker::plain(style, limit, walking);
    let mut walked = Walked::default();
    loop {
        walked.requests += 1;
        assert!(walked.requests < 50_000, "no end after {:?}", walked.given);
        meanwhile(list, walked.requests);
        let (ids, marks) = list.answer(style, &walker.place(), limit);
        let taken = walker.take(&ids, &marks);
        walked
            .given
            .extend(taken.fresh.iter().map(|place| ids[*place]));
        if taken.end || taken.stuck.is_some() {
            walked.stuck = taken.stuck;
            return walked;
        }
    }
}

fn still(list: &List, style: Style, limit: Option<u64>) -> Walked {
    walk(
        &mut list.clone(),
        style,
        limit,
        &Walking::default(),
        |_, _| {},
    )
}

const STYLES: [Style; 4] = [Style::Offset, Style::Cursor, Style::Token, Style::Page];
const SIZES: [u64; 5] = [1, 2, 3, 7, 100];

#[test]
fn a_truthful_list_costs_no_more_than_its_pages() {
    for style in STYLES {
        for size in SIZES {
            for rows in [0, 1, 2, 3, 6, 7, 8, 99, 100, 101, 250] {
                let walked = still(&List::plain(rows), style, Some(size));
                assert_eq!(
                    walked.given,
                    (0..rows).collect::<Vec<_>>(),
                    "{style:?} {size} {rows}"
                );
                let pages = rows.div_ceil(size).max(1);
                // The overlap costs a row a page; a list by page number is looked at once more; a page as
                // long as a usual cap is made sure of.
                let bound = match style {
                    Style::Offset if size > 1 => (rows.max(1)).div_ceil(size - 1).max(1) + 1,
                    Style::Offset => pages + 1,
                    _ => pages,
                };
                assert!(
                    walked.requests <= bound,
                    "{style:?} {size} {rows}: {} requests",
                    walked.requests
                );
            }
        }
    }
}

#[test]
fn a_secret_cap_loses_nothing() {
    for (honest_echo, honest_next) in [
        (Some(true), true),
        (Some(false), true),
        (Some(true), false),
        (Some(false), false),
        (None, false),
    ] {
        for cap in [1, 2, 3, 25, 50] {
            for size in [2, 3, 7, 40, 60, 100, 200] {
                for rows in [cap + 1, 2 * cap, 2 * cap + 1, size + 1, 3 * size, 130] {
                    let list = List {
                        cap,
                        honest_echo,
                        honest_next,
                        ..List::plain(rows)
                    };
                    let sure = Walking {
                        make_sure: true,
                        ..Walking::default()
                    };
                    let walked = walk(
                        &mut list.clone(),
                        Style::Offset,
                        Some(size),
                        &sure,
                        |_, _| {},
                    );
                    assert_eq!(walked.given, list.visible(), "{list:?} by {size}");
                    let page = size.min(cap).saturating_sub(1).max(1);
                    assert!(
                        walked.requests <= rows.div_ceil(page) + 10,
                        "{cap} {size} {rows}: {}",
                        walked.requests
                    );
                }
            }
        }
    }
}

#[test]
fn usual_caps_are_noticed_without_being_told() {
    for cap in [25, 50, 100, 200, 250, 500, 1000] {
        let list = List {
            cap,
            honest_echo: Some(false),
            honest_next: false,
            ..List::plain(cap + cap / 2)
        };
        let walked = still(&list, Style::Offset, Some(2 * cap));
        assert_eq!(walked.given, list.visible(), "{cap}");
    }
    // An ordinary short page costs nothing more.
    assert_eq!(
        still(&List::plain(42), Style::Offset, Some(200)).requests,
        1
    );
}

#[test]
fn few_visible_rows_do_not_cost_a_request_each() {
    let mut list = List::plain(10_000);
    list.rows
        .iter_mut()
        .for_each(|(id, visible)| *visible = *id % 90 == 37);
    let walked = still(&list, Style::Offset, Some(100));
    assert_eq!(walked.given, list.visible());
    assert!(
        walked.requests < 450,
        "{} requests for 100 pages",
        walked.requests
    );
}

#[test]
fn what_lies_past_the_end_is_left() {
    for style in STYLES {
        for size in SIZES {
            for rows_past_end in [false, true] {
                let list = List {
                    past_end: 5,
                    rows_past_end,
                    ..List::plain(20)
                };
                let walked = still(&list, style, Some(size));
                assert_eq!(
                    (walked.given, walked.stuck),
                    (list.visible(), None),
                    "{style:?} {size}"
                );
            }
        }
    }
}

#[test]
fn an_endless_list_ends_in_an_error() {
    for style in STYLES {
        for size in SIZES {
            for rows_past_end in [false, true] {
                let list = List {
                    past_end: 1 << 40,
                    rows_past_end,
                    ..List::plain(20)
                };
                let walked = still(&list, style, Some(size));
                assert_eq!(walked.given, list.visible(), "{style:?} {size}");
                assert!(walked.stuck.is_some_and(|why| why.contains("nothing new")));
                assert!(
                    walked.requests <= 20 / size + 20 + 100 + 10,
                    "{} requests",
                    walked.requests
                );
            }
        }
    }
}

#[test]
fn rows_that_are_all_gone_do_not_stop_a_walk() {
    let mut list = List::plain(50);
    let walked = walk(
        &mut list,
        Style::Offset,
        Some(5),
        &Walking::default(),
        |list, request| {
            if request == 3 {
                list.rows.drain(..20);
            }
        },
    );
    assert_eq!(walked.stuck, None);
    assert_eq!(&walked.given[9..], &(20..50).collect::<Vec<_>>()[..]);
}

/// A change of the list between two requests.
#[derive(Clone, Debug)]
enum Change {
    Remove(usize),
    Insert(usize),
}

fn lists(hidden: f64) -> impl Strategy<Value = List> {
    let visible = prop::bool::weighted(hidden).prop_map(move |is| hidden == 0.0 || !is);
    let rows = (0..120_u64, prop::collection::vec(visible, 120));
    let ways = (
        1..30_u64,
        prop::option::of(any::<bool>()),
        any::<bool>(),
        1..30_u64,
        0..4_u64,
        any::<bool>(),
    );
    (rows, ways).prop_map(
        |((count, visible), (cap, honest_echo, honest_next, default, past_end, rows_past_end))| {
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
                rows_past_end,
            }
        },
    )
}

fn changes() -> impl Strategy<Value = Vec<(u64, Change)>> {
    let change = prop_oneof![
        any::<usize>().prop_map(Change::Remove),
        any::<usize>().prop_map(Change::Insert)
    ];
    prop::collection::vec((2..30_u64, change), 0..25)
}

fn change(list: &mut List, change: &Change, new: &mut u64) {
    let length = list.rows.len();
    match change {
        Change::Remove(_) if length == 0 => {}
        Change::Remove(place) => {
            list.rows.remove(place % length);
        }
        Change::Insert(place) => {
            *new += 1;
            list.rows.insert(place % (length + 1), (*new, true));
        }
    }
}

/// What `walked` gave of the rows that were there all the time.
fn lasting(walked: &Walked, before: &List, after: &List) -> (Vec<u64>, Vec<u64>) {
    let (before, after): (HashSet<u64>, Vec<u64>) =
        (before.visible().into_iter().collect(), after.visible());
    let expected: Vec<u64> = after.into_iter().filter(|id| before.contains(id)).collect();
    let there: HashSet<u64> = expected.iter().copied().collect();
    (
        walked
            .given
            .iter()
            .copied()
            .filter(|id| there.contains(id))
            .collect(),
        expected,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn caps_and_holes_lose_nothing(list in lists(0.3), size in 1..40_u64, overlap: bool) {
        let walking = Walking { make_sure: true, overlap, ..Walking::default() };
        let walked = walk(&mut list.clone(), Style::Offset, Some(size), &walking, |_, _| {});
        prop_assert_eq!(&walked.given, &list.visible());
        let page = size.min(list.cap).saturating_sub(1).max(1);
        let bound = 4 * (list.rows.len() as u64).div_ceil(page) + 10 * (2 + list.past_end) + 40;
        prop_assert!(walked.requests <= bound, "{} requests, {} at most", walked.requests, bound);
    }

    #[test]
    fn mostly_hidden_lists_lose_nothing(list in lists(0.9), size in prop::option::of(1..40_u64)) {
        let walking = Walking { make_sure: true, max_empty_pages: 1000, ..Walking::default() };
        let walked = walk(&mut list.clone(), Style::Offset, size, &walking, |_, _| {});
        prop_assert_eq!(walked.given, list.visible());
    }

    #[test]
    fn other_styles_lose_nothing(list in lists(0.3), size in 1..40_u64, style in prop::sample::select(&STYLES[1..])) {
        let list = List { honest_next: true, ..list };
        let walked = still(&list, style, Some(size));
        prop_assert_eq!((walked.given, walked.stuck), (list.visible(), None));
    }

    #[test]
    fn a_list_that_changes_gives_what_stayed_once(
        list in lists(0.0), size in 1..40_u64, changes in changes(), style in prop::sample::select(vec![Style::Offset, Style::Page]),
    ) {
        // A page of one row has room for no overlap, and of a few rows under a secret cap it cannot be told
        // whether some were left out or as many were added at once. A list by page number has an honest cap, and is sure of
        // its items while nothing moves back and forth between its requests: here things go once.
        let secret = list.honest_echo != Some(true) && !list.honest_next && style == Style::Offset;
        let list = List { cap: list.cap.max(if secret { 10 } else { 2 }), past_end: 0, honest_next: style == Style::Page || list.honest_next, ..list };
        let walking = Walking { make_sure: true, ..Walking::default() };
        let (mut after, mut new) = (list.clone(), 1000);
        let walked = walk(&mut after, style, Some(size), &walking, |now, request| {
            let due = changes.iter().filter(|(when, _)| *when == request).map(|(_, what)| what);
            let goes = |what: &&Change| request == changes[0].0 && matches!(what, Change::Remove(_));
            let due = due.filter(|what| style == Style::Offset || goes(what));
            due.for_each(|what| change(now, what, &mut new));
        });
        prop_assert_eq!(walked.given.len(), walked.given.iter().collect::<HashSet<_>>().len());
        let (mut given, expected) = lasting(&walked, &list, &after);
        if style == Style::Page {
            // What had moved over a border comes late.
            given.sort_unstable();
        }
        prop_assert_eq!(given, expected);
    }

    #[test]
    fn a_walk_can_be_broken_off_anywhere(
        list in lists(0.3), size in 1..40_u64, style in prop::sample::select(&STYLES[..]), breaks in prop::collection::vec(0..40_usize, 1..8),
    ) {
        let list = List { honest_next: list.honest_next || style != Style::Offset, ..list };
        let mut walking = Walking { make_sure: true, ..Walking::default() };
        let mut given = Vec::new();
        for stop in breaks.into_iter().map(Some).chain([None]) {
            let (some, at) = stretch(&list, style, size, &walking, stop);
            given.extend(some);
            let saved = serde_json::to_string(&Position { operation: "x".to_owned(), at }).unwrap();
            walking.resume = Some(serde_json::from_str(&saved).unwrap());
        }
        prop_assert_eq!(given, list.visible());
    }
}

/// Walks for `stop` items, in the middle of a page where that falls there.
fn stretch(
    list: &List,
    style: Style,
    size: u64,
    walking: &Walking,
    stop: Option<usize>,
) -> (Vec<u64>, At) {
    let mut walker = Walker::plain(style, Some(size), walking);
    let mut given = Vec::new();
    if walking
        .resume
        .as_ref()
        .is_some_and(|position| position.at == At::End)
    {
        return (given, At::End);
    }
    loop {
        let (ids, marks) = list.answer(style, &walker.place(), Some(size));
        let taken = walker.take(&ids, &marks);
        let left = stop.map_or(usize::MAX, |stop| stop - given.len());
        let some = taken.fresh.len().min(left);
        given.extend(taken.fresh[..some].iter().map(|place| ids[*place]));
        if taken.end && some == taken.fresh.len() {
            return (given, At::End);
        }
        if some == left {
            return (given, walker.at(ids.len(), &taken.fresh, some));
        }
    }
}
