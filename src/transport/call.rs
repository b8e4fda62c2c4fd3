//! A request as it is put together, before it is sent.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::Secret;
use crate::auth::{Authorization, Prepared};
use crate::error::{Error, one_line};
use crate::paging::Walking;
use crate::transport::body::{Body, Broken, SendBody};
use crate::transport::core::Core;
use crate::transport::operation::Operation;
use crate::transport::path;
use crate::transport::retry::Retry;
use crate::transport::scrub::{Forms, Scrubber};
use crate::transport::upload::{Part, Upload};

/// One request of an operation: everything but the credential and the attempt.
///
/// In a box, as it is moved with every setter and into the future, which is kept small by it.
#[derive(Clone)]
pub(crate) struct Call(Box<Parts>);

/// What a request is put together from.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) core: Core,
    pub(crate) operation: &'static Operation,
    /// The path values, encoded.
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    pub(crate) options: Options,
    /// What must not be shown of this request, beside the credential.
    pub(crate) secrets: Vec<Secret>,
    /// The first thing that is wrong with it: it is told when the request is sent.
    problem: Option<String>,
    /// How a list is walked, for operations that page.
    pub(crate) walking: Walking,
}

/// What a single request does otherwise than its client.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) body_limit: Option<usize>,
}

impl Deref for Call {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl DerefMut for Call {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl Call {
    pub(crate) fn new(core: &Core, operation: &'static Operation) -> Self {
        Self(Box::new(Parts {
            core: core.clone(),
            operation,
            segments: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            options: Options::default(),
            secrets: Vec::new(),
            problem: None,
            walking: Walking::default(),
        }))
    }

    /// The call that reads one of the things that this one lists: `operation` with the first `shared`
    /// path values of the list, and told the same. The thing's id is its next path value.
    #[allow(dead_code)] // used by services whose lists hold ids only
    pub(crate) fn of_listed(&self, operation: &'static Operation, shared: usize) -> Self {
        let mut call = self.clone();
        call.operation = operation;
        call.segments.truncate(shared);
        call.query = Vec::new();
        call.body = Body::None;
        call
    }

    fn problem(&mut self, problem: impl FnOnce() -> String) {
        if self.problem.is_none() {
            self.problem = Some(problem());
        }
    }

    /// Keeps the request from being sent.
    pub(crate) fn refuse(&mut self, problem: String) {
        self.problem(|| problem);
    }

    /// Adds the next path value.
    pub(crate) fn segment(&mut self, name: &'static str, value: &str) {
        if let Some(reason) = path::refused(value) {
            self.problem(|| format!("`{name}` {reason}: {}", shown(value)));
        }
        let mut segment = String::with_capacity(value.len());
        path::push_segment(&mut segment, value);
        self.segments.push(segment);
    }

    /// Adds the next path value where that is several segments, divided by slashes.
    #[allow(dead_code)] // few operations have one
    pub(crate) fn segments(&mut self, name: &'static str, value: &str) {
        let mut joined = String::with_capacity(value.len());
        for part in value.split('/') {
            if let Some(reason) = path::refused(part) {
                self.problem(|| format!("`{name}` has a segment that {reason}: {}", shown(value)));
            }
            if !joined.is_empty() {
                joined.push('/');
            }
            path::push_segment(&mut joined, part);
        }
        self.segments.push(joined);
    }

    /// Sets a query parameter; a second value takes the place of the first.
    pub(crate) fn query(&mut self, name: &'static str, value: String) {
        self.query.retain(|(other, _)| *other != name);
        self.query.push((name, value));
    }

    /// Sets a query parameter to several values, each with the name repeated.
    pub(crate) fn query_list(&mut self, name: &'static str, values: impl Iterator<Item = String>) {
        self.query.retain(|(other, _)| *other != name);
        self.query.extend(values.map(|value| (name, value)));
    }

    /// Sets a query parameter to several values, joined with commas.
    pub(crate) fn query_joined(
        &mut self,
        name: &'static str,
        values: impl Iterator<Item = String>,
    ) {
        let values: Vec<String> = values.collect();
        self.query(name, values.join(","));
    }

    /// Adds a value to a query parameter that holds a comma-separated list.
    pub(crate) fn query_appended(&mut self, name: &'static str, value: &str) {
        match self.query.iter_mut().find(|(other, _)| *other == name) {
            Some((_, list)) => {
                list.push(',');
                list.push_str(value);
            }
            None => self.query.push((name, value.to_owned())),
        }
    }

    /// The value of a query parameter that was set.
    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, value)| value.as_str())
    }

    /// Sets a header.
    pub(crate) fn header(&mut self, name: &str, value: &str) {
        let parsed = (
            name.parse::<HeaderName>(),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        let (Ok(name), Ok(value)) = parsed else {
            self.problem(|| format!("the header `{}` cannot carry its value", one_line(name)));
            return;
        };
        if RESERVED.contains(&name.as_str()) {
            self.problem(|| {
                format!("the header `{name}` is the client's own: it is set by its settings")
            });
            return;
        }
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
    }

    /// Takes the outcome of a rule about one value.
    pub(crate) fn check(&mut self, name: &'static str, outcome: Result<(), &'static str>) {
        if let Err(rule) = outcome {
            self.problem(|| format!("`{name}` {rule}"));
        }
    }

    /// Sets the body, checked by the rules that its type has.
    pub(crate) fn json<B: SendBody>(&mut self, body: &B) {
        if let Err(Broken { field, rule }) = body.check() {
            self.problem(|| format!("`{field}` {rule}"));
        }
        let mut secrets = Vec::new();
        body.secrets(&mut secrets);
        self.secrets.extend(secrets.into_iter().cloned());
        match Body::json(body) {
            Ok(json) => self.body = json,
            Err(_) => self.problem(|| "the body cannot be written as JSON".to_owned()),
        }
    }

    /// Adds a file to a multipart body.
    pub(crate) fn file(&mut self, name: &'static str, upload: Upload) {
        self.push_part(Part::File(name, upload));
    }

    /// Adds a text to a multipart body; a second one of the same name takes its place.
    pub(crate) fn part(&mut self, name: &'static str, value: String) {
        self.part_list(name, std::iter::once(value));
    }

    /// Adds several texts of one name to a multipart body, in this order; they take the place of those
    /// that were there.
    pub(crate) fn part_list(&mut self, name: &'static str, values: impl Iterator<Item = String>) {
        if let Body::Multipart(parts) = &mut self.body {
            parts.retain(|part| !matches!(part, Part::Text(other, _) if *other == name));
        }
        values.for_each(|value| self.push_part(Part::Text(name, value)));
    }

    fn push_part(&mut self, part: Part) {
        match &mut self.body {
            Body::Multipart(parts) => parts.push(part),
            body => *body = Body::Multipart(vec![part]),
        }
    }

    /// Sets a body of bytes.
    #[allow(dead_code)] // no bundled description has such a body at present
    pub(crate) fn data(&mut self, content_type: &'static str, upload: Upload) {
        self.body = Body::Data(content_type, upload);
    }

    /// The URL, or what is wrong with the request.
    pub(crate) fn url(&self) -> Result<url::Url, Error> {
        if let Some(problem) = &self.problem {
            return Err(self.invalid(problem));
        }
        let base = self.core.base();
        let mut text = String::with_capacity(base.prefix().len() + self.operation.path.len() + 64);
        text.push_str(base.prefix());
        path::fill(self.operation.path, &self.segments, &mut text);
        let path_end = text.len();
        self.check_siblings(text.get(base.prefix().len()..).unwrap_or_default())?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            path::push_query(&mut text, name);
            text.push('=');
            path::push_query(&mut text, value);
        }
        let url = url::Url::parse(&text).map_err(|_| self.invalid("the request's URL is none"))?;
        if url.as_str().len() > LONGEST_URL {
            return Err(self.invalid("the values make the request's URL too long"));
        }
        // What the parser made of it must be what was meant: same origin, same path.
        let meant = text.get(base.origin().len()..path_end).unwrap_or_default();
        if !base.owns(&url) || url.path() != meant {
            return Err(self.invalid("a path value would change the request's path"));
        }
        Ok(url)
    }

    /// The path must not be that of another operation, whatever the caller's things are called.
    fn check_siblings(&self, path: &str) -> Result<(), Error> {
        let mut siblings = self.operation.siblings.iter();
        let Some(other) = siblings.find(|other| path::fits(other.path, path)) else {
            return Ok(());
        };
        let mut problem = format!(
            "a path value is a word of the server's own, which would take this for `{}` ({} {})",
            other.id, self.operation.method, other.path
        );
        if let Some(instead) = self.operation.instead {
            problem.push_str(&format!(
                ": use `{instead}`, which has the value in its query"
            ));
        }
        Err(self.invalid(&problem))
    }

    fn invalid(&self, problem: &str) -> Error {
        Error::invalid_input(format!("{problem}; nothing was sent")).with_operation(self.operation)
    }

    /// The credential of an attempt, for taking it out of what a server repeats. The client itself hides
    /// one that never changes.
    pub(crate) fn secret(&self, authorization: Option<&Authorization>) -> Option<Secret> {
        match self.core.shared().auth {
            Prepared::Custom(_) => authorization.and_then(Authorization::secret),
            Prepared::Fixed(_) | Prepared::Anonymous => None,
        }
    }

    /// An error without what must not be shown of this request and its client.
    pub(crate) fn clean(&self, mut error: Error, authorization: Option<&Authorization>) -> Error {
        let own = Forms::of(self.secrets.iter().chain(&self.secret(authorization)));
        let scrubber = Scrubber::new([&self.core.shared().hidden, &own]);
        error.map_texts(|text| scrubber.scrub(text));
        error
    }

    pub(crate) fn retry(&self) -> &Retry {
        self.options
            .retry
            .as_ref()
            .unwrap_or(&self.core.settings().retry)
    }

    pub(crate) fn attempt_timeout(&self) -> Duration {
        self.options
            .timeout
            .unwrap_or(self.core.settings().limits.attempt)
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.options
            .body_limit
            .unwrap_or(self.core.settings().limits.body)
    }
}

/// The longest URL that the HTTP library takes.
const LONGEST_URL: usize = u16::MAX as usize - 1;

/// Headers that decide how a request travels or who sends it.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-auth-token",
];

/// A refused value as a message shows it: short, in quotes, without line breaks.
fn shown(value: &str) -> String {
    let short: String = value.chars().take(80).collect();
    format!("{short:?}")
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither values nor the body: either can hold what must not be shown.
        let names: Vec<_> = self.query.iter().map(|(name, _)| *name).collect();
        write!(
            f,
            "{} ({} {}?{})",
            self.operation.id,
            self.operation.method,
            self.operation.path,
            names.join("&")
        )
    }
}
