//! What a simulated zone holds, to be added to it and as it stands: users, spaces, groups, tokens.

mod groups;
mod spaces;
mod tokens;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use self::groups::Group;
pub use self::spaces::Space;
pub use self::tokens::NamedToken;
pub use self::users::User;
use super::privileges::Privileges;

/// The direct members of a space or a group, with their privileges in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Members {
    /// The users, by their ids.
    pub users: BTreeMap<String, BTreeSet<String>>,
    /// The groups, by their ids.
    pub groups: BTreeMap<String, BTreeSet<String>>,
}

/// Somebody as the server names whoever made something: a user, or the zone itself.
pub(super) fn subject(user: Option<&str>) -> Value {
    match user {
        Some(id) => json!({ "type": "user", "id": id }),
        None => json!({ "type": "root", "id": null }),
    }
}

/// A user, a space or a group among others of its kind.
pub(super) trait Named {
    fn is_called(&self, name: &str) -> bool;
}

/// Members given by id or by name become members by id.
pub(super) fn by_id<T: Named>(
    given: BTreeMap<String, Privileges>,
    known: &BTreeMap<String, T>,
) -> BTreeMap<String, Privileges> {
    given
        .into_iter()
        .map(|(name, privileges)| (id_of(name, known), privileges))
        .collect()
}

/// The id of what is called so; what is not a name is an id already.
pub(super) fn id_of<T: Named>(name: String, known: &BTreeMap<String, T>) -> String {
    if known.contains_key(&name) {
        return name;
    }
    match known.iter().find(|(_, one)| one.is_called(&name)) {
        Some((id, _)) => id.clone(),
        None => name,
    }
}
