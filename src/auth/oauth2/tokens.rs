//! The tokens that an authorization server gives out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Secret;

/// An access token, what renews it, and when it expires.
///
/// It is hidden in `Debug`. `Serialize` writes it in plain text, for a [`TokenStore`](super::TokenStore)
/// that keeps it somewhere safe; the time is written as seconds since 1970.
///
/// ```
/// use spacewright::auth::oauth2::Tokens;
///
/// let tokens = Tokens::new("access").with_refresh_token("refresh");
/// let kept = serde_json::to_string(&tokens).unwrap();
/// let read: Tokens = serde_json::from_str(&kept).unwrap();
/// assert_eq!(read.refresh_token.unwrap().expose(), "refresh");
/// assert!(!format!("{tokens:?}").contains("access\""));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tokens {
    /// What requests are sent with.
    pub access_token: Secret,
    /// What a new access token is had for; many servers take each only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// When the access token expires; where the server does not say, it is used until it is refused.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "epoch_seconds"
    )]
    pub expires_at: Option<SystemTime>,
}

impl Tokens {
    /// An access token that cannot be renewed and does not say when it expires.
    #[must_use]
    pub fn new(access_token: impl Into<Secret>) -> Self {
        Self {
            access_token: access_token.into(),
            refresh_token: None,
            expires_at: None,
        }
    }

    /// Adds a refresh token.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: impl Into<Secret>) -> Self {
        self.refresh_token = Some(refresh_token.into());
        self
    }

    /// Adds the time at which the access token expires.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Whether the access token has expired; `false` where that is not known.
    pub(super) fn has_expired(&self, now: SystemTime) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// Writes a time as seconds since 1970, cut down to the second.
mod epoch_seconds {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let since = time.map(|time| time.duration_since(UNIX_EPOCH).unwrap_or_default());
        since.map(|since| since.as_secs()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        let seconds = Option::<u64>::deserialize(deserializer)?;
        Ok(seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds))))
    }
}
