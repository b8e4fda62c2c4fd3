//! A place in a list, for going on from it later.

use serde::{Deserialize, Serialize};

use crate::paging::reach::Reach;

/// A place in a list that can be kept (it is serialisable) and gone on from, in another process too.
///
/// It belongs to the operation that it came from; the request that takes it up is otherwise built like
/// the first one. It carries what was given last, not everything: that a server begins the list anew
/// behind its end is noticed by a walk that saw the beginning itself.
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
    /// The row to ask for, whether the last item given must be found from there on, and what is known
    /// of the list's pages.
    Offset {
        start: u64,
        anchored: bool,
        tail: Option<u64>,
        reach: Reach,
        seen: Vec<u64>,
    },
    /// The cursor of the page to ask for.
    Cursor {
        cursor: Option<String>,
        seen: Vec<u64>,
    },
    /// The number of the page to ask for.
    Page { page: Option<u64>, seen: Vec<u64> },
    /// The end.
    End,
}

impl At {
    /// The items that were given last.
    pub(crate) fn seen(&self) -> &[u64] {
        match self {
            Self::Offset { seen, .. } | Self::Cursor { seen, .. } | Self::Page { seen, .. } => seen,
            Self::End => &[],
        }
    }
}
