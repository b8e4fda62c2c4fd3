//! Drafts made from blueprints, and how they are published.

use super::call::Call;
use super::contents;
use super::journal::{self, Change};
use super::problem::{Outcome, Problem};
use super::seed::Content;
use super::state::State;

/// The routes of such drafts.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["content", "blueprint", "instance", id]) => publish_anew(state, call, id),
        ("PUT", ["content", "blueprint", "instance", id]) => publish(state, call, id),
        _ => return None,
    })
}

/// The draft that a path names.
fn draft<'s>(state: &'s State, call: &Call<'_>, id: &str) -> Result<&'s Content, Problem> {
    let content = state.visible_content(&call.caller, id)?;
    if content.status == "draft" && call.query("status").is_none_or(|said| said == "draft") {
        return Ok(content);
    }
    Err(Problem::not_found(format!("No draft found with id: {id}")))
}

/// The content gets an id of its own; the draft is deleted.
fn publish_anew(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let draft = draft(state, call, id)?.id;
    let mut content = contents::new_content(state, call, &call.object()?)?;
    "current".clone_into(&mut content.status);
    let id = contents::add(state, call, content)?;
    state.purge(draft);
    answer(state, call, id)
}

/// The content keeps the id of the draft.
fn publish(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let draft = draft(state, call, id)?.clone();
    contents::need_to_create(state, call, &draft)?;
    let mut content = contents::saved(state, call, &call.object()?, draft)?;
    "current".clone_into(&mut content.status);
    let (id, change) = (content.id, Change::content(&content, "created"));
    state.contents.insert(id, content);
    journal::note(state, &call.caller, change.event("blueprint_page_created"));
    answer(state, call, id)
}

fn answer(state: &State, call: &Call<'_>, id: u64) -> Outcome {
    let content = state.visible_content(&call.caller, &id.to_string())?;
    Ok(contents::one(state, call, content))
}
