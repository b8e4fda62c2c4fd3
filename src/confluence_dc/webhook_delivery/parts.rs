//! What a delivery is about: contents, attachments, spaces, labels and users, as webhooks send them.
//!
//! None of it is published. The names are those that servers send; every field is optional, a value of
//! an unexpected form counts as absent, and all that is unknown is kept in `rest`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::confluence_dc::types::ContentType;
use crate::{ContentId, SpaceKey, Timestamp, UserKey};

/// A page, blog post, comment or other content.
///
/// Servers of today send its id and no more, unless they run with the system property
/// `confluence.webhooks.id.only.disabled=true`; the rest is read with
/// [`content().get()`](crate::confluence_dc::content::Content::get).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveredContent {
    /// Its id, as the operations take it.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<ContentId>,
    /// Its title; comments have none.
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
    /// What kind of content it is.
    #[serde(default, deserialize_with = "lenient")]
    pub content_type: Option<ContentType>,
    /// The space that it is in.
    #[serde(default, deserialize_with = "text")]
    pub space_key: Option<SpaceKey>,
    /// The number of its version.
    #[serde(default, deserialize_with = "lenient")]
    pub version: Option<i64>,
    /// Who made it; absent for a visitor who was not logged in.
    #[serde(default, deserialize_with = "text")]
    pub creator_key: Option<UserKey>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient")]
    pub creation_date: Option<Timestamp>,
    /// Who changed it last.
    #[serde(default, deserialize_with = "text")]
    pub last_modifier_key: Option<UserKey>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "lenient")]
    pub modification_date: Option<Timestamp>,
    /// Its address in a browser.
    #[serde(default, rename = "self", deserialize_with = "lenient")]
    pub url: Option<String>,
    /// The comment that a comment answers.
    #[serde(default, deserialize_with = "lenient")]
    pub in_reply_to: Option<Box<DeliveredContent>>,
    /// All labels of a content that got or lost one.
    #[serde(default, deserialize_with = "list")]
    pub labels: Vec<DeliveredLabel>,
    /// All else that was sent.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A file attached to a content.
///
/// Servers of today send its id and no more, as for [`DeliveredContent`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveredAttachment {
    /// Its id, without the `att` that other answers put before it; the operations take either.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<ContentId>,
    /// Its file name.
    #[serde(default, deserialize_with = "lenient")]
    pub file_name: Option<String>,
    /// Its size in bytes.
    #[serde(default, deserialize_with = "lenient")]
    pub file_size: Option<u64>,
    /// The number of its version.
    #[serde(default, deserialize_with = "lenient")]
    pub version: Option<i64>,
    /// The comment that this version was uploaded with.
    #[serde(default, deserialize_with = "lenient")]
    pub comment: Option<String>,
    /// Who uploaded it first; absent for a visitor who was not logged in.
    #[serde(default, deserialize_with = "text")]
    pub creator_key: Option<UserKey>,
    /// When it was uploaded first.
    #[serde(default, deserialize_with = "lenient")]
    pub creation_date: Option<Timestamp>,
    /// Who changed it last.
    #[serde(default, deserialize_with = "text")]
    pub last_modifier_key: Option<UserKey>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "lenient")]
    pub modification_date: Option<Timestamp>,
    /// Where the file is downloaded.
    #[serde(default, rename = "self", deserialize_with = "lenient")]
    pub url: Option<String>,
    /// All else that was sent.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A space.
///
/// Servers of today leave out its key, title, description and address, as for [`DeliveredContent`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveredSpace {
    /// Its number, which `space().list()` finds it by.
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<i64>,
    /// Its key.
    #[serde(default, deserialize_with = "text")]
    pub key: Option<SpaceKey>,
    /// Its name.
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
    /// Its description, as plain text.
    #[serde(default, deserialize_with = "lenient")]
    pub description: Option<String>,
    /// Whether it is a user's own space.
    #[serde(default, deserialize_with = "lenient")]
    pub is_personal_space: Option<bool>,
    /// Its home page.
    #[serde(default, deserialize_with = "lenient")]
    pub home_page: Option<Box<DeliveredContent>>,
    /// Who made it.
    #[serde(default, deserialize_with = "text")]
    pub creator_key: Option<UserKey>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient")]
    pub creation_date: Option<Timestamp>,
    /// Who changed it last.
    #[serde(default, deserialize_with = "text")]
    pub last_modifier_key: Option<UserKey>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "lenient")]
    pub modification_date: Option<Timestamp>,
    /// Its address in a browser.
    #[serde(default, rename = "self", deserialize_with = "lenient")]
    pub url: Option<String>,
    /// All else that was sent.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A label.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveredLabel {
    /// Its name.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    /// How the server shows it.
    #[serde(default, deserialize_with = "lenient")]
    pub title: Option<String>,
    /// Whose label it is, when it is a personal one.
    #[serde(default, deserialize_with = "text")]
    pub owner_key: Option<UserKey>,
    /// Its address in a browser.
    #[serde(default, rename = "self", deserialize_with = "lenient")]
    pub url: Option<String>,
    /// All else that was sent.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A user who was created, changed or removed; who did that, the delivery's own `user_key` says.
///
/// Servers of today send the key and no more, as for [`DeliveredContent`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveredUser {
    /// Their key, as the operations take it.
    #[serde(default, deserialize_with = "text")]
    pub user_key: Option<UserKey>,
    /// Their full name.
    #[serde(default, deserialize_with = "lenient")]
    pub full_name: Option<String>,
    /// Their email address.
    #[serde(default, deserialize_with = "lenient")]
    pub email: Option<String>,
    /// All else that was sent.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A value where it has the form that is expected; an empty text is none.
pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    match value {
        Value::String(text) if text.is_empty() => None,
        value => T::deserialize(value).ok(),
    }
}

/// The items of a list that have the form that is expected.
pub(super) fn read_list<T: DeserializeOwned>(value: &Value) -> Vec<T> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(read).collect()
}

pub(super) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<T>, D::Error> {
    Value::deserialize(from).map(|value| read(&value))
}

fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Value::deserialize(from).map(|value| read_list(&value))
}

/// A name or id, whether it was sent as a text or as a number.
pub(super) fn text<'de, D: Deserializer<'de>, T: From<String>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) if !text.is_empty() => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    })
}
