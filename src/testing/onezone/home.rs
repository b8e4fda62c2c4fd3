//! What has members, and which kinds of them.

use std::collections::BTreeMap;

use super::call::Call;
use super::failure::{Failure, already_member};
use super::graph::Effective;
use super::groups;
use super::privileges::{self, Privileges};
use super::state::State;

/// What has members: a space or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home<'a> {
    Space(&'a str),
    Group(&'a str),
}

impl<'a> Home<'a> {
    pub(super) fn id(self) -> &'a str {
        match self {
            Self::Space(id) | Self::Group(id) => id,
        }
    }

    /// `space` or `group`, as types and privileges are called.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Space(_) => "space",
            Self::Group(_) => "group",
        }
    }

    /// All privileges that there are in it.
    pub(super) fn all_privileges(self) -> &'static [&'static str] {
        match self {
            Self::Space(_) => privileges::SPACE,
            Self::Group(_) => privileges::GROUP,
        }
    }

    /// Those of an ordinary member.
    pub(super) fn default_privileges(self) -> &'static [&'static str] {
        match self {
            Self::Space(_) => privileges::SPACE_MEMBER,
            Self::Group(_) => privileges::GROUP_MEMBER,
        }
    }
}

/// A kind of members of a home: its users or its groups.
#[derive(Clone, Copy)]
pub(super) struct Kind<'a> {
    pub(super) home: Home<'a>,
    pub(super) users: bool,
}

impl<'a> Kind<'a> {
    /// What a segment of a path (`users`, `effective_groups`, …) means in a home.
    pub(super) fn of(home: Home<'a>, segment: &str) -> Option<(Self, bool)> {
        let plain = segment.strip_prefix("effective_");
        let (name, effective) = (plain.unwrap_or(segment), plain.is_some());
        let users = match (home, name) {
            (_, "users") => true,
            (Home::Space(_), "groups") | (Home::Group(_), "children") => false,
            _ => return None,
        };
        Some((Self { home, users }, effective))
    }

    /// `space` or `group`.
    pub(super) fn place(self) -> &'static str {
        self.home.kind()
    }

    /// `user` or `group`.
    pub(super) fn member(self) -> &'static str {
        if self.users { "user" } else { "group" }
    }

    /// The collection in an answer.
    pub(super) fn collection(self) -> &'static str {
        if self.users { "users" } else { "groups" }
    }

    /// A privilege in the zone about the home: `oz_spaces_…`.
    pub(super) fn oz(self, what: &str) -> String {
        format!("oz_{}s_{what}", self.place())
    }

    /// A privilege in the home: `space_…`.
    pub(super) fn inside(self, what: &str) -> String {
        format!("{}_{what}", self.place())
    }

    /// The privilege in the home that adds or removes such members. A group's groups are its children.
    pub(super) fn change(self, verb: &str) -> String {
        let member = match (self.home, self.users) {
            (_, true) => "user",
            (Home::Space(_), false) => "group",
            (Home::Group(_), false) => "child",
        };
        self.inside(&format!("{verb}_{member}"))
    }

    pub(super) fn direct(self, state: &State) -> Result<&BTreeMap<String, Privileges>, Failure> {
        let members = state.members(self.home)?;
        Ok(if self.users {
            &members.users
        } else {
            &members.groups
        })
    }

    pub(super) fn direct_mut(
        self,
        state: &mut State,
    ) -> Result<&mut BTreeMap<String, Privileges>, Failure> {
        let members = state.members_mut(self.home)?;
        Ok(if self.users {
            &mut members.users
        } else {
            &mut members.groups
        })
    }

    /// Adds a member; `false` when it is one already. The first user in a space that nobody owns owns it.
    pub(super) fn add(
        self,
        state: &mut State,
        member: &str,
        given: Privileges,
    ) -> Result<bool, Failure> {
        if let (Home::Group(parent), false) = (self.home, self.users) {
            groups::check_not_itself(member, parent)?;
        }
        let members = self.direct_mut(state)?;
        if members.contains_key(member) {
            return Ok(false);
        }
        members.insert(member.to_owned(), given);
        if let (Home::Space(id), true) = (self.home, self.users) {
            let owners = &mut state.space_mut(id)?.owners;
            if owners.is_empty() {
                owners.insert(member.to_owned());
            }
        }
        Ok(true)
    }

    /// The failure of adding a member that is one already.
    pub(super) fn already(self, member: &str) -> Failure {
        already_member((self.member(), member), (self.place(), self.home.id()))
    }

    pub(super) fn effective(self, state: &State) -> Result<BTreeMap<String, Effective>, Failure> {
        if self.users {
            state.effective_users(self.home)
        } else {
            state.effective_groups(self.home)
        }
    }

    pub(super) fn allow(
        self,
        state: &State,
        call: &Call,
        oz: &[&str],
        inside: &str,
    ) -> Result<(), Failure> {
        state
            .allow(call.caller.as_deref(), oz, Some((self.home, inside)))
            .map(|_| ())
    }

    /// Whether the question is about the caller, or about a group of the caller's.
    pub(super) fn is_own(self, state: &State, call: &Call, member: &str) -> bool {
        call.caller.as_deref().is_some_and(|me| {
            if self.users {
                me == member
            } else {
                state.groups_of(me).contains(member)
            }
        })
    }
}
