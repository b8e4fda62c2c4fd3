//! Groups: themselves, their parents, and the spaces they are in.

use serde_json::json;

use super::call::Call;
use super::failure::{Failure, Outcome, bad, forbidden, missing_any, not_allowed, not_found};
use super::home::Home;
use super::names::check_name;
use super::privileges::{GROUP, GROUP_MANAGER, GROUP_MEMBER, OZ, SPACE, set};
use super::routes::{created, done, ids, privileges};
use super::seed::Group;
use super::state::State;
use super::{invitations, membership, spaces};
use crate::testing::server::Answer;

const TYPES: &[&str] = &["organization", "unit", "team", "role_holders"];

pub(super) fn route(state: &mut State, call: &Call, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", []) => list(state, call),
        ("POST", []) => create(state, call),
        ("GET", ["privileges"]) => {
            let sets = json!({ "admin": GROUP, "manager": GROUP_MANAGER, "member": GROUP_MEMBER });
            Ok(Answer::json(200, &sets))
        }
        ("GET", [id]) => get(state, call, id),
        ("PATCH", [id]) => update(state, call, id),
        ("DELETE", [id]) => delete(state, call, id),
        (method, [id, "privileges"]) => return route_privileges(state, call, method, id),
        ("GET", [id, "effective_privileges"]) => effective_privileges(state, call, id),
        ("GET", [id, "effective_providers"]) => relations(state, call, id, "providers", &[]),
        (_, [id, "parents" | "effective_parents", ..]) => {
            return route_parents(state, call, id, &path[1..]);
        }
        (_, [id, "spaces" | "effective_spaces", ..]) => {
            return route_spaces(state, call, id, &path[1..]);
        }
        (_, [id, rest @ ..]) => return membership::route(state, call, Home::Group(id), rest),
        _ => return None,
    })
}

fn list(state: &State, call: &Call) -> Outcome {
    state.allow(call.caller.as_deref(), &["oz_groups_list"], None)?;
    Ok(ids("groups", state.groups.keys()))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let caller = state.allow(call.caller.as_deref(), &["oz_groups_create"], None)?;
    let id = state.add_group(made_by(from_body(call)?, caller));
    Ok(created(state, "groups", &id))
}

/// A group as the body wants it.
pub(super) fn from_body(call: &Call) -> Result<Group, Failure> {
    let name = call.required_text("name")?;
    check_name(name)?;
    let mut group = Group::new(name);
    if let Some(kind) = call.text("type")? {
        check_type(kind)?;
        kind.clone_into(&mut group.group_type);
    }
    Ok(group)
}

/// The group with its creator.
pub(super) fn made_by(mut group: Group, user: &str) -> Group {
    group.creator = Some(user.to_owned());
    group
}

fn check_type(kind: &str) -> Result<(), Failure> {
    if TYPES.contains(&kind) {
        Ok(())
    } else {
        Err(not_allowed("type", TYPES))
    }
}

fn get(state: &State, call: &Call, id: &str) -> Outcome {
    let group = state.group(id)?;
    let caller = call.user()?;
    if state.privileges_in(Home::Group(id), caller).is_none()
        && !state.holds(caller, &["oz_groups_view"])
    {
        return Err(forbidden());
    }
    Ok(Answer::json(200, &group.json()))
}

fn update(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.group(id)?;
    let inside = Some((Home::Group(id), "group_update"));
    state.allow(call.caller.as_deref(), &["oz_groups_update"], inside)?;
    let (name, kind) = (call.text("name")?, call.text("type")?);
    if name.is_none() && kind.is_none() {
        return Err(missing_any(&["name", "type"]));
    }
    name.map_or(Ok(()), check_name)?;
    kind.map_or(Ok(()), check_type)?;
    let group = state.group_mut(id)?;
    if let Some(name) = name {
        name.clone_into(&mut group.name);
    }
    if let Some(kind) = kind {
        kind.clone_into(&mut group.group_type);
    }
    Ok(done())
}

fn delete(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.group(id)?;
    let inside = Some((Home::Group(id), "group_delete"));
    state.allow(call.caller.as_deref(), &["oz_groups_delete"], inside)?;
    if state.group(id)?.protected {
        return Err(Failure::new(
            403,
            "protectedGroup",
            "The zone keeps this group from being deleted.",
        ));
    }
    state.remove_group(id);
    Ok(done())
}

// What the members may do in the zone.

fn route_privileges(state: &mut State, call: &Call, method: &str, id: &str) -> Option<Outcome> {
    let needed = if method == "GET" {
        "oz_view_privileges"
    } else {
        "oz_set_privileges"
    };
    if let Err(failure) = state
        .group(id)
        .and(state.allow(call.caller.as_deref(), &[needed], None))
    {
        return Some(Err(failure));
    }
    let group = state.group_mut(id).ok()?;
    Some(match method {
        "GET" => Ok(privileges(&group.privileges)),
        "PATCH" => call.changed(&group.privileges, OZ).map(|changed| {
            group.privileges = changed;
            done()
        }),
        "DELETE" => {
            group.privileges.clear();
            Ok(done())
        }
        _ => return None,
    })
}

fn effective_privileges(state: &State, call: &Call, id: &str) -> Outcome {
    let group = state.group(id)?;
    state.allow(call.caller.as_deref(), &["oz_view_privileges"], None)?;
    let mut held = group.privileges.clone();
    for above in state.ancestors(id) {
        held.extend(state.group(&above)?.privileges.iter().cloned());
    }
    Ok(privileges(&held))
}

fn relations(state: &State, call: &Call, id: &str, collection: &str, known: &[String]) -> Outcome {
    state.group(id)?;
    let inside = Some((Home::Group(id), "group_view"));
    state.allow(
        call.caller.as_deref(),
        &["oz_groups_list_relationships"],
        inside,
    )?;
    Ok(ids(collection, known))
}

// Parents: the groups that a group is in.

fn route_parents(state: &mut State, call: &Call, id: &str, path: &[&str]) -> Option<Outcome> {
    if let Err(failure) = state.group(id) {
        return Some(Err(failure));
    }
    let above = |state: &State, which: &str| -> Vec<String> {
        if which == "parents" {
            state.parents(id)
        } else {
            state.ancestors(id).into_iter().collect()
        }
    };
    Some(match (call.method.as_str(), path) {
        ("GET", [which]) => relations(state, call, id, "groups", &above(state, which)),
        ("POST", ["parents"]) => create_parent(state, call, id),
        ("POST", ["parents", "join"]) => join(state, call, id, "group"),
        ("GET", [which, parent]) => {
            let known = above(state, which).iter().any(|one| one == parent);
            get_parent(state, call, id, parent, known)
        }
        ("DELETE", ["parents", parent]) => leave_parent(state, call, id, parent),
        _ => return None,
    })
}

fn create_parent(state: &mut State, call: &Call, id: &str) -> Outcome {
    let inside = Some((Home::Group(id), "group_add_parent"));
    let oz = ["oz_groups_create", "oz_groups_add_relationships"];
    let caller = state.allow(call.caller.as_deref(), &oz, inside)?;
    let mut parent = made_by(from_body(call)?, caller);
    parent.members.groups.insert(id.to_owned(), set(GROUP));
    let parent = state.add_group(parent);
    Ok(created(state, &format!("groups/{id}/parents"), &parent))
}

fn get_parent(state: &State, call: &Call, id: &str, parent: &str, known: bool) -> Outcome {
    let caller = call.user()?;
    if state.privileges_in(Home::Group(id), caller).is_none()
        && !state.holds(caller, &["oz_groups_view"])
    {
        return Err(forbidden());
    }
    if !known {
        return Err(not_found());
    }
    Ok(Answer::json(200, &state.group(parent)?.json()))
}

fn leave_parent(state: &mut State, call: &Call, id: &str, parent: &str) -> Outcome {
    let inside = Some((Home::Group(id), "group_leave_parent"));
    state.allow(
        call.caller.as_deref(),
        &["oz_groups_remove_relationships"],
        inside,
    )?;
    let members = state.members_mut(Home::Group(parent))?;
    members
        .groups
        .remove(id)
        .map(|_| done())
        .ok_or_else(not_found)
}

/// Joins a space or a parent group by an invitation.
fn join(state: &mut State, call: &Call, id: &str, kind: &str) -> Outcome {
    let (oz, inside, collection): (&[&str], _, _) = if kind == "space" {
        (
            &["oz_spaces_add_relationships", "oz_groups_add_relationships"],
            "group_add_space",
            "spaces",
        )
    } else {
        (
            &["oz_groups_add_relationships"],
            "group_add_parent",
            "parents",
        )
    };
    state.allow(call.caller.as_deref(), oz, Some((Home::Group(id), inside)))?;
    invitations::join(
        state,
        call,
        kind,
        ("group", id),
        &format!("groups/{id}/{collection}"),
    )
}

// Spaces that a group is in.

fn route_spaces(state: &mut State, call: &Call, id: &str, path: &[&str]) -> Option<Outcome> {
    if let Err(failure) = state.group(id) {
        return Some(Err(failure));
    }
    Some(match (call.method.as_str(), path) {
        ("GET", [which]) => relations(state, call, id, "spaces", &spaces_of(state, id, which)),
        ("POST", ["spaces"]) => create_space(state, call, id),
        ("POST", ["spaces", "join"]) => join(state, call, id, "space"),
        ("GET", [which, space]) => {
            let known = spaces_of(state, id, which).iter().any(|one| one == space);
            get_space(state, call, id, space, known)
        }
        ("DELETE", ["spaces", space]) => leave_space(state, call, id, space),
        _ => return None,
    })
}

/// The spaces of a group; `effective_spaces` are those of its parents too.
fn spaces_of(state: &State, id: &str, which: &str) -> Vec<String> {
    let mut groups = vec![id.to_owned()];
    if which == "effective_spaces" {
        groups.extend(state.ancestors(id));
    }
    let holds =
        |space: &&super::seed::Space| groups.iter().any(|g| space.members.groups.contains_key(g));
    state
        .spaces
        .values()
        .filter(holds)
        .map(|space| space.id.clone())
        .collect()
}

fn create_space(state: &mut State, call: &Call, id: &str) -> Outcome {
    let inside = Some((Home::Group(id), "group_add_space"));
    let oz = ["oz_spaces_create", "oz_groups_add_relationships"];
    let caller = state.allow(call.caller.as_deref(), &oz, inside)?.to_owned();
    let mut space = spaces::from_body(call)?;
    space.members.groups.insert(id.to_owned(), set(SPACE));
    // A member of the group becomes one of the space as well, and its owner.
    if state.groups_of(&caller).contains(id) {
        space = space.owner(&caller);
    }
    space.creator = Some(caller);
    let space = state.add_space(space);
    Ok(created(state, &format!("groups/{id}/spaces"), &space))
}

fn get_space(state: &State, call: &Call, id: &str, space: &str, known: bool) -> Outcome {
    state.allow(
        call.caller.as_deref(),
        &["oz_spaces_view"],
        Some((Home::Group(id), "group_view")),
    )?;
    if !known {
        return Err(not_found());
    }
    Ok(Answer::json(200, &state.space(space)?.json()))
}

fn leave_space(state: &mut State, call: &Call, id: &str, space: &str) -> Outcome {
    let inside = Some((Home::Group(id), "group_leave_space"));
    let oz = [
        "oz_groups_remove_relationships",
        "oz_spaces_remove_relationships",
    ];
    state.allow(call.caller.as_deref(), &oz, inside)?;
    let members = state.members_mut(Home::Space(space))?;
    members
        .groups
        .remove(id)
        .map(|_| done())
        .ok_or_else(not_found)
}

/// The rule that a group must not belong to itself. To one of those below it, it may.
pub(super) fn check_not_itself(group: &str, parent: &str) -> Result<(), Failure> {
    if group != parent {
        return Ok(());
    }
    Err(bad(
        "cannotAddRelationToSelf",
        "a group cannot belong to itself",
    ))
}
