//! An operation as the generated table describes it.

use http::Method;

/// One operation of a service.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name: `admin_user_create`.
    pub(crate) id: &'static str,
    pub(crate) method: Method,
    /// The path with the names of its parameters in braces.
    pub(crate) path: &'static str,
    pub(crate) retry: RetryClass,
    /// The operations that a server would take a request of this one for, by some of its path values.
    pub(crate) siblings: &'static [Sibling],
    /// The id of the operation that takes such a value in its query.
    pub(crate) instead: Option<&'static str>,
}

/// An operation of the same method with a word where another has a path value.
#[derive(Debug)]
pub(crate) struct Sibling {
    pub(crate) id: &'static str,
    pub(crate) path: &'static str,
}

/// When an operation may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// Sending it twice does no more than sending it once.
    Idempotent,
    /// Sending it twice could do it twice: only when the server cannot have acted on the first.
    Create,
}
