//! Lists, page by page and item by item, whatever way their server pages.
//!
//! Every list has `.items()` and `.pages()`, both [`Stream`](futures_core::Stream)s. They hold one
//! page at a time, ask for the next when it is needed, and read links for their position only: a link
//! is never followed, so no server can send the credential elsewhere.
//!
//! # What is guaranteed
//!
//! - What was in the list all the time is given exactly once, in the server's order, as far as that
//!   order is stable; what is added or removed meanwhile is given once or not at all. A list by `start`
//!   and `limit` begins each page with the last row of the one before, so that a row that moved is
//!   noticed; `.overlap(false)` switches that off, and items without an id of their own have no such
//!   row. A list by page number cannot look back by a row: there an item that is removed meanwhile can
//!   hide another, unless `.make_sure(true)` reads each page once more after the next; what moved over a
//!   border then comes a page late. With cursors the server sees to it.
//! - Where a server leaves out rows that the caller may not see, a list by `start` and `limit` is whole
//!   whatever is added to it meanwhile, and while no more than one row at a time is removed between the
//!   requests for a page with rows left out and the next. A server that caps the page size secretly
//!   besides takes that last margin away: there nothing may be removed.
//! - A server that caps the page size, says so wrongly, or skips over what it did not send loses
//!   nothing: the next position is counted from what came. The end is believed where a page names no
//!   next one, unless something speaks for a cap: then one more request makes sure. A cap that shows in
//!   nothing (a single page, shorter than asked for, of a length that is no usual cap) is noticed with
//!   `.make_sure(true)` only.
//! - A list that brings nothing new although the server says that it goes on, that begins anew, or that
//!   goes on without saying where, ends in an error
//!   ([`ErrorKind::NoProgress`](crate::ErrorKind::NoProgress)), never in a loop and never in silence.
//!   One that goes on with new items for ever cannot be told from a very long one: `.max_items` and
//!   `.max_pages` are the bound.
//! - An error comes where it happened, after all items before it, and ends the stream.
//!   [`Pages::try_again`] and [`Items::try_again`] take it up where it failed, and
//!   [`Items::position`] names the place for another time or process.

mod cursor;
pub(crate) mod fetch;
pub(crate) mod link;
mod offset;
mod page_number;
mod patience;
mod position;
mod reach;
mod recent;
mod stream;
#[cfg(test)]
mod tests;
mod walker;

use std::hash::{Hash, Hasher};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::transport::Call;
use crate::transport::body::Body;

pub use position::Position;
pub use stream::{Items, Page, Pages};

/// How an operation pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scheme {
    pub(crate) style: Style,
    /// The name of the parameter for the position.
    pub(crate) position: &'static str,
    /// The name of the parameter for the size of a page.
    pub(crate) limit: &'static str,
    /// Whether they travel in the request's body.
    pub(crate) in_body: bool,
    /// What must not be sent together with a position.
    pub(crate) replaces: &'static [&'static str],
}

/// The ways in which servers page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code)] // which of them occur depends on the services that are on
pub(crate) enum Style {
    Offset,
    Cursor,
    Token,
    Page,
}

/// What the caller wants of a walk through a list.
#[derive(Clone, Debug)]
pub(crate) struct Walking {
    pub(crate) max_items: Option<u64>,
    pub(crate) max_pages: Option<u64>,
    pub(crate) fetch_ahead: usize,
    pub(crate) max_empty_pages: u32,
    pub(crate) overlap: bool,
    pub(crate) make_sure: bool,
    pub(crate) resume: Option<Position>,
}

impl Default for Walking {
    fn default() -> Self {
        Self {
            max_items: None,
            max_pages: None,
            fetch_ahead: 0,
            max_empty_pages: 100,
            overlap: true,
            make_sure: false,
            resume: None,
        }
    }
}

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// How many items it may hold.
    pub(crate) limit: Option<u64>,
    /// The link to the next page.
    pub(crate) next: Option<String>,
    /// The cursor or token of the next page.
    pub(crate) cursor: Option<String>,
    pub(crate) is_last: Option<bool>,
}

/// The body of a page: its items, and what it says of itself.
pub trait PageBody: DeserializeOwned {
    /// What the list is a list of.
    type Item: Identify;
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn into_parts(self) -> (Vec<Self::Item>, Marks);
}

/// What tells an item of a list from another.
pub trait Identify: Serialize {
    /// Whether an item keeps its identity when its other fields change.
    #[doc(hidden)]
    const STABLE: bool = false;

    /// A number that is the same for the same item.
    #[doc(hidden)]
    fn identity(&self) -> u64 {
        identity_of_whole(self)
    }
}

impl<T: Identify + DeserializeOwned> PageBody for Vec<T> {
    type Item = T;

    #[allow(private_interfaces)]
    fn into_parts(self) -> (Vec<T>, Marks) {
        (self, Marks::default())
    }
}

impl Identify for String {
    const STABLE: bool = true;

    fn identity(&self) -> u64 {
        identity_of(self)
    }
}

impl Identify for Value {}
impl Identify for i64 {}

/// The identity by one field.
pub(crate) fn identity_of<T: Hash + ?Sized>(field: &T) -> u64 {
    let mut hasher = Fnv::default();
    field.hash(&mut hasher);
    hasher.finish()
}

/// The identity by all that an item holds.
pub(crate) fn identity_of_whole<T: Serialize + ?Sized>(item: &T) -> u64 {
    let mut hasher = Fnv::default();
    // Writing into a hasher cannot fail; an item that cannot be written has no identity to compare.
    let _ = serde_json::to_writer(&mut hasher, item);
    hasher.finish()
}

/// The FNV-1a hash: positions carry it to other processes, where std's own may be another.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl std::io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Hasher::write(self, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A count as a server wrote it; a negative one or one with a fraction is none.
pub(crate) fn count(number: impl Count) -> Option<u64> {
    number.count()
}

/// The number types that servers write counts in.
pub(crate) trait Count {
    fn count(self) -> Option<u64>;
}

impl Count for i64 {
    fn count(self) -> Option<u64> {
        u64::try_from(self).ok()
    }
}

impl Count for i32 {
    fn count(self) -> Option<u64> {
        u64::try_from(self).ok()
    }
}

impl Count for f64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just before
    fn count(self) -> Option<u64> {
        (self >= 0.0 && self.fract() == 0.0 && self < 9e15).then_some(self as u64)
    }
}

impl Count for crate::NumberOrText {
    fn count(self) -> Option<u64> {
        self.as_integer().and_then(count)
    }
}

/// The next link of a free map of links.
#[allow(dead_code)] // used by services whose links are a map
pub(crate) fn next_of<L: Serialize>(links: &L) -> Option<String> {
    let links = serde_json::to_value(links).ok()?;
    links.get("next")?.as_str().map(str::to_owned)
}

/// Sets a parameter of a list, wherever its parameters travel.
pub(crate) fn put(call: &mut Call, in_body: bool, name: &'static str, value: Value) {
    if !in_body {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        call.query(name, text);
        return;
    }
    let mut body = body_of(call);
    body.insert(name.to_owned(), value);
    call.body = Body::Json(Value::Object(body).to_string().into());
}

/// What a call sends so far.
pub(crate) fn body_of(call: &Call) -> serde_json::Map<String, Value> {
    match &call.body {
        Body::Json(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        _ => serde_json::Map::new(),
    }
}

/// Gives the request struct of a list what all lists have.
macro_rules! list_request {
    ($name:ident => $page:ty, $scheme:expr) => {
        impl $name {
            /// All items of the list as a `Stream`, page after page as they are needed.
            #[inline]
            pub fn items(self) -> crate::Items<$page> {
                self.pages().into_items()
            }

            /// All pages of the list as a `Stream`.
            #[inline]
            pub fn pages(self) -> crate::Pages<$page> {
                crate::Pages::new(self.call, $scheme)
            }

            /// Ends the walk after this many items.
            #[inline]
            pub fn max_items(mut self, items: u64) -> Self {
                self.call.walking.max_items = Some(items);
                self
            }

            /// Ends the walk after this many pages.
            #[inline]
            pub fn max_pages(mut self, pages: u64) -> Self {
                self.call.walking.max_pages = Some(pages);
                self
            }

            /// Asks for up to this many pages before they are needed: several at a time where the list
            /// goes by numbers, the next one where it goes by cursors. Their order stays.
            #[inline]
            pub fn fetch_ahead(mut self, pages: usize) -> Self {
                self.call.walking.fetch_ahead = pages;
                self
            }

            /// How many pages in a row may bring nothing new before the walk ends in an error: 100.
            /// Items that the caller may not see leave such pages behind.
            #[inline]
            pub fn max_empty_pages(mut self, pages: u32) -> Self {
                self.call.walking.max_empty_pages = pages;
                self
            }

            /// Whether each page begins with the last row of the one before, so that rows which move
            /// meanwhile are noticed. It is on; only lists by `start` and `limit` can do it.
            #[inline]
            pub fn overlap(mut self, overlap: bool) -> Self {
                self.call.walking.overlap = overlap;
                self
            }

            /// Spends more requests to be sure that nothing is missed. A list by `start` and `limit` asks
            /// once more behind a page that is shorter than asked for and names no next one, against
            /// servers that cap the page size secretly and end the list too early. A list by page number
            /// reads each page again after the next one, against items that move over the border when
            /// another is removed; they come a page late. It is off.
            #[inline]
            pub fn make_sure(mut self, make_sure: bool) -> Self {
                self.call.walking.make_sure = make_sure;
                self
            }

            /// Goes on from a position that an earlier walk of the same list gave.
            #[inline]
            pub fn resume(mut self, position: crate::Position) -> Self {
                self.call.walking.resume = Some(position);
                self
            }
        }
    };
}

/// Gives the request struct of a list its page size, where the server calls it otherwise.
#[allow(unused_macros)] // which lists do depends on the services that are on
macro_rules! list_limit {
    ($name:ident, $limit:expr, $in_body:expr) => {
        impl $name {
            /// The most items on a page.
            #[inline]
            pub fn limit(mut self, limit: i64) -> Self {
                crate::paging::put(&mut self.call, $in_body, $limit, limit.into());
                self
            }
        }
    };
}

#[allow(unused_imports)]
pub(crate) use list_limit;
pub(crate) use list_request;
