//! What a server holds: the same types seed it before a test and show it afterwards.

mod contents;
mod grants;
mod oauth;
mod people;
mod spaces;

use serde_json::Value;

pub use contents::Content;
pub(super) use contents::{Edit, Labelled};
pub use grants::{Grant, Restriction, Subject};
pub(super) use grants::{SPACE_PERMISSIONS, all_permissions, ordinary_permissions};
pub use oauth::{OAuthApp, OAuthScope};
pub use people::{Group, User};
pub use spaces::Space;

/// Setters, each of the text in the field of its name.
macro_rules! setters {
    ($($(#[$about:meta])* $field:ident;)+) => {$(
        $(#[$about])*
        #[must_use]
        pub fn $field(mut self, $field: impl Into<String>) -> Self {
            self.$field = $field.into();
            self
        }
    )+};
}
use setters;

/// The setters of what has a number and properties.
macro_rules! numbered {
    () => {
        /// Sets the id, so that a test knows it.
        #[must_use]
        pub fn id(mut self, id: u64) -> Self {
            self.id = id;
            self
        }

        /// Adds a property.
        #[must_use]
        pub fn property(mut self, key: impl Into<String>, value: serde_json::Value) -> Self {
            self.properties.insert(key.into(), Property::first(value));
            self
        }
    };
}
use numbered;

/// A property of a space or a content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Property {
    /// Number of the property.
    pub id: u64,
    /// The JSON that it holds.
    pub value: Value,
    /// How often it was written.
    pub version: u32,
}

impl Property {
    /// The first version; the server makes up the number.
    pub(super) fn first(value: Value) -> Self {
        Self {
            id: 0,
            value,
            version: 1,
        }
    }
}
