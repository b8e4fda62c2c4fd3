//! The streams that lists are read by.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec::IntoIter;

use futures_core::Stream;
use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::paging::fetch::Fetch;
use crate::paging::position::{At, Position};
use crate::paging::walker::{Place, Taken, Walker};
use crate::paging::{Identify, PageBody, Scheme, Style, body_of, link, put};
use crate::transport::body::Body;
use crate::transport::execute::RawAnswer;
use crate::transport::{Call, decode};

/// One page of a list: the items that are new in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the server's order. It can be empty in the middle of a list.
    pub items: Vec<T>,
}

/// The pages of a list as a [`Stream`]. Dropping it stops it, with all that travels ahead.
///
/// After an error it ends; [`try_again`](Self::try_again) takes it up where it failed.
#[must_use = "streams do nothing unless polled"]
pub struct Pages<B: PageBody> {
    call: Call,
    scheme: Scheme,
    walker: Walker,
    /// The pages that were asked for, the one that comes next first.
    ahead: VecDeque<(Place, Fetch)>,
    /// What the page taken last held.
    page: Held,
    pages: u64,
    /// How many items may still be given.
    left: Option<u64>,
    /// The error that comes after the page given last.
    stuck: Option<Error>,
    state: State,
    body: PhantomData<fn() -> B>,
}

/// A page that was taken.
#[derive(Default)]
struct Held {
    items: usize,
    /// The places of the items that are new.
    fresh: Vec<usize>,
    /// How many of these were given.
    given: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Walking,
    /// A page failed: it can be tried again.
    Failed,
    /// As much was given as was wanted.
    Stopped,
    Ended,
}

impl<B: PageBody> Pages<B> {
    pub(crate) fn new(mut call: Call, scheme: Scheme) -> Self {
        let walking = call.walking.clone();
        if let Some(position) = &walking.resume
            && (position.operation != call.operation.id || !fits(&position.at, scheme.style))
        {
            let problem = format!(
                "the position belongs to `{}`, not to this list",
                position.operation
            );
            call.refuse(problem);
        }
        if page_size(&call, &scheme).is_some_and(|items| items < 1) {
            let problem = format!(
                "`{}` is how many items a page holds: at least 1",
                scheme.limit
            );
            call.refuse(problem);
        }
        let ended = walking
            .resume
            .as_ref()
            .is_some_and(|position| position.at == At::End);
        let nothing = walking.max_pages == Some(0) || walking.max_items == Some(0);
        let state = match (ended, nothing) {
            (true, _) => State::Ended,
            (_, true) => State::Stopped,
            _ => State::Walking,
        };
        Self {
            walker: Walker::new(&scheme, &call, &walking, B::Item::STABLE),
            left: walking.max_items,
            call,
            scheme,
            ahead: VecDeque::new(),
            page: Held::default(),
            pages: 0,
            stuck: None,
            state,
            body: PhantomData,
        }
    }

    /// The items of all pages, one by one.
    pub fn into_items(self) -> Items<B> {
        Items {
            pages: self,
            page: Vec::new().into_iter(),
        }
    }

    /// The place behind the last page that was given.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position_before(0)
    }

    /// Takes the walk up again after an error, at the page that failed; nothing that was given comes
    /// twice. It does nothing otherwise.
    pub fn try_again(&mut self) {
        if self.state == State::Failed {
            self.state = State::Walking;
        }
    }

    /// The place before the last `waiting` items of the page that was given.
    fn position_before(&self, waiting: usize) -> Position {
        let given = self.page.given.saturating_sub(waiting);
        let at = match self.state {
            State::Ended if given == self.page.fresh.len() => At::End,
            _ => self.walker.at(&self.page.fresh, given),
        };
        Position {
            operation: self.call.operation.id.to_owned(),
            at,
            key: self.walker.key,
        }
    }

    /// Makes sure that the next page, and those that are wanted ahead of it, are asked for.
    fn fill(&mut self) {
        let next = self.walker.place();
        if self.ahead.front().is_some_and(|(place, _)| *place != next) {
            // What was asked for ahead was a guess, and it was wrong.
            self.ahead.clear();
        }
        for place in self
            .walker
            .guesses(self.wanted())
            .into_iter()
            .skip(self.ahead.len())
        {
            let fetch = self.fetch(&place);
            self.ahead.push_back((place, fetch));
        }
    }

    /// How many pages are to be under way.
    fn wanted(&self) -> usize {
        let ahead = if self.pages == 0 {
            1
        } else {
            self.call.walking.fetch_ahead.max(1)
        };
        let pages = self
            .call
            .walking
            .max_pages
            .map_or(u64::MAX, |max| max.saturating_sub(self.pages));
        let items = self.left.map_or(u64::MAX, |left| {
            left.div_ceil(self.page.items.max(1) as u64)
        });
        let useful = usize::try_from(pages.min(items)).unwrap_or(usize::MAX);
        ahead.min(useful.max(1)).min(MOST_AHEAD)
    }

    fn fetch(&self, place: &Place) -> Fetch {
        let mut call = self.call.clone();
        place_call(&mut call, &self.scheme, place);
        Fetch::new(call, self.call.walking.fetch_ahead > 0)
    }

    /// The next page's answer, once it is there.
    fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<Result<RawAnswer, Error>> {
        let Some((_, fetch)) = self.ahead.front_mut() else {
            return Poll::Pending;
        };
        let result = ready!(Pin::new(fetch).poll(cx));
        self.ahead.pop_front();
        Poll::Ready(result)
    }

    /// What is new on the next page.
    fn poll_news(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<IntoIter<B::Item>, Error>>> {
        while self.state == State::Walking {
            if let Some(error) = self.stuck.take() {
                return Poll::Ready(Some(Err(self.fail(error))));
            }
            self.fill();
            let raw = ready!(self.poll_ahead(cx));
            let news = raw
                .and_then(|raw| self.receive(&raw))
                .map_err(|error| self.fail(error));
            if self.state != State::Walking || self.stuck.is_some() {
                self.ahead.clear();
            } else if self.call.walking.fetch_ahead > 0 {
                // Asked for now, so that they travel while this page is used.
                self.fill();
            }
            if let Some(news) = news.transpose() {
                return Poll::Ready(Some(news));
            }
        }
        Poll::Ready(None)
    }

    /// Takes in an answer and gives what is new in it; `None` where it only helped to find the place.
    fn receive(&mut self, raw: &RawAnswer) -> Result<Option<IntoIter<B::Item>>, Error> {
        let body: B = decode::json(raw)?;
        let (items, mut marks) = body.into_parts();
        let next = marks.next.take().filter(|next| !next.trim().is_empty());
        marks.next = next.or_else(|| link::next(&raw.headers));
        let key = self.walker.key;
        let ids: Vec<u64> = items.iter().map(|item| item.identity(key)).collect();
        let Taken {
            fresh,
            end,
            aside,
            stuck,
        } = self.walker.take(&ids, &marks);
        self.stuck = stuck.map(|why| {
            let hint = "what came before is whole; `position()` names the place";
            raw.error(Error::new(ErrorKind::NoProgress, why).with_note(hint))
        });
        if aside {
            self.page = Held::default();
            self.state = if end { State::Ended } else { State::Walking };
            return Ok(None);
        }
        self.pages += 1;
        Ok(Some(self.give(items, fresh, end)))
    }

    /// The items that are new, as far as they are wanted.
    fn give(&mut self, items: Vec<B::Item>, fresh: Vec<usize>, end: bool) -> IntoIter<B::Item> {
        let wanted = self.left.map_or(usize::MAX, |left| {
            usize::try_from(left).unwrap_or(usize::MAX)
        });
        let given = fresh.len().min(wanted);
        self.left = self.left.map(|left| left.saturating_sub(given as u64));
        let held = items.len();
        let wanted = fresh.get(..given).unwrap_or_default();
        let news = pick(items, wanted);
        self.page = Held {
            items: held,
            fresh,
            given,
        };
        let enough = self.left == Some(0)
            || self
                .call
                .walking
                .max_pages
                .is_some_and(|max| self.pages >= max);
        if end {
            self.state = State::Ended;
        } else if enough {
            self.state = State::Stopped;
        }
        news
    }

    /// Ends the stream with an error, until it is tried again.
    fn fail(&mut self, error: Error) -> Error {
        self.state = State::Failed;
        self.ahead.clear();
        error
    }
}

/// The most pages that are ever asked for ahead: memory stays bounded whatever a caller says.
const MOST_AHEAD: usize = 64;

/// The items at these places, which ascend.
fn pick<T>(mut items: Vec<T>, places: &[usize]) -> IntoIter<T> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Vec::new().into_iter();
    };
    if last - first + 1 == places.len() {
        // As a rule it is all of them, or all but the one that the page before ended with: none is moved.
        items.truncate(last + 1);
        let mut items = items.into_iter();
        items.by_ref().take(*first).for_each(drop);
        return items;
    }
    let mut places = places.iter().peekable();
    let picked = items
        .into_iter()
        .enumerate()
        .filter(|(place, _)| places.next_if_eq(&place).is_some());
    let picked: Vec<T> = picked.map(|(_, item)| item).collect();
    picked.into_iter()
}

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

/// The page size that the caller asks for.
fn page_size(call: &Call, scheme: &Scheme) -> Option<i64> {
    if scheme.in_body {
        return body_of(call).get(scheme.limit)?.as_i64();
    }
    call.query_value(scheme.limit)?.parse().ok()
}

/// Makes a call ask for the page at `place`.
fn place_call(call: &mut Call, scheme: &Scheme, place: &Place) {
    let value = match place {
        Place::Beginning => return,
        Place::Start(number, _) | Place::Page(number) => Value::from(*number),
        Place::Cursor(cursor) => Value::from(cursor.as_str()),
    };
    if let Place::Start(_, Some(limit)) = place {
        put(call, scheme.in_body, scheme.limit, Value::from(*limit));
    }
    if scheme.in_body {
        let mut body = body_of(call);
        body.retain(|name, _| !scheme.replaces.contains(&name.as_str()));
        call.body = Body::Json(Value::Object(body).to_string().into());
    }
    put(call, scheme.in_body, scheme.position, value);
}

impl<B: PageBody> Stream for Pages<B> {
    type Item = Result<Page<B::Item>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let news = ready!(self.poll_news(cx));
        let page = |items: IntoIter<_>| Page {
            items: items.collect(),
        };
        Poll::Ready(news.map(|news| news.map(page)))
    }
}

impl<B: PageBody> Unpin for Pages<B> {}

impl<B: PageBody> fmt::Debug for Pages<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Pages of {} at {:?}",
            self.call.operation.id,
            self.walker.place()
        )
    }
}

/// The items of a list as a [`Stream`]. Dropping it stops it, with all that travels ahead.
///
/// After an error it ends; [`try_again`](Self::try_again) takes it up where it failed.
#[must_use = "streams do nothing unless polled"]
pub struct Items<B: PageBody> {
    pages: Pages<B>,
    page: IntoIter<B::Item>,
}

impl<B: PageBody> Items<B> {
    /// The place behind the last item that was given.
    #[must_use]
    pub fn position(&self) -> Position {
        self.pages.position_before(self.page.len())
    }

    /// Takes the walk up again after an error, at the page that failed; nothing that was given comes
    /// twice. It does nothing otherwise.
    pub fn try_again(&mut self) {
        self.pages.try_again();
    }
}

impl<B: PageBody> Stream for Items<B> {
    type Item = Result<B::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.page.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(this.pages.poll_news(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(news)) => this.page = news,
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
