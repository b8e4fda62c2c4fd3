//! Who belongs to a space or a group: users and groups, directly and through groups.

use serde_json::{Value, json};

use super::call::Call;
use super::failure::{Failure, Outcome, forbidden, not_found};
use super::home::{Home, Kind};
use super::privileges::set;
use super::routes::{created, done, ids, privileges};
use super::state::State;
use super::{groups, invitations};
use crate::testing::server::Answer;

/// `/spaces/{id}/…` and `/groups/{id}/…`, as far as it concerns members.
pub(super) fn route(
    state: &mut State,
    call: &Call,
    home: Home<'_>,
    path: &[&str],
) -> Option<Outcome> {
    let (segment, rest) = path.split_first()?;
    let (kind, effective) = Kind::of(home, segment)?;
    if let Err(failure) = state.members(home) {
        return Some(Err(failure));
    }
    Some(match (call.method.as_str(), rest, effective) {
        ("GET", [], _) => list(state, call, kind, effective),
        ("POST", [], false) if !kind.users => create_group(state, call, kind),
        ("POST", ["token"], false) => invite(state, call, kind),
        ("GET", [member], _) => get(state, call, kind, member, effective),
        ("PUT", [member], false) => add(state, call, kind, member),
        ("DELETE", [member], false) => remove(state, call, kind, member),
        ("GET", [member, "privileges"], _) => get_privileges(state, call, kind, member, effective),
        ("PATCH", [member, "privileges"], false) => update_privileges(state, call, kind, member),
        ("GET", [member, "membership"], true) => intermediaries(state, call, kind, member),
        _ => return None,
    })
}

fn list(state: &State, call: &Call, kind: Kind<'_>, effective: bool) -> Outcome {
    kind.allow(
        state,
        call,
        &[&kind.oz("list_relationships")],
        &kind.inside("view"),
    )?;
    Ok(if effective {
        ids(kind.collection(), kind.effective(state)?.keys())
    } else {
        ids(kind.collection(), kind.direct(state)?.keys())
    })
}

fn get(state: &State, call: &Call, kind: Kind<'_>, member: &str, effective: bool) -> Outcome {
    let view = if kind.users {
        "oz_users_view"
    } else {
        "oz_groups_view"
    };
    if !is_creator_to_member(state, call, kind, member)? {
        kind.allow(state, call, &[view], &kind.inside("view"))?;
    }
    let known = if effective {
        kind.effective(state)?.contains_key(member)
    } else {
        kind.direct(state)?.contains_key(member)
    };
    if !known {
        return Err(not_found());
    }
    let shown = if kind.users {
        state.user(member)?.short()
    } else {
        state.group(member)?.json()
    };
    Ok(Answer::json(200, &shown))
}

/// Whether a member of a space asks who created it: that is no secret among members.
fn is_creator_to_member(
    state: &State,
    call: &Call,
    kind: Kind<'_>,
    member: &str,
) -> Result<bool, Failure> {
    let Home::Space(id) = kind.home else {
        return Ok(false);
    };
    let creator = state.space(id)?.creator.as_deref();
    let inside = state.privileges_in(kind.home, call.user()?).is_some();
    Ok(kind.users && inside && creator == Some(member))
}

/// Makes a group inside: the caller gets all privileges in it, it gets the default ones here.
fn create_group(state: &mut State, call: &Call, kind: Kind<'_>) -> Outcome {
    kind.allow(
        state,
        call,
        &["oz_groups_create", &kind.oz("add_relationships")],
        &kind.change("add"),
    )?;
    let me = call.user()?;
    let group = groups::made_by(groups::from_body(call)?.admin(me), me);
    let id = state.add_group(group);
    let default = set(kind.home.default_privileges());
    kind.direct_mut(state)?.insert(id.clone(), default);
    Ok(created(state, &collection(kind), &id))
}

/// The path of a collection, for `Location`.
fn collection(kind: Kind<'_>) -> String {
    let name = match (kind.home, kind.users) {
        (_, true) => "users",
        (Home::Space(_), false) => "groups",
        (Home::Group(_), false) => "children",
    };
    format!("{}s/{}/{name}", kind.place(), kind.home.id())
}

fn invite(state: &mut State, call: &Call, kind: Kind<'_>) -> Outcome {
    kind.allow(
        state,
        call,
        &[&kind.oz("add_relationships")],
        &kind.change("add"),
    )?;
    let me = call.user()?;
    invitations::create(state, me, kind)
}

fn add(state: &mut State, call: &Call, kind: Kind<'_>, member: &str) -> Outcome {
    allow_add(state, call, kind, member)?;
    if kind.users {
        state.user(member).map(|_| ())?
    } else {
        state.group(member).map(|_| ())?
    }
    let home = kind.home;
    let given = call.privileges(home.all_privileges(), home.default_privileges())?;
    let added = kind.add(state, member, given)?;
    if !added {
        return Err(kind.already(member));
    }
    Ok(match home {
        Home::Space(_) => done(),
        Home::Group(_) => created(state, &collection(kind), member),
    })
}

/// Administrators add anybody; others add themselves, or a group of theirs.
fn allow_add(state: &State, call: &Call, kind: Kind<'_>, member: &str) -> Result<(), Failure> {
    let me = call.user()?;
    let sets = call.has("privileges");
    let (add, change) = (kind.oz("add_relationships"), kind.oz("set_privileges"));
    let mut oz = vec![add.as_str()];
    match (kind.home, kind.users) {
        (_, true) => oz.push("oz_users_add_relationships"),
        (Home::Space(_), false) => oz.push("oz_groups_add_relationships"),
        (Home::Group(_), false) => {}
    }
    if sets {
        oz.push(&change);
    }
    let own = match (kind.home, kind.users) {
        (_, true) => me == member,
        (Home::Space(_), false) => state.holds_in(Home::Group(member), me, "group_add_space"),
        (Home::Group(_), false) => state.holds_in(Home::Group(member), me, "group_add_parent"),
    };
    let inside = own
        && state.holds_in(kind.home, me, &kind.change("add"))
        && (!sets || state.holds_in(kind.home, me, &kind.inside("set_privileges")));
    if inside || state.holds(me, &oz) {
        Ok(())
    } else {
        Err(forbidden())
    }
}

fn remove(state: &mut State, call: &Call, kind: Kind<'_>, member: &str) -> Outcome {
    if !kind.direct(state)?.contains_key(member) {
        return Err(not_found());
    }
    let remove = kind.oz("remove_relationships");
    let mut oz = vec![remove.as_str()];
    match (kind.home, kind.users) {
        (_, true) => oz.push("oz_users_remove_relationships"),
        (Home::Space(_), false) => oz.push("oz_groups_remove_relationships"),
        (Home::Group(_), false) => {}
    }
    if is_owner_to_others(state, call, kind, member)? {
        state.allow(call.caller.as_deref(), &oz, None)?;
    } else {
        kind.allow(state, call, &oz, &kind.change("remove"))?;
    }
    if kind.users {
        return leave(state, kind.home, member);
    }
    kind.direct_mut(state)?.remove(member);
    Ok(done())
}

/// Whether somebody who does not own a space is about to remove one of its owners, which takes more than
/// a privilege inside.
fn is_owner_to_others(
    state: &State,
    call: &Call,
    kind: Kind<'_>,
    member: &str,
) -> Result<bool, Failure> {
    let Home::Space(id) = kind.home else {
        return Ok(false);
    };
    let owners = &state.space(id)?.owners;
    Ok(kind.users && owners.contains(member) && !owners.contains(call.user()?))
}

/// A user goes, unless it is the last owner of a space.
pub(super) fn leave(state: &mut State, home: Home<'_>, user: &str) -> Outcome {
    if !state.members(home)?.users.contains_key(user) {
        return Err(not_found());
    }
    if let Home::Space(id) = home {
        check_may_go(state, id, user)?;
        state.space_mut(id)?.owners.remove(user);
    }
    state.members_mut(home)?.users.remove(user);
    Ok(done())
}

/// The last owner goes only when nobody else is in the space, also through groups.
pub(super) fn check_may_go(state: &State, space: &str, user: &str) -> Result<(), Failure> {
    let Err(last) = check_not_last_owner(state, space, user) else {
        return Ok(());
    };
    let there = state.effective_users(Home::Space(space))?;
    if there.keys().all(|other| other == user) {
        return Ok(());
    }
    Err(last)
}

/// The last owner of a space stays one.
pub(super) fn check_not_last_owner(state: &State, space: &str, user: &str) -> Result<(), Failure> {
    let owners = &state.space(space)?.owners;
    if owners.len() == 1 && owners.contains(user) {
        let failure = Failure::new(
            400,
            "cannotRemoveLastOwner",
            "Make somebody else an owner first.",
        );
        return Err(failure.details(json!({ "entityType": "od_space", "entityId": space })));
    }
    Ok(())
}

fn get_privileges(
    state: &State,
    call: &Call,
    kind: Kind<'_>,
    member: &str,
    effective: bool,
) -> Outcome {
    let held = if effective {
        kind.effective(state)?
            .remove(member)
            .map(|effective| effective.privileges)
    } else {
        kind.direct(state)?.get(member).cloned()
    };
    let held = held.ok_or_else(not_found)?;
    if !(kind.users && kind.is_own(state, call, member)) {
        kind.allow(
            state,
            call,
            &[&kind.oz("view_privileges")],
            &kind.inside("view_privileges"),
        )?;
    }
    Ok(privileges(&held))
}

fn update_privileges(state: &mut State, call: &Call, kind: Kind<'_>, member: &str) -> Outcome {
    let held = kind
        .direct(state)?
        .get(member)
        .cloned()
        .ok_or_else(not_found)?;
    kind.allow(
        state,
        call,
        &[&kind.oz("set_privileges")],
        &kind.inside("set_privileges"),
    )?;
    let changed = call.changed(&held, kind.home.all_privileges())?;
    kind.direct_mut(state)?.insert(member.to_owned(), changed);
    Ok(done())
}

/// Through what somebody is a member.
fn intermediaries(state: &State, call: &Call, kind: Kind<'_>, member: &str) -> Outcome {
    let effective = kind
        .effective(state)?
        .remove(member)
        .ok_or_else(not_found)?;
    if !kind.is_own(state, call, member) {
        kind.allow(state, call, &[&kind.oz("view")], &kind.inside("view"))?;
    }
    let via: Vec<Value> = effective
        .via
        .iter()
        .map(|(kind, id)| json!({ "type": kind, "id": id }))
        .collect();
    Ok(Answer::json(200, &json!({ "intermediaries": via })))
}
