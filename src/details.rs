//! The objects behind a list of ids, as a stream.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::paging::fetch::Fetch;
use crate::transport::execute::execute;
use crate::transport::{Call, Operation, decode};

/// How many objects are read at a time unless the caller says otherwise.
const CONCURRENCY: usize = 8;

/// The objects behind a list of ids, as a [`Stream`] in the order of the list.
///
/// A service whose lists hold nothing but ids has `.details()` on them. The list is asked for when
/// the stream is first polled, then each object, a few at a time; the client's own limit of concurrent
/// requests holds as well.
///
/// - An object that is gone by the time it is asked for (404) is left out, as it would be from a list
///   that was made a moment later.
/// - An object that cannot be read for another reason is an error in its place, and the stream goes on
///   behind it. When the list itself cannot be read, that error is all the stream gives.
/// - Dropping the stream stops it.
///
/// ```no_run
/// # #[cfg(feature = "onezone")]
/// # async fn example(zone: spacewright::onezone::Client) -> Result<(), spacewright::Error> {
/// use futures_util::TryStreamExt;
///
/// let mut spaces = zone.spaces().list().details().concurrency(16);
/// while let Some(space) = spaces.try_next().await? {
///     println!("{space:?}");
/// }
/// # Ok(()) }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Details<T>(DetailsWithIds<T>);

/// The objects behind a list of ids, each with its id; made by [`Details::with_ids`].
#[must_use = "streams do nothing unless polled"]
pub struct DetailsWithIds<T> {
    name: &'static str,
    concurrency: usize,
    /// What is to be sent, until the stream is first polled.
    plan: Option<Plan>,
    /// The objects, from then on until the last one was given.
    objects: Option<Objects<T>>,
}

type Objects<T> = Pin<Box<dyn Stream<Item = Result<(String, T), Error>> + Send>>;

struct Plan {
    ids: Pin<Box<dyn Future<Output = Result<Vec<String>, Error>> + Send>>,
    /// The call that reads an object, but for its id.
    get: Call,
}

impl<T> Details<T> {
    /// Reads the objects that `list` names in `ids` by `get`, which shares the list's first path
    /// values.
    pub(crate) fn new<L: DeserializeOwned + 'static>(
        list: &Call,
        ids: fn(L) -> Vec<String>,
        get: &'static Operation,
        shared: usize,
    ) -> Self {
        let sent = list.clone();
        let plan = Plan {
            ids: Box::pin(async move { Ok(ids(decode::json(&execute(sent).await?)?)) }),
            get: list.of_listed(get, shared),
        };
        Self(DetailsWithIds {
            name: get.id,
            concurrency: CONCURRENCY,
            plan: Some(plan),
            objects: None,
        })
    }

    /// How many objects are read at a time: 8 unless it is called, and at least one.
    ///
    /// What has begun is not changed.
    pub fn concurrency(mut self, objects: usize) -> Self {
        self.0.concurrency = objects.max(1);
        self
    }

    /// The same stream with the id beside each object, for objects that do not hold their own.
    pub fn with_ids(self) -> DetailsWithIds<T> {
        self.0
    }
}

impl Plan {
    fn begin<T: DeserializeOwned + Send + 'static>(
        self,
        concurrency: usize,
    ) -> impl Stream<Item = Result<(String, T), Error>> + Send {
        let Self { ids, get } = self;
        let read = move |ids: Vec<String>| {
            let get = get.clone();
            stream::iter(ids)
                .map(move |id| read(get.clone(), id))
                .buffered(concurrency)
        };
        stream::once(ids)
            .map_ok(read)
            .try_flatten()
            .try_filter_map(|found| ready(Ok(found)))
    }
}

/// Reads one object; `None` where it is gone. The request goes on while the caller uses the object
/// before: it must not keep a place among the client's requests from one of the caller's own.
async fn read<T: DeserializeOwned>(
    mut get: Call,
    id: String,
) -> Result<Option<(String, T)>, Error> {
    get.segment("id", &id);
    match Fetch::new(get, true).await {
        Ok(raw) => Ok(Some((id, decode::json(&raw)?))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

impl<T: DeserializeOwned + Send + 'static> Stream for DetailsWithIds<T> {
    type Item = Result<(String, T), Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(plan) = this.plan.take() {
            this.objects = Some(Box::pin(plan.begin(this.concurrency)));
        }
        let Some(objects) = &mut this.objects else {
            return Poll::Ready(None);
        };
        let next = objects.as_mut().poll_next(cx);
        if let Poll::Ready(None) = next {
            this.objects = None;
        }
        next
    }
}

impl<T: DeserializeOwned + Send + 'static> Stream for Details<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.0).poll_next(cx);
        next.map(|item| item.map(|item| item.map(|(_, object)| object)))
    }
}

impl<T> Unpin for DetailsWithIds<T> {}

impl<T> fmt::Debug for DetailsWithIds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Details by {}", self.name)
    }
}

impl<T> fmt::Debug for Details<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
