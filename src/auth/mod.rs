//! Who the caller is: credentials that are bound to one origin and never shown.

mod credential;
#[cfg(feature = "oauth2")]
pub mod oauth2;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, header};

pub use credential::{Authorization, Credential, CredentialError, CredentialFuture};

use crate::Secret;
use crate::error::{Error, ErrorKind};
use crate::value::Wiped;

/// How a client identifies itself.
///
/// A credential is sent to the origin of the client's URL and nowhere else, whatever a redirect, a
/// link or a proxy says. It is hidden in `Debug` and wiped from memory when the client is dropped.
///
/// | service | usual choice |
/// |---|---|
/// | Confluence Data Center | [`personal_access_token`](Self::personal_access_token), [`basic`](Self::basic) |
/// | Confluence Cloud | [`api_token`](Self::api_token), or OAuth 2.0 (feature `oauth2`) |
/// | Onedata Onezone | [`x_auth_token`](Self::x_auth_token) |
/// | Delay Workspaces | [`bearer`](Self::bearer) with a JSON Web Token |
#[derive(Clone)]
pub struct Auth(Kind);

#[derive(Clone)]
enum Kind {
    Anonymous,
    Fixed {
        name: &'static str,
        header: HeaderName,
        value: Secret,
        /// The password that the value is made of, where it is not the value itself.
        hidden: Option<Secret>,
    },
    Custom(Arc<dyn Credential>),
    /// What cannot be sent, and why.
    Unusable {
        name: &'static str,
        reason: &'static str,
    },
}

impl Auth {
    /// No credential: what anybody may see.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(Kind::Anonymous)
    }

    /// A user's name and password, as HTTP Basic. Building a client fails where the name holds a colon:
    /// the server would take what follows it for the password.
    #[must_use]
    pub fn basic(username: impl AsRef<str>, password: impl Into<Secret>) -> Self {
        let password = password.into();
        if username.as_ref().contains(':') {
            return Self(Kind::Unusable {
                name: "basic",
                reason: "has a user name with a colon, which HTTP Basic cannot carry",
            });
        }
        let pair = Secret::from(format!("{}:{}", username.as_ref(), password.expose()));
        let encoded = zeroize::Zeroizing::new(STANDARD.encode(pair.expose()));
        let value = Secret::from(format!("Basic {}", encoded.as_str()));
        Self(Kind::Fixed {
            name: "basic",
            header: header::AUTHORIZATION,
            value,
            hidden: Some(password),
        })
    }

    /// A personal access token of Confluence Data Center (7.9 and later).
    #[must_use]
    pub fn personal_access_token(token: impl Into<Secret>) -> Self {
        Self::with_scheme("personal access token", token.into())
    }

    /// The email of an Atlassian account and one of its API tokens, for a Cloud site's own URL.
    #[must_use]
    pub fn api_token(email: impl AsRef<str>, token: impl Into<Secret>) -> Self {
        let mut auth = Self::basic(email, token);
        if let Kind::Fixed { name, .. } | Kind::Unusable { name, .. } = &mut auth.0 {
            *name = "API token";
        }
        auth
    }

    /// A bearer token: an OAuth 2.0 access token that somebody else looks after, or a JSON Web
    /// Token.
    #[must_use]
    pub fn bearer(token: impl Into<Secret>) -> Self {
        Self::with_scheme("bearer token", token.into())
    }

    /// An access token in the header `X-Auth-Token`, as Onezone prefers it.
    #[must_use]
    pub fn x_auth_token(token: impl Into<Secret>) -> Self {
        Self::fixed(
            "X-Auth-Token",
            HeaderName::from_static("x-auth-token"),
            token.into(),
        )
    }

    /// A credential of one's own, for instance one that is fetched from a vault or refreshed.
    #[must_use]
    pub fn custom(credential: impl Credential) -> Self {
        Self(Kind::Custom(Arc::new(credential)))
    }

    /// An OAuth 2.0 session, which keeps its access token fresh.
    #[cfg(feature = "oauth2")]
    #[must_use]
    pub fn oauth2(session: oauth2::Session) -> Self {
        Self::custom(session)
    }

    fn with_scheme(name: &'static str, token: Secret) -> Self {
        let value = Secret::from(format!("Bearer {}", token.expose()));
        Self::fixed(name, header::AUTHORIZATION, value)
    }

    fn fixed(name: &'static str, header: HeaderName, value: Secret) -> Self {
        Self(Kind::Fixed {
            name,
            header,
            value,
            hidden: None,
        })
    }

    /// Makes it ready for sending; gives also what must be shown nowhere.
    pub(crate) fn prepare(self) -> Result<(Prepared, Vec<Secret>), Error> {
        match self.0 {
            Kind::Anonymous => Ok((Prepared::Anonymous, Vec::new())),
            Kind::Custom(credential) => Ok((Prepared::Custom(credential), Vec::new())),
            Kind::Unusable { name, reason } => Err(Error::new(
                ErrorKind::Configuration,
                format!("the {name} credential {reason}"),
            )),
            Kind::Fixed {
                name,
                header,
                value,
                hidden,
            } => {
                let authorization = Authorization::new(header, value).map_err(|error| {
                    Error::new(ErrorKind::Configuration, format!("the {name} {error}"))
                })?;
                let hidden = hidden.into_iter().chain(authorization.secret()).collect();
                Ok((Prepared::Fixed(authorization), hidden))
            }
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.0 {
            Kind::Anonymous => "anonymous",
            Kind::Fixed { name, .. } | Kind::Unusable { name, .. } => name,
            Kind::Custom(_) => "custom",
        };
        write!(f, "Auth({name})")
    }
}

/// A credential in the form in which attempts use it.
pub(crate) enum Prepared {
    Anonymous,
    Fixed(Authorization),
    Custom(Arc<dyn Credential>),
}

impl Prepared {
    /// What to send with the next attempt, when nobody need be asked for it.
    pub(crate) fn at_hand(&self) -> Option<Authorization> {
        match self {
            Self::Fixed(authorization) => Some(authorization.clone()),
            Self::Anonymous | Self::Custom(_) => None,
        }
    }

    /// Asks for another credential after the server refused `rejected`; says whether there is one.
    pub(crate) async fn refresh(&self, rejected: &Authorization) -> Result<bool, Error> {
        match self {
            Self::Custom(credential) => credential.refresh(rejected).await.map_err(not_renewed),
            _ => Ok(false),
        }
    }
}

fn not_renewed(error: CredentialError) -> Error {
    Error::new(
        ErrorKind::Credential,
        format!("the credential was refused (401) and could not be renewed: {error}"),
    )
    .with_source(error)
}

pub(crate) fn missing(error: CredentialError) -> Error {
    Error::new(
        ErrorKind::Credential,
        format!("there is no credential to send: {error}"),
    )
    .with_note("nothing was sent; look at where the credential comes from")
    .with_source(error)
}

/// A header value whose memory is wiped when its last copy is gone: all of them share it.
pub(crate) fn sensitive(secret: &Secret) -> Option<HeaderValue> {
    let bytes = bytes::Bytes::from_owner(Wiped::from(secret.expose()));
    let mut value = HeaderValue::from_maybe_shared(bytes).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_and_its_copies_are_one_place_in_memory() {
        let value = sensitive(&Secret::from("Bearer t0ken"));
        let place = |value: &Option<HeaderValue>| value.as_ref().map(|v| v.as_bytes().as_ptr());
        assert!(value.as_ref().is_some_and(HeaderValue::is_sensitive));
        assert_eq!(place(&value.clone()), place(&value));
    }
}
