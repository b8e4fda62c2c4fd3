//! The streams that lists are read by.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::paging::position::{At, Position};
use crate::paging::walker::{Place, Stuck, Walker};
use crate::paging::{Identify, Marks, PageBody, Scheme, Style, link};
use crate::transport::body::Body;
use crate::transport::execute::{RawAnswer, execute};
use crate::transport::{Call, decode};

/// One page of a list: the items that are new in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the server's order. It can be empty in the middle of a list.
    pub items: Vec<T>,
}

/// The pages of a list as a [`Stream`]. Dropping it stops it.
///
/// After an error it ends; [`try_again`](Self::try_again) takes it up where it failed.
#[must_use = "streams do nothing unless polled"]
pub struct Pages<B: PageBody> {
    call: Call,
    scheme: Scheme,
    walker: Walker,
    /// The pages that were asked for, the one that comes next first.
    ahead: VecDeque<(Place, Fetch)>,
    /// The identities of the page that was taken last, and how many of its items were given.
    ids: Vec<u64>,
    fresh: usize,
    pages: u64,
    state: State,
    body: std::marker::PhantomData<fn() -> B>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Walking,
    /// A page failed: it can be tried again.
    Failed,
    /// As many pages were given as were wanted.
    Stopped,
    Ended,
}

/// A page that was asked for.
enum Fetch {
    Underway(Pin<Box<dyn Future<Output = Result<RawAnswer, Error>> + Send>>),
    Done(Box<Result<RawAnswer, Error>>),
}

impl<B: PageBody> Pages<B> {
    pub(crate) fn new(mut call: Call, scheme: Scheme) -> Self {
        let walking = call.walking.clone();
        if let Some(position) = &walking.resume
            && (position.operation != call.operation.id || !fits(&position.at, scheme.style))
        {
            let problem = format!("the position belongs to `{}`, not to this list", position.operation);
            call.refuse(problem);
        }
        let ended = walking.resume.as_ref().is_some_and(|position| position.at == At::End);
        let walker = Walker::new(&scheme, &call, &walking, B::Item::STABLE);
        Self {
            call,
            scheme,
            walker,
            ahead: VecDeque::new(),
            ids: Vec::new(),
            fresh: 0,
            pages: 0,
            state: if ended { State::Ended } else { State::Walking },
            body: std::marker::PhantomData,
        }
    }

    /// The items of all pages, one by one.
    pub fn into_items(self) -> Items<B> {
        let left = self.call.walking.max_items;
        Items { pages: self, page: Vec::new().into_iter(), given: 0, left }
    }

    /// The place behind the last page that was given.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position_after(usize::MAX)
    }

    /// Takes the walk up again after an error, at the page that failed. It does nothing otherwise.
    pub fn try_again(&mut self) {
        if self.state == State::Failed {
            self.state = State::Walking;
        }
    }

    fn position_after(&self, given: usize) -> Position {
        let at = match self.state {
            State::Ended if given >= self.fresh => At::End,
            _ => self.walker.at(&self.ids, given.min(self.fresh)),
        };
        Position { operation: self.call.operation.id.to_owned(), at }
    }

    /// Makes sure that the next page, and those that are wanted ahead of it, are asked for.
    fn fill(&mut self) {
        let next = self.walker.place();
        if self.ahead.front().is_none_or(|(place, _)| *place != next) {
            // What was asked for ahead was a guess, and it was wrong.
            self.ahead.clear();
            let fetch = self.fetch(&next);
            self.ahead.push_back((next, fetch));
        }
        let wanted = self.wanted();
        for place in self.walker.guesses(wanted).into_iter().skip(self.ahead.len()) {
            let fetch = self.fetch(&place);
            self.ahead.push_back((place, fetch));
        }
    }

    /// How many pages are to be under way: the next one, and as many ahead as the caller wants.
    fn wanted(&self) -> usize {
        let left = self.call.walking.max_pages.map_or(u64::MAX, |max| max.saturating_sub(self.pages));
        let ahead = if self.pages == 0 { 1 } else { self.call.walking.fetch_ahead.max(1) };
        ahead.min(usize::try_from(left).unwrap_or(usize::MAX)).min(MOST_AHEAD)
    }

    fn fetch(&self, place: &Place) -> Fetch {
        let mut call = self.call.clone();
        place_call(&mut call, &self.scheme, place);
        Fetch::Underway(Box::pin(execute(call)))
    }

    /// Lets all requests under way go on; gives the next page's answer once it is there.
    fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<Result<RawAnswer, Error>> {
        for (_, fetch) in &mut self.ahead {
            if let Fetch::Underway(underway) = fetch
                && let Poll::Ready(result) = underway.as_mut().poll(cx)
            {
                *fetch = Fetch::Done(Box::new(result));
            }
        }
        match self.ahead.pop_front() {
            Some((_, Fetch::Done(result))) => Poll::Ready(*result),
            Some(underway) => {
                self.ahead.push_front(underway);
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }

    /// Takes in an answer; `None` where it only helped to find the place.
    fn receive(&mut self, raw: &RawAnswer) -> Result<Page<B::Item>, Error> {
        let body: B = decode::json(raw)?;
        let (mut items, mut marks) = body.into_parts();
        if marks.next.is_none() {
            marks.next = link::next(&raw.headers);
        }
        let ids: Vec<u64> = items.iter().map(Identify::identity).collect();
        let taken = self.walker.take(&ids, &marks);
        self.fresh = taken.as_ref().map_or(0, |taken| ids.len().saturating_sub(taken.skip));
        self.ids = ids;
        let taken = taken.map_err(|Stuck(why)| {
            let hint = "what came before is whole; `position()` names the place";
            raw.error(Error::new(ErrorKind::NoProgress, why).with_note(hint))
        })?;
        items.drain(..taken.skip.min(items.len()));
        self.pages += 1;
        let enough = self.call.walking.max_pages.is_some_and(|max| self.pages >= max);
        if taken.end {
            self.state = State::Ended;
        } else if enough {
            self.state = State::Stopped;
        }
        Ok(Page { items })
    }
}

/// The most pages that are ever asked for ahead: memory stays bounded whatever a caller says.
const MOST_AHEAD: usize = 64;

/// Whether a position is one of this style.
fn fits(at: &At, style: Style) -> bool {
    matches!(
        (at, style),
        (At::End, _)
            | (At::Offset { .. }, Style::Offset)
            | (At::Cursor { .. }, Style::Cursor | Style::Token)
            | (At::Page { .. }, Style::Page)
    )
}

/// Makes a call ask for the page at `place`.
fn place_call(call: &mut Call, scheme: &Scheme, place: &Place) {
    let value = match place {
        Place::Beginning => return,
        Place::Start(number) | Place::Page(number) => Value::from(*number),
        Place::Cursor(cursor) => Value::from(cursor.as_str()),
    };
    if !scheme.in_body {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        call.query(scheme.position, text);
        return;
    }
    let Body::Json(bytes) = &call.body else { return };
    let Ok(Value::Object(mut body)) = serde_json::from_slice(bytes) else { return };
    for name in scheme.replaces {
        body.remove(*name);
    }
    body.insert(scheme.position.to_owned(), value);
    call.body = Body::Json(Value::Object(body).to_string().into());
}

impl<B: PageBody> Stream for Pages<B> {
    type Item = Result<Page<B::Item>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.state != State::Walking || this.call.walking.max_pages == Some(0) {
            return Poll::Ready(None);
        }
        this.fill();
        let raw = match this.poll_ahead(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(raw) => raw,
        };
        let page = raw.and_then(|raw| this.receive(&raw));
        match &page {
            Err(_) => {
                this.state = State::Failed;
                this.ahead.clear();
            }
            Ok(_) if this.state != State::Walking => this.ahead.clear(),
            Ok(_) if this.call.walking.fetch_ahead > 0 => {
                // Asked for now, so that they travel while this page is used.
                this.fill();
                if let Poll::Ready(result) = this.poll_ahead(cx) {
                    let place = this.walker.place();
                    this.ahead.push_front((place, Fetch::Done(Box::new(result))));
                }
            }
            Ok(_) => {}
        }
        Poll::Ready(Some(page))
    }
}

impl<B: PageBody> Unpin for Pages<B> {}

impl<B: PageBody> fmt::Debug for Pages<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pages of {} at {:?}", self.call.operation.id, self.walker.place())
    }
}

/// The items of a list as a [`Stream`]. Dropping it stops it.
///
/// After an error it ends; [`try_again`](Self::try_again) takes it up where it failed.
#[must_use = "streams do nothing unless polled"]
pub struct Items<B: PageBody> {
    pages: Pages<B>,
    page: std::vec::IntoIter<B::Item>,
    /// How many items of the page were given.
    given: usize,
    left: Option<u64>,
}

impl<B: PageBody> Items<B> {
    /// The place behind the last item that was given.
    #[must_use]
    pub fn position(&self) -> Position {
        self.pages.position_after(self.given)
    }

    /// Takes the walk up again after an error, at the page that failed. It does nothing otherwise.
    pub fn try_again(&mut self) {
        self.pages.try_again();
    }
}

impl<B: PageBody> Stream for Items<B> {
    type Item = Result<B::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.left == Some(0) {
            return Poll::Ready(None);
        }
        loop {
            if let Some(item) = this.page.next() {
                this.given += 1;
                this.left = this.left.map(|left| left.saturating_sub(1));
                return Poll::Ready(Some(Ok(item)));
            }
            match Pin::new(&mut this.pages).poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(page))) => {
                    this.page = page.items.into_iter();
                    this.given = 0;
                }
            }
        }
    }
}

impl<B: PageBody> Unpin for Items<B> {}

impl<B: PageBody> fmt::Debug for Items<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pages.fmt(f)
    }
}
