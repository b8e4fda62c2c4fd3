//! Long tasks: what each does, and where it is asked about.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::Call;
use super::lists;
use super::problem::{Outcome, Problem};
use super::seed::Page;
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;
use crate::testing::tasks::Task;

/// The limits of the list of tasks.
const LIMITS: Limits = Limits {
    default: 100,
    most: 100,
};

/// What is done when a task ends well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// Delete the space of this id.
    DeleteSpace(String),
    /// Give these pages this status.
    Mark(Vec<String>, &'static str),
    /// Copy pages below another one.
    Copy {
        pages: Vec<String>,
        destination: String,
        titles: Titles,
    },
}

/// How the titles of copies differ from those of the originals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Titles {
    pub(super) prefix: String,
    pub(super) search: String,
    pub(super) replace: String,
}

impl Titles {
    pub(super) fn apply(&self, title: &str) -> String {
        let title = if self.search.is_empty() {
            title.to_owned()
        } else {
            title.replace(&self.search, &self.replace)
        };
        format!("{}{title}", self.prefix)
    }
}

fn render(state: &State, task: &Task) -> Value {
    let mut shown = task.status();
    shown["_links"] = json!({ "base": state.base(), "context": "/wiki" });
    if state.old_tasks {
        return shown;
    }
    let (status, errors) = match (task.failed(), task.ended()) {
        (true, _) => ("FAILED", vec![task.message()]),
        (false, true) => ("SUCCESS", Vec::new()),
        (false, false) => ("RUNNING", Vec::new()),
    };
    shown["ari"] = json!(format!("ari:cloud:confluence::task/{}", task.id));
    shown["finished"] = json!(task.ended());
    shown["status"] = json!(status);
    shown["errors"] = json!(errors);
    shown["additionalDetails"] = json!({});
    shown
}

/// Starts a task and answers as the server does: 202, with where to ask about it.
pub(super) fn submit(state: &mut State, name: &str, work: Work) -> Answer {
    let number = state.next_number();
    let id = state.tasks.start(name, work, |_| number.to_string());
    let body = json!({
        "ari": format!("ari:cloud:confluence::task/{id}"),
        "id": id,
        "links": { "status": format!("/rest/api/longtask/{id}") },
    });
    Answer::json(202, &body)
}

/// Has all tasks reach their end that have one.
pub(super) fn finish_all(state: &mut State) {
    for work in state.tasks.finish_all() {
        carry_out(state, work);
    }
}

fn carry_out(state: &mut State, work: Work) {
    match work {
        Work::DeleteSpace(id) => state.remove_space(&id),
        Work::Mark(pages, status) => {
            for id in pages {
                if let Ok(page) = state.content_mut(&id) {
                    status.clone_into(&mut page.status);
                }
            }
        }
        Work::Copy {
            pages,
            destination,
            titles,
        } => copy(state, &pages, &destination, &titles),
    }
}

/// Copies pages, the top one first, below another one; those below it keep their places.
fn copy(state: &mut State, pages: &[String], destination: &str, titles: &Titles) {
    let Ok(space) = state
        .content_mut(destination)
        .map(|page| page.space_id.clone())
    else {
        return;
    };
    let mut copies: BTreeMap<String, String> = BTreeMap::new();
    for id in pages {
        let Ok(original) = state.content_mut(id).map(|page| page.clone()) else {
            continue;
        };
        let above = original
            .parent_id
            .as_ref()
            .and_then(|parent| copies.get(parent));
        let copy = Page::new(space.clone(), titles.apply(&original.title))
            .body(original.body)
            .author(original.author_id)
            .parent(above.cloned().unwrap_or_else(|| destination.to_owned()));
        copies.insert(id.clone(), state.add_content(copy));
    }
}

/// The routes of long tasks.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["longtask"]) => {
            let mut tasks = state.tasks.all_known();
            tasks.retain(|task| call.query("key").is_none_or(|key| key == task.name));
            lists::by_position(state, call, &tasks, LIMITS, |task| render(state, task))
        }
        ("GET", ["longtask", id]) => status(state, id),
        _ => return None,
    })
}

fn status(state: &mut State, id: &str) -> Outcome {
    if let Some(work) = state.tasks.poll(id) {
        carry_out(state, work);
    }
    match state.tasks.known(id) {
        Some(task) => Ok(Answer::json(200, &render(state, task))),
        None => Err(Problem::not_found(format!("No task found for id: {id}"))),
    }
}
