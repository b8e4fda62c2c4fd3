//! JSON values that apps keep with spaces and content.

use serde_json::{Map, Value, json};

use super::call::{Call, required, text};
use super::kinds::Kind;
use super::lists;
use super::problem::{Outcome, Problem};
use super::seed::Property;
use super::state::State;
use crate::testing::server::Answer;

/// What carries the properties.
#[derive(Clone, Copy)]
enum Owner<'a> {
    Space(&'a str),
    Content(Kind, &'a str),
}

pub(super) fn route_of_space(
    state: &mut State,
    call: &Call<'_>,
    id: &str,
    path: &[&str],
) -> Option<Outcome> {
    route(state, call, Owner::Space(id), path)
}

pub(super) fn route_of_content(
    state: &mut State,
    call: &Call<'_>,
    kind: Kind,
    id: &str,
    path: &[&str],
) -> Option<Outcome> {
    route(state, call, Owner::Content(kind, id), path)
}

fn route(state: &mut State, call: &Call<'_>, owner: Owner<'_>, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("GET", []) => list(state, call, owner),
        ("POST", []) => create(state, call, owner),
        ("GET", [id]) => get(state, call, owner, id),
        ("PUT", [id]) => update(state, call, owner, id),
        ("DELETE", [id]) => delete(state, call, owner, id),
        _ => return None,
    })
}

/// A property of a space.
pub(super) fn of_space(property: &Property) -> Value {
    json!({
        "id": property.id,
        "key": property.key,
        "value": property.value,
        "createdAt": property.created_at,
        "createdBy": property.author_id,
        "version": {
            "number": property.version,
            "message": "",
            "createdAt": property.created_at,
            "createdBy": property.author_id,
        },
    })
}

/// A property of a page or other content.
pub(super) fn of_content(property: &Property) -> Value {
    json!({
        "id": property.id,
        "key": property.key,
        "value": property.value,
        "version": {
            "number": property.version,
            "message": "",
            "minorEdit": false,
            "authorId": property.author_id,
            "createdAt": property.created_at,
        },
    })
}

impl Owner<'_> {
    fn render(self, property: &Property) -> Value {
        match self {
            Self::Space(_) => of_space(property),
            Self::Content(..) => of_content(property),
        }
    }

    /// A new property of a space is answered with 201, one of content with 200.
    fn created(self) -> u16 {
        match self {
            Self::Space(_) => 201,
            Self::Content(..) => 200,
        }
    }
}

fn all(state: &State, call: &Call<'_>, owner: Owner<'_>) -> Result<Vec<Property>, Problem> {
    Ok(match owner {
        Owner::Space(id) => state.space(id, &call.caller)?.properties.clone(),
        Owner::Content(kind, id) => state.content(kind, id, &call.caller)?.properties.clone(),
    })
}

/// The properties to be changed: of a space by its administrators, of content by those who may change it.
fn all_mut<'s>(
    state: &'s mut State,
    call: &Call<'_>,
    owner: Owner<'_>,
) -> Result<&'s mut Vec<Property>, Problem> {
    match owner {
        Owner::Space(id) => {
            state.require_space_admin(&call.caller, state.space(id, &call.caller)?)?;
            state.space_mut(id).map(|space| &mut space.properties)
        }
        Owner::Content(kind, id) => {
            state.check_edits(call, state.content(kind, id, &call.caller)?)?;
            state.content_mut(id).map(|content| &mut content.properties)
        }
    }
}

fn no_property() -> Problem {
    Problem::not_found("Property not found")
}

fn list(state: &State, call: &Call<'_>, owner: Owner<'_>) -> Outcome {
    let mut rows = all(state, call, owner)?;
    rows.retain(|property| call.query("key").is_none_or(|key| key == property.key));
    lists::by_cursor(
        state,
        call,
        &rows,
        |_| true,
        |property| owner.render(property),
    )
}

fn get(state: &State, call: &Call<'_>, owner: Owner<'_>, id: &str) -> Outcome {
    let known = all(state, call, owner)?
        .into_iter()
        .find(|property| property.id == id);
    known
        .map(|property| Answer::json(200, &owner.render(&property)))
        .ok_or_else(no_property)
}

fn value(body: &mut Map<String, Value>) -> Result<Value, Problem> {
    body.remove("value")
        .ok_or_else(|| Problem::bad_request("'value' is required"))
}

fn create(state: &mut State, call: &Call<'_>, owner: Owner<'_>) -> Outcome {
    let mut body = call.object()?;
    let key = required(&body, "key")?.to_owned();
    if key.len() > 255 {
        return Err(Problem::bad_request(
            "'key' must not be longer than 255 characters",
        ));
    }
    let mut property = Property::new(key, value(&mut body)?);
    property.id = state.next_number().to_string();
    property.created_at = state.time();
    property.author_id.clone_from(&call.caller);
    let known = all_mut(state, call, owner)?;
    if known.iter().any(|one| one.key == property.key) {
        return Err(Problem::bad_request(format!(
            "There is a property with key {} already",
            property.key
        )));
    }
    known.push(property.clone());
    Ok(Answer::json(owner.created(), &owner.render(&property)))
}

fn update(state: &mut State, call: &Call<'_>, owner: Owner<'_>, id: &str) -> Outcome {
    let mut body = call.object()?;
    state.next_number();
    let now = state.time();
    let known = all_mut(state, call, owner)?;
    let property = known
        .iter_mut()
        .find(|property| property.id == id)
        .ok_or_else(no_property)?;
    let number = body
        .get("version")
        .and_then(|version| version.get("number"))
        .and_then(Value::as_u64);
    if text(&body, "key").is_some_and(|key| key != property.key) {
        return Err(Problem::bad_request(
            "The key of a property cannot be changed",
        ));
    }
    if number != Some(property.version + 1) {
        return Err(Problem::conflict(format!(
            "The version must be {}",
            property.version + 1
        )));
    }
    property.value = value(&mut body)?;
    property.version += 1;
    property.created_at = now;
    property.author_id.clone_from(&call.caller);
    Ok(Answer::json(200, &owner.render(property)))
}

fn delete(state: &mut State, call: &Call<'_>, owner: Owner<'_>, id: &str) -> Outcome {
    let known = all_mut(state, call, owner)?;
    let before = known.len();
    known.retain(|property| property.id != id);
    if known.len() < before {
        Ok(Answer::empty(204))
    } else {
        Err(no_property())
    }
}
