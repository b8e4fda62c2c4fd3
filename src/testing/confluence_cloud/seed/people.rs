//! Users and groups.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

/// A user.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The account id, by which everything names the user.
    pub account_id: String,
    /// The name that is shown.
    pub display_name: String,
    /// The email address, also the first half of the credentials.
    pub email: String,
    /// Whether others see the email address.
    pub email_visible: bool,
    /// Whether the user administers the site.
    pub admin: bool,
    /// Whether the user may create spaces; administrators may anyhow.
    pub creates_spaces: bool,
    /// The properties that apps keep with the user, by key.
    pub properties: BTreeMap<String, UserProperty>,
}

impl User {
    /// An ordinary user with a name and an address made from the account id.
    pub fn new(account_id: impl Into<String>) -> Self {
        let account_id = account_id.into();
        let local: String = account_id
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' {
                    c
                } else {
                    '.'
                }
            })
            .collect();
        Self {
            display_name: account_id.clone(),
            email: format!("{local}@example.com"),
            account_id,
            email_visible: false,
            admin: false,
            creates_spaces: false,
            properties: BTreeMap::new(),
        }
    }

    /// Sets the name that is shown.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = name.into();
        self
    }

    /// Sets the email address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = email.into();
        self
    }

    /// Lets others see the email address.
    #[must_use]
    pub fn email_visible(mut self) -> Self {
        self.email_visible = true;
        self
    }

    /// Makes the user an administrator of the site.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.admin = true;
        self
    }

    /// Lets the user create spaces.
    #[must_use]
    pub fn creates_spaces(mut self) -> Self {
        self.creates_spaces = true;
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, key: impl Into<String>, value: Value) -> Self {
        let property = UserProperty {
            value,
            ..UserProperty::default()
        };
        self.properties.insert(key.into(), property);
        self
    }

    /// The API token, which the testing kit makes from the account id.
    pub(in super::super) fn api_token(&self) -> String {
        format!("api-token-of-{}", self.account_id)
    }
}

/// Without the values of the properties.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("account_id", &self.account_id)
            .field("display_name", &self.display_name)
            .field("email", &self.email)
            .field("admin", &self.admin)
            .field("properties", &self.properties.keys())
            .finish_non_exhaustive()
    }
}

/// A property that an app keeps with a user.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct UserProperty {
    /// What is kept.
    pub value: Value,
    /// When it was made.
    pub created: String,
    /// When its value was last replaced.
    pub modified: String,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The id; it is given when the group is added to a server.
    pub id: String,
    /// The name, unique on the site.
    pub name: String,
    /// The account ids of its members.
    pub members: BTreeSet<String>,
}

impl Group {
    /// A group without members.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            members: BTreeSet::new(),
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Adds a user, by account id.
    #[must_use]
    pub fn member(mut self, account_id: impl Into<String>) -> Self {
        self.members.insert(account_id.into());
        self
    }
}
