//! The labels of contents, and those in use in a space or the whole site.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::call::{Call, text};
use super::journal::{self, Change};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Content, Labelled};
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of the lists of labels: those of a content, of a space and of the site differ.
const OF_CONTENT: Limits = limits(200);
const OF_SPACE: Limits = limits(25);
const OF_SITE: Limits = limits(100);

const fn limits(default: usize) -> Limits {
    Limits { default, most: 200 }
}

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
        ("GET", ["space", key, "labels"]) => all(state, call, Some(key)),
        ("GET", ["space", key, "labels", "popular"]) => popular(state, call, Some(key)),
        ("GET", ["space", key, "labels", "recent"]) => recent(state, call, Some(key)),
        ("GET", ["space", key, "labels", name, "related"]) => related(state, call, Some(key), name),
        ("GET", ["label", "labels"]) => all(state, call, None),
        ("GET", ["label", "popular"]) => popular(state, call, None),
        ("GET", ["label", "recent"]) => recent(state, call, None),
        ("GET", ["label", name, "related"]) => related(state, call, None, name),
        _ => return None,
    })
}

fn send(state: &State, call: &Call<'_>, labels: &[&str], limits: Limits) -> Outcome {
    list(
        state,
        call,
        labels,
        |_| true,
        limits,
        |label| render::label(label),
    )
}

fn of_content(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let prefixes = call.query_all("prefix");
    let fits = |label: &&str| prefixes.is_empty() || prefixes.contains(&prefix(label));
    let labels = content.labels.iter().map(String::as_str);
    send(
        state,
        call,
        &labels.filter(fits).collect::<Vec<_>>(),
        OF_CONTENT,
    )
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
    let by = state.need_user(&call.caller)?;
    let number = state.editable_content_mut(&call.caller, id)?.id;
    for label in labels {
        let when = state.clock.tick();
        let content = state.content_mut(number)?;
        let by = by.clone();
        if content.add_label(&label, Labelled { by, when }) {
            let change = Change::label(content, &label, "label_added");
            journal::note(state, &call.caller, change);
        }
    }
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
    let content = state.editable_content_mut(&call.caller, id)?;
    if !content.remove_label(name) {
        return Err(Problem::not_found(format!(
            "The content has no label {name}"
        )));
    }
    let change = Change::label(content, name, "label_removed");
    journal::note(state, &call.caller, change);
    Ok(Answer::empty(204))
}

/// The labels of the site, or of a space which the caller may see: each with the contents that have it
/// and that the caller may see.
fn in_use<'s>(
    state: &'s State,
    call: &Call<'_>,
    space: Option<&str>,
) -> Result<BTreeMap<&'s str, Vec<&'s Content>>, Problem> {
    if let Some(key) = space {
        state.visible_space(&call.caller, key)?;
    }
    let contents = state.contents.values().filter(|content| {
        space.is_none_or(|key| content.space == key) && state.sees(&call.caller, content)
    });
    let mut labels: BTreeMap<&str, Vec<&Content>> = BTreeMap::new();
    for content in contents {
        for label in &content.labels {
            labels.entry(label).or_default().push(content);
        }
    }
    Ok(labels)
}

fn limits_of(space: Option<&str>) -> Limits {
    match space {
        Some(_) => OF_SPACE,
        None => OF_SITE,
    }
}

/// All labels by name, or those that pass the filters in the query.
fn all(state: &State, call: &Call<'_>, space: Option<&str>) -> Outcome {
    let of_site = |name| call.query(name).filter(|_| space.is_none());
    let owner = match of_site("owner") {
        Some(owner) => Some(state.user(owner)?.name.as_str()),
        None => None,
    };
    let fits = |(label, contents): &(&str, Vec<&Content>)| {
        let name = label.split_once(':').map_or(*label, |(_, name)| name);
        let own = |owner: &str| {
            let labelled = contents.iter().filter_map(|one| one.labelled.get(*label));
            prefix(label) == "my" && labelled.into_iter().any(|one| one.by == owner)
        };
        of_site("labelName").is_none_or(|wanted| wanted == name)
            && of_site("namespace").is_none_or(|wanted| wanted == prefix(label))
            && owner.is_none_or(own)
    };
    let labels = in_use(state, call, space.or(of_site("spaceKey")))?;
    let labels = labels.into_iter().filter(fits).map(|(label, _)| label);
    send(state, call, &labels.collect::<Vec<_>>(), limits_of(space))
}

/// The labels that most contents have come first.
fn popular(state: &State, call: &Call<'_>, space: Option<&str>) -> Outcome {
    let labels = in_use(state, call, space)?;
    let mut labels: Vec<(&str, usize)> = labels
        .into_iter()
        .map(|(label, contents)| (label, contents.len()))
        .collect();
    labels.sort_by_key(|(_, count)| Reverse(*count));
    send(state, call, &names(labels), limits_of(space))
}

/// The labels that were added last come first.
fn recent(state: &State, call: &Call<'_>, space: Option<&str>) -> Outcome {
    let labels = in_use(state, call, space)?;
    let added = |label: &str, contents: &[&Content]| {
        let labelled = contents.iter().filter_map(|one| one.labelled.get(label));
        labelled.map(|one| one.when).max()
    };
    let mut labels: Vec<(&str, _)> = labels
        .into_iter()
        .map(|(label, contents)| (label, added(label, &contents)))
        .collect();
    labels.sort_by_key(|(_, when)| Reverse(*when));
    send(state, call, &names(labels), limits_of(space))
}

/// The labels of the contents that have a label; those that most of them have come first.
fn related(state: &State, call: &Call<'_>, space: Option<&str>, name: &str) -> Outcome {
    let labels = in_use(state, call, space)?;
    let name = name.strip_prefix("global:").unwrap_or(name);
    let contents = labels
        .get(name)
        .ok_or_else(|| Problem::not_found(format!("No label found with name: {name}")))?;
    let mut related: BTreeMap<&str, usize> = BTreeMap::new();
    for label in contents.iter().flat_map(|one| &one.labels) {
        if label != name {
            *related.entry(label).or_default() += 1;
        }
    }
    let mut related: Vec<(&str, usize)> = related.into_iter().collect();
    related.sort_by_key(|(_, count)| Reverse(*count));
    send(state, call, &names(related), limits_of(space))
}

fn names<T>(labels: Vec<(&str, T)>) -> Vec<&str> {
    labels.into_iter().map(|(label, _)| label).collect()
}
