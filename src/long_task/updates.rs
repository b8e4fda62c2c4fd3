//! The statuses of a long task, one after another.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::error::Error;
use crate::long_task::TaskStatus;
use crate::long_task::poller::Poller;

/// The statuses of a long task as a [`Stream`].
#[must_use = "streams do nothing unless polled"]
pub struct Updates<S>(Pin<Box<dyn Stream<Item = Result<S, Error>> + Send>>);

impl<S: TaskStatus> Updates<S> {
    pub(super) fn new(poller: Poller<S>) -> Self {
        let updates = futures_util::stream::unfold(poller, |mut poller| async move {
            let update = poller.next().await?;
            Some((update, poller))
        });
        Self(Box::pin(updates))
    }
}

impl<S> Stream for Updates<S> {
    type Item = Result<S, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }
}

impl<S> fmt::Debug for Updates<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Updates")
    }
}
