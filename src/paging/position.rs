//! A place in a list, for going on from it later.

use serde::{Deserialize, Serialize};

/// A place in a list that can be kept (it is serialisable) and gone on from, in another process too.
///
/// It belongs to the operation that it came from; the request that takes it up is otherwise built like
/// the first one.
///
/// ```
/// # #[cfg(feature = "confluence-dc")]
/// # async fn example(wiki: spacewright::confluence_dc::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::TryStreamExt;
///
/// let mut users = wiki.admin_users().list_active().limit(200).items();
/// users.try_next().await?;
/// let saved = serde_json::to_string(&users.position())?;
///
/// let position = serde_json::from_str(&saved)?;
/// let mut rest = wiki.admin_users().list_active().limit(200).resume(position).items();
/// # rest.try_next().await?; Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub(crate) operation: String,
    pub(crate) at: At,
}

/// The place in the terms of each style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum At {
    /// The next row to ask for, the last item given, and some before it.
    Offset { start: u64, anchored: bool, seen: Vec<u64> },
    /// The cursor of the page to ask for, and how many of its items were given.
    Cursor { cursor: Option<String>, skip: usize },
    /// The number of the page to ask for, and how many of its items were given.
    Page { page: u64, skip: usize },
    /// The end.
    End,
}
