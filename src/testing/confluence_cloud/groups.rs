//! Groups and who is in them.

use serde_json::{Value, json};

use super::call::{Call, required};
use super::lists;
use super::problem::{Outcome, Problem};
use super::seed::{Group, User};
use super::state::State;
use super::users;
use crate::testing::server::Answer;

pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["group"]) => {
            let all = by_name(state, |_| true);
            lists::by_position(state, call, &all, lists::V1, |group| render(state, group))
        }
        ("POST", ["group"]) => create(state, call),
        ("GET", ["group", "by-id"]) => get(state, call),
        ("DELETE", ["group", "by-id"]) => delete(state, call),
        ("GET", ["group", "picker"]) => search(state, call),
        ("GET", ["group", id, "membersByGroupId"]) => members(state, call, id),
        ("POST", ["group", "userByGroupId"]) => add_member(state, call),
        ("DELETE", ["group", "userByGroupId"]) => remove_member(state, call),
        _ => return None,
    })
}

/// A group as v1 shows one.
pub(super) fn render(state: &State, group: &Group) -> Value {
    json!({
        "type": "group",
        "name": group.name,
        "id": group.id,
        "usageType": "USERBASE_GROUP",
        "managedBy": "ADMINS",
        "_links": { "self": format!("{}/rest/api/group/by-id?id={}", state.base(), group.id) },
    })
}

fn by_name(state: &State, wanted: impl Fn(&Group) -> bool) -> Vec<&Group> {
    let mut all: Vec<&Group> = state
        .groups
        .values()
        .filter(|group| wanted(group))
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn group<'a>(state: &'a State, id: &str) -> Result<&'a Group, Problem> {
    state
        .groups
        .get(id)
        .ok_or_else(|| Problem::not_found(format!("No group with id : {id}")))
}

fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    state.require_admin(&call.caller)?;
    let body = call.object()?;
    let name = required(&body, "name")?;
    if state
        .groups
        .values()
        .any(|group| group.name.eq_ignore_ascii_case(name))
    {
        return Err(Problem::bad_request(format!(
            "There is a group with name : {name} already"
        )));
    }
    let group = state.add_group(Group::new(name));
    Ok(Answer::json(201, &render(state, &group)))
}

fn get(state: &State, call: &Call<'_>) -> Outcome {
    let group = group(state, call.required("id")?)?;
    Ok(Answer::json(200, &render(state, group)))
}

fn delete(state: &mut State, call: &Call<'_>) -> Outcome {
    state.require_admin(&call.caller)?;
    let id = group(state, call.required("id")?)?.id.clone();
    state.groups.remove(&id);
    for space in state.spaces.values_mut() {
        space
            .permissions
            .retain(|permission| permission.subject != id);
    }
    Ok(Answer::empty(204))
}

fn search(state: &State, call: &Call<'_>) -> Outcome {
    let part = call.required("query")?.to_lowercase();
    let found = by_name(state, |group| group.name.to_lowercase().contains(&part));
    lists::by_position(state, call, &found, lists::V1, |group| render(state, group))
}

fn members(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let group = group(state, id)?;
    let members: Vec<&User> = group
        .members
        .iter()
        .filter_map(|account| state.users.get(account))
        .collect();
    lists::by_position(state, call, &members, lists::V1, |user| {
        users::first(state, call, user)
    })
}

/// Adding anew changes nothing.
fn add_member(state: &mut State, call: &Call<'_>) -> Outcome {
    state.require_admin(&call.caller)?;
    let id = group(state, call.required("groupId")?)?.id.clone();
    let body = call.object()?;
    let account = state
        .user(required(&body, "accountId")?)?
        .account_id
        .clone();
    if let Some(group) = state.groups.get_mut(&id) {
        group.members.insert(account);
    }
    Ok(Answer::empty(201))
}

fn remove_member(state: &mut State, call: &Call<'_>) -> Outcome {
    state.require_admin(&call.caller)?;
    let id = group(state, call.required("groupId")?)?.id.clone();
    let account = state.user(call.required("accountId")?)?.account_id.clone();
    let removed = state
        .groups
        .get_mut(&id)
        .is_some_and(|group| group.members.remove(&account));
    if removed {
        Ok(Answer::empty(204))
    } else {
        Err(Problem::not_found("The user is not in the group"))
    }
}
