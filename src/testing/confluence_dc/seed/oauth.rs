//! Applications that act for users, and what they may do at most.

use std::fmt;

/// What an application may do at most in the name of a user; each includes those before it. Nobody may do
/// more through an application than without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum OAuthScope {
    /// `READ`: look at things.
    Read,
    /// `WRITE`: change what ordinary users change, spaces that they administer included.
    Write,
    /// `ADMIN`: administer the site, as far as it takes no system administrator.
    Admin,
    /// `SYSTEM_ADMIN`: everything.
    SystemAdmin,
}

impl OAuthScope {
    /// The greatest in a list with spaces; `None` when it is empty or names what is none.
    pub(in super::super) fn greatest(list: &str) -> Option<Self> {
        let scopes: Option<Vec<Self>> = list.split_whitespace().map(Self::named).collect();
        scopes?.into_iter().max()
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "READ" => Some(Self::Read),
            "WRITE" => Some(Self::Write),
            "ADMIN" => Some(Self::Admin),
            "SYSTEM_ADMIN" => Some(Self::SystemAdmin),
            _ => None,
        }
    }
}

/// An application that is registered as an incoming link. `Debug` does not show its secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthApp {
    /// The id under which the server knows it.
    pub client_id: String,
    /// Where users come back to after a login.
    pub redirect_uri: String,
    /// What it may ask users for at most.
    pub scope: OAuthScope,
    client_secret: String,
}

impl OAuthApp {
    /// An application that may ask for `READ`.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            scope: OAuthScope::Read,
            client_secret: client_secret.into(),
        }
    }

    /// Sets what it may ask users for at most.
    #[must_use]
    pub fn scope(mut self, scope: OAuthScope) -> Self {
        self.scope = scope;
        self
    }

    /// Whether this is the application's secret.
    pub fn has_secret(&self, secret: &str) -> bool {
        self.client_secret == secret
    }
}

impl fmt::Debug for OAuthApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthApp")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
