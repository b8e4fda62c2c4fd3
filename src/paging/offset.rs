//! Lists by `start` and `limit`, walked so that nothing is lost and nothing comes twice.
//!
//! Servers cap the limit and do not say so, leave out what the caller may not see after a page was
//! cut, name a next start that skips what was never sent, and change while they are read. So the next
//! start is counted from the rows that a page is *known* to cover ([`Reach`]), and where the rows of a
//! page are all there, the next page begins with the last of them, the *anchor*: a page without it
//! shows that rows were removed, and the walk goes back until it finds something that it knows.
//!
//! Where rows are left out, the walk *probes*: it looks far ahead for the last row that came. If that
//! is there, and still on the page where it was as well, pages reach so far, and from then on the walk
//! takes longer steps.

use crate::paging::patience::Patience;
use crate::paging::position::At;
use crate::paging::reach::{Asked, Reach};
use crate::paging::recent::Recent;
use crate::paging::walker::{Place, Taken};
use crate::paging::{Marks, Walking};

/// A walk by row numbers.
#[derive(Debug)]
pub(crate) struct OffsetWalker {
    /// The row to ask for next; none is wherever the list begins.
    next: Option<u64>,
    /// The row that the list is walked from.
    first: u64,
    /// The page size that the caller asks for.
    requested: Option<u64>,
    /// The page size with which the walk makes sure of the end: one that the server does not cap.
    tail: Option<u64>,
    overlap: bool,
    /// Whether what was given last must be found on the next page.
    anchored: bool,
    /// The last item of the last page that had any.
    anchor: Option<u64>,
    reach: Reach,
    probe: Option<Probe>,
    /// The page that was taken last.
    page: Page,
    /// Where empty pages began of which it is not known how far they reach, and how far each was taken
    /// to reach.
    unproven: Option<(u64, u64)>,
    /// Up to here the walk knows that something follows.
    something_at: u64,
    /// How far the walk went back last to find what it knows, and how far in all.
    back: (u64, u64),
    patience: Patience,
    make_sure: bool,
    ended: bool,
}

/// How far pages reach is being found out.
#[derive(Clone, Copy, Debug)]
enum Probe {
    /// The last row of the page taken last is looked for ahead.
    Ahead,
    /// It was found so many rows behind the beginning of its page. A row that was added before it could
    /// have moved it there: then it is no longer on its page.
    Back(u64),
}

/// A page that came: its first row, how many items it held and how many of them were new.
#[derive(Clone, Copy, Debug, Default)]
struct Page {
    start: u64,
    count: u64,
    fresh: u64,
    /// Whether it was asked for with a limit that left no room for an overlap.
    single: bool,
}

/// The page size that no known server goes below; it counts only while nothing better is known.
const SMALLEST_PAGE: u64 = 25;

impl OffsetWalker {
    pub(crate) fn new(
        start: Option<u64>,
        limit: Option<u64>,
        walking: &Walking,
        stable: bool,
    ) -> Self {
        let mut walker = Self {
            next: start,
            first: start.unwrap_or(0),
            requested: limit.filter(|limit| *limit > 0),
            tail: None,
            overlap: walking.overlap && stable,
            anchored: false,
            anchor: None,
            reach: Reach::default(),
            probe: None,
            page: Page::default(),
            unproven: None,
            something_at: 0,
            back: (0, 0),
            patience: Patience::new(walking),
            make_sure: walking.make_sure,
            ended: false,
        };
        if let Some(At::Offset {
            start,
            anchored,
            tail,
            reach,
            seen,
        }) = walking.resume.as_ref().map(|p| &p.at)
        {
            walker.next = Some(*start);
            walker.anchored = *anchored && walker.overlap;
            walker.tail = tail.filter(|tail| *tail > 0);
            walker.reach = reach.clone();
            walker.anchor = seen.last().copied();
        }
        walker
    }

    /// The limit of the next request, where it is another than the caller's.
    fn limit(&self) -> Option<u64> {
        // One row a page leaves no room for an overlap.
        let narrow = self.requested == Some(1) && self.overlap;
        let wider = (narrow && self.reach.proven() > 0).then_some(2);
        self.tail.or(wider)
    }

    pub(crate) fn place(&self) -> Place {
        self.next
            .map_or(Place::Beginning, |next| Place::Start(next, self.limit()))
    }

    /// The pages that follow if all goes on as it did.
    pub(crate) fn guesses(&self, count: usize) -> Vec<Place> {
        let straight = self.probe.is_none()
            && self.back.0 == 0
            && self.tail.is_none()
            && self.unproven.is_none();
        let stride = self.reach.proven().saturating_sub(u64::from(self.overlap));
        match self.next {
            Some(next) if straight && stride > 0 => {
                let start = |ahead: u64| next.saturating_add(ahead.saturating_mul(stride));
                (0..count as u64)
                    .map(|ahead| Place::Start(start(ahead), self.limit()))
                    .collect()
            }
            _ => vec![self.place()],
        }
    }

    pub(crate) fn take(&mut self, ids: &[u64], marks: &Marks, recent: &mut Recent) -> Taken {
        let start = self.next.unwrap_or(self.first);
        if let Some(probe) = self.probe.take() {
            self.look(probe, start, ids);
            return Taken::aside(None);
        }
        if !self.is_found(start, ids, recent) {
            return Taken::aside(self.go_back(start, recent));
        }
        let asked = Asked {
            start,
            limit: self.limit().or(self.requested),
            count: ids.len() as u64,
        };
        self.reach.learn(asked, marks);
        if self.is_behind_a_gap(asked) {
            return Taken::aside(None);
        }
        let fresh = recent.take(ids);
        self.anchor = ids.last().copied().or(self.anchor);
        let single = asked.limit == Some(1);
        self.page = Page {
            start,
            count: asked.count,
            fresh: fresh.len() as u64,
            single,
        };
        if marks.next.is_none() && self.is_last(asked, marks) {
            self.ended = true;
            return Taken {
                fresh,
                end: true,
                ..Taken::default()
            };
        }
        self.go_on();
        self.back = (0, 0);
        Taken {
            fresh,
            stuck: self.stuck(),
            ..Taken::default()
        }
    }

    /// Looks for the last row of the page taken last on a page that was only asked for to find it.
    fn look(&mut self, probe: Probe, start: u64, ids: &[u64]) {
        let found = self.anchor.is_some_and(|anchor| ids.contains(&anchor));
        let rows = match probe {
            Probe::Ahead => start.saturating_sub(self.page.start),
            Probe::Back(rows) => rows,
        };
        match probe {
            Probe::Ahead if found => {
                self.probe = Some(Probe::Back(rows));
                self.next = Some(self.page.start);
                return;
            }
            Probe::Back(_) if found => self.reach.prove(rows.saturating_add(1)),
            _ => self.reach.doubt(rows),
        }
        self.go_on();
    }

    /// Whether a page joins what was given before.
    fn is_found(&self, start: u64, ids: &[u64], recent: &Recent) -> bool {
        let known = |id: &u64| recent.contains(*id);
        let anchor = || self.anchor.is_some_and(|anchor| ids.contains(&anchor));
        !self.anchored || start <= self.first || ids.first().is_some_and(known) || anchor()
    }

    /// Rows were removed before this page: looks for the place where what follows begins.
    fn go_back(&mut self, start: u64, recent: &Recent) -> Option<String> {
        let step = self
            .back
            .0
            .saturating_mul(2)
            .max(2)
            .min(start.saturating_sub(self.first));
        let total = self.back.1.saturating_add(step);
        // Further back than it remembers it could not tell what it gave.
        if recent.memory().is_some_and(|memory| total > memory) {
            let what = "so much was removed from the list meanwhile that the walk cannot find its place again";
            return Some(what.to_owned());
        }
        self.back = (step, total);
        self.next = Some(start.saturating_sub(step));
        None
    }

    /// Whether the first page with items comes after empty ones that were taken to reach too far: then
    /// they are asked for again in steps that are sure.
    fn is_behind_a_gap(&mut self, asked: Asked) -> bool {
        if asked.count == 0 {
            return false;
        }
        match self.unproven.take() {
            Some((gap, step)) if self.reach.proven() < step + u64::from(self.overlap) => {
                self.something_at = asked.start;
                self.next = Some(gap);
                true
            }
            _ => false,
        }
    }

    /// Whether a page that names no next one is the last. Where that is in doubt, the walk goes on with
    /// pages so small that the server has no reason to cap them.
    fn is_last(&mut self, asked: Asked, marks: &Marks) -> bool {
        let sure = self.tail.is_some()
            || self
                .reach
                .end_is_sure(asked, marks, self.requested.is_some());
        let made_sure = !self.make_sure || self.tail.is_some();
        if (sure && made_sure) || self.reach.proven() == 0 {
            return true;
        }
        self.tail = Some(self.reach.proven());
        false
    }

    /// Sets the next start.
    fn go_on(&mut self) {
        let Page {
            start,
            count,
            fresh,
            ..
        } = self.page;
        let proven = self.reach.proven();
        // Rows that came again, or fewer than came before, show that some are left out.
        let left_out = count > 0 && (count < proven || fresh + u64::from(self.anchored) < count);
        let probing = left_out && self.tail.is_none() && self.back.0 == 0;
        if let Some(ahead) = self.reach.worth_a_try().filter(|_| probing) {
            self.probe = Some(Probe::Ahead);
            self.anchored = false;
            self.next = Some(start.saturating_add(ahead));
            return;
        }
        let (next, anchored) = self.safe();
        (self.next, self.anchored) = (Some(next), anchored);
    }

    /// The next start that certainly leaves nothing out, and whether the anchor must be found there.
    fn safe(&self) -> (u64, bool) {
        let Page {
            start,
            count,
            fresh,
            single,
        } = self.page;
        let proven = self.reach.proven();
        if count == 0 && proven == 0 {
            let rows = self
                .reach
                .possible()
                .unwrap_or(SMALLEST_PAGE)
                .min(SMALLEST_PAGE);
            let step = rows.saturating_sub(u64::from(self.overlap)).max(1);
            return (start.saturating_add(step), false);
        }
        let behind = start.saturating_add(proven.max(1));
        if !self.overlap || proven <= 1 && !single || self.tail == Some(1) {
            return (behind, false);
        }
        if count < proven || (count == 1 && fresh == 0) {
            // As far as from a whole page, so that what was asked for ahead is right.
            return (behind - u64::from(proven > 1), false);
        }
        let anchor = start.saturating_add(count - 1);
        (anchor, true)
    }

    /// Why the walk makes no progress any more, if so.
    fn stuck(&mut self) -> Option<String> {
        if self.reach.proven() == 0 && self.unproven.is_none() {
            let step = self.next.unwrap_or(0).saturating_sub(self.page.start);
            self.unproven = Some((self.page.start, step));
        }
        self.patience
            .ends(self.page.fresh > 0 || self.page.start < self.something_at)
    }

    /// A place behind the item at `within` of the page taken last, or behind the page.
    pub(crate) fn at(&self, within: Option<Option<usize>>, mut seen: Vec<u64>) -> At {
        let (start, anchored) = match within {
            None if self.ended => return At::End,
            None => self.resting(),
            // Rows that were left out only move the item further back.
            Some(Some(place)) if self.overlap => {
                (self.page.start.saturating_add(place as u64), true)
            }
            Some(_) => (self.page.start, false),
        };
        if let (None, Some(anchor)) = (within, self.anchor) {
            seen.retain(|id| *id != anchor);
            seen.push(anchor);
        }
        At::Offset {
            start,
            anchored,
            tail: self.tail,
            reach: self.reach.clone(),
            seen,
        }
    }

    /// The next start without what is only tried.
    fn resting(&self) -> (u64, bool) {
        match (self.probe, self.unproven) {
            (Some(_), _) => self.safe(),
            (None, Some((gap, _))) => (gap, false),
            (None, None) => (self.next.unwrap_or(self.first), self.anchored),
        }
    }
}
