//! Everything that a simulated site knows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat};

use super::contents::Content;
use super::kinds::Kind;
use super::problem::Problem;
use super::seed::{Group, Page, Property, Space, User};
use super::tasks::Work;
use crate::testing::tasks::Tasks;

/// The second at which the first thing is made; every next thing is a second younger.
const BEGINNING: i64 = 1_767_225_600;

/// Spaces, content and properties are numbered from here.
const FIRST_ID: u64 = 65_536;

/// The site.
#[derive(Default)]
pub(super) struct State {
    /// Where the server is reached, without `/wiki`.
    pub(super) origin: String,
    /// The path by which OAuth calls come, before `/wiki`.
    pub(super) gateway: String,
    pub(super) users: BTreeMap<String, User>,
    pub(super) groups: BTreeMap<String, Group>,
    /// By number, so that they are in the order in which they were made.
    pub(super) spaces: BTreeMap<u64, Space>,
    pub(super) contents: BTreeMap<u64, Content>,
    pub(super) tasks: Tasks<Work>,
    /// Whether tasks are told of in the old form, without `finished` and `status`.
    pub(super) old_tasks: bool,
    /// Tokens that were given to the server, with the account ids of their users.
    pub(super) accepted: BTreeMap<String, String>,
    pub(super) expired: BTreeSet<String>,
    made: u64,
}

impl State {
    pub(super) fn base(&self) -> String {
        format!("{}/wiki", self.origin)
    }

    /// The next number for anything that is numbered.
    pub(super) fn next_number(&mut self) -> u64 {
        self.made += 1;
        FIRST_ID + self.made
    }

    /// A number that the caller chose, if it is one, or the next.
    pub(super) fn number(&mut self, chosen: &str) -> u64 {
        let next = self.next_number();
        chosen.parse().unwrap_or(next)
    }

    /// The time of what was made last.
    pub(super) fn time(&self) -> String {
        let seconds = BEGINNING.saturating_add_unsigned(self.made);
        DateTime::from_timestamp(seconds, 0)
            .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
            .unwrap_or_default()
    }

    // Adding things, with what they lack.

    pub(super) fn add_user(&mut self, mut user: User) {
        self.next_number();
        let now = self.time();
        for property in user.properties.values_mut() {
            property.created.clone_from(&now);
            property.modified.clone_from(&now);
        }
        self.users.insert(user.account_id.clone(), user);
    }

    pub(super) fn add_group(&mut self, mut group: Group) -> Group {
        let number = self.next_number();
        if group.id.is_empty() {
            group.id = format!("00000000-0000-4000-9000-{number:012x}");
        }
        self.groups.insert(group.id.clone(), group.clone());
        group
    }

    /// Puts a user into a group, by name or by id, which is made if need be.
    pub(super) fn join(&mut self, group: &str, account_id: &str) {
        let known = self
            .groups
            .values_mut()
            .find(|known| known.id == group || known.name == group);
        match known {
            Some(group) => {
                group.members.insert(account_id.to_owned());
            }
            None => {
                self.add_group(Group::new(group).member(account_id));
            }
        }
    }

    pub(super) fn remove_user(&mut self, account_id: &str) {
        self.users.remove(account_id);
        for group in self.groups.values_mut() {
            group.members.remove(account_id);
        }
    }

    /// Whether this is a token of the user.
    pub(super) fn takes(&self, user: &User, token: &str) -> bool {
        let given = self
            .accepted
            .get(token)
            .is_some_and(|account| *account == user.account_id);
        !self.expired.contains(token) && (given || user.api_token() == token)
    }

    /// Adds a space with its home page, and answers its number.
    pub(super) fn add_space(&mut self, mut space: Space) -> u64 {
        let number = self.number(&space.id);
        space.id = number.to_string();
        space.created_at = self.time();
        for at in 0..space.permissions.len() {
            let id = self.next_number();
            space.permissions[at].id = id;
        }
        self.complete(&mut space.properties);
        let home = Page::new(&space.key, format!("{} Home", space.name)).author(&space.author_id);
        self.spaces.insert(number, space);
        let home = self.add_content(home);
        if let Some(space) = self.spaces.get_mut(&number) {
            space.homepage_id = Some(home);
        }
        number
    }

    pub(super) fn complete(&mut self, properties: &mut [Property]) {
        for property in properties {
            property.id = self.next_number().to_string();
            property.created_at = self.time();
        }
    }

    // Finding things.

    /// The space of this key. The latest is looked at first: it is the one that is being filled mostly.
    pub(super) fn space_with_key(&self, key: &str) -> Option<&Space> {
        self.spaces
            .values()
            .rev()
            .find(|space| space.key.eq_ignore_ascii_case(key))
    }

    /// A space that the caller may see.
    pub(super) fn space(&self, id: &str, caller: &str) -> Result<&Space, Problem> {
        let space = id
            .parse()
            .ok()
            .and_then(|number: u64| self.spaces.get(&number));
        space
            .filter(|space| self.sees_space(caller, space))
            .ok_or_else(|| Problem::not_found("Space not found"))
    }

    /// A space that the caller may see, by key.
    pub(super) fn space_of_key(&self, key: &str, caller: &str) -> Result<&Space, Problem> {
        self.space_with_key(key)
            .filter(|space| self.sees_space(caller, space))
            .ok_or_else(|| Problem::not_found(format!("No space with key : {key}")))
    }

    pub(super) fn space_mut(&mut self, id: &str) -> Result<&mut Space, Problem> {
        let space = id
            .parse()
            .ok()
            .and_then(|number: u64| self.spaces.get_mut(&number));
        space.ok_or_else(|| Problem::not_found("Space not found"))
    }

    pub(super) fn user(&self, account_id: &str) -> Result<&User, Problem> {
        let unknown = || Problem::not_found(format!("No user with account id : {account_id}"));
        self.users.get(account_id).ok_or_else(unknown)
    }

    // Permissions.

    pub(super) fn is_admin(&self, caller: &str) -> bool {
        self.users.get(caller).is_some_and(|user| user.admin)
    }

    /// Whether a caller was granted something in a space, alone or by a group.
    fn granted(&self, caller: &str, space: &Space, operation: &str, target: &str) -> bool {
        space.permissions.iter().any(|permission| {
            permission.operation == operation
                && permission.target == target
                && match permission.subject_type.as_str() {
                    "user" => permission.subject == caller,
                    _ => self
                        .groups
                        .get(&permission.subject)
                        .is_some_and(|g| g.members.contains(caller)),
                }
        })
    }

    pub(super) fn administers(&self, caller: &str, space: &Space) -> bool {
        self.is_admin(caller)
            || space.author_id == caller
            || self.granted(caller, space, "administer", "space")
    }

    pub(super) fn sees_space(&self, caller: &str, space: &Space) -> bool {
        !space.private
            || self.administers(caller, space)
            || self.granted(caller, space, "read", "space")
    }

    /// Whether a caller may make content of a kind in a space: everybody may where nobody was granted it.
    pub(super) fn writes(&self, caller: &str, space: &Space, kind: Kind) -> bool {
        let target = kind.target();
        let open = !space
            .permissions
            .iter()
            .any(|one| one.operation == "create" && one.target == target);
        self.sees_space(caller, space)
            && (open
                || self.administers(caller, space)
                || self.granted(caller, space, "create", target))
    }

    /// Only administrators of the site go on.
    pub(super) fn require_admin(&self, caller: &str) -> Result<(), Problem> {
        if self.is_admin(caller) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Only an administrator of the site is permitted to do this",
        ))
    }

    /// Only administrators of the space go on.
    pub(super) fn require_space_admin(&self, caller: &str, space: &Space) -> Result<(), Problem> {
        if self.administers(caller, space) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "Only an administrator of the space is permitted to do this",
        ))
    }
}
