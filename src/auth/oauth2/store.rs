//! Where tokens are kept: a trait for the application, and a store in memory.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::auth::CredentialFuture;
use crate::auth::oauth2::Tokens;

/// Keeps a user's tokens: in a database, a vault, the system's keychain.
///
/// A server that rotates refresh tokens takes each only once, so the newest must not get lost. The
/// crate therefore
///
/// - saves new tokens before it uses them; where saving fails, so does the call, and the tokens are held
///   in memory and saved before anything else is done the next time;
/// - loads before each renewal, so that a login in another process, or its renewal, is noticed;
/// - calls one method at a time, and finishes what it began even when the caller went away.
///
/// Processes that share a store may still renew at the same moment. One of them is refused then and
/// looks into the store once more. Where the server revokes everything when an old refresh token is
/// used, give each process a login of its own.
///
/// The words of an error end up in messages: they must not hold a token.
///
/// ```
/// use std::io::ErrorKind::NotFound;
///
/// use spacewright::auth::CredentialFuture;
/// use spacewright::auth::oauth2::{TokenStore, Tokens};
///
/// /// A file in a folder that only its owner can read.
/// struct File(std::path::PathBuf);
///
/// impl TokenStore for File {
///     fn load(&self) -> CredentialFuture<'_, Option<Tokens>> {
///         Box::pin(async move {
///             let text = match tokio::fs::read(&self.0).await {
///                 Err(error) if error.kind() == NotFound => return Ok(None),
///                 text => text.map_err(|_| "the token file cannot be read")?,
///             };
///             let tokens = serde_json::from_slice(&text).map_err(|_| "the token file is damaged")?;
///             Ok(Some(tokens))
///         })
///     }
///
///     fn save<'a>(&'a self, tokens: &'a Tokens) -> CredentialFuture<'a, ()> {
///         Box::pin(async move {
///             let text = serde_json::to_vec(tokens).map_err(|_| "the tokens cannot be written")?;
///             let next = self.0.with_extension("next");
///             tokio::fs::write(&next, text).await.map_err(|_| "the token file cannot be written")?;
///             tokio::fs::rename(&next, &self.0).await.map_err(|_| "the token file cannot be replaced")?;
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait TokenStore: Send + Sync + 'static {
    /// The tokens that were saved last; `None` where nobody has logged in.
    fn load(&self) -> CredentialFuture<'_, Option<Tokens>>;

    /// Replaces the tokens. They must be safe when the future ends.
    fn save<'a>(&'a self, tokens: &'a Tokens) -> CredentialFuture<'a, ()>;
}

impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    fn load(&self) -> CredentialFuture<'_, Option<Tokens>> {
        (**self).load()
    }

    fn save<'a>(&'a self, tokens: &'a Tokens) -> CredentialFuture<'a, ()> {
        (**self).save(tokens)
    }
}

/// Keeps tokens until the process ends. Clones share what they keep.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Option<Tokens>>>);

impl MemoryStore {
    /// A store that holds these tokens.
    #[must_use]
    pub fn new(tokens: Tokens) -> Self {
        Self(Arc::new(Mutex::new(Some(tokens))))
    }

    /// What is kept at the moment.
    #[must_use]
    pub fn tokens(&self) -> Option<Tokens> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl TokenStore for MemoryStore {
    fn load(&self) -> CredentialFuture<'_, Option<Tokens>> {
        Box::pin(async { Ok(self.tokens()) })
    }

    fn save<'a>(&'a self, tokens: &'a Tokens) -> CredentialFuture<'a, ()> {
        Box::pin(async {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokens.clone());
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore(hidden)")
    }
}
