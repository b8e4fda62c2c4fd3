//! What goes to the trash before it goes for good.

use super::call::Call;
use super::kinds::Kind;
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::server::Answer;

/// To the trash first; from there, and drafts, for good.
pub(super) fn delete(state: &mut State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    let content = state.content(kind, id, &call.caller)?;
    state.check_edits(call, content)?;
    let (purge, draft) = (call.switch("purge"), call.switch("draft"));
    if purge {
        check_purges(state, call, id)?;
    }
    let status = content.status.as_str();
    if (purge && status != "trashed") || (draft != (status == "draft")) {
        let message = format!(
            "The {} does not have the status that this takes",
            kind.noun()
        );
        return Err(Problem::bad_request(message));
    }
    if !purge && !draft && status == "trashed" {
        return Err(Problem::not_found("It is in the trash already"));
    }
    let id = content.id.clone();
    if purge || draft {
        state.remove_contents(|one| one.id == id);
    } else {
        "trashed".clone_into(&mut state.content_mut(&id)?.status);
    }
    Ok(Answer::empty(204))
}

/// Only administrators of the space go on.
fn check_purges(state: &State, call: &Call<'_>, id: &str) -> Result<(), Problem> {
    let space = state.find(id).and_then(|content| state.space_of(content));
    if space.is_some_and(|space| state.administers(&call.caller, space)) {
        return Ok(());
    }
    let message = "Only an administrator of the space is permitted to purge";
    Err(Problem::not_permitted(call.version, message))
}
