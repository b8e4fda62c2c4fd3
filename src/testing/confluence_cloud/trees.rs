//! What v1 does with pages: whole trees in long tasks, moves, labels.

use serde_json::{Value, json};

use super::call::{Call, id, text};
use super::lists;
use super::problem::{Outcome, Problem};
use super::state::State;
use super::tasks::{self, Titles, Work};
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// `/wiki/rest/api/content/…`
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["content", "archive"]) => archive(state, call),
        ("DELETE", ["content", id, "pageTree"]) => trash_tree(state, call, id),
        ("POST", ["content", id, "pagehierarchy", "copy"]) => copy_tree(state, call, id),
        ("PUT", ["content", id, "move", position, target]) => {
            move_page(state, call, id, position, target)
        }
        ("POST", ["content", id, "label"]) => add_labels(state, call, id),
        ("DELETE", ["content", id, "label"]) => call
            .required("name")
            .and_then(|name| remove_label(state, call, id, name)),
        ("DELETE", ["content", id, "label", name]) => remove_label(state, call, id, name),
        _ => return None,
    })
}

/// Goes on only if the caller may write in the space of the page.
fn check_writes(state: &State, call: &Call<'_>, page: &str) -> Result<(), Problem> {
    let page = state.page(page, &call.caller)?;
    if state.writes(&call.caller, state.space(&page.space_id, &call.caller)?) {
        return Ok(());
    }
    Err(Problem::forbidden(
        "You are not permitted to change this page",
    ))
}

fn archive(state: &mut State, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let named = body
        .get("pages")
        .and_then(Value::as_array)
        .filter(|pages| (1..=300).contains(&pages.len()));
    let named =
        named.ok_or_else(|| Problem::bad_request("'pages' must be a list of 1 to 300 pages"))?;
    let ids: Option<Vec<String>> = named
        .iter()
        .map(|page| page.get("id").and_then(id))
        .collect();
    let ids = ids.ok_or_else(|| Problem::bad_request("Every page must have an id"))?;
    for page in &ids {
        check_writes(state, call, page)?;
        if state.page(page, &call.caller)?.status != "current" {
            return Err(Problem::bad_request("Only current pages can be archived"));
        }
    }
    Ok(tasks::submit(
        state,
        "archive.pages.long.running.task.name",
        Work::Mark(ids, "archived"),
    ))
}

fn trash_tree(state: &mut State, call: &Call<'_>, page: &str) -> Outcome {
    check_writes(state, call, page)?;
    if state.page(page, &call.caller)?.status != "current" {
        return Err(Problem::bad_request(
            "Only the tree of a current page can be deleted",
        ));
    }
    let tree = state.tree(page);
    Ok(tasks::submit(
        state,
        "delete.page.tree.long.running.task.name",
        Work::Mark(tree, "trashed"),
    ))
}

fn copy_tree(state: &mut State, call: &Call<'_>, page: &str) -> Outcome {
    state.page(page, &call.caller)?;
    let body = call.object()?;
    let destination = body.get("destinationPageId").and_then(id);
    let destination =
        destination.ok_or_else(|| Problem::bad_request("'destinationPageId' is required"))?;
    check_writes(state, call, &destination)?;
    let all = body
        .get("copyDescendants")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let pages = if all {
        state.tree(page)
    } else {
        vec![page.to_owned()]
    };
    let titles = body.get("titleOptions").and_then(Value::as_object);
    let title = |key: &str| {
        titles
            .and_then(|titles| text(titles, key))
            .unwrap_or_default()
            .to_owned()
    };
    let titles = Titles {
        prefix: title("prefix"),
        search: title("search"),
        replace: title("replace"),
    };
    let work = Work::Copy {
        pages,
        destination,
        titles,
    };
    Ok(tasks::submit(
        state,
        "copy.page.hierarchy.long.running.task.name",
        work,
    ))
}

fn move_page(
    state: &mut State,
    call: &Call<'_>,
    page: &str,
    position: &str,
    target: &str,
) -> Outcome {
    check_writes(state, call, page)?;
    check_writes(state, call, target)?;
    if state.tree(page).iter().any(|below| below == target) {
        return Err(Problem::bad_request("A page cannot be moved below itself"));
    }
    let target = state.page(target, &call.caller)?;
    let parent = match position {
        "append" => Some(target.id.clone()),
        "before" | "after" => target.parent_id.clone(),
        _ => {
            return Err(Problem::bad_request(
                "The position must be before, after or append",
            ));
        }
    };
    let space = target.space_id.clone();
    for below in state.tree(page) {
        state.page_mut(&below)?.space_id.clone_from(&space);
    }
    state.page_mut(page)?.parent_id = parent;
    Ok(Answer::json(200, &json!({ "pageId": page })))
}

fn labels(state: &State, call: &Call<'_>, page: &str) -> Outcome {
    let labels: Vec<&String> = state.page(page, &call.caller)?.labels.iter().collect();
    lists::by_position(
        state,
        call,
        &labels,
        Limits {
            default: 200,
            most: 200,
        },
        |name| json!({ "prefix": "global", "name": name, "label": name }),
    )
}

fn add_labels(state: &mut State, call: &Call<'_>, page: &str) -> Outcome {
    check_writes(state, call, page)?;
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
    state.page_mut(page)?.labels.extend(names);
    labels(state, call, page)
}

fn remove_label(state: &mut State, call: &Call<'_>, page: &str, name: &str) -> Outcome {
    check_writes(state, call, page)?;
    if state.page_mut(page)?.labels.remove(name) {
        return Ok(Answer::empty(204));
    }
    Err(Problem::not_found("The page does not have this label"))
}
