//! The search index, and the work of building it anew.

use serde_json::json;

use super::call::Call;
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::server::Answer;
use crate::testing::tasks::percentage;

/// A rebuild of the search index.
pub(super) struct Reindex {
    id: u64,
    polls: u32,
}

/// The routes of the search index.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["index", "reindex"]) => start(state, call),
        ("GET", ["index", "reindex"]) => status(state, call),
        ("PUT", ["index", "resetjob"]) | ("POST", ["index", "unindex"]) => forget(state, call),
        _ => return None,
    })
}

fn forget(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_system_admin(&call.caller)?;
    state.reindex = None;
    Ok(Answer::empty(200))
}

/// Has the rebuild reach its end.
pub(super) fn finish(state: &mut State) {
    let steps = state.tasks.steps();
    if let Some(reindex) = state.reindex.as_mut() {
        reindex.polls = steps;
    }
}

fn start(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_system_admin(&call.caller)?;
    if state
        .reindex
        .as_ref()
        .is_some_and(|reindex| reindex.polls < state.tasks.steps())
    {
        return Err(Problem::conflict("A reindex is already running"));
    }
    let id = state.next_id();
    state.reindex = Some(Reindex { id, polls: 0 });
    Ok(Answer::json(
        200,
        &json!({ "message": "The reindex has been started." }),
    ))
}

fn status(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_system_admin(&call.caller)?;
    let steps = state.tasks.steps();
    let Some(reindex) = state.reindex.as_mut() else {
        return Ok(Answer::json(
            200,
            &json!({ "finished": true, "percentageComplete": 100 }),
        ));
    };
    reindex.polls = (reindex.polls + 1).min(steps);
    Ok(Answer::json(
        200,
        &json!({
            "finished": reindex.polls == steps,
            "percentageComplete": percentage(reindex.polls, steps),
            "elapsedTime": format!("{} seconds", reindex.polls),
            "jobID": reindex.id,
        }),
    ))
}
