//! What a request struct can do: be told, be sent, be awaited.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::answer::Answer;
use crate::error::Error;
use crate::transport::call::Call;
use crate::transport::execute::{RawAnswer, execute};

type Underway = Pin<Box<dyn Future<Output = Result<RawAnswer, Error>> + Send>>;

/// A request under way: a future of the operation's value.
#[must_use = "futures do nothing unless awaited"]
pub struct Sending<T> {
    underway: Underway,
    decode: fn(&RawAnswer) -> Result<T, Error>,
}

impl<T> Sending<T> {
    pub(crate) fn new(call: Call, decode: fn(&RawAnswer) -> Result<T, Error>) -> Self {
        Self {
            underway: Box::pin(execute(call)),
            decode,
        }
    }

    /// The same request with the whole answer as its value.
    pub(crate) fn whole(self) -> SendingWhole<T> {
        SendingWhole {
            underway: self.underway,
            decode: self.decode,
            value: PhantomData,
        }
    }
}

impl<T> Future for Sending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let raw = ready!(self.underway.as_mut().poll(cx))?;
        Poll::Ready((self.decode)(&raw))
    }
}

/// A request under way: a future of the whole answer.
#[must_use = "futures do nothing unless awaited"]
pub struct SendingWhole<T> {
    underway: Underway,
    decode: fn(&RawAnswer) -> Result<T, Error>,
    value: PhantomData<fn() -> T>,
}

impl<T> Future for SendingWhole<T> {
    type Output = Result<Answer<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let raw = ready!(self.underway.as_mut().poll(cx))?;
        let value = (self.decode)(&raw)?;
        Poll::Ready(Ok(Answer::new(value, raw)))
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sending")
    }
}

impl<T> fmt::Debug for SendingWhole<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sending")
    }
}

/// Gives a request struct what all of them have.
macro_rules! request {
    ($name:ident => $output:ty, |$raw:ident| $decode:block) => {
        crate::transport::request!(@settings $name);
        crate::transport::request!(@send $name => $output, |$raw: &crate::transport::RawAnswer| $decode);
    };
    ($name:ident => $output:ty, $decode:path) => {
        crate::transport::request!(@settings $name);
        crate::transport::request!(@send $name => $output, $decode);
    };
    (@send $name:ident => $output:ty, $decode:expr) => {
        impl $name {
            /// Sends the request and gives the whole answer: value, status, headers and raw body.
            ///
            /// # Errors
            /// As awaiting the request itself.
            #[inline]
            pub fn send(self) -> crate::SendingWhole<$output> {
                crate::Sending::new(self.call, $decode).whole()
            }
        }

        impl std::future::IntoFuture for $name {
            type Output = Result<$output, crate::Error>;
            type IntoFuture = crate::Sending<$output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                crate::Sending::new(self.call, $decode)
            }
        }
    };
    (@settings $name:ident) => {
        impl $name {
            /// Adds a header to this request. The headers that identify the caller or frame the
            /// message are the client's own and refused when the request is sent.
            #[inline]
            pub fn header(mut self, name: &str, value: &str) -> Self {
                self.call.header(name, value);
                self
            }

            /// The time for one attempt of this request, instead of the client's.
            #[inline]
            pub fn timeout(mut self, attempt: std::time::Duration) -> Self {
                self.call.options.timeout = Some(attempt);
                self
            }

            /// How this request is tried again, instead of the client's way.
            #[inline]
            pub fn retry(mut self, retry: crate::Retry) -> Self {
                self.call.options.retry = Some(retry);
                self
            }

            /// The largest answer to this request, in bytes, instead of the client's limit.
            #[inline]
            pub fn body_limit(mut self, bytes: usize) -> Self {
                self.call.options.body_limit = Some(bytes);
                self
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.call.fmt(f)
            }
        }
    };
}

/// Gives a request struct whose answer is a file what all of them have.
macro_rules! download_request {
    ($name:ident) => {
        crate::transport::request!(@settings $name);

        impl $name {
            /// Sends the request and gives the file as it arrives.
            ///
            /// # Errors
            /// As awaiting the request itself.
            #[inline]
            pub fn send(self) -> crate::Downloading {
                crate::Downloading::new(self.call)
            }
        }

        impl std::future::IntoFuture for $name {
            type Output = Result<crate::Download, crate::Error>;
            type IntoFuture = crate::Downloading;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                crate::Downloading::new(self.call)
            }
        }
    };
}

pub(crate) use {download_request, request};
