//! What a simulated zone holds, to be added to it and as it stands: users, spaces, groups, tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use super::privileges::{self, Privileges, set};

/// A user of the zone.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The id; it is given when the user is added to a server.
    pub id: String,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The name that others see.
    pub full_name: String,
    /// Whether the user may sign in with name and password.
    pub basic_auth_enabled: bool,
    /// Whether the user is locked out.
    pub blocked: bool,
    /// The privileges in the zone (`oz_…`), without those that come through groups.
    pub privileges: BTreeSet<String>,
    /// When the user was created, in seconds since 1970.
    pub creation_time: i64,
    /// The names that the user has given to spaces, by their ids.
    pub space_aliases: BTreeMap<String, String>,
    /// Counts how often all temporary tokens were revoked.
    pub temporary_token_generation: u64,
    pub(super) password: Option<String>,
}

impl User {
    /// A user without privileges in the zone, who signs in with this name.
    pub fn new(username: impl Into<String>) -> Self {
        let username = username.into();
        Self {
            full_name: username.clone(),
            username: Some(username),
            ..Self::nameless()
        }
    }

    /// A user as the server makes one from nothing.
    pub(super) fn nameless() -> Self {
        Self {
            id: String::new(),
            username: None,
            full_name: "Unnamed User".to_owned(),
            basic_auth_enabled: false,
            blocked: false,
            privileges: BTreeSet::new(),
            creation_time: 0,
            space_aliases: BTreeMap::new(),
            temporary_token_generation: 1,
            password: None,
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the name that others see.
    #[must_use]
    pub fn full_name(mut self, name: impl Into<String>) -> Self {
        self.full_name = name.into();
        self
    }

    /// Sets a password and lets the user sign in with it.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self.basic_auth_enabled = true;
        self
    }

    /// Adds a privilege in the zone, such as `oz_spaces_create`.
    #[must_use]
    pub fn privilege(mut self, privilege: impl Into<String>) -> Self {
        self.privileges.insert(privilege.into());
        self
    }

    /// Adds all privileges in the zone.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.privileges = set(privileges::OZ);
        self
    }

    /// Locks the user out.
    #[must_use]
    pub fn blocked(mut self) -> Self {
        self.blocked = true;
        self
    }

    /// What others see.
    pub(super) fn short(&self) -> Value {
        json!({
            "userId": self.id,
            "fullName": self.full_name,
            "username": self.username,
            "creationTime": self.creation_time,
        })
    }

    /// What the user and administrators see.
    pub(super) fn details(&self) -> Value {
        let mut details = self.short();
        details["linkedAccounts"] = json!([]);
        details["emails"] = json!([]);
        details["basicAuthEnabled"] = json!(self.basic_auth_enabled);
        details["blocked"] = json!(self.blocked);
        details
    }
}

/// Without the password.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("full_name", &self.full_name)
            .field("basic_auth_enabled", &self.basic_auth_enabled)
            .field("blocked", &self.blocked)
            .field("privileges", &self.privileges)
            .finish_non_exhaustive()
    }
}

/// The direct members of a space or a group, with their privileges in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Members {
    /// The users, by their ids.
    pub users: BTreeMap<String, BTreeSet<String>>,
    /// The groups, by their ids.
    pub groups: BTreeMap<String, BTreeSet<String>>,
}

/// A space.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Space {
    /// The id; it is given when the space is added to a server.
    pub id: String,
    /// The name, which need not be unique.
    pub name: String,
    /// What it is about, in Markdown.
    pub description: String,
    /// The organization behind it.
    pub organization_name: String,
    /// Its tags in the marketplace.
    pub tags: Vec<String>,
    /// Whether everybody finds it in the marketplace.
    pub advertised_in_marketplace: bool,
    /// Where requests for membership go.
    pub marketplace_contact_email: String,
    /// The id of the user who created it.
    pub creator: Option<String>,
    /// When it was created, in seconds since 1970.
    pub creation_time: i64,
    /// Who belongs to it.
    pub members: Members,
    /// The ids of its owners, who may do everything in it.
    pub owners: BTreeSet<String>,
}

impl Space {
    /// A space without members.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            description: String::new(),
            organization_name: String::new(),
            tags: Vec::new(),
            advertised_in_marketplace: false,
            marketplace_contact_email: String::new(),
            creator: None,
            creation_time: 0,
            members: Members::default(),
            owners: BTreeSet::new(),
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets what it is about.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Puts it into the marketplace.
    #[must_use]
    pub fn advertised(
        mut self,
        organization: impl Into<String>,
        contact_email: impl Into<String>,
    ) -> Self {
        self.advertised_in_marketplace = true;
        self.organization_name = organization.into();
        self.marketplace_contact_email = contact_email.into();
        if self.description.is_empty() {
            self.description.clone_from(&self.name);
        }
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds an owner with all privileges, by id or by the name that the user was added with.
    #[must_use]
    pub fn owner(mut self, user: impl Into<String>) -> Self {
        let user = user.into();
        self.members
            .users
            .insert(user.clone(), set(privileges::SPACE));
        self.creator.get_or_insert_with(|| user.clone());
        self.owners.insert(user);
        self
    }

    /// Adds a user with the privileges of an ordinary member, by id or by the name that the user was
    /// added with.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.members
            .users
            .insert(user.into(), set(privileges::SPACE_MEMBER));
        self
    }

    /// Adds a user with these privileges.
    #[must_use]
    pub fn user_with(mut self, user: impl Into<String>, privileges: &[&str]) -> Self {
        self.members.users.insert(user.into(), set(privileges));
        self
    }

    /// Adds a group with the privileges of an ordinary member, by id or by name.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.members
            .groups
            .insert(group.into(), set(privileges::SPACE_MEMBER));
        self
    }

    /// Adds a group with these privileges.
    #[must_use]
    pub fn group_with(mut self, group: impl Into<String>, privileges: &[&str]) -> Self {
        self.members.groups.insert(group.into(), set(privileges));
        self
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "spaceId": self.id,
            "name": self.name,
            "description": self.description,
            "organizationName": self.organization_name,
            "tags": self.tags,
            "advertisedInMarketplace": self.advertised_in_marketplace,
            "marketplaceContactEmail": self.marketplace_contact_email,
            "providers": {},
            "supportParametersRegistry": {},
            "creator": subject(self.creator.as_deref()),
            "creationTime": self.creation_time,
        })
    }

    /// Its place in the marketplace, which is ordered by name.
    pub(super) fn index(&self) -> String {
        format!("{}@{}", self.name.to_lowercase(), self.id)
    }
}

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

    pub(super) fn json(&self) -> Value {
        json!({
            "groupId": self.id,
            "name": self.name,
            "type": self.group_type,
            "creator": subject(self.creator.as_deref()),
            "creationTime": self.creation_time,
        })
    }
}

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
    pub(super) fn invitation(&self) -> Option<&Value> {
        self.token_type.get("inviteToken")
    }

    pub(super) fn metadata(&self) -> Value {
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

/// A request for membership in an advertised space.
#[derive(Debug, Clone)]
pub(super) struct MembershipRequest {
    pub(super) id: String,
    pub(super) space: String,
    pub(super) user: String,
    pub(super) email: String,
    pub(super) rejected: bool,
    pub(super) last_activity: i64,
}

impl MembershipRequest {
    pub(super) fn json(&self) -> Value {
        json!({ "requestId": self.id, "contactEmail": self.email, "lastActivity": self.last_activity })
    }
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

impl Named for User {
    fn is_called(&self, name: &str) -> bool {
        self.username.as_deref() == Some(name)
    }
}

impl Named for Space {
    fn is_called(&self, name: &str) -> bool {
        self.name == name
    }
}

impl Named for Group {
    fn is_called(&self, name: &str) -> bool {
        self.name == name
    }
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
