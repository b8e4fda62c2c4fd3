//! Users, and the groups that they are in.

use std::collections::BTreeSet;
use std::fmt;

use super::setters;

/// A user.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Login name.
    pub name: String,
    /// Permanent key; made up by the server unless set.
    pub key: String,
    /// Name shown to others.
    pub full_name: String,
    /// Email address.
    pub email: String,
    /// Whether the user may log in.
    pub active: bool,
    /// Language and country, when the user chose one.
    pub locale: Option<String>,
    pub(in super::super) password: Option<String>,
}

impl User {
    /// An active user with a full name and an address made from the login name, and without a password.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            key: String::new(),
            full_name: name.clone(),
            email: format!("{name}@example.com"),
            active: true,
            locale: None,
            password: None,
            name,
        }
    }

    setters! {
        /// Sets the permanent key.
        key;
        /// Sets the name shown to others.
        full_name;
        /// Sets the email address.
        email;
    }

    /// Sets the password to log in with.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Makes the user one who may not log in.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.active = false;
        self
    }

    /// Whether this is the user's password.
    pub fn has_password(&self, password: &str) -> bool {
        self.password.as_deref() == Some(password)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .field("key", &self.key)
            .field("full_name", &self.full_name)
            .field("email", &self.email)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

/// A group, with its members.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Name.
    pub name: String,
    /// Login names of the users in it.
    pub members: BTreeSet<String>,
    /// Names of the groups in it.
    pub groups: BTreeSet<String>,
}

impl Group {
    /// An empty group.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            members: BTreeSet::new(),
            groups: BTreeSet::new(),
        }
    }

    /// Adds a user, by login name.
    #[must_use]
    pub fn member(mut self, user: impl Into<String>) -> Self {
        self.members.insert(user.into());
        self
    }

    /// Adds a group, by name.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.insert(group.into());
        self
    }
}
