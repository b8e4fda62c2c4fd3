//! Spaces: found and read in v2, changed and deleted in v1, created in both.

use serde_json::{Map, Value, json};

use super::call::{Call, id, required, text};
use super::kinds::Kind;
use super::lists::{self, included};
use super::problem::{Outcome, Problem};
use super::seed::{Space, SpacePermission};
use super::state::State;
use super::tasks::{self, Work};
use super::{labels, listed, permissions, properties};
use crate::testing::server::Answer;

/// The text that the server names the task by.
const DELETION: &str = "com.atlassian.confluence.spaces.actions.RemoveSpaceAction.action.name";

/// The types that a space can be given.
const TYPES: [&str; 4] = ["global", "collaboration", "knowledge_base", "personal"];

/// `/wiki/rest/api/space/…`
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["space"]) => create_first(state, call, false),
        ("POST", ["space", "_private"]) => create_first(state, call, true),
        ("PUT", ["space", key]) => update(state, call, key),
        ("DELETE", ["space", key]) => delete(state, call, key),
        (_, ["space", key, "permission", rest @ ..]) => {
            return permissions::route(state, call, key, rest);
        }
        _ => return None,
    })
}

/// `/wiki/api/v2/spaces/…`
pub(super) fn route_second(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["spaces"]) => list(state, call),
        ("POST", ["spaces"]) => create_second(state, call),
        ("GET", ["spaces", id]) => get(state, call, id),
        ("GET", ["spaces", id, kind @ ("pages" | "blogposts")]) => {
            listed::of_space(state, call, Kind::of_path(kind)?, id)
        }
        ("GET", ["spaces", id, "content", "labels"]) => labels::of_space_content(state, call, id),
        ("GET", ["spaces", id, "permissions"]) => permissions::list(state, call, id),
        // No space here has a label.
        ("GET", ["spaces", id, "labels"]) => state
            .space(id, &call.caller)
            .and_then(|_| lists::by_cursor(state, call, &[], |()| true, |()| json!({}))),
        (_, ["spaces", id, "properties", rest @ ..]) => {
            return properties::route_of_space(state, call, id, rest);
        }
        _ => return None,
    })
}

// v1

/// A space as v1 shows one.
fn first(state: &State, call: &Call<'_>, space: &Space) -> Value {
    let mut shown = json!({
        "id": space.id.parse::<u64>().ok(),
        "key": space.key,
        "alias": space.key,
        "name": space.name,
        "type": space.space_type,
        "status": space.status,
        "description": {
            "plain": { "value": space.description, "representation": "plain", "embeddedContent": [] },
        },
        "_expandable": {
            "settings": format!("/rest/api/space/{}/settings", space.key),
            "homepage": space.homepage_id.as_ref().map(|id| format!("/rest/api/content/{id}")),
            "permissions": "",
            "icon": "",
            "history": "",
        },
        "_links": {
            "base": state.base(),
            "context": "/wiki",
            "webui": format!("/spaces/{}", space.key),
            "self": format!("{}/rest/api/space/{}", state.base(), space.key),
        },
    });
    if call.expands("permissions") {
        shown["permissions"] = space.permissions.iter().map(permissions::first).collect();
    }
    shown
}

fn check_may_create(state: &State, caller: &str) -> Result<(), Problem> {
    let user = state.users.get(caller);
    if user.is_some_and(|user| user.admin || user.creates_spaces) {
        return Ok(());
    }
    Err(Problem::forbidden("You are not permitted to create spaces"))
}

/// The space that a body of either interface describes.
fn from_body(state: &State, body: &Map<String, Value>, caller: &str) -> Result<Space, Problem> {
    let name = required(body, "name")?;
    if name.chars().count() > 200 {
        return Err(Problem::bad_request(
            "The name must not be longer than 200 characters",
        ));
    }
    let key = text(body, "key")
        .or(text(body, "alias"))
        .unwrap_or_default();
    if key.is_empty() || key.len() > 255 || !key.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Problem::bad_request(
            "'key' or 'alias' is required and has letters and digits only",
        ));
    }
    if state.space_with_key(key).is_some() {
        return Err(Problem::bad_request(format!(
            "A space already exists with key {key}"
        )));
    }
    Ok(Space::new(key).name(name).author(caller))
}

fn create_first(state: &mut State, call: &Call<'_>, private: bool) -> Outcome {
    check_may_create(state, &call.caller)?;
    let body = call.object()?;
    let mut space = from_body(state, &body, &call.caller)?;
    space.private = private;
    if let Some(plain) = plain_description(&body) {
        plain.clone_into(&mut space.description);
    }
    let granted = body
        .get("permissions")
        .and_then(Value::as_array)
        .filter(|_| !private);
    space.permissions = granted
        .into_iter()
        .flatten()
        .flat_map(permissions::of_new_space)
        .collect();
    let space = added(state, space)?;
    Ok(Answer::json(200, &first(state, call, &space)))
}

fn plain_description(body: &Map<String, Value>) -> Option<&str> {
    body.get("description")?
        .get("plain")?
        .get("value")?
        .as_str()
}

/// Adds a space. Who creates it gets the permissions of its administrator.
fn added(state: &mut State, mut space: Space) -> Result<Space, Problem> {
    let author = space.author_id.clone();
    for (operation, target) in [("read", "space"), ("administer", "space")] {
        space.permissions.push(SpacePermission {
            id: 0,
            subject_type: "user".to_owned(),
            subject: author.clone(),
            operation: operation.to_owned(),
            target: target.to_owned(),
        });
    }
    let number = state.add_space(space);
    state.space(&number.to_string(), &author).cloned()
}

fn update(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    let mut space = state.space_of_key(key, &call.caller)?.clone();
    state.require_space_admin(&call.caller, &space)?;
    let body = call.object()?;
    if let Some(name) = text(&body, "name") {
        if name.trim().is_empty() {
            return Err(Problem::bad_request("'name' must not be blank"));
        }
        name.clone_into(&mut space.name);
    }
    if let Some(plain) = plain_description(&body) {
        plain.clone_into(&mut space.description);
    }
    if let Some(kind) = text(&body, "type") {
        if !TYPES.contains(&kind) {
            return Err(Problem::bad_request(format!(
                "There is no type of space '{kind}'"
            )));
        }
        kind.clone_into(&mut space.space_type);
    }
    if let Some(status) = text(&body, "status") {
        if !["current", "archived"].contains(&status) {
            return Err(Problem::bad_request("'status' must be current or archived"));
        }
        status.clone_into(&mut space.status);
    }
    if let Some(home) = body
        .get("homepage")
        .and_then(|home| home.get("id"))
        .and_then(id)
    {
        space.homepage_id = Some(state.page(&home, &call.caller)?.id.clone());
    }
    state.space_mut(&space.id)?.clone_from(&space);
    Ok(Answer::json(200, &first(state, call, &space)))
}

fn delete(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    let space = state.space_of_key(key, &call.caller)?.clone();
    state.require_space_admin(&call.caller, &space)?;
    Ok(tasks::submit(state, DELETION, Work::DeleteSpace(space.id)))
}

// v2

/// A space as v2 shows one.
fn second(call: &Call<'_>, space: &Space) -> Value {
    let description = match call.query("description-format") {
        Some(format) => json!({ format: { "representation": format, "value": space.description } }),
        None => Value::Null,
    };
    json!({
        "id": space.id,
        "key": space.key,
        "name": space.name,
        "type": space.space_type,
        "status": space.status,
        "authorId": space.author_id,
        "spaceOwnerId": space.author_id,
        "currentActiveAlias": space.key,
        "createdAt": space.created_at,
        "homepageId": space.homepage_id,
        "description": description,
        "icon": null,
        "_links": { "webui": format!("/spaces/{}", space.key) },
    })
}

fn list(state: &State, call: &Call<'_>) -> Outcome {
    let fits = |name: &str, value: &str| {
        call.query_all(name)
            .is_none_or(|wanted| wanted.iter().any(|one| one.eq_ignore_ascii_case(value)))
    };
    let mut rows: Vec<&Space> = state
        .spaces
        .values()
        .filter(|space| fits("ids", &space.id) && fits("keys", &space.key))
        .filter(|space| fits("type", &space.space_type) && fits("status", &space.status))
        .filter(|_| call.query("labels").is_none())
        .collect();
    let sort = call.query("sort").unwrap_or("id");
    match sort.trim_start_matches('-') {
        "id" => {}
        "key" => rows.sort_by(|a, b| a.key.cmp(&b.key)),
        "name" => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        _ => {
            return Err(Problem::bad_request(
                "'sort' must be id, key or name, or one of them after a '-'",
            ));
        }
    }
    if sort.starts_with('-') {
        rows.reverse();
    }
    lists::by_cursor(
        state,
        call,
        &rows,
        |space| state.sees_space(&call.caller, space),
        |space| second(call, space),
    )
}

fn create_second(state: &mut State, call: &Call<'_>) -> Outcome {
    check_may_create(state, &call.caller)?;
    let body = call.object()?;
    let mut space = from_body(state, &body, &call.caller)?;
    space.private = body
        .get("createPrivateSpace")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if let Some(description) = body
        .get("description")
        .and_then(|one| one.get("value"))
        .and_then(Value::as_str)
    {
        description.clone_into(&mut space.description);
    }
    let space = added(state, space)?;
    Ok(Answer::json(201, &second(call, &space)))
}

fn get(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let space = state.space(id, &call.caller)?;
    let mut shown = second(call, space);
    shown["_links"]["base"] = json!(state.base());
    let path = format!("/wiki/api/v2/spaces/{id}");
    if call.switch("include-properties") {
        let all: Vec<Value> = space.properties.iter().map(properties::of_space).collect();
        shown["properties"] = included(&all, &format!("{path}/properties"));
    }
    if call.switch("include-permissions") {
        let all: Vec<Value> = space.permissions.iter().map(permissions::second).collect();
        shown["permissions"] = included(&all, &format!("{path}/permissions"));
    }
    if call.switch("include-labels") {
        shown["labels"] = included(&[], &format!("{path}/labels"));
    }
    if call.switch("include-operations") {
        let mut all = vec![json!({ "operation": "read", "targetType": "space" })];
        if state.administers(&call.caller, space) {
            all.push(json!({ "operation": "administer", "targetType": "space" }));
        }
        shown["operations"] = included(&all, &format!("{path}/operations"));
    }
    Ok(Answer::json(200, &shown))
}
