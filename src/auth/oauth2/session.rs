//! A credential that keeps itself fresh: everyone waits for one renewal, and nobody for none.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tracing::Instrument as _;

use crate::auth::oauth2::Tokens;
use crate::auth::oauth2::application::{Application, Registration};
use crate::auth::oauth2::login::credential;
use crate::auth::oauth2::renewal::{self, Outcome, Renewal};
use crate::auth::oauth2::store::TokenStore;
use crate::auth::{Authorization, Credential, CredentialError, CredentialFuture};
use crate::{Result, Secret};

/// What a user, or the application itself, is allowed; cheap to clone, and all clones share it.
///
/// Pass it to [`Auth::oauth2`](crate::Auth::oauth2). The same session may serve several clients.
///
/// A renewal that has begun is finished even when the call that needed it is dropped, as long as the
/// tokio runtime it runs on lives: a refresh token that the server has just taken is not lost.
#[derive(Clone)]
pub struct Session(Arc<Shared>);

/// What a session's clones share.
pub(super) struct Shared {
    pub(super) application: Application,
    pub(super) renews: Renews,
    pub(super) store: Box<dyn TokenStore>,
    /// What requests are sent with at the moment.
    current: Mutex<Option<Arc<Current>>>,
    /// Renewals that have ended, well or badly.
    rounds: AtomicU64,
    /// Held by whoever renews.
    renewal: Arc<tokio::sync::Mutex<Renewal>>,
}

/// How new tokens are had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Renews {
    ByRefreshToken,
    ByClientCredentials,
}

/// Tokens in use.
pub(super) struct Current {
    pub(super) tokens: Tokens,
    pub(super) authorization: Authorization,
    /// From when on they are renewed.
    pub(super) renew_at: Option<SystemTime>,
}

impl Session {
    pub(super) fn new(application: Application, renews: Renews, store: impl TokenStore) -> Self {
        Self(Arc::new(Shared {
            application,
            renews,
            store: Box::new(store),
            current: Mutex::new(None),
            rounds: AtomicU64::new(0),
            renewal: Arc::default(),
        }))
    }

    /// An access token that has not expired, renewed first where that is due: for requests that this
    /// crate does not send.
    ///
    /// # Errors
    /// [`ErrorKind::Credential`](crate::ErrorKind::Credential) when there is none; its
    /// [`is_login_required`](crate::Error::is_login_required) says whether the user has to log in.
    pub async fn access_token(&self) -> Result<Secret> {
        let current = self.current().await.map_err(credential)?;
        Ok(current.tokens.access_token.clone())
    }

    pub(super) async fn current(&self) -> Result<Arc<Current>, CredentialError> {
        self.obtain(None).await?.ok_or_else(|| {
            CredentialError::login_required("the access token has expired and there is no refresh token: the user has to log in again")
        })
    }

    /// Something else than what was rejected; `None` where there is nothing to renew it with.
    pub(super) async fn renewed(&self, rejected: &Authorization) -> Outcome {
        let renewed = self.obtain(Some(rejected)).await?;
        Ok(renewed.filter(|current| current.authorization != *rejected))
    }

    async fn obtain(&self, rejected: Option<&Authorization>) -> Outcome {
        let shared = &self.0;
        if let Some(current) = shared.fresh(rejected) {
            return Ok(Some(current));
        }
        let seen = shared.rounds.load(Ordering::Acquire);
        let mut renewal = Arc::clone(&shared.renewal).lock_owned().await;
        if let Some(current) = shared.fresh(rejected) {
            return Ok(Some(current));
        }
        // Who waited for a renewal shares its outcome: when the server is down, a hundred calls must
        // not ask it one after the other.
        if shared.rounds.load(Ordering::Acquire) != seen
            && let Some(outcome) = renewal.outcome_for(rejected)
        {
            return outcome;
        }
        let (shared, rejected) = (Arc::clone(shared), rejected.cloned());
        finish_anyway(async move {
            let outcome = renewal::renew(&shared, &mut renewal, rejected.as_ref()).await;
            renewal.outcome = Some(outcome.clone());
            shared.rounds.fetch_add(1, Ordering::Release);
            outcome
        })
        .await
    }

    pub(super) fn registration(&self) -> &Registration {
        self.0.registration()
    }
}

/// Runs to the end even when its caller is dropped. The lock that it holds goes with it.
async fn finish_anyway(work: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
    let runtime = tokio::runtime::Handle::try_current()
        .map_err(|_| "OAuth tokens can only be renewed on a tokio runtime")?;
    match runtime.spawn(work.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => Err("the token store panicked".into()),
        Err(_) => Err("the tokio runtime ended while tokens were renewed".into()),
    }
}

impl Shared {
    /// The current tokens, unless they are due for renewal or were rejected.
    pub(super) fn fresh(&self, rejected: Option<&Authorization>) -> Option<Arc<Current>> {
        let current = self.held()?;
        let due = current.renew_at.is_some_and(|at| at <= self.now());
        (!due && rejected != Some(&current.authorization)).then_some(current)
    }

    pub(super) fn held(&self) -> Option<Arc<Current>> {
        self.lock().clone()
    }

    pub(super) fn hold(&self, current: Arc<Current>) {
        *self.lock() = Some(current);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Current>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> SystemTime {
        self.registration().clock.wall()
    }

    pub(super) fn registration(&self) -> &Registration {
        self.application.registration()
    }
}

impl Credential for Session {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        Box::pin(async { Ok(self.current().await?.authorization.clone()) })
    }

    fn refresh<'a>(&'a self, rejected: &'a Authorization) -> CredentialFuture<'a, bool> {
        Box::pin(async { Ok(self.renewed(rejected).await?.is_some()) })
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("application", &self.0.application)
            .field("renews", &self.0.renews)
            .finish_non_exhaustive()
    }
}
