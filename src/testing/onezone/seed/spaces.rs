//! Spaces.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::privileges::{self, set};
use super::{Members, Named, subject};

/// A space.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Space {
    /// The id; it is given when the space is added to a server.
    pub id: String,
    /// The name, which need not be unique.
    pub name: String,
    /// What it is about, in Markdown.
    pub description: String,
    /// The organization behind it.
    pub organization_name: String,
    /// Its tags in the marketplace.
    pub tags: Vec<String>,
    /// Whether everybody finds it in the marketplace.
    pub advertised_in_marketplace: bool,
    /// Where requests for membership go.
    pub marketplace_contact_email: String,
    /// The id of the user who created it.
    pub creator: Option<String>,
    /// When it was created, in seconds since 1970.
    pub creation_time: i64,
    /// Who belongs to it.
    pub members: Members,
    /// The ids of its owners, who may do everything in it.
    pub owners: BTreeSet<String>,
}

impl Space {
    /// A space without members.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            description: String::new(),
            organization_name: String::new(),
            tags: Vec::new(),
            advertised_in_marketplace: false,
            marketplace_contact_email: String::new(),
            creator: None,
            creation_time: 0,
            members: Members::default(),
            owners: BTreeSet::new(),
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets what it is about.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Puts it into the marketplace.
    #[must_use]
    pub fn advertised(
        mut self,
        organization: impl Into<String>,
        contact_email: impl Into<String>,
    ) -> Self {
        self.advertised_in_marketplace = true;
        self.organization_name = organization.into();
        self.marketplace_contact_email = contact_email.into();
        if self.description.is_empty() {
            self.description.clone_from(&self.name);
        }
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds an owner with all privileges, by id or by the name that the user was added with.
    #[must_use]
    pub fn owner(mut self, user: impl Into<String>) -> Self {
        let user = user.into();
        self.members
            .users
            .insert(user.clone(), set(privileges::SPACE));
        self.creator.get_or_insert_with(|| user.clone());
        self.owners.insert(user);
        self
    }

    /// Adds a user with the privileges of an ordinary member, by id or by the name that the user was
    /// added with.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.members
            .users
            .insert(user.into(), set(privileges::SPACE_MEMBER));
        self
    }

    /// Adds a user with these privileges.
    #[must_use]
    pub fn user_with(mut self, user: impl Into<String>, privileges: &[&str]) -> Self {
        self.members.users.insert(user.into(), set(privileges));
        self
    }

    /// Adds a group with the privileges of an ordinary member, by id or by name.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.members
            .groups
            .insert(group.into(), set(privileges::SPACE_MEMBER));
        self
    }

    /// Adds a group with these privileges.
    #[must_use]
    pub fn group_with(mut self, group: impl Into<String>, privileges: &[&str]) -> Self {
        self.members.groups.insert(group.into(), set(privileges));
        self
    }

    pub(in super::super) fn json(&self) -> Value {
        json!({
            "spaceId": self.id,
            "name": self.name,
            "description": self.description,
            "organizationName": self.organization_name,
            "tags": self.tags,
            "advertisedInMarketplace": self.advertised_in_marketplace,
            "marketplaceContactEmail": self.marketplace_contact_email,
            "providers": {},
            "supportParametersRegistry": {},
            "creator": subject(self.creator.as_deref()),
            "creationTime": self.creation_time,
        })
    }

    /// Its place in the marketplace, which is ordered by name.
    pub(in super::super) fn index(&self) -> String {
        format!("{}@{}", self.name, self.id)
    }
}

impl Named for Space {
    fn is_called(&self, name: &str) -> bool {
        self.name == name
    }
}
