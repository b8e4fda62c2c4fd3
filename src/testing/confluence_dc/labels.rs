//! The labels of contents, and those in use in a space or the whole site.

use std::collections::BTreeSet;

use serde_json::Value;

use super::call::{Call, text};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of labels.
const LIMITS: Limits = Limits {
    default: 200,
    most: 200,
};

/// The namespaces beside `global`, which goes without saying.
const PREFIXES: [&str; 3] = ["my", "team", "system"];

/// The routes of labels.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["content", id, "label"]) => of_content(state, call, id),
        ("POST", ["content", id, "label"]) => add(state, call, id),
        ("DELETE", ["content", id, "label"]) => call
            .required("name")
            .and_then(|name| remove(state, call, id, name)),
        ("DELETE", ["content", id, "label", name]) => remove(state, call, id, name),
        ("GET", ["space", key, "labels"]) => in_space(state, call, key),
        ("GET", ["label", "labels"]) => in_site(state, call),
        _ => return None,
    })
}

fn send(state: &State, call: &Call<'_>, labels: &[String]) -> Outcome {
    list(
        state,
        call,
        labels,
        |_| true,
        LIMITS,
        |label| render::label(label),
    )
}

fn of_content(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let prefixes = call.query_all("prefix");
    let fits = |label: &&String| prefixes.is_empty() || prefixes.contains(&prefix(label));
    let labels: Vec<String> = content.labels.iter().filter(fits).cloned().collect();
    send(state, call, &labels)
}

/// The namespace of a label.
fn prefix(label: &str) -> &str {
    label.split_once(':').map_or("global", |(prefix, _)| prefix)
}

fn add(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let Value::Array(labels) = call.json()? else {
        return Err(Problem::bad_request("The body must be a list of labels"));
    };
    let labels: Vec<String> = labels.iter().map(new_label).collect::<Result<_, _>>()?;
    state
        .editable_content_mut(&call.caller, id)?
        .labels
        .extend(labels);
    of_content(state, call, id)
}

fn new_label(label: &Value) -> Result<String, Problem> {
    let object = label
        .as_object()
        .ok_or_else(|| Problem::bad_request("A label must be an object"))?;
    let name = text(object, "name").unwrap_or_default().to_lowercase();
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == ':') {
        return Err(Problem::bad_request(format!(
            "The label name '{name}' is not valid"
        )));
    }
    match text(object, "prefix") {
        None | Some("global") => Ok(name),
        Some(prefix) if PREFIXES.contains(&prefix) => Ok(format!("{prefix}:{name}")),
        Some(prefix) => Err(Problem::bad_request(format!(
            "The label prefix '{prefix}' is not valid"
        ))),
    }
}

fn remove(state: &mut State, call: &Call<'_>, id: &str, name: &str) -> Outcome {
    if state
        .editable_content_mut(&call.caller, id)?
        .labels
        .remove(name)
    {
        return Ok(Answer::empty(204));
    }
    Err(Problem::not_found(format!(
        "The content has no label {name}"
    )))
}

fn in_space(state: &State, call: &Call<'_>, key: &str) -> Outcome {
    state.visible_space(&call.caller, key)?;
    send(state, call, &in_use(state, call, Some(key)))
}

fn in_site(state: &State, call: &Call<'_>) -> Outcome {
    let mut labels = in_use(state, call, call.query("spaceKey"));
    labels.retain(|label| {
        let name = label
            .split_once(':')
            .map_or(label.as_str(), |(_, name)| name);
        call.query("labelName").is_none_or(|wanted| wanted == name)
            && call
                .query("namespace")
                .is_none_or(|wanted| wanted == prefix(label))
    });
    send(state, call, &labels)
}

/// The labels of the contents that the caller may see.
fn in_use(state: &State, call: &Call<'_>, space: Option<&str>) -> Vec<String> {
    let contents = state.contents.values().filter(|content| {
        space.is_none_or(|key| content.space == key) && state.sees(&call.caller, content)
    });
    let labels: BTreeSet<&String> = contents.flat_map(|content| &content.labels).collect();
    labels.into_iter().cloned().collect()
}
