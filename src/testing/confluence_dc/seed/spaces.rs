//! Spaces.

use std::collections::{BTreeMap, BTreeSet};

use super::super::clock::Moment;
use super::super::colours::OwnColours;
use super::grants::{Grant, Subject, all_permissions, ordinary_permissions};
use super::{Property, numbered, setters};

/// A space.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Space {
    /// Number; made up by the server unless set.
    pub id: u64,
    /// Key.
    pub key: String,
    /// Name that people see.
    pub name: String,
    /// Description, as plain text.
    pub description: String,
    /// Login name of the owner, for a personal space.
    pub owner: Option<String>,
    /// Whether it is put away.
    pub archived: bool,
    /// Id of its home page.
    pub homepage: Option<u64>,
    /// Categories.
    pub categories: BTreeSet<String>,
    /// Who may do what in it.
    pub permissions: BTreeSet<Grant>,
    /// Properties by key.
    pub properties: BTreeMap<String, Property>,
    /// Login names of those who watch it.
    pub watchers: BTreeSet<String>,
    pub(in super::super) colours: OwnColours,
    pub(in super::super) creator: String,
    pub(in super::super) created: Moment,
    pub(in super::super) changed: Moment,
}

impl Space {
    /// A space that all users may read and write in, and that `admin` administers.
    pub fn new(key: impl Into<String>) -> Self {
        let key = key.into();
        let mut space = Self::bare(key.clone(), key, "admin".to_owned());
        space.permissions = all_permissions(&Subject::User("admin".to_owned()));
        space
            .permissions
            .extend(ordinary_permissions(&Subject::Group(
                "confluence-users".to_owned(),
            )));
        space
    }

    /// A space with no permission yet.
    pub(in super::super) fn bare(key: String, name: String, creator: String) -> Self {
        Self {
            id: 0,
            key,
            name,
            description: String::new(),
            owner: None,
            archived: false,
            homepage: None,
            categories: BTreeSet::new(),
            permissions: BTreeSet::new(),
            properties: BTreeMap::new(),
            watchers: BTreeSet::new(),
            colours: OwnColours::default(),
            creator,
            created: Moment::default(),
            changed: Moment::default(),
        }
    }

    /// Its kind, as the server calls it.
    pub(in super::super) fn kind(&self) -> &'static str {
        match self.owner {
            Some(_) => "personal",
            None => "global",
        }
    }

    /// Its state, as the server calls it.
    pub(in super::super) fn status(&self) -> &'static str {
        match self.archived {
            true => "archived",
            false => "current",
        }
    }

    numbered!();

    setters! {
        /// Sets the name that people see.
        name;
        /// Sets the description.
        description;
    }

    /// Makes it one that is put away.
    #[must_use]
    pub fn archived(mut self) -> Self {
        self.archived = true;
        self
    }

    /// Takes all permissions away but those of `admin`: an ordinary user does not see it.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.permissions = all_permissions(&Subject::User("admin".to_owned()));
        self
    }

    /// Lets visitors who are not logged in read it, where the site lets them in at all: see
    /// [`Server::with_anonymous_access`](crate::testing::confluence_dc::Server::with_anonymous_access).
    #[must_use]
    pub fn public(self) -> Self {
        self.grant(Grant::new(Subject::Anonymous, "space", "read"))
    }

    /// Adds a permission.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.permissions.insert(grant);
        self
    }

    /// Adds a category.
    #[must_use]
    pub fn category(mut self, name: impl Into<String>) -> Self {
        self.categories.insert(name.into());
        self
    }
}
