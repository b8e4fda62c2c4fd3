//! All that a simulated Confluence knows, and the questions its routes ask of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::call::Caller;
use super::clock::Clock;
use super::jobs::Jobs;
use super::problem::Problem;
use super::seed::{Content, Grant, Group, Restriction, Space, Subject, User};
use super::tasks::Work;
use crate::testing::pages::Limits;
use crate::testing::tasks::Tasks;

/// Name of the group whose members administer the whole site.
pub(super) const ADMINISTRATORS: &str = "confluence-administrators";
/// Name of the group that new users come into.
pub(super) const USERS: &str = "confluence-users";

/// The server's memory.
pub(super) struct State {
    /// `http://127.0.0.1:<port>`
    pub(super) origin: String,
    /// `/confluence`, or empty.
    pub(super) context: String,
    /// The address that links name, when it is not the one that clients reach.
    pub(super) internal_base: Option<String>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) spaces: BTreeMap<String, Space>,
    pub(super) contents: BTreeMap<u64, Content>,
    pub(super) permissions: BTreeSet<Grant>,
    pub(super) webhooks: BTreeMap<u64, Value>,
    pub(super) tasks: Tasks<Work>,
    pub(super) jobs: Jobs,
    pub(super) clock: Clock,
    /// Personal access tokens, with the login name each stands for.
    pub(super) tokens: BTreeMap<String, String>,
    /// Most active users that the licence allows.
    pub(super) licence: Option<usize>,
    /// Most rows on any page, when it is lower than the real server's.
    pub(super) page_cap: Option<usize>,
    last_id: u64,
}

/// A fresh site: the administrator, the groups that every site has, and no space.
impl Default for State {
    fn default() -> Self {
        let mut state = Self {
            origin: String::new(),
            context: String::new(),
            internal_base: None,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            spaces: BTreeMap::new(),
            contents: BTreeMap::new(),
            permissions: BTreeSet::new(),
            webhooks: BTreeMap::new(),
            tasks: Tasks::default(),
            jobs: Jobs::default(),
            clock: Clock::new(),
            tokens: BTreeMap::new(),
            licence: None,
            page_cap: None,
            last_id: 393_216,
        };
        for group in [ADMINISTRATORS, USERS] {
            state.groups.insert(group.to_owned(), Group::new(group));
        }
        for (target, operation) in [
            ("application", "use"),
            ("space", "create"),
            ("personal_space", "create"),
        ] {
            state
                .permissions
                .insert(Grant::to_group(USERS, target, operation));
        }
        state
            .permissions
            .insert(Grant::to_group(ADMINISTRATORS, "application", "administer"));
        state
            .permissions
            .insert(Grant::to_group(ADMINISTRATORS, "system", "administer"));
        state.add_user(
            User::new("admin")
                .full_name("A. D. Ministrator")
                .password("admin"),
        );
        state.join(ADMINISTRATORS, "admin");
        state
    }
}

impl State {
    /// A number that nothing has yet.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 10;
        self.last_id
    }

    /// The base address in links.
    pub(super) fn base(&self) -> String {
        match &self.internal_base {
            Some(base) => base.clone(),
            None => format!("{}{}", self.origin, self.context),
        }
    }

    /// A whole URL in a link.
    pub(super) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base())
    }

    /// The limits of a list under the cap of this server.
    pub(super) fn capped(&self, limits: Limits) -> Limits {
        match self.page_cap {
            Some(cap) => Limits {
                default: limits.default.min(cap),
                most: limits.most.min(cap),
            },
            None => limits,
        }
    }
}

/// Users and groups.
impl State {
    /// Adds a user to the site, and to the group of all users; gives the user's key.
    pub(super) fn add_user(&mut self, mut user: User) -> String {
        if user.key.is_empty() {
            user.key = format!("2c9580839013922301{:014x}", self.next_id());
        }
        let key = user.key.clone();
        self.join(USERS, &user.name.clone());
        self.users.insert(user.name.clone(), user);
        key
    }

    /// Puts a user into a group, which is made if need be.
    pub(super) fn join(&mut self, group: &str, user: &str) {
        let group = self
            .groups
            .entry(group.to_owned())
            .or_insert_with(|| Group::new(group));
        group.members.insert(user.to_owned());
    }

    /// Deletes a user, with memberships, permissions and tokens; what they wrote stays.
    pub(super) fn remove_user(&mut self, name: &str) {
        self.users.remove(name);
        for group in self.groups.values_mut() {
            group.members.remove(name);
        }
        self.tokens.retain(|_, user| user != name);
        self.forget_subject(&Subject::User(name.to_owned()));
    }

    /// Takes away all that was permitted to a user or group.
    pub(super) fn forget_subject(&mut self, subject: &Subject) {
        self.permissions.retain(|grant| grant.subject != *subject);
        for space in self.spaces.values_mut() {
            space.permissions.retain(|grant| grant.subject != *subject);
        }
    }

    pub(super) fn user(&self, name: &str) -> Result<&User, Problem> {
        self.users
            .get(name)
            .ok_or_else(|| Problem::not_found(format!("No user found with username: {name}")))
    }

    pub(super) fn user_by_key(&self, key: &str) -> Result<&User, Problem> {
        let found = self.users.values().find(|user| user.key == key);
        found.ok_or_else(|| Problem::not_found(format!("No user found with key: {key}")))
    }

    pub(super) fn group(&self, name: &str) -> Result<&Group, Problem> {
        self.groups
            .get(name)
            .ok_or_else(|| Problem::not_found(format!("No group found with name: {name}")))
    }

    /// The groups that a user is in, directly or through other groups.
    pub(super) fn groups_of(&self, user: &str) -> BTreeSet<&str> {
        let direct = self
            .groups
            .values()
            .filter(|group| group.members.contains(user));
        let mut found: BTreeSet<&str> = direct.map(|group| group.name.as_str()).collect();
        loop {
            let above = self
                .groups
                .values()
                .filter(|group| group.groups.iter().any(|g| found.contains(g.as_str())));
            let all: BTreeSet<&str> = found
                .iter()
                .copied()
                .chain(above.map(|group| group.name.as_str()))
                .collect();
            if all.len() == found.len() {
                return found;
            }
            found = all;
        }
    }
}

/// Who may do what.
impl State {
    /// Who a caller is by the `Authorization` header.
    pub(super) fn caller(&self, authorization: Option<&str>) -> Result<Caller, Problem> {
        let Some(authorization) = authorization else {
            return self.nobody();
        };
        let (scheme, value) = authorization.split_once(' ').unwrap_or_default();
        let name = match scheme.to_ascii_lowercase().as_str() {
            "bearer" => self.tokens.get(value).cloned(),
            "basic" => self.by_password(value),
            _ => None,
        };
        match name.filter(|name| self.users.get(name).is_some_and(|user| user.active)) {
            Some(name) if self.permitted_globally(&name, "application", "use") => {
                Ok(Caller::User(name))
            }
            Some(_) => Err(Problem::forbidden(
                "You are not permitted to use Confluence",
            )),
            None => Err(Problem::unauthorized()),
        }
    }

    fn nobody(&self) -> Result<Caller, Problem> {
        let allowed = Grant::new(Subject::Anonymous, "application", "use");
        if self.permissions.contains(&allowed) {
            Ok(Caller::Anonymous)
        } else {
            Err(Problem::unauthorized())
        }
    }

    fn by_password(&self, value: &str) -> Option<String> {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(value)
            .ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (name, password) = text.split_once(':')?;
        self.users
            .get(name)
            .filter(|user| user.has_password(password))
            .map(|user| user.name.clone())
    }

    fn permitted_globally(&self, user: &str, target: &str, operation: &str) -> bool {
        granted(
            &self.permissions,
            user,
            &self.groups_of(user),
            target,
            operation,
        )
    }

    /// Whether the caller administers the whole site and all in it.
    pub(super) fn is_system_admin(&self, caller: &Caller) -> bool {
        matches!(caller, Caller::User(name) if self.permitted_globally(name, "system", "administer"))
    }

    /// Whether the caller administers Confluence.
    pub(super) fn is_admin(&self, caller: &Caller) -> bool {
        self.is_system_admin(caller)
            || matches!(caller, Caller::User(name) if self.permitted_globally(name, "application", "administer"))
    }

    pub(super) fn need_system_admin(&self, caller: &Caller) -> Result<(), Problem> {
        if self.is_system_admin(caller) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Only a system administrator may do this",
        ))
    }

    pub(super) fn need_admin(&self, caller: &Caller) -> Result<(), Problem> {
        if self.is_admin(caller) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Only a Confluence administrator may do this",
        ))
    }

    /// The login name of the caller, who must not be anonymous.
    pub(super) fn need_user(&self, caller: &Caller) -> Result<String, Problem> {
        match caller {
            Caller::User(name) => Ok(name.clone()),
            Caller::Anonymous => Err(Problem::unauthorized()),
        }
    }

    /// Whether the caller has a permission for the whole site.
    pub(super) fn may_globally(&self, caller: &Caller, target: &str, operation: &str) -> bool {
        match caller {
            Caller::User(name) => {
                self.is_system_admin(caller) || self.permitted_globally(name, target, operation)
            }
            Caller::Anonymous => false,
        }
    }

    /// Whether the caller has a permission in a space.
    pub(super) fn may(
        &self,
        caller: &Caller,
        space: &Space,
        target: &str,
        operation: &str,
    ) -> bool {
        let by_name = match caller {
            Caller::User(name) => {
                self.is_system_admin(caller)
                    || granted(
                        &space.permissions,
                        name,
                        &self.groups_of(name),
                        target,
                        operation,
                    )
            }
            Caller::Anonymous => false,
        };
        by_name
            || space
                .permissions
                .contains(&Grant::new(Subject::Anonymous, target, operation))
    }

    /// A space that the caller may see.
    pub(super) fn visible_space(&self, caller: &Caller, key: &str) -> Result<&Space, Problem> {
        let space = self
            .spaces
            .get(key)
            .filter(|space| self.may(caller, space, "space", "read"));
        space.ok_or_else(|| Problem::not_found(format!("No space with key : {key}")))
    }

    /// A space that the caller administers.
    pub(super) fn administered_space(&self, caller: &Caller, key: &str) -> Result<&Space, Problem> {
        let space = self.visible_space(caller, key)?;
        if self.may(caller, space, "space", "administer") {
            return Ok(space);
        }
        Err(Problem::forbidden(format!(
            "You do not administer the space {key}"
        )))
    }

    /// The same, to be changed.
    pub(super) fn administered_space_mut(
        &mut self,
        caller: &Caller,
        key: &str,
    ) -> Result<&mut Space, Problem> {
        self.administered_space(caller, key)?;
        self.spaces
            .get_mut(key)
            .ok_or_else(|| Problem::not_found(format!("No space with key : {key}")))
    }

    /// Requires a permission in a space, which the caller may see.
    pub(super) fn need_in_space(
        &self,
        caller: &Caller,
        key: &str,
        target: &str,
        operation: &str,
    ) -> Result<(), Problem> {
        let space = self.visible_space(caller, key)?;
        if self.may(caller, space, target, operation) {
            return Ok(());
        }
        Err(Problem::forbidden(format!(
            "You do not have the permission {target} {operation} in the space {key}"
        )))
    }

    /// Whether the caller made a content.
    pub(super) fn owns(&self, caller: &Caller, content: &Content) -> bool {
        matches!(caller, Caller::User(name) if *name == content.creator)
    }

    /// Whether a restriction lets the caller through.
    fn admitted(&self, caller: &Caller, restriction: &Restriction) -> bool {
        restriction.is_empty()
            || match caller {
                Caller::User(name) => {
                    restriction.admits(name, &self.groups_of(name)) || self.is_system_admin(caller)
                }
                Caller::Anonymous => false,
            }
    }

    /// Whether the caller may see a content: a restriction holds for what is below it too.
    pub(super) fn sees(&self, caller: &Caller, content: &Content) -> bool {
        let above = self.ancestors(content);
        let above = above.iter().filter_map(|id| self.contents.get(id));
        std::iter::once(content)
            .chain(above)
            .all(|content| self.admitted(caller, &content.viewers))
            && self
                .spaces
                .get(&content.space)
                .is_some_and(|space| self.may(caller, space, "space", "read"))
    }

    /// A content that the caller may see.
    pub(super) fn visible_content(&self, caller: &Caller, id: &str) -> Result<&Content, Problem> {
        let found = self.content_by_id(id);
        let content = found.filter(|content| self.sees(caller, content));
        content.ok_or_else(|| {
            Problem::not_found(format!("No content found with id: ContentId{{id={id}}}"))
        })
    }

    /// A content by the id in a path: that of an attachment may have `att` before it.
    fn content_by_id(&self, id: &str) -> Option<&Content> {
        let bare = id.strip_prefix("att");
        let content = self.contents.get(&bare.unwrap_or(id).parse().ok()?)?;
        (bare.is_none() || content.kind == "attachment").then_some(content)
    }

    /// A content, to be changed.
    pub(super) fn content_mut(&mut self, id: u64) -> Result<&mut Content, Problem> {
        self.contents
            .get_mut(&id)
            .ok_or_else(|| Problem::not_found(format!("No content found with id: {id}")))
    }

    /// A content that the caller may edit.
    pub(super) fn editable_content_mut(
        &mut self,
        caller: &Caller,
        id: &str,
    ) -> Result<&mut Content, Problem> {
        let content = self.visible_content(caller, id)?;
        let (id, kind, space) = (content.id, content.kind.clone(), content.space.clone());
        let admitted = self.admitted(caller, &content.editors);
        let space = self.spaces.get(&space);
        if !admitted || !space.is_some_and(|space| self.may(caller, space, &kind, "create")) {
            return Err(Problem::forbidden(
                "You do not have permission to edit this content",
            ));
        }
        self.content_mut(id)
    }
}

/// Whether a permission was granted to a user or one of their groups.
fn granted(
    grants: &BTreeSet<Grant>,
    user: &str,
    groups: &BTreeSet<&str>,
    target: &str,
    operation: &str,
) -> bool {
    grants.iter().any(|grant| {
        grant.target == target
            && grant.operation == operation
            && match &grant.subject {
                Subject::User(name) => name == user,
                Subject::Group(name) => groups.contains(name.as_str()),
                Subject::Anonymous | Subject::Unlicensed => false,
            }
    })
}

/// Spaces and contents.
impl State {
    /// Adds a space, with a home page unless it has one.
    pub(super) fn add_space(&mut self, mut space: Space) {
        if space.id == 0 {
            space.id = self.next_id();
        }
        space.created = self.clock.tick();
        space.changed = space.created;
        for property in space.properties.values_mut() {
            property.id = self.next_id();
        }
        let key = space.key.clone();
        let title = format!("{} Home", space.name);
        let wants_home = space.homepage.is_none();
        self.spaces.insert(key.clone(), space);
        if wants_home {
            let home = self.add_content(Content::page(key.clone(), title));
            if let Some(space) = self.spaces.get_mut(&key) {
                space.homepage = Some(home);
            }
        }
    }

    /// Deletes a space and all in it.
    pub(super) fn remove_space(&mut self, key: &str) {
        self.spaces.remove(key);
        self.contents.retain(|_, content| content.space != key);
    }

    /// Adds a content; gives its id.
    pub(super) fn add_content(&mut self, mut content: Content) -> u64 {
        if content.id == 0 {
            content.id = self.next_id();
        }
        let holder = content.parent.and_then(|id| self.contents.get(&id));
        if let Some(holder) = holder.filter(|_| content.space.is_empty()) {
            content.space.clone_from(&holder.space);
        }
        content.created = self.clock.tick();
        content.changed = content.created;
        for property in content.properties.values_mut() {
            property.id = self.next_id();
        }
        let id = content.id;
        self.contents.insert(id, content);
        id
    }

    /// Removes a content for good, with the comments and files on it.
    pub(super) fn purge(&mut self, id: u64) {
        self.contents.remove(&id);
        let on_it = |content: &Content| {
            content.parent == Some(id) && matches!(content.kind.as_str(), "comment" | "attachment")
        };
        let below: Vec<u64> = self
            .contents
            .values()
            .filter(|content| on_it(content))
            .map(|content| content.id)
            .collect();
        for id in below {
            self.purge(id);
        }
    }

    /// The ids of the pages above a content, from the top down.
    pub(super) fn ancestors(&self, content: &Content) -> Vec<u64> {
        let mut above = Vec::new();
        let mut next = content.parent;
        while let Some(id) = next.filter(|id| !above.contains(id)) {
            above.push(id);
            next = self.contents.get(&id).and_then(|parent| parent.parent);
        }
        above.reverse();
        above
    }
}
