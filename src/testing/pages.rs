//! How a list is cut into pages, truthfully or as a misbehaviour wants it.

use std::ops::Range;

use wiremock::Request;

use super::misbehaviour::Rules;

/// How a list misbehaves. Several can be in force at once; see
/// [`Misbehaviour::paging`](super::Misbehaviour::paging).
///
/// Positions count the rows of the whole list from 0, whatever the service calls them: an offset, a
/// cursor, a token or a page number.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageBehaviour {
    /// The server sends at most `cap` rows whatever was asked for.
    Cap {
        /// Most rows on a page.
        cap: usize,
        /// What the page says its limit was.
        echo: Honesty,
        /// How far the next page is from this one.
        next: Honesty,
    },
    /// Rows at these positions are left out after the page was cut, as those that the caller may not
    /// see: pages become short, or empty, in the middle of the list.
    Hide(Range<usize>),
    /// Past its end the list goes on for so many pages, with rows that were sent before.
    RowsPastEnd {
        /// Pages beyond the end that are still announced.
        pages: usize,
    },
    /// Past its end the list goes on for so many empty pages.
    EmptyPastEnd {
        /// Pages beyond the end that are still announced.
        pages: usize,
    },
    /// Every page announces another one, for ever; past the end they are empty.
    Endless,
    /// The position of the next page is that of this page.
    Repeat,
    /// A page does not say how many rows it has.
    NoSize,
    /// No page announces another one, although there are more rows.
    NoNext,
    /// How the link to the next page is written.
    Link(NextLink),
}

/// Whether the server reckons with what it did, or with what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Honesty {
    /// With its own cap.
    Capped,
    /// With the limit in the request, although it sent less.
    AsAsked,
}

/// How a link to the next page is written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextLink {
    /// A path without the context path (Data Center: relative to `_links.base`).
    Relative,
    /// A whole URL on this server.
    Absolute,
    /// The context path (or `/wiki`) comes twice.
    DoubledContext,
    /// The context path (or `/wiki`) is missing, even from a whole URL.
    MissingContext,
    /// A whole URL on another host, given as an origin (`https://elsewhere.example`).
    OtherHost(String),
}

/// What a request asked of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Position of the first row.
    pub(crate) start: usize,
    /// Rows asked for; `None` takes the default.
    pub(crate) limit: Option<usize>,
}

/// The limits of a list of the real server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Rows on a page when the request does not say.
    pub(crate) default: usize,
    /// Most rows on a page.
    pub(crate) most: usize,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page<T> {
    /// The rows to send.
    pub(crate) rows: Vec<T>,
    /// Position of the first row.
    pub(crate) start: usize,
    /// The limit to tell.
    pub(crate) limit: usize,
    /// The number of rows to tell; `None` is left out of the answer.
    pub(crate) size: Option<usize>,
    /// The next page to announce.
    pub(crate) next: Option<Position>,
    /// How to write the link to it; `None` is the service's own way.
    pub(crate) link: Option<NextLink>,
}

/// Where a page begins, and the limit to ask for there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) start: usize,
    pub(crate) limit: usize,
}

/// The paging misbehaviours that apply to one request; they count as used only when a list is cut.
pub(crate) struct Paging<'a> {
    rules: &'a Rules,
    request: &'a Request,
}

impl<'a> Paging<'a> {
    pub(crate) fn new(rules: &'a Rules, request: &'a Request) -> Self {
        Self { rules, request }
    }

    /// Takes the behaviours in force for this request.
    fn behaviours(&self) -> Vec<PageBehaviour> {
        self.rules
            .paging(self.request.method.as_str(), self.request.url.path())
    }
}

/// Cuts a page out of `rows`; those that are not `visible` are left out after the cut, as the real
/// servers do.
pub(crate) fn cut<T: Clone>(
    rows: &[T],
    visible: impl Fn(&T) -> bool,
    asked: Asked,
    limits: Limits,
    paging: &Paging<'_>,
) -> Page<T> {
    cut_with(rows, visible, asked, limits, &paging.behaviours())
}

/// What the behaviours in force make of the truth.
struct Plan {
    /// Rows asked for.
    wanted: usize,
    /// Rows the server sends at most.
    most: usize,
    /// The limit it tells.
    echo: usize,
    /// How far the next page is.
    step: usize,
}

impl Plan {
    fn new(asked: Asked, limits: Limits, behaviours: &[PageBehaviour]) -> Self {
        let wanted = asked.limit.unwrap_or(limits.default);
        let most = wanted.min(limits.most);
        let mut plan = Self {
            wanted,
            most,
            echo: most,
            step: most,
        };
        for behaviour in behaviours {
            if let PageBehaviour::Cap { cap, echo, next } = behaviour {
                plan.cap(*cap, *echo, *next);
            }
        }
        // A limit of 0 must not turn the list into a loop of its own.
        plan.step = plan.step.max(1);
        plan
    }

    fn cap(&mut self, cap: usize, echo: Honesty, next: Honesty) {
        self.most = self.most.min(cap);
        let reckoned = |honesty| match honesty {
            Honesty::Capped => self.most,
            Honesty::AsAsked => self.wanted,
        };
        (self.echo, self.step) = (reckoned(echo), reckoned(next));
    }
}

/// [`cut`] with the behaviours already known.
pub(crate) fn cut_with<T: Clone>(
    rows: &[T],
    visible: impl Fn(&T) -> bool,
    asked: Asked,
    limits: Limits,
    behaviours: &[PageBehaviour],
) -> Page<T> {
    let plan = Plan::new(asked, limits, behaviours);
    let range = positions(rows.len(), asked.start, &plan, behaviours);
    let hidden = |position: usize| {
        behaviours
            .iter()
            .any(|b| matches!(b, PageBehaviour::Hide(range) if range.contains(&position)))
    };
    let rows_sent: Vec<T> = range
        .filter(|position| !hidden(*position))
        .filter_map(|position| rows.get(position))
        .filter(|row| visible(row))
        .cloned()
        .collect();
    Page {
        size: (!behaviours.contains(&PageBehaviour::NoSize)).then_some(rows_sent.len()),
        rows: rows_sent,
        start: asked.start,
        limit: plan.echo,
        next: next(rows.len(), asked.start, &plan, behaviours),
        link: behaviours
            .iter()
            .rev()
            .find_map(|behaviour| match behaviour {
                PageBehaviour::Link(link) => Some(link.clone()),
                _ => None,
            }),
    }
}

/// The positions of the rows on the page that begins at `start`.
fn positions(
    total: usize,
    start: usize,
    plan: &Plan,
    behaviours: &[PageBehaviour],
) -> Range<usize> {
    let repeats = behaviours.iter().any(|behaviour| match behaviour {
        PageBehaviour::RowsPastEnd { pages } => pages_past_end(total, start, plan.step) <= *pages,
        _ => false,
    });
    if start >= total && repeats {
        return total.saturating_sub(plan.most)..total;
    }
    start.min(total)..start.saturating_add(plan.most).min(total)
}

/// The page to announce after the one at `start`.
fn next(total: usize, start: usize, plan: &Plan, behaviours: &[PageBehaviour]) -> Option<Position> {
    let following = start.saturating_add(plan.step);
    let announced = following < total
        || behaviours.iter().any(|behaviour| match behaviour {
            PageBehaviour::Endless => true,
            PageBehaviour::RowsPastEnd { pages } | PageBehaviour::EmptyPastEnd { pages } => {
                pages_past_end(total, following, plan.step) <= *pages
            }
            _ => false,
        });
    if !announced || behaviours.contains(&PageBehaviour::NoNext) {
        return None;
    }
    let start = if behaviours.contains(&PageBehaviour::Repeat) {
        start
    } else {
        following
    };
    Some(Position {
        start,
        limit: plan.echo,
    })
}

/// Which page past the end the position is on, from 1; 0 before the end.
fn pages_past_end(total: usize, position: usize, step: usize) -> usize {
    if position < total {
        0
    } else {
        ((position - total) / step.max(1)).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        default: 4,
        most: 100,
    };

    fn walk(
        total: usize,
        limit: usize,
        behaviours: &[PageBehaviour],
        most_pages: usize,
    ) -> Vec<Vec<usize>> {
        let rows: Vec<usize> = (0..total).collect();
        let (mut pages, mut position) = (Vec::new(), Some(0));
        while let (Some(start), true) = (position, pages.len() < most_pages) {
            let asked = Asked {
                start,
                limit: Some(limit),
            };
            let page = cut_with(&rows, |_| true, asked, LIMITS, behaviours);
            pages.push(page.rows);
            position = page.next.map(|next| next.start);
        }
        pages
    }

    #[test]
    fn a_truthful_list_ends_without_a_next() {
        assert_eq!(walk(5, 2, &[], 9), [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(walk(4, 2, &[], 9), [vec![0, 1], vec![2, 3]]);
        assert_eq!(walk(0, 2, &[], 9), [Vec::<usize>::new()]);
    }

    #[test]
    fn a_cap_with_a_wrong_next_jumps_over_rows() {
        let cap = PageBehaviour::Cap {
            cap: 2,
            echo: Honesty::AsAsked,
            next: Honesty::AsAsked,
        };
        assert_eq!(walk(6, 3, &[cap], 9), [vec![0, 1], vec![3, 4]]);
    }

    #[test]
    fn past_the_end_come_rows_or_empty_pages() {
        let rows = PageBehaviour::RowsPastEnd { pages: 2 };
        assert_eq!(
            walk(3, 2, &[rows], 9),
            [vec![0, 1], vec![2], vec![1, 2], vec![1, 2]]
        );
        let empty = PageBehaviour::EmptyPastEnd { pages: 1 };
        assert_eq!(walk(2, 2, &[empty], 9), [vec![0, 1], vec![]]);
        assert_eq!(walk(2, 2, &[PageBehaviour::Endless], 5).len(), 5);
    }

    #[test]
    fn hidden_rows_make_pages_short_and_empty() {
        let hide = PageBehaviour::Hide(1..4);
        assert_eq!(walk(6, 2, &[hide], 9), [vec![0], vec![], vec![4, 5]]);
    }
}
