//! What a credential of the application's own has to be able to do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use http::{HeaderName, HeaderValue, header};

use crate::Secret;
use crate::auth::sensitive;

/// The future that a [`Credential`] answers with.
pub type CredentialFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, CredentialError>> + Send + 'a>>;

/// Gives each attempt its credential, and another one when it was refused.
///
/// An implementation keeps its own cache: `authorize` is called before every attempt.
///
/// ```
/// use spacewright::auth::{Authorization, Credential, CredentialFuture};
///
/// /// Reads a token that another process keeps fresh.
/// struct TokenFile(std::path::PathBuf);
///
/// impl Credential for TokenFile {
///     fn authorize(&self) -> CredentialFuture<'_, Authorization> {
///         Box::pin(async move {
///             let token = std::fs::read_to_string(&self.0).map_err(|_| "cannot read the token file")?;
///             Authorization::bearer(token.trim())
///         })
///     }
/// }
///
/// let auth = spacewright::Auth::custom(TokenFile("/run/secrets/token".into()));
/// # let _ = auth;
/// ```
pub trait Credential: Send + Sync + 'static {
    /// What the next attempt is sent with.
    fn authorize(&self) -> CredentialFuture<'_, Authorization>;

    /// Called once in a call, when the server answered 401 to `rejected`. Answers whether
    /// `authorize` will now give another one; if so the request is sent once more.
    fn refresh<'a>(&'a self, rejected: &'a Authorization) -> CredentialFuture<'a, bool> {
        let _ = rejected;
        Box::pin(async { Ok(false) })
    }
}

/// A header that identifies the caller. It is hidden in `Debug` and wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    pub(crate) header: HeaderName,
    pub(crate) value: HeaderValue,
}

impl Authorization {
    /// `Authorization: Bearer <token>`.
    ///
    /// # Errors
    /// When the token holds characters that a header cannot carry.
    pub fn bearer(token: impl Into<Secret>) -> Result<Self, CredentialError> {
        let token = token.into();
        let value = Secret::from(format!("Bearer {}", token.expose()));
        Self::new(header::AUTHORIZATION, value)
    }

    /// A header of any name.
    ///
    /// # Errors
    /// When the value is empty, begins or ends with white space, or holds characters that a header cannot
    /// carry.
    pub fn new(header: HeaderName, value: impl Into<Secret>) -> Result<Self, CredentialError> {
        let value = value.into();
        let text = value.expose();
        if text.is_empty() || text.trim() == "Bearer" {
            return Err(CredentialError::new("is empty"));
        }
        if text.trim() != text {
            return Err(CredentialError::new("begins or ends with white space"));
        }
        let value = sensitive(&value).ok_or_else(|| {
            CredentialError::new(
                "holds characters that a header cannot carry, such as a line break",
            )
        })?;
        Ok(Self { header, value })
    }

    /// The value, for taking it out of what a server repeats.
    pub(crate) fn secret(&self) -> Option<Secret> {
        // `to_str` would refuse what is no ASCII, and then a token with an umlaut would be shown.
        std::str::from_utf8(self.value.as_bytes())
            .ok()
            .map(Secret::from)
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorization({}: hidden)", self.header)
    }
}

/// Why there is no credential. Its words end up in messages: they must not hold the credential.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct CredentialError {
    message: String,
    login_required: bool,
}

impl CredentialError {
    /// An error with these words.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            login_required: false,
        }
    }

    /// An error with these words, after which nothing helps but a new login by the user.
    #[must_use]
    pub fn login_required(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            login_required: true,
        }
    }

    /// Whether the user has to log in again.
    #[must_use]
    pub fn is_login_required(&self) -> bool {
        self.login_required
    }
}

impl From<&str> for CredentialError {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for CredentialError {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}
