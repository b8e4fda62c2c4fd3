//! The JSON that apps keep with a space or a content.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::call::{Call, text};
use super::contents::check_next_version;
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::Property;
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of properties.
const LIMITS: Limits = Limits {
    default: 10,
    most: 200,
};
/// The longest key.
const LONGEST_KEY: usize = 255;
/// The largest value, in bytes of JSON.
const LARGEST_VALUE: usize = 32 * 1024;

/// What a property belongs to.
#[derive(Clone, Copy)]
enum Owner<'a> {
    Space(&'a str),
    Content(&'a str),
}

/// The routes of properties.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    let (owner, rest) = match path.as_slice() {
        ["space", key, "property", rest @ ..] => (Owner::Space(key), rest),
        ["content", id, "property", rest @ ..] => (Owner::Content(id), rest),
        _ => return None,
    };
    Some(match (method, rest) {
        ("GET", []) => all(state, call, owner),
        ("POST", []) => create(state, call, owner, None),
        ("GET", [key]) => get(state, call, owner, key),
        ("POST", [key]) => create(state, call, owner, Some(key)),
        ("PUT", [key]) => update(state, call, owner, key),
        ("DELETE", [key]) => delete(state, call, owner, key),
        _ => return None,
    })
}

/// The properties of an owner that the caller may see.
fn properties<'s>(
    state: &'s State,
    call: &Call<'_>,
    owner: Owner<'_>,
) -> Result<&'s BTreeMap<String, Property>, Problem> {
    Ok(match owner {
        Owner::Space(key) => &state.visible_space(&call.caller, key)?.properties,
        Owner::Content(id) => &state.visible_content(&call.caller, id)?.properties,
    })
}

/// The properties of an owner that the caller may change.
fn properties_mut<'s>(
    state: &'s mut State,
    call: &Call<'_>,
    owner: Owner<'_>,
) -> Result<&'s mut BTreeMap<String, Property>, Problem> {
    Ok(match owner {
        Owner::Space(key) => &mut state.administered_space_mut(&call.caller, key)?.properties,
        Owner::Content(id) => &mut state.editable_content_mut(&call.caller, id)?.properties,
    })
}

fn path(owner: Owner<'_>, key: &str) -> String {
    match owner {
        Owner::Space(space) => format!("/rest/api/space/{space}/property/{key}"),
        Owner::Content(id) => format!("/rest/api/content/{id}/property/{key}"),
    }
}

fn all(state: &State, call: &Call<'_>, owner: Owner<'_>) -> Outcome {
    let rows: Vec<(&String, &Property)> = properties(state, call, owner)?.iter().collect();
    let expand = call.expand();
    let whole = expand.has("value") || expand.has("version");
    let render = |(key, property): &(&String, &Property)| {
        render::property(state, &path(owner, key), key, property, whole)
    };
    list(state, call, &rows, |_| true, LIMITS, render)
}

fn get(state: &State, call: &Call<'_>, owner: Owner<'_>, key: &str) -> Outcome {
    let property = properties(state, call, owner)?
        .get(key)
        .ok_or_else(|| missing(key))?;
    Ok(Answer::json(
        200,
        &render::property(state, &path(owner, key), key, property, true),
    ))
}

fn missing(key: &str) -> Problem {
    Problem::not_found(format!("No property found with key: {key}"))
}

fn create(state: &mut State, call: &Call<'_>, owner: Owner<'_>, key: Option<&str>) -> Outcome {
    let body = call.object()?;
    let key = key.or_else(|| text(&body, "key")).unwrap_or_default();
    if key.is_empty() || key.chars().count() > LONGEST_KEY {
        return Err(Problem::bad_request(
            "The key of a property must have 1 to 255 characters",
        ));
    }
    let value = value(&body)?;
    let id = state.next_id();
    let properties = properties_mut(state, call, owner)?;
    if properties.contains_key(key) {
        return Err(Problem::conflict(format!(
            "A property with the key {key} already exists"
        )));
    }
    properties.insert(
        key.to_owned(),
        Property {
            id,
            value,
            version: 1,
        },
    );
    get(state, call, owner, key)
}

fn value(body: &Map<String, Value>) -> Result<Value, Problem> {
    let value = body
        .get("value")
        .ok_or_else(|| Problem::bad_request("The value of the property is required"))?;
    if value.to_string().len() > LARGEST_VALUE {
        return Err(Problem::new(
            413,
            "The value of the property is too large: at most 32768 bytes are allowed",
        ));
    }
    Ok(value.clone())
}

fn update(state: &mut State, call: &Call<'_>, owner: Owner<'_>, key: &str) -> Outcome {
    let body = call.object()?;
    let value = value(&body)?;
    let property = properties_mut(state, call, owner)?
        .get_mut(key)
        .ok_or_else(|| missing(key))?;
    check_next_version(&body, property.version)?;
    property.version += 1;
    property.value = value;
    get(state, call, owner, key)
}

fn delete(state: &mut State, call: &Call<'_>, owner: Owner<'_>, key: &str) -> Outcome {
    match properties_mut(state, call, owner)?.remove(key) {
        Some(_) => Ok(Answer::empty(204)),
        None => Err(missing(key)),
    }
}
