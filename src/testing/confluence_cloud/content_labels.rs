//! Labels of content, in v1.

use serde_json::{Value, json};

use super::call::Call;
use super::lists;
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::server::Answer;

/// `/wiki/rest/api/content/{id}/label/…`
pub(super) fn route(
    state: &mut State,
    call: &Call<'_>,
    id: &str,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("POST", []) => add_labels(state, call, id),
        ("DELETE", []) => call
            .required("name")
            .and_then(|name| remove_label(state, call, id, name)),
        ("DELETE", [name]) => remove_label(state, call, id, name),
        _ => return None,
    })
}

/// Goes on only if the caller may change the content.
fn check_edits(state: &State, call: &Call<'_>, id: &str) -> Result<(), Problem> {
    state.check_edits(call, state.any_content(id, &call.caller)?)
}

fn labels(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let labels: Vec<&String> = state.any_content(id, &call.caller)?.labels.iter().collect();
    lists::by_position(
        state,
        call,
        &labels,
        lists::V1,
        |name| json!({ "prefix": "global", "name": name, "label": name }),
    )
}

fn add_labels(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    check_edits(state, call, id)?;
    let body = call.json()?;
    let one = [body.clone()];
    let all = body.as_array().map_or(one.as_slice(), Vec::as_slice);
    let names: Option<Vec<String>> = all
        .iter()
        .map(|label| {
            label
                .get("name")
                .and_then(Value::as_str)
                .map(str::to_lowercase)
        })
        .collect();
    let names = names.filter(|names| {
        names
            .iter()
            .all(|name| !name.trim().is_empty() && !name.contains(' '))
    });
    let names =
        names.ok_or_else(|| Problem::bad_request("A label must have a name without spaces"))?;
    state.content_mut(id)?.labels.extend(names);
    labels(state, call, id)
}

fn remove_label(state: &mut State, call: &Call<'_>, id: &str, name: &str) -> Outcome {
    check_edits(state, call, id)?;
    if state.content_mut(id)?.labels.remove(name) {
        return Ok(Answer::empty(204));
    }
    Err(Problem::not_found("The content does not have this label"))
}
