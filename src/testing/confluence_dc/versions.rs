//! The versions of a content, and the macros in them.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::macros::macros;
use super::problem::{Outcome, Problem};
use super::render;
use super::state::State;
use crate::testing::server::Answer;

/// The routes of versions.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["content", id, "history"]) => history(state, call, id),
        ("GET", ["content", id, "history", version, "macro", "id", macro_id]) => {
            one_macro(state, call, id, version, macro_id)
        }
        ("DELETE", ["content", id, "version", version]) => delete(state, call, id, version),
        _ => return None,
    })
}

fn history(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    Ok(Answer::json(
        200,
        &render::history(state, content, &call.expand()),
    ))
}

fn missing(id: &str, version: &str) -> Problem {
    Problem::not_found(format!("The content {id} has no version {version}"))
}

/// A macro in the text of a version.
fn one_macro(state: &State, call: &Call<'_>, id: &str, version: &str, macro_id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let number = version.parse().map_err(|_| missing(id, version))?;
    let content = content
        .at_version(number)
        .ok_or_else(|| missing(id, version))?;
    let found = macros(&content.body)
        .into_iter()
        .find(|one| one.id == macro_id);
    let found = found
        .ok_or_else(|| Problem::not_found(format!("No macro found with id {macro_id} in {id}")))?;
    let parameters = found.parameters.into_iter();
    let parameters: Map<String, Value> = parameters
        .map(|(name, value)| (name, json!({ "value": value })))
        .collect();
    Ok(Answer::json(
        200,
        &json!({ "name": found.name, "body": found.body, "parameters": parameters }),
    ))
}

fn delete(state: &mut State, call: &Call<'_>, id: &str, version: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let (id_in_path, id, space) = (id, content.id, content.space.clone());
    state.administered_space(&call.caller, &space)?;
    let missing = || missing(id_in_path, version);
    let number: u32 = version.parse().map_err(|_| missing())?;
    let content = state.content_mut(id)?;
    if number == content.version {
        return Err(Problem::bad_request(
            "The latest version of a content cannot be deleted",
        ));
    }
    match content.forget_version(number) {
        true => Ok(Answer::empty(204)),
        false => Err(missing()),
    }
}
