//! All that a simulated Confluence knows, and the questions its routes ask of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::clock::Clock;
use super::colours::Scheme;
use super::jobs::Jobs;
use super::journal::Record;
use super::oauth::OAuth;
use super::problem::Problem;
use super::reindex::Reindex;
use super::seed::{Content, Grant, Group, Labelled, Space, Subject, User};
use super::tasks::Started;
use super::webhook_calls::{Calls, Receiver};
use super::{ADMIN, ADMIN_PASSWORD};
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
    /// The colours of the site.
    pub(super) colours: Scheme,
    pub(super) webhooks: BTreeMap<u64, Value>,
    /// What was called, by the id of the webhook.
    pub(super) webhook_calls: BTreeMap<u64, Calls>,
    /// What URLs do when they are called; the others answer well.
    pub(super) receivers: BTreeMap<String, Receiver>,
    /// The changes that the audit log lists, in their order.
    pub(super) journal: VecDeque<Record>,
    pub(super) tasks: Tasks<Started>,
    pub(super) jobs: Jobs,
    /// The latest rebuild of the search index.
    pub(super) reindex: Option<Reindex>,
    pub(super) clock: Clock,
    /// Personal access tokens, with the login name each stands for.
    pub(super) tokens: BTreeMap<String, String>,
    pub(super) oauth: OAuth,
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
            colours: Scheme::default(),
            webhooks: BTreeMap::new(),
            webhook_calls: BTreeMap::new(),
            receivers: BTreeMap::new(),
            journal: VecDeque::new(),
            tasks: Tasks::default(),
            jobs: Jobs::default(),
            reindex: None,
            clock: Clock::new(),
            tokens: BTreeMap::new(),
            oauth: OAuth::default(),
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
            User::new(ADMIN)
                .full_name("A. D. Ministrator")
                .password(ADMIN_PASSWORD),
        );
        state.join(ADMINISTRATORS, ADMIN);
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
        self.oauth.forget_user(name);
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
        content.edit.when = content.created;
        content.edit.by.clone_from(&content.creator);
        for label in content.labels.clone() {
            let labelled = Labelled {
                by: content.creator.clone(),
                when: content.created,
            };
            content.add_label(&label, labelled);
        }
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

    /// What a comment or an attachment hangs on, however many comments are between them; others are in
    /// their space.
    pub(super) fn holder(&self, content: &Content) -> Option<&Content> {
        if !matches!(content.kind.as_str(), "comment" | "attachment") {
            return None;
        }
        let above = self.ancestors(content);
        let mut above = above.iter().rev().filter_map(|id| self.contents.get(id));
        above.find(|one| content.kind == "attachment" || one.kind != "comment")
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
