//! What v1 does with pages: whole trees in long tasks, and moves.

use serde_json::{Value, json};

use super::call::{Call, id, text};
use super::problem::{Outcome, Problem};
use super::state::State;
use super::tasks::{self, Titles, Work};
use super::{content_labels, uploads};
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
        (_, ["content", id, "label", rest @ ..]) => {
            return content_labels::route(state, call, id, rest);
        }
        (_, ["content", id, "child", "attachment", rest @ ..]) => {
            return uploads::route(state, call, id, rest);
        }
        _ => return None,
    })
}

/// Goes on only if the caller may change the page.
fn check_writes(state: &State, call: &Call<'_>, page: &str) -> Result<(), Problem> {
    state.check_edits(call, state.page(page, &call.caller)?)
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
        state.content_mut(&below)?.space_id.clone_from(&space);
    }
    state.content_mut(page)?.parent_id = parent;
    Ok(Answer::json(200, &json!({ "pageId": page })))
}
