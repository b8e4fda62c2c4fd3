//! A whole answer: the value, and all that came with it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::transport::RawAnswer;

/// What a request's `send()` gives: the typed value with status, headers and the raw body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The value.
    pub value: T,
    parts: Parts,
}

#[derive(Clone)]
struct Parts {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    attempts: u32,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} bytes", self.status, self.body.len())
    }
}

impl<T> Answer<T> {
    pub(crate) fn new(value: T, raw: RawAnswer) -> Self {
        let RawAnswer {
            status,
            headers,
            body,
            attempts,
            ..
        } = raw;
        Self {
            value,
            parts: Parts {
                status,
                headers,
                body,
                attempts,
            },
        }
    }

    /// The value alone.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The status, always a success.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.parts.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The body as it came, with the fields that the types do not know.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.parts.body
    }

    /// How often the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.parts.attempts
    }
}
