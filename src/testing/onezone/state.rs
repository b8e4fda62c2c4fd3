//! Everything that a simulated zone knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::failure::{Failure, not_found};
use super::home::Home;
use super::marketplace::MembershipRequest;
use super::privileges;
use super::seed::{Group, Members, NamedToken, Space, User, by_id, id_of};
use super::token_text::{Kind, TokenText};

/// The second at which the first thing is made; every next thing is a second younger.
const BEGINNING: i64 = 1_767_225_600;

/// The zone.
#[derive(Clone, Default)]
pub(super) struct State {
    /// Where the server is reached, for `Location`.
    pub(super) origin: String,
    /// What `Location` names before the collection, when it is not the address that clients reach.
    pub(super) location_base: Option<String>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) spaces: BTreeMap<String, Space>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) tokens: BTreeMap<String, NamedToken>,
    pub(super) requests: BTreeMap<String, MembershipRequest>,
    /// Tokens that were given to the server, with the ids of their users.
    pub(super) accepted: BTreeMap<String, String>,
    pub(super) expired: BTreeSet<String>,
    /// By how much the test has put the clock forward, in seconds.
    pub(super) advanced: i64,
    made: u32,
}

impl State {
    /// An id of the form that the server gives; ids count, so that a test sees the same each time.
    pub(super) fn next_id(&mut self) -> String {
        self.made += 1;
        format!("{:032x}ch{:04x}", self.made, self.made & 0xffff)
    }

    /// The time of what was made last.
    pub(super) fn time(&self) -> i64 {
        BEGINNING + i64::from(self.made) + self.advanced
    }

    /// Seconds since 1970 by which caveats of time are judged: those of the computer's clock, since
    /// applications set such caveats by it.
    pub(super) fn now(&self) -> i64 {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = passed.map_or(0, |passed| {
            i64::try_from(passed.as_secs()).unwrap_or(i64::MAX)
        });
        seconds.saturating_add(self.advanced)
    }

    // Adding things, with what they lack.

    pub(super) fn add_user(&mut self, mut user: User) -> String {
        let fresh = self.next_id();
        if user.id.is_empty() {
            user.id = fresh;
        }
        user.creation_time = self.time();
        let id = user.id.clone();
        self.users.insert(id.clone(), user);
        id
    }

    pub(super) fn add_space(&mut self, mut space: Space) -> String {
        let fresh = self.next_id();
        if space.id.is_empty() {
            space.id = fresh;
        }
        space.creation_time = self.time();
        space.creator = space.creator.map(|user| id_of(user, &self.users));
        space.owners = space
            .owners
            .into_iter()
            .map(|user| id_of(user, &self.users))
            .collect();
        space.members = self.members_by_id(space.members);
        // The first user who becomes a direct member is the first owner.
        if let (true, Some(first)) = (space.owners.is_empty(), space.members.users.keys().next()) {
            space.owners.insert(first.clone());
        }
        let id = space.id.clone();
        self.spaces.insert(id.clone(), space);
        id
    }

    pub(super) fn add_group(&mut self, mut group: Group) -> String {
        let fresh = self.next_id();
        if group.id.is_empty() {
            group.id = fresh;
        }
        group.creation_time = self.time();
        group.members = self.members_by_id(group.members);
        let id = group.id.clone();
        self.groups.insert(id.clone(), group);
        id
    }

    pub(super) fn add_token(&mut self, mut token: NamedToken) -> String {
        let fresh = self.next_id();
        if token.id.is_empty() {
            token.id = fresh;
        }
        token.creation_time = self.time();
        token.user = id_of(token.user, &self.users);
        let id = token.id.clone();
        self.tokens.insert(id.clone(), token);
        id
    }

    /// Puts a user into a group, both by id or by name.
    pub(super) fn join(&mut self, group: &str, user: &str) {
        let (group, user) = (
            id_of(group.to_owned(), &self.groups),
            id_of(user.to_owned(), &self.users),
        );
        if let Some(group) = self.groups.get_mut(&group) {
            group
                .members
                .users
                .insert(user, privileges::set(privileges::GROUP_MEMBER));
        }
    }

    pub(super) fn accept(&mut self, user: &str, token: String) {
        let user = id_of(user.to_owned(), &self.users);
        self.accepted.insert(token, user);
    }

    fn members_by_id(&self, members: Members) -> Members {
        Members {
            users: by_id(members.users, &self.users),
            groups: by_id(members.groups, &self.groups),
        }
    }

    // Finding things.

    pub(super) fn user(&self, id: &str) -> Result<&User, Failure> {
        self.users.get(id).ok_or_else(not_found)
    }

    pub(super) fn user_mut(&mut self, id: &str) -> Result<&mut User, Failure> {
        self.users.get_mut(id).ok_or_else(not_found)
    }

    pub(super) fn space(&self, id: &str) -> Result<&Space, Failure> {
        self.spaces.get(id).ok_or_else(not_found)
    }

    pub(super) fn space_mut(&mut self, id: &str) -> Result<&mut Space, Failure> {
        self.spaces.get_mut(id).ok_or_else(not_found)
    }

    pub(super) fn group(&self, id: &str) -> Result<&Group, Failure> {
        self.groups.get(id).ok_or_else(not_found)
    }

    pub(super) fn group_mut(&mut self, id: &str) -> Result<&mut Group, Failure> {
        self.groups.get_mut(id).ok_or_else(not_found)
    }

    pub(super) fn members(&self, home: Home<'_>) -> Result<&Members, Failure> {
        match home {
            Home::Space(id) => self.space(id).map(|space| &space.members),
            Home::Group(id) => self.group(id).map(|group| &group.members),
        }
    }

    pub(super) fn members_mut(&mut self, home: Home<'_>) -> Result<&mut Members, Failure> {
        match home {
            Home::Space(id) => self.space_mut(id).map(|space| &mut space.members),
            Home::Group(id) => self.group_mut(id).map(|group| &mut group.members),
        }
    }

    // Tokens.

    /// The text of a named token.
    pub(super) fn token_text(&self, token: &NamedToken) -> TokenText {
        TokenText {
            id: token.id.clone(),
            kind: Kind::Named,
            user: token.user.clone(),
            token_type: token.token_type.clone(),
            caveats: token.caveats.clone(),
            generation: 0,
            genuine: true,
        }
    }

    /// A token for the kit's own clients.
    pub(super) fn kit_token(&self, user: &User) -> String {
        TokenText {
            id: format!("kit-{}", user.id),
            kind: Kind::Kit,
            user: user.id.clone(),
            token_type: json!({ "accessToken": {} }),
            caveats: Vec::new(),
            generation: 0,
            genuine: true,
        }
        .write()
    }

    /// Takes a user out of everything.
    pub(super) fn remove_user(&mut self, id: &str) {
        self.users.remove(id);
        self.tokens.retain(|_, token| token.user != id);
        self.requests.retain(|_, request| request.user != id);
        self.accepted.retain(|_, user| user != id);
        for group in self.groups.values_mut() {
            group.members.users.remove(id);
        }
        for space in self.spaces.values_mut() {
            space.members.users.remove(id);
            space.owners.remove(id);
        }
    }

    /// Takes a group out of everything.
    pub(super) fn remove_group(&mut self, id: &str) {
        self.groups.remove(id);
        for group in self.groups.values_mut() {
            group.members.groups.remove(id);
        }
        for space in self.spaces.values_mut() {
            space.members.groups.remove(id);
        }
    }

    /// Removes a space, and what asks for it.
    pub(super) fn remove_space(&mut self, id: &str) {
        self.spaces.remove(id);
        self.requests.retain(|_, request| request.space != id);
        for user in self.users.values_mut() {
            user.space_aliases.remove(id);
        }
    }
}
