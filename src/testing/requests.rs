//! The requests that a server received, what it answered, and assertions on them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use serde_json::Value;

use super::misbehaviour::{matches_path, without_context};

/// One request as it arrived, and what became of it. `Debug` shows neither credentials nor bodies.
#[derive(Clone)]
pub struct RecordedRequest {
    /// When it came and when it was over, in a count of both.
    began: u64,
    ended: Option<u64>,
    received: Arc<Received>,
    answer: Option<RecordedAnswer>,
}

/// What arrived.
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Headers whose values are never shown.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "x-auth-token",
    "cookie",
    "proxy-authorization",
    "set-cookie",
];

impl RecordedRequest {
    /// The method, in capitals.
    pub fn method(&self) -> &str {
        &self.received.method
    }

    /// The path as it was sent: escaped, and with the context path of the server.
    pub fn path(&self) -> &str {
        self.received.target.split('?').next().unwrap_or_default()
    }

    /// The query as it was sent, without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.received.target.split_once('?').map(|(_, query)| query)
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
        text_of(&self.received.headers, name)
    }

    /// All headers, in small letters. A credential is among them: take care not to print it.
    pub fn headers(&self) -> &HeaderMap {
        &self.received.headers
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.received.body
    }

    /// The body as JSON; `None` when it is none.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.received.body).ok()
    }

    /// The answer; `None` when there was none (yet).
    pub fn answer(&self) -> Option<&RecordedAnswer> {
        self.answer.as_ref()
    }

    /// The status of the answer; `None` when there was none (yet).
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(RecordedAnswer::status)
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → ", self.received.method, self.received.target)?;
        match &self.answer {
            Some(answer) => write!(f, "{answer}"),
            None if self.ended.is_some() => f.write_str("no answer"),
            None => f.write_str("no answer yet"),
        }
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.received.method)
            .field("target", &self.received.target)
            .field("headers", &shown(&self.received.headers))
            .field("body_length", &self.received.body.len())
            .field("answer", &self.answer)
            .finish()
    }
}

/// Headers without what is secret in them.
fn shown(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers
        .iter()
        .map(|(name, value)| {
            let text = value.to_str().unwrap_or("…");
            match name.as_str() {
                secret if SECRET_HEADERS.contains(&secret) => (secret, "…"),
                // Its query may hold the code of a login.
                "location" => ("location", text.split('?').next().unwrap_or_default()),
                open => (open, text),
            }
        })
        .collect()
}

fn text_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// An answer as it was sent. `Debug` shows no body.
#[derive(Clone)]
pub struct RecordedAnswer {
    status: u16,
    by: AnsweredBy,
    parts: Arc<(HeaderMap, Vec<u8>)>,
}

/// Who gave an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnsweredBy {
    /// The simulated service.
    Simulation,
    /// A mock that was mounted beside it.
    Mock,
    /// A misbehaviour, in place of the service or by damaging what it said.
    Misbehaviour,
}

impl RecordedAnswer {
    pub(crate) fn new(status: u16, by: AnsweredBy, headers: HeaderMap, body: Vec<u8>) -> Self {
        Self {
            status,
            by,
            parts: Arc::new((headers, body)),
        }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Who gave it.
    pub fn by(&self) -> AnsweredBy {
        self.by
    }

    /// The value of a header, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text_of(&self.parts.0, name)
    }

    /// The body; of a damaged answer what was sent of it.
    pub fn body(&self) -> &[u8] {
        &self.parts.1
    }

    /// The body as JSON; `None` when it is none.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.body()).ok()
    }
}

impl fmt::Display for RecordedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        f.write_str(match (self.by, self.status) {
            (AnsweredBy::Simulation, 501) => " (not simulated)",
            (AnsweredBy::Simulation, _) => "",
            (AnsweredBy::Mock, _) => " (mock)",
            (AnsweredBy::Misbehaviour, _) => " (misbehaviour)",
        })
    }
}

impl fmt::Debug for RecordedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedAnswer")
            .field("status", &self.status)
            .field("by", &self.by)
            .field("headers", &shown(&self.parts.0))
            .field("body_length", &self.body().len())
            .finish()
    }
}

/// Most requests beside those counted that the message of an assertion lists.
const MOST_OTHERS: usize = 20;

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
    /// What the filters left out, for the message of an assertion.
    others: Vec<RecordedRequest>,
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
            request.method().eq_ignore_ascii_case(method)
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
            request.status() == Some(status)
        })
    }

    /// Those with a header of this name.
    pub fn with_header(self, name: &str) -> Self {
        self.only(format!("with header {name}"), |request| {
            request.received.headers.contains_key(name)
        })
    }

    /// Those that were answered by the simulation, by a mock, or by a misbehaviour.
    pub fn answered_by(self, by: AnsweredBy) -> Self {
        self.only(format!("answered by {by:?}"), |request| {
            request.answer().is_some_and(|answer| answer.by == by)
        })
    }

    /// Those for which `predicate` holds.
    pub fn filter(self, predicate: impl Fn(&RecordedRequest) -> bool) -> Self {
        self.only("that fit a condition".to_owned(), predicate)
    }

    fn only(mut self, filter: String, keep: impl Fn(&RecordedRequest) -> bool) -> Self {
        let (kept, others) = std::mem::take(&mut self.requests)
            .into_iter()
            .partition(keep);
        self.requests = kept;
        self.others.extend::<Vec<_>>(others);
        self.filters = if self.filters.is_empty() {
            filter
        } else {
            format!("{}, {filter}", self.filters)
        };
        self
    }

    /// What else was received: a path that is misspelt in a filter is seen beside the one meant.
    fn left_out(&self) -> String {
        let mut others: Vec<&RecordedRequest> = self.others.iter().collect();
        others.sort_by_key(|request| request.began);
        let shown = others.iter().take(MOST_OTHERS);
        let mut text: String = shown.map(|request| format!("\n  {request}")).collect();
        if others.len() > MOST_OTHERS {
            text.push_str(&format!("\n  … and {} more", others.len() - MOST_OTHERS));
        }
        if text.is_empty() {
            text
        } else {
            format!("\nand besides them:{text}")
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The most of them that were being served at the same moment: whether an application keeps to its
    /// own bound, or does things one after the other.
    pub fn most_at_once(&self) -> usize {
        let begins = self.iter().map(|request| (request.began, 1));
        let ends = self.iter().filter_map(|request| Some((request.ended?, -1)));
        let mut moments: Vec<(u64, isize)> = begins.chain(ends).collect();
        moments.sort_unstable();
        let mut now = 0_isize;
        let counts = moments.iter().map(|(_, change)| {
            now = now.saturating_add(*change);
            now
        });
        counts.max().map_or(0, isize::unsigned_abs)
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
            "{count} requests expected, but {self:?}{}",
            self.left_out()
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
    requests: VecDeque<RecordedRequest>,
    /// How many are held, unless it is all.
    most: Option<usize>,
    /// Beginnings and ends so far.
    moments: u64,
    context: String,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_context_path(&self, context: &str) {
        context.clone_into(&mut self.lock().context);
    }

    /// Notes a request; the number names it to [`Log::finished`].
    pub(crate) fn received(&self, received: Received) -> u64 {
        let mut inner = self.lock();
        let began = inner.next_moment();
        inner.requests.push_back(RecordedRequest {
            began,
            ended: None,
            received: Arc::new(received),
            answer: None,
        });
        inner.trim();
        began
    }

    /// Holds no more than so many from now on: the latest.
    pub(crate) fn keep(&self, most: usize) {
        let mut inner = self.lock();
        inner.most = Some(most);
        inner.trim();
    }

    /// Notes what was answered, if anything was.
    pub(crate) fn finished(&self, number: u64, answer: Option<RecordedAnswer>) {
        let mut inner = self.lock();
        let ended = inner.next_moment();
        if let Ok(at) = inner
            .requests
            .binary_search_by_key(&number, |request| request.began)
            && let Some(request) = inner.requests.get_mut(at)
        {
            request.answer = answer;
            request.ended = Some(ended);
        }
    }

    pub(crate) fn snapshot(&self) -> Requests {
        let inner = self.lock();
        inner.show(inner.requests.iter().cloned().collect())
    }

    /// Those that are over, which are forgotten.
    pub(crate) fn take_finished(&self) -> Requests {
        let mut inner = self.lock();
        let (over, running): (Vec<_>, Vec<_>) = std::mem::take(&mut inner.requests)
            .into_iter()
            .partition(|request| request.ended.is_some());
        inner.requests = running.into();
        inner.show(over)
    }

    pub(crate) fn clear(&self) {
        self.lock().requests.clear();
    }
}

impl Inner {
    fn next_moment(&mut self) -> u64 {
        self.moments += 1;
        self.moments
    }

    /// Forgets the oldest that are too many.
    fn trim(&mut self) {
        let most = self.most.unwrap_or(usize::MAX);
        let surplus = self.requests.len().saturating_sub(most);
        self.requests.drain(..surplus);
    }

    fn show(&self, requests: Vec<RecordedRequest>) -> Requests {
        Requests {
            requests,
            context: self.context.clone(),
            filters: String::new(),
            others: Vec::new(),
        }
    }
}
