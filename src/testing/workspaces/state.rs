//! What a simulated deployment holds: users with their tokens, and workspaces.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

/// The second at which the first thing is made; every next thing is a second younger.
const BEGINNING: i64 = 1_767_225_600;

/// A user of the deployment, who is known by the token.
///
/// One that is merely named may list the workspaces that are his or her own, and nothing else.
#[derive(Clone)]
#[non_exhaustive]
pub struct User {
    /// The id, a UUID; it is given when the user is added to a server.
    pub id: String,
    /// The name by which the testing kit knows the user; the service does not show it.
    pub name: String,
    /// Whether the user may create workspaces.
    pub may_create: bool,
    /// Whether the user sees the workspaces of others as well.
    pub sees_all: bool,
    /// Whether the user sees who created and changed a workspace.
    pub sees_metadata: bool,
}

impl User {
    /// An ordinary user.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            may_create: false,
            sees_all: false,
            sees_metadata: false,
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Allows creating workspaces.
    #[must_use]
    pub fn may_create(mut self) -> Self {
        self.may_create = true;
        self
    }

    /// Allows seeing the workspaces of others.
    #[must_use]
    pub fn sees_all(mut self) -> Self {
        self.sees_all = true;
        self
    }

    /// Allows seeing who created and changed a workspace.
    #[must_use]
    pub fn sees_metadata(mut self) -> Self {
        self.sees_metadata = true;
        self
    }

    /// The token, with the header and the claims of a JSON Web Token.
    pub(super) fn token(&self) -> String {
        let header = json!({ "alg": "HS256", "typ": "JWT" }).to_string();
        let claims = json!({ "sub": self.id, "name": self.name }).to_string();
        [header.as_str(), claims.as_str(), "not a signature"]
            .map(|part| URL_SAFE_NO_PAD.encode(part))
            .join(".")
    }
}

/// Without the token, which is made of nothing but id and name.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A workspace, to be added to a server or as a server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Workspace {
    /// The id, a UUID; it is given when the workspace is added to a server.
    pub id: String,
    /// The unchanging name in addresses.
    pub identifier: String,
    /// The name that people read; the identifier unless set.
    pub name: String,
    /// `multi_user`, unless set, or `single_user`.
    pub workspace_type: String,
    /// The id of the user who owns it.
    pub owner_id: Option<String>,
    /// The domain under which it is reached.
    pub domain_name: Option<String>,
    /// When it was created, in ISO 8601.
    pub created_at: String,
    /// When it was last changed, in ISO 8601.
    pub updated_at: String,
    /// The id of who created it.
    pub created_by: Option<String>,
    /// The id of who changed it last.
    pub updated_by: Option<String>,
}

impl Workspace {
    /// A workspace for several users.
    pub fn new(identifier: impl Into<String>) -> Self {
        let identifier = identifier.into();
        Self {
            id: String::new(),
            name: identifier.clone(),
            identifier,
            workspace_type: "multi_user".to_owned(),
            owner_id: None,
            domain_name: None,
            created_at: String::new(),
            updated_at: String::new(),
            created_by: None,
            updated_by: None,
        }
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Sets the name that people read.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Makes it a workspace for a single user.
    #[must_use]
    pub fn single_user(mut self) -> Self {
        self.workspace_type = "single_user".to_owned();
        self
    }

    /// Sets the owner, by the name of a user or by an id.
    #[must_use]
    pub fn owner(mut self, user: impl Into<String>) -> Self {
        self.owner_id = Some(user.into());
        self
    }

    /// Sets the domain under which it is reached.
    #[must_use]
    pub fn domain_name(mut self, domain: impl Into<String>) -> Self {
        self.domain_name = Some(domain.into());
        self
    }

    /// Sets who created it and changed it last, by the name of a user or by an id; the owner unless set.
    #[must_use]
    pub fn author(mut self, user: impl Into<String>) -> Self {
        let user = user.into();
        self.created_by = Some(user.clone());
        self.updated_by = Some(user);
        self
    }

    /// Sets when it was created and last changed, in ISO 8601.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = time.into();
        self.updated_at.clone_from(&self.created_at);
        self
    }

    /// What an answer shows to `user`.
    pub(super) fn json(&self, user: &User) -> Value {
        let mut shown = Map::new();
        let texts = [
            ("id", Some(&self.id)),
            ("identifier", Some(&self.identifier)),
            ("name", Some(&self.name)),
            ("workspace_type", Some(&self.workspace_type)),
            ("owner_id", self.owner_id.as_ref()),
            ("domain_name", self.domain_name.as_ref()),
            ("created_at", Some(&self.created_at)),
            ("updated_at", Some(&self.updated_at)),
            (
                "created_by",
                self.created_by.as_ref().filter(|_| user.sees_metadata),
            ),
            (
                "updated_by",
                self.updated_by.as_ref().filter(|_| user.sees_metadata),
            ),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                shown.insert(key.to_owned(), Value::from(text.as_str()));
            }
        }
        Value::Object(shown)
    }

    /// Whether `user` finds it in the list.
    pub(super) fn visible_to(&self, user: &User) -> bool {
        user.sees_all
            || self.owner_id.as_ref() == Some(&user.id)
            || self.created_by.as_ref() == Some(&user.id)
    }
}

/// Everything that the deployment knows.
#[derive(Default)]
pub(super) struct State {
    /// Where the server is reached, for the links.
    pub(super) origin: String,
    users: Vec<User>,
    workspaces: Vec<Workspace>,
    /// Tokens that were given to the server, with the names of their users.
    accepted: BTreeMap<String, String>,
    expired: BTreeSet<String>,
    /// Counts what was made, for ids and times.
    made: u32,
}

impl State {
    pub(super) fn users(&self) -> &[User] {
        &self.users
    }

    pub(super) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    pub(super) fn user_with_token(&self, token: &str) -> Option<&User> {
        if self.expired.contains(token) {
            return None;
        }
        match self.accepted.get(token) {
            Some(name) => self.user_named(name),
            None => self.users.iter().find(|user| user.token() == token),
        }
    }

    pub(super) fn accept(&mut self, user: &str, token: String) {
        self.accepted.insert(token, user.to_owned());
    }

    pub(super) fn expire(&mut self, token: &str) {
        self.expired.insert(token.to_owned());
    }

    pub(super) fn remove_workspace(&mut self, identifier: &str) {
        self.workspaces
            .retain(|workspace| workspace.identifier != identifier);
    }

    pub(super) fn workspaces(&self) -> &[Workspace] {
        &self.workspaces
    }

    /// Adds a user, with an id. One who takes the place of another keeps the id, and so the token.
    pub(super) fn add_user(&mut self, mut user: User) {
        let fresh = self.next_id();
        if user.id.is_empty() {
            let known = self.user_named(&user.name);
            user.id = known.map_or(fresh, |known| known.id.clone());
        }
        self.users.retain(|known| known.name != user.name);
        self.users.push(user);
        self.users.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Adds a workspace, with what it lacks, and answers it.
    pub(super) fn add_workspace(&mut self, mut workspace: Workspace) -> Workspace {
        let fresh = self.next_id();
        if workspace.id.is_empty() {
            workspace.id = fresh;
        }
        if workspace.created_at.is_empty() {
            workspace.created_at = self.now();
            workspace.updated_at.clone_from(&workspace.created_at);
        }
        workspace.owner_id = workspace.owner_id.map(|user| self.id_of(user));
        workspace.created_by = workspace
            .created_by
            .map(|user| self.id_of(user))
            .or_else(|| workspace.owner_id.clone());
        workspace.updated_by = workspace
            .updated_by
            .map(|user| self.id_of(user))
            .or_else(|| workspace.created_by.clone());
        self.workspaces.push(workspace.clone());
        workspace
    }

    /// The id of the user of this name; what names no user is an id already.
    fn id_of(&self, user: String) -> String {
        self.user_named(&user)
            .map_or(user, |known| known.id.clone())
    }

    /// A UUID that counts, so that a test sees the same ids each time.
    fn next_id(&mut self) -> String {
        self.made += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.made)
    }

    fn now(&self) -> String {
        DateTime::from_timestamp(BEGINNING + i64::from(self.made), 0)
            .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
            .unwrap_or_default()
    }
}
