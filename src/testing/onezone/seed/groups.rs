//! Groups.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::privileges::{self, set};
use super::{Members, Named, subject};

/// A group. Its members can be users and other groups, its children.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The id; it is given when the group is added to a server.
    pub id: String,
    /// The name, which need not be unique.
    pub name: String,
    /// `organization`, `unit`, `team` or `role_holders`.
    pub group_type: String,
    /// The id of the user who created it.
    pub creator: Option<String>,
    /// When it was created, in seconds since 1970.
    pub creation_time: i64,
    /// Who belongs to it; the groups are its children.
    pub members: Members,
    /// The privileges that its members have in the zone (`oz_…`).
    pub privileges: BTreeSet<String>,
    /// Whether the zone keeps it from being deleted.
    pub protected: bool,
}

impl Group {
    /// A team without members.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            group_type: "team".to_owned(),
            creator: None,
            creation_time: 0,
            members: Members::default(),
            privileges: BTreeSet::new(),
            protected: false,
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the type: `organization`, `unit`, `team` or `role_holders`.
    #[must_use]
    pub fn group_type(mut self, group_type: impl Into<String>) -> Self {
        self.group_type = group_type.into();
        self
    }

    /// Adds a user with the privileges of an ordinary member, by id or by the name that the user was
    /// added with.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.members
            .users
            .insert(user.into(), set(privileges::GROUP_MEMBER));
        self
    }

    /// Adds a user with these privileges.
    #[must_use]
    pub fn user_with(mut self, user: impl Into<String>, privileges: &[&str]) -> Self {
        self.members.users.insert(user.into(), set(privileges));
        self
    }

    /// Adds a user with all privileges.
    #[must_use]
    pub fn admin(self, user: impl Into<String>) -> Self {
        self.user_with(user, privileges::GROUP)
    }

    /// Adds a child group with the privileges of an ordinary member, by id or by name.
    #[must_use]
    pub fn child(mut self, group: impl Into<String>) -> Self {
        self.members
            .groups
            .insert(group.into(), set(privileges::GROUP_MEMBER));
        self
    }

    /// Adds a privilege in the zone for all members.
    #[must_use]
    pub fn privilege(mut self, privilege: impl Into<String>) -> Self {
        self.privileges.insert(privilege.into());
        self
    }

    /// Keeps it from being deleted, as zones do with the groups that everybody is in.
    #[must_use]
    pub fn protected(mut self) -> Self {
        self.protected = true;
        self
    }

    pub(in super::super) fn json(&self) -> Value {
        json!({
            "groupId": self.id,
            "name": self.name,
            "type": self.group_type,
            "creator": subject(self.creator.as_deref()),
            "creationTime": self.creation_time,
        })
    }
}

impl Named for Group {
    fn is_called(&self, name: &str) -> bool {
        self.name == name
    }
}
