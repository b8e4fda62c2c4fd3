//! The one error of the crate: what was tried, what the server said, what to do.

mod api;
#[cfg(any(confluence_dc, confluence_cloud))]
mod confluence;
mod kind;
mod place;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

pub use api::ApiError;
#[cfg(any(confluence_dc, confluence_cloud))]
pub(crate) use confluence::read_confluence;
pub use kind::ErrorKind;
pub(crate) use place::place_of;

use crate::auth::CredentialError;
use crate::transport::Operation;

/// Why a call did not give what was asked for.
///
/// [`kind`](Self::kind) says what went wrong, the `is_…` methods answer the questions most often
/// asked, [`api`](Self::api) gives what the service itself said. The message is one line that never
/// holds a body, a header, a query string or a secret; [`source`](StdError::source) keeps the cause.
///
/// ```
/// # fn handle(error: spacewright::Error) {
/// if error.is_not_found() {
///     // the service itself says that it is not there
/// } else if let Some(wait) = error.retry_after() {
///     eprintln!("busy for {wait:?}: {error}");
/// } else {
///     eprintln!("{error}");
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    /// As it was made: it is shortened only after secrets were taken out, since a part of one would not
    /// be recognised.
    message: String,
    /// What to do about it, each note behind a semicolon.
    notes: String,
    operation: Option<&'static Operation>,
    status: Option<StatusCode>,
    attempts: u32,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    api: Option<ApiError>,
    task: Option<Task>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The long task that an error is about.
struct Task {
    id: String,
    status: Option<serde_json::Value>,
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// How long the server asked to wait, where it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the request was tried; 0 when nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The id of the operation, such as `admin_user_create`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// The id by which the server's own logs know the request, where it named one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What the service said, where its answer was an error body of its own.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        self.0.api.as_ref()
    }

    /// The id of the long task that failed, vanished or took too long: it can be followed again.
    #[must_use]
    pub fn task_id(&self) -> Option<&str> {
        self.0.task.as_ref().map(|task| task.id.as_str())
    }

    /// The last status that was seen of that task, as the server sent it.
    #[must_use]
    pub fn task_status(&self) -> Option<&serde_json::Value> {
        self.0.task.as_ref()?.status.as_ref()
    }

    /// Whether the service says that the thing is not there. A 404 page of a proxy is no such word.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the service says that it is there already, or was changed meanwhile.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// Whether the credential was refused (401).
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Unauthorized
    }

    /// Whether there is no credential until the user has logged in again: an OAuth 2.0 refresh token
    /// has expired or was revoked.
    #[must_use]
    pub fn is_login_required(&self) -> bool {
        let source =
            StdError::source(self).and_then(|source| source.downcast_ref::<CredentialError>());
        source.is_some_and(CredentialError::is_login_required)
    }

    /// Whether the caller may not do this (403).
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.kind() == ErrorKind::Forbidden
    }

    /// Whether the server asked to slow down (429), or a wait it asked for was too long.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Whether time ran out: of an attempt, of the call, or of waiting for a long task.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), ErrorKind::Timeout | ErrorKind::TaskTimeout)
    }

    /// Whether nothing was sent because of what the caller passed.
    #[must_use]
    pub fn is_invalid_input(&self) -> bool {
        self.kind() == ErrorKind::InvalidInput
    }

    /// Whether an HTML page came where an answer of the service was due: a login page, a proxy's
    /// error page, or a base URL that is not the service's.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.kind() == ErrorKind::Html
    }
}

/// How errors are made within the crate.
impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            notes: String::new(),
            operation: None,
            status: None,
            attempts: 0,
            retry_after: None,
            request_id: None,
            api: None,
            task: None,
            source: None,
        }))
    }

    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    pub(crate) fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_optional_status(mut self, status: Option<StatusCode>) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    pub(crate) fn with_api(mut self, api: Option<ApiError>) -> Self {
        self.0.api = api;
        self
    }

    pub(crate) fn with_task(mut self, id: &str, status: Option<serde_json::Value>) -> Self {
        self.0.task = Some(Task {
            id: id.to_owned(),
            status,
        });
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Applies `clean` to everything that is shown and that a server can have had its hand in; it gives
    /// `None` for what may stay.
    pub(crate) fn map_texts(&mut self, clean: impl Fn(&str) -> Option<String>) {
        let message = clean(&self.0.message);
        self.0.message = one_line(message.as_deref().unwrap_or(&self.0.message));
        if let Some(id) = self.0.request_id.take() {
            self.0.request_id = plain_id(clean(&id).as_deref().unwrap_or(&id));
        }
        if let Some(api) = &mut self.0.api {
            api.map_texts(clean);
        }
    }

    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_message(mut self, message: &str) -> Self {
        self.0.message = message.to_owned();
        self
    }

    /// Adds what to do about it.
    pub(crate) fn with_note(mut self, note: &str) -> Self {
        self.0.notes.push_str("; ");
        self.0.notes.push_str(&one_line(note));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = inner.operation {
            write!(
                f,
                "{} ({} {}): ",
                operation.id, operation.method, operation.path
            )?;
        }
        write!(f, "{}{}", one_line(&inner.message), inner.notes)?;
        if inner.attempts > 1 {
            write!(f, " (after {} attempts)", inner.attempts)?;
        }
        if let Some(id) = &inner.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("message", &self.to_string())
            .field("status", &inner.status.map(|status| status.as_u16()))
            .field("attempts", &inner.attempts)
            .field("retry_after", &inner.retry_after)
            .field("api", &inner.api)
            .field("task", &self.task_id())
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// An id as a message shows it: short and plain. It is cleaned of secrets before this, and ends where it is
/// no longer plain: with what is odd left out, a secret could come together again.
fn plain_id(id: &str) -> Option<String> {
    let fine = |c: &char| c.is_ascii_alphanumeric() || "-_.:/[]".contains(*c);
    let id: String = id.chars().take_while(fine).take(80).collect();
    (!id.is_empty()).then_some(id)
}

/// The most characters of a server's words that a message repeats.
const LONGEST_MESSAGE: usize = 400;

/// One line without control characters, of a length that a log can take.
pub(crate) fn one_line(text: &str) -> String {
    if text.len() <= LONGEST_MESSAGE && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len().min(LONGEST_MESSAGE));
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST_MESSAGE {
            line.push('…');
            break;
        }
        line.push(if character.is_control() || is_bidi(character) {
            ' '
        } else {
            character
        });
    }
    line
}

/// The innermost cause of a failure, which says most and names neither a URL nor a body.
pub(crate) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    one_line(&cause.to_string())
}

/// Characters that turn the direction of text around and so can disguise a log line.
fn is_bidi(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}
