//! A page that was asked for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::error::{Error, ErrorKind};
use crate::transport::Call;
use crate::transport::execute::{RawAnswer, execute};

/// A request under way. Dropping it ends it.
pub(crate) enum Fetch {
    /// It goes on while it is waited for.
    Here(Pin<Box<dyn Future<Output = Result<RawAnswer, Error>> + Send>>),
    /// It goes on by itself. One that stood still while the caller does something else could hold the
    /// place among the client's requests that the caller waits for.
    Apart(JoinHandle<Result<RawAnswer, Error>>),
}

impl Fetch {
    pub(crate) fn new(call: Call, apart: bool) -> Self {
        let underway = execute(call);
        match Handle::try_current() {
            Ok(runtime) if apart => Self::Apart(runtime.spawn(underway.in_current_span())),
            _ => Self::Here(Box::pin(underway)),
        }
    }
}

impl Future for Fetch {
    type Output = Result<RawAnswer, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Here(underway) => underway.as_mut().poll(cx),
            Self::Apart(handle) => {
                Poll::Ready(ready!(Pin::new(handle).poll(cx)).unwrap_or_else(|error| {
                    let message = "the request was ended from outside";
                    Err(Error::new(ErrorKind::Interrupted, message).with_source(error))
                }))
            }
        }
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        if let Self::Apart(handle) = self {
            handle.abort();
        }
    }
}
