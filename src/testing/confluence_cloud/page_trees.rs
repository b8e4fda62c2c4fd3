//! What is above a page and below it, in v2.

use serde_json::{Value, json};

use super::call::Call;
use super::contents::Content;
use super::kinds::Kind;
use super::lists;
use super::problem::{Outcome, Problem};
use super::state::State;

/// The part of `/wiki/api/v2/pages/{id}/…` that is about the tree.
pub(super) fn route(state: &State, call: &Call<'_>, id: &str, which: &str) -> Option<Outcome> {
    Some(match which {
        "children" | "direct-children" => children(state, call, id, which),
        "descendants" => descendants(state, call, id),
        "ancestors" => ancestors(state, call, id),
        _ => return None,
    })
}

/// A page as an entry of the content tree.
fn node(page: &Content) -> Value {
    json!({
        "id": page.id,
        "type": "page",
        "status": page.status,
        "title": page.title,
        "spaceId": page.space_id,
        "parentId": page.parent_id,
        "childPosition": null,
    })
}

fn children(state: &State, call: &Call<'_>, id: &str, which: &str) -> Outcome {
    state.page(id, &call.caller)?;
    if which == "children"
        && call
            .query("sort")
            .is_some_and(|sort| sort.ends_with("title"))
    {
        return Err(Problem::bad_request("'sort' must not be title"));
    }
    let rows: Vec<&Content> = state
        .of_kind(Kind::Page)
        .filter(|page| page.parent_id.as_deref() == Some(id) && page.status == "current")
        .collect();
    lists::by_cursor(
        state,
        call,
        &rows,
        |page| state.sees(&call.caller, page),
        |page| node(page),
    )
}

fn descendants(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    state.page(id, &call.caller)?;
    let most = call.number("depth")?.unwrap_or(usize::MAX);
    let levels = state.levels(id);
    let below = levels
        .iter()
        .filter(|(depth, _)| (1..=most).contains(depth));
    // Whether the caller sees them is asked after the page was cut.
    let rows: Vec<(usize, &Content)> = below
        .filter_map(|(depth, id)| Some((*depth, state.find(id)?)))
        .collect();
    let visible = |row: &(usize, &Content)| state.sees(&call.caller, row.1);
    lists::by_cursor(state, call, &rows, visible, |(depth, page)| {
        let mut shown = node(page);
        shown["depth"] = json!(depth);
        shown
    })
}

/// The pages above, from the top.
fn ancestors(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let mut above: Vec<Value> = Vec::new();
    let mut next = state.page(id, &call.caller)?.parent_id.clone();
    while let Some(page) = next.and_then(|id| state.page(&id, &call.caller).ok()) {
        above.insert(0, json!({ "id": page.id, "type": "page" }));
        next = page
            .parent_id
            .clone()
            .filter(|_| above.len() < state.contents.len());
    }
    lists::by_cursor(state, call, &above, |_| true, Value::clone)
}
