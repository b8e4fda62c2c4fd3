//! The kinds of error.

/// What went wrong, coarse enough to decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value of the caller's breaks a rule; nothing was sent.
    InvalidInput,
    /// The client cannot be built like this: its URL, TLS or other settings.
    Configuration,
    /// The credential could not be had or refreshed.
    Credential,
    /// No connection came about: name, network or TLS. Nothing was sent.
    Connect,
    /// Time ran out.
    Timeout,
    /// The connection broke, or the answer's body was cut short.
    Interrupted,
    /// The answer is larger than the limit.
    TooLarge,
    /// The server sends the client elsewhere, and it does not go there.
    Redirect,
    /// An HTML page came where an answer of the service was due.
    Html,
    /// The answer has no body where one was due.
    Empty,
    /// The answer is no JSON.
    Malformed,
    /// The answer is no UTF-8.
    NotUtf8,
    /// The answer's JSON is nested too deeply.
    TooDeep,
    /// The answer's JSON holds a number that does not fit its type.
    OutOfRange,
    /// The answer's JSON is not what this operation answers.
    Mismatch,
    /// 400 or 422: the service refuses what was sent.
    BadRequest,
    /// 401: the credential was refused.
    Unauthorized,
    /// 403: the caller may not do this.
    Forbidden,
    /// 404 or 410, in the service's own words.
    NotFound,
    /// 409 or 412: it is there already, or was changed meanwhile.
    Conflict,
    /// 429, or a wait that the server asked for and that is longer than allowed.
    RateLimited,
    /// 5xx: the server failed.
    Server,
    /// Any other status that is no success.
    Status,
    /// A list brings nothing new although the server says that it goes on.
    NoProgress,
    /// A long task ended badly.
    TaskFailed,
    /// The server has forgotten a long task that was seen before.
    TaskGone,
    /// Waiting for a long task took longer than allowed.
    TaskTimeout,
}
