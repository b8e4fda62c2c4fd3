//! What users do about themselves.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::failure::{Failure, Outcome, bad, not_found};
use super::home::Home;
use super::routes::{created, done, ids};
use super::state::State;
use super::{groups, invitations, marketplace, membership, spaces, tokens, users};
use crate::testing::server::Answer;

pub(super) fn route(state: &mut State, call: &Call, path: &[&str]) -> Option<Outcome> {
    let me = match call.user() {
        Ok(me) => me.to_owned(),
        Err(failure) => return Some(Err(failure)),
    };
    let me = me.as_str();
    Some(match (call.method.as_str(), path) {
        ("GET", []) => state
            .user(me)
            .map(|user| Answer::json(200, &user.details())),
        ("PATCH", []) => users::rename(state, call, me),
        ("DELETE", []) => users::remove(state, me),
        ("PATCH", ["password"]) => users::change_password(state, call, me),
        ("GET", ["privileges"]) => users::list_privileges(state, call, me, false),
        ("GET", ["effective_privileges"]) => users::list_privileges(state, call, me, true),
        ("PATCH", ["privileges"]) => users::update_privileges(state, call, me),
        ("DELETE", ["privileges"]) => users::remove_privileges(state, call, me),
        ("GET", ["space_membership_requests"]) => Ok(requests(state, me)),
        ("GET", ["effective_providers"]) => Ok(ids("providers", [])),
        (_, ["groups" | "effective_groups", ..]) => return route_groups(state, call, me, path),
        (_, ["spaces" | "effective_spaces", ..]) => return route_spaces(state, call, me, path),
        (_, ["tokens", rest @ ..]) => return tokens::route_of_user(state, call, me, rest),
        (_, ["client_tokens", rest @ ..]) => {
            return tokens::route_client_tokens(state, call, me, rest);
        }
        _ => return None,
    })
}

fn route_groups(state: &mut State, call: &Call, me: &str, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", ["groups"]) => {
            let mine = state
                .groups
                .values()
                .filter(|group| group.members.users.contains_key(me));
            Ok(ids("groups", mine.map(|group| &group.id)))
        }
        ("POST", ["groups"]) => create_group(state, call, me),
        ("POST", ["groups", "join"]) => {
            invitations::join(state, call, "group", ("user", me), "user/groups")
        }
        ("DELETE", ["groups", id]) => membership::leave(state, Home::Group(id), me),
        ("GET", ["effective_groups"]) => Ok(ids("groups", &state.groups_of(me))),
        ("GET", [which, id]) => {
            let direct = state
                .group(id)
                .is_ok_and(|group| group.members.users.contains_key(me));
            let there =
                direct || (*which == "effective_groups" && state.groups_of(me).contains(*id));
            if there {
                state
                    .group(id)
                    .map(|group| Answer::json(200, &group.json()))
            } else {
                Err(not_found())
            }
        }
        _ => return None,
    })
}

fn create_group(state: &mut State, call: &Call, me: &str) -> Outcome {
    let group = groups::from_body(call)?.admin(me);
    let id = state.add_group(groups::made_by(group, me));
    Ok(created(state, "user/groups", &id))
}

fn route_spaces(state: &mut State, call: &Call, me: &str, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", ["spaces"]) => {
            let mine = state
                .spaces
                .values()
                .filter(|space| space.members.users.contains_key(me));
            Ok(ids("spaces", mine.map(|space| &space.id)))
        }
        ("POST", ["spaces"]) => create_space(state, call, me),
        ("POST", ["spaces", "join"]) => {
            invitations::join(state, call, "space", ("user", me), "user/spaces")
        }
        ("DELETE", ["spaces", id]) => membership::leave(state, Home::Space(id), me),
        ("GET", ["effective_spaces"]) => Ok(ids("spaces", &state.spaces_of(me))),
        (method, ["spaces", id, "alias"]) => return route_alias(state, call, me, method, id),
        ("GET", [which, id]) => {
            let direct = state
                .space(id)
                .is_ok_and(|space| space.members.users.contains_key(me));
            let there =
                direct || (*which == "effective_spaces" && state.spaces_of(me).contains(*id));
            if there {
                state
                    .space(id)
                    .map(|space| Answer::json(200, &space.json()))
            } else {
                Err(not_found())
            }
        }
        _ => return None,
    })
}

fn create_space(state: &mut State, call: &Call, me: &str) -> Outcome {
    let space = spaces::from_body(call)?.owner(me);
    let id = state.add_space(space);
    Ok(created(state, "user/spaces", &id))
}

fn route_alias(
    state: &mut State,
    call: &Call,
    me: &str,
    method: &str,
    space: &str,
) -> Option<Outcome> {
    if !state.spaces_of(me).contains(space) {
        return Some(Err(not_found()));
    }
    Some(match method {
        "GET" => alias(state, me, space),
        "PUT" => set_alias(state, call, me, space),
        "DELETE" => state.user_mut(me).map(|user| {
            user.space_aliases.remove(space);
            done()
        }),
        _ => return None,
    })
}

fn alias(state: &State, me: &str, space: &str) -> Outcome {
    let alias = state
        .user(me)?
        .space_aliases
        .get(space)
        .ok_or_else(not_found)?;
    Ok(Answer::json(200, &json!({ "alias": alias })))
}

fn set_alias(state: &mut State, call: &Call, me: &str, space: &str) -> Outcome {
    let alias = call.required_text("alias")?;
    let fits = !alias.is_empty()
        && alias
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if !fits {
        return Err(alias_refused());
    }
    state
        .user_mut(me)?
        .space_aliases
        .insert(space.to_owned(), alias.to_owned());
    Ok(done())
}

fn alias_refused() -> Failure {
    bad("badValueIdentifier", "an alias has letters, digits and _-.")
        .details(json!({ "key": "alias" }))
}

/// The requests for membership that are undecided or were rejected.
fn requests(state: &State, me: &str) -> Answer {
    let of = |rejected: bool| -> Map<String, Value> {
        let mine = state
            .requests
            .values()
            .filter(|one| one.user == me && one.rejected == rejected)
            .filter(|one| marketplace::is_listed(state, one));
        mine.map(|one| (one.space.clone(), one.json())).collect()
    };
    Answer::json(200, &json!({ "pending": of(false), "rejected": of(true) }))
}
