//! What follows from who is in what: members through groups, and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use super::failure::{Failure, forbidden, unauthorized};
use super::home::Home;
use super::privileges::{self, Privileges};
use super::seed::{Group, Space};
use super::state::State;

/// A member of something, directly or through groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Effective {
    pub(super) privileges: Privileges,
    /// The groups through which; the thing itself for a direct member.
    pub(super) via: BTreeSet<(&'static str, String)>,
}

impl State {
    /// A group and all below it. Groups may be in each other, even in a circle.
    pub(super) fn with_descendants(&self, group: &str) -> BTreeSet<String> {
        let (mut found, mut open) = (BTreeSet::new(), vec![group.to_owned()]);
        while let Some(id) = open.pop() {
            if let (Some(group), false) = (self.groups.get(&id), found.contains(&id)) {
                open.extend(group.members.groups.keys().cloned());
                found.insert(id);
            }
        }
        found
    }

    /// The groups that a group is in, at any distance.
    pub(super) fn ancestors(&self, group: &str) -> BTreeSet<String> {
        let (mut found, mut open) = (BTreeSet::new(), vec![group.to_owned()]);
        while let Some(id) = open.pop() {
            for parent in self.parents(&id) {
                if found.insert(parent.clone()) {
                    open.push(parent);
                }
            }
        }
        found.remove(group);
        found
    }

    /// The groups that a group is in directly.
    pub(super) fn parents(&self, group: &str) -> Vec<String> {
        let holds = |one: &&Group| one.members.groups.contains_key(group);
        self.groups
            .values()
            .filter(holds)
            .map(|one| one.id.clone())
            .collect()
    }

    /// The groups that a user is in, directly or through others.
    pub(super) fn groups_of(&self, user: &str) -> BTreeSet<String> {
        let direct = self
            .groups
            .values()
            .filter(|group| group.members.users.contains_key(user));
        let direct: Vec<String> = direct.map(|group| group.id.clone()).collect();
        let above: Vec<String> = direct
            .iter()
            .flat_map(|group| self.ancestors(group))
            .collect();
        direct.into_iter().chain(above).collect()
    }

    /// The spaces that a user is in, directly or through groups.
    pub(super) fn spaces_of(&self, user: &str) -> BTreeSet<String> {
        let groups = self.groups_of(user);
        let holds = |space: &&Space| {
            space.members.users.contains_key(user)
                || space
                    .members
                    .groups
                    .keys()
                    .any(|group| groups.contains(group))
        };
        self.spaces
            .values()
            .filter(holds)
            .map(|space| space.id.clone())
            .collect()
    }

    /// The users in a space or a group, directly or through groups.
    pub(super) fn effective_users(
        &self,
        home: Home<'_>,
    ) -> Result<BTreeMap<String, Effective>, Failure> {
        let members = self.members(home)?;
        let mut all: BTreeMap<String, Effective> = BTreeMap::new();
        for (user, privileges) in &members.users {
            all.entry(user.clone())
                .or_default()
                .add((home.kind(), home.id()), privileges);
        }
        for (group, privileges) in &members.groups {
            for below in self.with_descendants(group) {
                for user in self.group(&below)?.members.users.keys() {
                    all.entry(user.clone())
                        .or_default()
                        .add(("group", group), privileges);
                }
            }
        }
        Ok(all)
    }

    /// The groups in a space or a group, directly or through other groups.
    pub(super) fn effective_groups(
        &self,
        home: Home<'_>,
    ) -> Result<BTreeMap<String, Effective>, Failure> {
        let mut all: BTreeMap<String, Effective> = BTreeMap::new();
        for (group, privileges) in &self.members(home)?.groups {
            for below in self.with_descendants(group) {
                if home == Home::Group(&below) {
                    continue;
                }
                let via = if below == *group {
                    (home.kind(), home.id())
                } else {
                    ("group", group.as_str())
                };
                all.entry(below).or_default().add(via, privileges);
            }
        }
        Ok(all)
    }

    // Permissions.

    /// The privileges of a user in a space or a group, also through groups. Owners have all.
    pub(super) fn privileges_in(&self, home: Home<'_>, user: &str) -> Option<Privileges> {
        let members = self.members(home).ok()?;
        if let Home::Space(id) = home
            && self
                .space(id)
                .is_ok_and(|space| space.owners.contains(user))
        {
            return Some(privileges::set(privileges::SPACE));
        }
        let groups = self.groups_of(user);
        let through = members
            .groups
            .iter()
            .filter(|(group, _)| groups.contains(*group));
        let held: Vec<&Privileges> = members
            .users
            .get(user)
            .into_iter()
            .chain(through.map(|(_, privileges)| privileges))
            .collect();
        (!held.is_empty()).then(|| held.into_iter().flatten().cloned().collect())
    }

    /// The privileges of a user in the zone, also through groups.
    pub(super) fn oz_privileges(&self, user: &str) -> Privileges {
        let own = self
            .users
            .get(user)
            .into_iter()
            .flat_map(|user| &user.privileges);
        let groups = self.groups_of(user);
        let inherited = groups
            .iter()
            .filter_map(|id| self.groups.get(id))
            .flat_map(|group| &group.privileges);
        own.chain(inherited).cloned().collect()
    }

    /// Whether the caller has all these privileges in the zone.
    pub(super) fn holds(&self, caller: &str, oz: &[&str]) -> bool {
        let held = self.oz_privileges(caller);
        oz.iter().all(|privilege| held.contains(*privilege))
    }

    /// Whether the caller has this privilege in a space or a group.
    pub(super) fn holds_in(&self, home: Home<'_>, caller: &str, privilege: &str) -> bool {
        self.privileges_in(home, caller)
            .is_some_and(|held| held.contains(privilege))
    }

    /// The caller, who must have all these privileges in the zone, or that one in a space or a group.
    pub(super) fn allow<'a>(
        &self,
        caller: Option<&'a str>,
        oz: &[&str],
        or_in: Option<(Home<'_>, &str)>,
    ) -> Result<&'a str, Failure> {
        let caller = caller.ok_or_else(unauthorized)?;
        let inside = or_in.is_some_and(|(home, privilege)| self.holds_in(home, caller, privilege));
        if inside || self.holds(caller, oz) {
            Ok(caller)
        } else {
            Err(forbidden())
        }
    }
}

impl Effective {
    fn add(&mut self, via: (&'static str, &str), privileges: &Privileges) {
        self.privileges.extend(privileges.iter().cloned());
        self.via.insert((via.0, via.1.to_owned()));
    }
}
