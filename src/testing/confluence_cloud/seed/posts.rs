//! Pages and blog posts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ContentVersion, Property, setters};
use crate::testing::confluence_cloud::ADMIN;

/// A page.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The id, a number as text; it is given when the page is added to a server.
    pub id: String,
    /// The id of its space; before the page is added to a server, the space's key.
    pub space_id: String,
    /// The title, unique in the space.
    pub title: String,
    /// `current`, `draft`, `archived` or `trashed`.
    pub status: String,
    /// The id of the page above; `None` at the root of the space.
    pub parent_id: Option<String>,
    /// The body, in storage format.
    pub body: String,
    /// The account id of who created it.
    pub author_id: String,
    /// The account id of who owns it.
    pub owner_id: String,
    /// When it was created.
    pub created_at: String,
    /// Its versions, the first one first.
    pub versions: Vec<ContentVersion>,
    /// The names of its labels.
    pub labels: BTreeSet<String>,
    /// The properties that apps keep with it.
    pub properties: Vec<Property>,
    /// The account ids of those who like it.
    pub likes: BTreeSet<String>,
    /// The account ids of those who see it; `None` is everybody who sees the space.
    pub visible_to: Option<BTreeSet<String>>,
}

impl Page {
    /// A page of a space, by the space's key, below the space's home page.
    pub fn new(space_key: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            space_id: space_key.into(),
            title: title.into(),
            status: "current".to_owned(),
            parent_id: None,
            body: String::new(),
            author_id: ADMIN.to_owned(),
            owner_id: String::new(),
            created_at: String::new(),
            versions: Vec::new(),
            labels: BTreeSet::new(),
            properties: Vec::new(),
            likes: BTreeSet::new(),
            visible_to: None,
        }
    }

    setters!(id body author label liked_by property visible_to);

    /// Sets the page above, by id or by its title in the same space.
    #[must_use]
    pub fn parent(mut self, page: impl Into<String>) -> Self {
        self.parent_id = Some(page.into());
        self
    }

    /// Sets the status: `current`, `draft`, `archived` or `trashed`.
    #[must_use]
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }
}

/// A blog post.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BlogPost {
    /// The id, a number as text; it is given when the blog post is added to a server.
    pub id: String,
    /// The id of its space; before the blog post is added to a server, the space's key.
    pub space_id: String,
    /// The title, unique among those of the same day in the space.
    pub title: String,
    /// `current`, `draft` or `trashed`.
    pub status: String,
    /// The body, in storage format.
    pub body: String,
    /// The account id of who created it.
    pub author_id: String,
    /// When it was created, or the date that it was given.
    pub created_at: String,
    /// Its versions, the first one first.
    pub versions: Vec<ContentVersion>,
    /// The names of its labels.
    pub labels: BTreeSet<String>,
    /// The properties that apps keep with it.
    pub properties: Vec<Property>,
    /// The account ids of those who like it.
    pub likes: BTreeSet<String>,
    /// The account ids of those who see it; `None` is everybody who sees the space.
    pub visible_to: Option<BTreeSet<String>>,
}

impl BlogPost {
    /// A blog post of a space, by the space's key.
    pub fn new(space_key: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            space_id: space_key.into(),
            title: title.into(),
            status: "current".to_owned(),
            body: String::new(),
            author_id: ADMIN.to_owned(),
            created_at: String::new(),
            versions: Vec::new(),
            labels: BTreeSet::new(),
            properties: Vec::new(),
            likes: BTreeSet::new(),
            visible_to: None,
        }
    }

    setters!(id body author label liked_by property visible_to);

    /// Sets the status: `current`, `draft` or `trashed`.
    #[must_use]
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Sets the date that it carries, such as `2026-03-02T10:15:00.000Z`.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = time.into();
        self
    }
}
