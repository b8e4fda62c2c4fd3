//! What a site holds as tests seed it and see it: users and groups, spaces, and content of all kinds.

mod hung;
mod people;
mod posts;
mod spaces;

use crate::testing::file::File;

pub use self::hung::{Attachment, Comment};
pub use self::people::{Group, User, UserProperty};
pub use self::posts::{BlogPost, Page};
pub use self::spaces::{Property, Space, SpacePermission};

/// The setters that several kinds of content have, by the names of those that one has.
macro_rules! setters {
    ($($name:ident)*) => { $(setters!(@ $name);)* };
    (@ id) => {
        /// Sets the id, a number as text.
        #[must_use]
        pub fn id(mut self, id: impl Into<String>) -> Self {
            self.id = id.into();
            self
        }
    };
    (@ body) => {
        /// Sets the body, in storage format.
        #[must_use]
        pub fn body(mut self, body: impl Into<String>) -> Self {
            self.body = body.into();
            self
        }
    };
    (@ author) => {
        /// Sets who created it, by account id.
        #[must_use]
        pub fn author(mut self, account_id: impl Into<String>) -> Self {
            self.author_id = account_id.into();
            self
        }
    };
    (@ label) => {
        /// Adds a label.
        #[must_use]
        pub fn label(mut self, name: impl Into<String>) -> Self {
            self.labels.insert(name.into());
            self
        }
    };
    (@ liked_by) => {
        /// Adds a user, by account id, to those who like it.
        #[must_use]
        pub fn liked_by(mut self, account_id: impl Into<String>) -> Self {
            self.likes.insert(account_id.into());
            self
        }
    };
    (@ property) => {
        /// Adds a property.
        #[must_use]
        pub fn property(mut self, key: impl Into<String>, value: Value) -> Self {
            self.properties.push(Property::new(key, value));
            self
        }
    };
    (@ visible_to) => {
        /// Hides it from everybody else than this user, and those named before; lists then have short
        /// pages.
        #[must_use]
        pub fn visible_to(mut self, account_id: impl Into<String>) -> Self {
            self.visible_to
                .get_or_insert_with(BTreeSet::new)
                .insert(account_id.into());
            self
        }
    };
}
use setters;

/// A version of a page, blog post, comment or attachment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContentVersion {
    /// Counts from 1.
    pub number: u64,
    /// What the change was about.
    pub message: String,
    /// The account id of who made it.
    pub author_id: String,
    /// When it was made.
    pub created_at: String,
    /// The title then, the name of the file of an attachment; empty for a comment.
    pub title: String,
    /// The body then, in storage format; empty for an attachment.
    pub body: String,
    /// The file then, of an attachment; empty for all else.
    pub file: File,
}
