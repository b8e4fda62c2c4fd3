//! The requests that a server received, and assertions on them.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use serde_json::Value;

use super::misbehaviour::{matches_path, without_context};

/// One request as it arrived. `Debug` shows neither credentials nor the body.
#[derive(Clone)]
pub struct RecordedRequest {
    number: u64,
    method: String,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    status: Option<u16>,
}

/// Headers whose values are never shown.
const SECRET_HEADERS: [&str; 4] = [
    "authorization",
    "x-auth-token",
    "cookie",
    "proxy-authorization",
];

impl RecordedRequest {
    pub(crate) fn new(method: String, target: String, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            number: 0,
            method,
            target,
            headers,
            body,
            status: None,
        }
    }

    /// The method, in capitals.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path as it was sent: escaped, and with the context path of the server.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query as it was sent, without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }

    /// The names and values of the query, decoded.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        let query = self.query().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The first value of this name in the query, decoded.
    pub fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The value of a header, when it is text. A credential is among them: take care not to print it.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON; `None` when it is none.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The status of the answer; `None` when there was none (yet).
    pub fn status(&self) -> Option<u16> {
        self.status
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        match self.status {
            Some(status) => write!(f, " → {status}"),
            None => f.write_str(" → no answer"),
        }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| match name.as_str() {
                secret if SECRET_HEADERS.contains(&secret) => (secret, "…"),
                open => (open, value.to_str().unwrap_or("…")),
            })
            .collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &headers)
            .field("body_length", &self.body.len())
            .field("status", &self.status)
            .finish()
    }
}

/// Requests that a server received, in order: all of them at one moment, or those that a filter left.
///
/// The filters take and give a value, so that they can be chained up to an assertion:
///
/// ```
/// # fn check(requests: spacewright::testing::Requests) {
/// requests.with_method("POST").to("/rest/api/admin/user").assert_count(2);
/// # }
/// ```
#[derive(Clone)]
pub struct Requests {
    requests: Vec<RecordedRequest>,
    context: String,
    filters: String,
}

impl Requests {
    /// Those to this path, without the context path of the server. `*` stands for any one segment, and
    /// `/**` at the end for the path itself and all below it.
    pub fn to(self, path: &str) -> Self {
        let context = self.context.clone();
        self.only(format!("to {path}"), |request| {
            matches_path(path, without_context(request.path(), &context))
        })
    }

    /// Those with this method.
    pub fn with_method(self, method: &str) -> Self {
        self.only(format!("with method {method}"), |request| {
            request.method.eq_ignore_ascii_case(method)
        })
    }

    /// Those with this name and value in the query (decoded).
    pub fn with_query(self, name: &str, value: &str) -> Self {
        self.only(format!("with {name}={value}"), |request| {
            request
                .query_pairs()
                .iter()
                .any(|(key, text)| key == name && text == value)
        })
    }

    /// Those that were answered with this status.
    pub fn with_status(self, status: u16) -> Self {
        self.only(format!("answered with {status}"), |request| {
            request.status == Some(status)
        })
    }

    /// Those with a header of this name.
    pub fn with_header(self, name: &str) -> Self {
        self.only(format!("with header {name}"), |request| {
            request.headers.contains_key(name)
        })
    }

    /// Those for which `predicate` holds.
    pub fn filter(self, predicate: impl Fn(&RecordedRequest) -> bool) -> Self {
        self.only("that fit a condition".to_owned(), predicate)
    }

    fn only(mut self, filter: String, keep: impl Fn(&RecordedRequest) -> bool) -> Self {
        self.requests.retain(keep);
        self.filters = if self.filters.is_empty() {
            filter
        } else {
            format!("{}, {filter}", self.filters)
        };
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The first.
    pub fn first(&self) -> Option<&RecordedRequest> {
        self.requests.first()
    }

    /// The last.
    pub fn last(&self) -> Option<&RecordedRequest> {
        self.requests.last()
    }

    /// Each in turn.
    pub fn iter(&self) -> std::slice::Iter<'_, RecordedRequest> {
        self.requests.iter()
    }

    /// Asserts that there are exactly so many, and gives them back.
    ///
    /// # Panics
    ///
    /// When there are more or fewer. The message lists the requests, without headers and bodies.
    #[track_caller]
    pub fn assert_count(self, count: usize) -> Self {
        assert!(
            self.len() == count,
            "{count} requests expected, but {self:?}"
        );
        self
    }

    /// Asserts that there is none.
    ///
    /// # Panics
    ///
    /// When there is one. The message lists the requests, without headers and bodies.
    #[track_caller]
    pub fn assert_none(self) {
        let _ = self.assert_count(0);
    }

    /// Asserts that there is exactly one, and gives it.
    ///
    /// # Panics
    ///
    /// When there is none, or more. The message lists the requests, without headers and bodies.
    #[track_caller]
    #[allow(clippy::panic)] // an assertion
    pub fn assert_once(self) -> RecordedRequest {
        match <[RecordedRequest; 1]>::try_from(self.assert_count(1).requests) {
            Ok([request]) => request,
            Err(requests) => panic!("one request expected, but {} were received", requests.len()),
        }
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filters = if self.filters.is_empty() {
            ""
        } else {
            &format!(" {}", self.filters)
        };
        write!(f, "{} received{filters}:", self.len())?;
        for request in &self.requests {
            write!(f, "\n  {request}")?;
        }
        Ok(())
    }
}

impl IntoIterator for Requests {
    type Item = RecordedRequest;
    type IntoIter = std::vec::IntoIter<RecordedRequest>;

    fn into_iter(self) -> Self::IntoIter {
        self.requests.into_iter()
    }
}

impl<'a> IntoIterator for &'a Requests {
    type Item = &'a RecordedRequest;
    type IntoIter = std::slice::Iter<'a, RecordedRequest>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a server received, while it runs.
#[derive(Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    requests: Vec<RecordedRequest>,
    received: u64,
    context: String,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_context_path(&self, context: &str) {
        context.clone_into(&mut self.lock().context);
    }

    /// Notes a request; the number names it to [`Log::answered`].
    pub(crate) fn received(&self, mut request: RecordedRequest) -> u64 {
        let mut inner = self.lock();
        inner.received += 1;
        request.number = inner.received;
        inner.requests.push(request);
        inner.received
    }

    /// Notes the status of the answer.
    pub(crate) fn answered(&self, number: u64, status: u16) {
        let mut inner = self.lock();
        if let Ok(at) = inner
            .requests
            .binary_search_by_key(&number, |request| request.number)
            && let Some(request) = inner.requests.get_mut(at)
        {
            request.status = Some(status);
        }
    }

    pub(crate) fn snapshot(&self) -> Requests {
        let inner = self.lock();
        Requests {
            requests: inner.requests.clone(),
            context: inner.context.clone(),
            filters: String::new(),
        }
    }

    pub(crate) fn clear(&self) {
        self.lock().requests.clear();
    }
}
