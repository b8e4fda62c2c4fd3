//! Users.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use super::super::privileges::{self, set};
use super::Named;

/// A user of the zone.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The id; it is given when the user is added to a server.
    pub id: String,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The name that others see.
    pub full_name: String,
    /// Whether the user may sign in with name and password.
    pub basic_auth_enabled: bool,
    /// Whether the user is locked out.
    pub blocked: bool,
    /// The privileges in the zone (`oz_…`), without those that come through groups.
    pub privileges: BTreeSet<String>,
    /// When the user was created, in seconds since 1970.
    pub creation_time: i64,
    /// The names that the user has given to spaces, by their ids.
    pub space_aliases: BTreeMap<String, String>,
    /// Counts how often all temporary tokens were revoked.
    pub temporary_token_generation: u64,
    pub(in super::super) password: Option<String>,
}

impl User {
    /// A user without privileges in the zone, who signs in with this name.
    pub fn new(username: impl Into<String>) -> Self {
        let username = username.into();
        Self {
            full_name: username.clone(),
            username: Some(username),
            ..Self::nameless()
        }
    }

    /// A user as the server makes one from nothing.
    pub(in super::super) fn nameless() -> Self {
        Self {
            id: String::new(),
            username: None,
            full_name: "Unnamed User".to_owned(),
            basic_auth_enabled: false,
            blocked: false,
            privileges: BTreeSet::new(),
            creation_time: 0,
            space_aliases: BTreeMap::new(),
            temporary_token_generation: 1,
            password: None,
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the name that others see.
    #[must_use]
    pub fn full_name(mut self, name: impl Into<String>) -> Self {
        self.full_name = name.into();
        self
    }

    /// Sets a password and lets the user sign in with it.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self.basic_auth_enabled = true;
        self
    }

    /// Adds a privilege in the zone, such as `oz_spaces_create`.
    #[must_use]
    pub fn privilege(mut self, privilege: impl Into<String>) -> Self {
        self.privileges.insert(privilege.into());
        self
    }

    /// Adds all privileges in the zone.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.privileges = set(privileges::OZ);
        self
    }

    /// Locks the user out.
    #[must_use]
    pub fn blocked(mut self) -> Self {
        self.blocked = true;
        self
    }

    /// What others see.
    pub(in super::super) fn short(&self) -> Value {
        json!({
            "userId": self.id,
            "fullName": self.full_name,
            "username": self.username,
            "creationTime": self.creation_time,
        })
    }

    /// What the user and administrators see.
    pub(in super::super) fn details(&self) -> Value {
        let mut details = self.short();
        details["linkedAccounts"] = json!([]);
        details["emails"] = json!([]);
        details["basicAuthEnabled"] = json!(self.basic_auth_enabled);
        details["blocked"] = json!(self.blocked);
        details
    }
}

/// Without the password.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("full_name", &self.full_name)
            .field("basic_auth_enabled", &self.basic_auth_enabled)
            .field("blocked", &self.blocked)
            .field("privileges", &self.privileges)
            .finish_non_exhaustive()
    }
}

impl Named for User {
    fn is_called(&self, name: &str) -> bool {
        self.username.as_deref() == Some(name)
    }
}
