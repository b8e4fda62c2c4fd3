//! Named tokens.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Value, json};

/// A named token.
#[derive(Clone)]
#[non_exhaustive]
pub struct NamedToken {
    /// The id; it is given when the token is added to a server.
    pub id: String,
    /// The name, unique among the tokens of the user.
    pub name: String,
    /// The id of the user whom it belongs to.
    pub user: String,
    /// `{"accessToken": {}}`, `{"identityToken": {}}` or `{"inviteToken": {…}}`.
    pub token_type: Value,
    /// The conditions under which it is valid.
    pub caveats: Vec<Value>,
    /// What the owner noted on it.
    pub custom_metadata: Value,
    /// Whether it is suspended.
    pub revoked: bool,
    /// How often an invitation can be used; `None` is without limit.
    pub usage_limit: Option<u64>,
    /// How often an invitation was used.
    pub usage_count: u64,
    /// What an invitation gives to who uses it; `None` is the default.
    pub privileges: Option<BTreeSet<String>>,
    /// When it was made, in seconds since 1970.
    pub creation_time: i64,
}

impl NamedToken {
    /// An access token of a user, by id or by the name that the user was added with.
    pub fn new(name: impl Into<String>, user: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            user: user.into(),
            token_type: json!({ "accessToken": {} }),
            caveats: Vec::new(),
            custom_metadata: json!({}),
            revoked: false,
            usage_limit: None,
            usage_count: 0,
            privileges: None,
            creation_time: 0,
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Makes it a token that proves who its owner is and nothing else.
    #[must_use]
    pub fn identity(mut self) -> Self {
        self.token_type = json!({ "identityToken": {} });
        self
    }

    /// Makes it an invitation for a user to join the space of this id.
    #[must_use]
    pub fn invite_to_space(mut self, space: impl Into<String>) -> Self {
        self.token_type =
            json!({ "inviteToken": { "inviteType": "userJoinSpace", "spaceId": space.into() } });
        self
    }

    /// Makes it an invitation for a user to join the group of this id.
    #[must_use]
    pub fn invite_to_group(mut self, group: impl Into<String>) -> Self {
        self.token_type =
            json!({ "inviteToken": { "inviteType": "userJoinGroup", "groupId": group.into() } });
        self
    }

    /// Adds a caveat, such as `{"type": "time", "validUntil": 1767225600}`.
    #[must_use]
    pub fn caveat(mut self, caveat: Value) -> Self {
        self.caveats.push(caveat);
        self
    }

    /// Suspends it.
    #[must_use]
    pub fn revoked(mut self) -> Self {
        self.revoked = true;
        self
    }

    /// What an invitation is for; `None` for other tokens.
    pub(in super::super) fn invitation(&self) -> Option<&Value> {
        self.token_type.get("inviteToken")
    }

    pub(in super::super) fn metadata(&self) -> Value {
        let mut metadata =
            json!({ "creationTime": self.creation_time, "custom": self.custom_metadata });
        if self.invitation().is_some() {
            metadata["usageLimit"] = self
                .usage_limit
                .map_or_else(|| json!("infinity"), |limit| json!(limit));
            metadata["usageCount"] = json!(self.usage_count);
            if let Some(privileges) = &self.privileges {
                metadata["privileges"] = json!(privileges);
            }
        }
        metadata
    }
}

/// Without what the owner noted, which may be anything.
impl fmt::Debug for NamedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedToken")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("user", &self.user)
            .field("token_type", &self.token_type)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}
