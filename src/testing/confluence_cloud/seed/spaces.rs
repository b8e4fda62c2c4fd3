//! Spaces, their permissions, and the properties that apps keep with them and with content.

use serde_json::Value;

use crate::testing::confluence_cloud::ADMIN;

/// A space.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Space {
    /// The id, a number as text; it is given when the space is added to a server.
    pub id: String,
    /// The key.
    pub key: String,
    /// The name; the key unless set.
    pub name: String,
    /// `global`, unless set, `personal` and so on.
    pub space_type: String,
    /// `current` or `archived`.
    pub status: String,
    /// What it says about itself, in plain text.
    pub description: String,
    /// The id of the home page, which is made with the space.
    pub homepage_id: Option<String>,
    /// The account id of who created it.
    pub author_id: String,
    /// When it was created.
    pub created_at: String,
    /// Whether only those with a permission see it.
    pub private: bool,
    /// Who was granted what.
    pub permissions: Vec<SpacePermission>,
    /// The properties that apps keep with it.
    pub properties: Vec<Property>,
}

impl Space {
    /// A space that everybody sees.
    pub fn new(key: impl Into<String>) -> Self {
        let key = key.into();
        Self {
            id: String::new(),
            name: key.clone(),
            key,
            space_type: "global".to_owned(),
            status: "current".to_owned(),
            description: String::new(),
            homepage_id: None,
            author_id: ADMIN.to_owned(),
            created_at: String::new(),
            private: false,
            permissions: Vec::new(),
            properties: Vec::new(),
        }
    }

    /// Sets the id, a number as text.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets what it says about itself.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Sets who created it, by account id; that user administers it.
    #[must_use]
    pub fn author(mut self, account_id: impl Into<String>) -> Self {
        self.author_id = account_id.into();
        self
    }

    /// Archives it.
    #[must_use]
    pub fn archived(mut self) -> Self {
        self.status = "archived".to_owned();
        self
    }

    /// Hides it from everybody without a permission.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Grants a `user` (by account id) or a `group` (by id) a permission, such as `read` of the `space`.
    #[must_use]
    pub fn permission(
        mut self,
        subject_type: impl Into<String>,
        subject: impl Into<String>,
        operation: impl Into<String>,
        target: impl Into<String>,
    ) -> Self {
        self.permissions.push(SpacePermission {
            id: 0,
            subject_type: subject_type.into(),
            subject: subject.into(),
            operation: operation.into(),
            target: target.into(),
        });
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, key: impl Into<String>, value: Value) -> Self {
        self.properties.push(Property::new(key, value));
        self
    }
}

/// A permission that somebody was granted in a space.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpacePermission {
    /// The id; it is given when the space is added to a server.
    pub id: u64,
    /// `user` or `group`.
    pub subject_type: String,
    /// The account id of the user, or the id of the group.
    pub subject: String,
    /// What may be done: `read`, `create`, `delete`, `administer` and so on.
    pub operation: String,
    /// What to: `space`, `page`, `blogpost`, `comment`, `attachment`.
    pub target: String,
}

/// A JSON value that an app keeps with a space or with content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Property {
    /// The id; it is given when the property is added to a server.
    pub id: String,
    /// The key, unique on its owner.
    pub key: String,
    /// What is kept.
    pub value: Value,
    /// The number of its version, from 1.
    pub version: u64,
    /// When that version was made.
    pub created_at: String,
    /// The account id of who made it.
    pub author_id: String,
}

impl Property {
    pub(in super::super) fn new(key: impl Into<String>, value: Value) -> Self {
        Self {
            id: String::new(),
            key: key.into(),
            value,
            version: 1,
            created_at: String::new(),
            author_id: ADMIN.to_owned(),
        }
    }
}
