//! Long tasks: what each does, and where it is asked about.

use serde_json::{Value, json};

use super::call::{Call, Caller};
use super::jobs;
use super::journal::{self, Change};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::reindex;
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;
use crate::testing::tasks::Task;

/// The limits of the list of tasks.
const LIMITS: Limits = Limits {
    default: 100,
    most: 200,
};

/// What is done when a task ends well, and who started it.
#[derive(Debug)]
pub(super) struct Started {
    work: Work,
    by: Caller,
}

/// What a task does.
#[derive(Debug)]
pub(super) enum Work {
    DeleteSpace(String),
    DeleteUser(String),
}

/// Starts a task and answers as the server does: 202, with where to ask about it.
pub(super) fn submit(state: &mut State, name: &str, work: Work, by: &Caller) -> Answer {
    let id = |number| format!("7a5c1e0b-0000-4000-8000-{number:012x}");
    let by = by.clone();
    let id = state.tasks.start(name, Started { work, by }, id);
    let status = state.link(&format!("/rest/api/longtask/{id}"));
    Answer::json(202, &json!({ "id": id, "links": { "status": status } }))
}

/// Has all tasks and jobs reach their end that have one.
pub(super) fn finish_all(state: &mut State) {
    for started in state.tasks.finish_all() {
        carry_out(state, &started);
    }
    jobs::finish_all(state);
    reindex::finish(state);
}

fn carry_out(state: &mut State, started: &Started) {
    let change = match &started.work {
        Work::DeleteSpace(key) => {
            let space = state.spaces.get(key);
            let change = space.map(|space| Change::space(space, "Spaces", "Space removed"));
            state.remove_space(key);
            change.map(|change| change.event("space_removed"))
        }
        Work::DeleteUser(name) => {
            let user = state.users.get(name);
            let change = user.map(|user| Change::user(user, "User deleted"));
            state.remove_user(name);
            change.map(|change| change.event("user_removed"))
        }
    };
    if let Some(change) = change {
        journal::note(state, &started.by, change);
    }
}

/// The routes of long tasks.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["longtask"]) => {
            let tasks = state.tasks.all_known();
            list(
                state,
                call,
                &tasks,
                |_| true,
                LIMITS,
                |task| render(state, task),
            )
        }
        ("GET", ["longtask", id]) => status(state, id),
        _ => return None,
    })
}

fn status(state: &mut State, id: &str) -> Outcome {
    if let Some(started) = state.tasks.poll(id) {
        carry_out(state, &started);
    }
    match state.tasks.known(id) {
        Some(task) => Ok(Answer::json(200, &render(state, task))),
        None => Err(Problem::not_found(format!("No task found for id: {id}"))),
    }
}

fn render(state: &State, task: &Task) -> Value {
    let mut status = task.status();
    status["_links"] = json!({ "self": state.link(&format!("/rest/api/longtask/{}", task.id)) });
    status
}
