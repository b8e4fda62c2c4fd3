//! Groups, their members, and the groups in them.

use serde_json::Value;

use super::call::{Call, text};
use super::journal::{self, Change};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Group, Subject, User};
use super::state::{ADMINISTRATORS, State};
use super::users::named_in_query;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of groups and members.
const LIMITS: Limits = Limits {
    default: 200,
    most: 200,
};

/// The routes of groups and memberships.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["admin", "group"]) => create(state, call),
        ("DELETE", ["admin", "group", name]) => delete(state, call, name),
        ("GET", ["group"]) => all(state, call),
        ("GET", ["group", "info"]) => call.required("groupName").and_then(|name| get(state, name)),
        (
            "GET",
            [
                "group",
                about @ ("member" | "groupmember" | "groupparent" | "groupancestor"),
            ],
        ) => call
            .required("groupName")
            .and_then(|name| related(state, call, name, about)),
        ("GET", ["group", name]) => get(state, name),
        (
            "GET",
            [
                "group",
                name,
                about @ ("member" | "groupmember" | "groupparent" | "groupancestor"),
            ],
        ) => related(state, call, name, about),
        ("GET", ["user", "memberof"]) => groups_of_user(state, call),
        ("PUT", ["user", user, "group", group]) => set_member(state, call, user, group, true),
        ("DELETE", ["user", user, "group", group]) => set_member(state, call, user, group, false),
        _ => return None,
    })
}

fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let body = call.object()?;
    let name = text(&body, "name").unwrap_or_default();
    if name.trim().is_empty() {
        return Err(Problem::invalid(vec![
            "Group name cannot be blank.".to_owned(),
        ]));
    }
    if state.groups.contains_key(name) {
        return Err(Problem::conflict(format!(
            "A group with the name {name} already exists"
        )));
    }
    state.groups.insert(name.to_owned(), Group::new(name));
    let change = Change::group(name, "Group created").event("group_created");
    journal::note(state, &call.caller, change);
    Ok(one(state, name))
}

fn one(state: &State, name: &str) -> Answer {
    Answer::json(
        200,
        &render::outermost(state, render::group(state, name), "/rest/api/group"),
    )
}

fn delete(state: &mut State, call: &Call<'_>, name: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    state.group(name)?;
    if name == ADMINISTRATORS {
        return Err(Problem::bad_request(format!(
            "The group {name} cannot be deleted"
        )));
    }
    state.groups.remove(name);
    for group in state.groups.values_mut() {
        group.groups.remove(name);
    }
    state.forget_subject(&Subject::Group(name.to_owned()));
    let change = Change::group(name, "Group deleted").event("group_removed");
    journal::note(state, &call.caller, change);
    Ok(Answer::empty(204))
}

fn all(state: &State, call: &Call<'_>) -> Outcome {
    let names: Vec<&str> = state.groups.keys().map(String::as_str).collect();
    list_groups(state, call, &names)
}

fn get(state: &State, name: &str) -> Outcome {
    state.group(name)?;
    Ok(one(state, name))
}

fn list_groups(state: &State, call: &Call<'_>, names: &[&str]) -> Outcome {
    list(
        state,
        call,
        names,
        |_| true,
        LIMITS,
        |name| render::group(state, name),
    )
}

/// What is in a group, or what it is in.
fn related(state: &State, call: &Call<'_>, name: &str, about: &str) -> Outcome {
    if about == "member" {
        return members(state, call, name);
    }
    let group = state.group(name)?;
    let parents = |of: &str| -> Vec<&str> {
        state
            .groups
            .values()
            .filter(|group| group.groups.contains(of))
            .map(|group| group.name.as_str())
            .collect()
    };
    let names = match about {
        "groupmember" => group.groups.iter().map(String::as_str).collect(),
        "groupparent" => parents(name),
        _ => ancestors(&parents, name),
    };
    list_groups(state, call, &names)
}

/// Parents, their parents, and so on; each once, even when groups hold each other.
fn ancestors<'s>(parents: &impl Fn(&str) -> Vec<&'s str>, name: &str) -> Vec<&'s str> {
    let mut found: Vec<&str> = parents(name);
    let mut at = 0;
    while let Some(next) = found.get(at).copied() {
        for parent in parents(next) {
            if !found.contains(&parent) && parent != name {
                found.push(parent);
            }
        }
        at += 1;
    }
    found
}

fn members(state: &State, call: &Call<'_>, name: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    let group = state.group(name)?;
    let users: Vec<&User> = group
        .members
        .iter()
        .filter_map(|name| state.users.get(name))
        .collect();
    let expand = call.expand();
    let row = |user: &&User| -> Value { render::user(state, user, &expand) };
    list(state, call, &users, |_| true, LIMITS, row)
}

fn groups_of_user(state: &State, call: &Call<'_>) -> Outcome {
    let user = named_in_query(state, call)?;
    let names: Vec<&str> = state.groups_of(&user.name).into_iter().collect();
    list_groups(state, call, &names)
}

fn set_member(
    state: &mut State,
    call: &Call<'_>,
    user: &str,
    group: &str,
    member: bool,
) -> Outcome {
    state.need_admin(&call.caller)?;
    state.user(user)?;
    state.group(group)?;
    if group == ADMINISTRATORS {
        state.need_system_admin(&call.caller)?;
    }
    let members = state.groups.get_mut(group).map(|one| &mut one.members);
    let changed = members.is_some_and(|members| match member {
        true => members.insert(user.to_owned()),
        false => members.remove(user),
    });
    if changed {
        let summary = match member {
            true => "User added to group",
            false => "User removed from group",
        };
        let change = Change::of("Users and groups", summary, "Group", group).with("User", user);
        journal::note(state, &call.caller, change);
    }
    Ok(Answer::empty(204))
}
