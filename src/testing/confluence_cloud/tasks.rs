//! Long tasks: they move on when they are asked about, and end as a test wants them to.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::call::Call;
use super::lists;
use super::model::Page;
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// How a long task ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TaskEnding {
    /// It reaches 100 % and has done its work.
    #[default]
    Succeeds,
    /// It reaches 100 %, was not successful, says this, and has done nothing.
    Fails(String),
    /// After it was asked about once the server does not know it any more.
    Vanishes,
    /// It stays for ever at the percentage that it has after it was asked about once.
    Stalls,
}

/// A long task as a test sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// Id.
    pub id: String,
    /// What it does, as a key of the server's texts.
    pub name: String,
    /// How much is done, from 0 to 100.
    pub percentage: u32,
    /// How often it was asked about.
    pub polls: u32,
    /// How it ends.
    pub ending: TaskEnding,
    work: Work,
    gone: bool,
}

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

/// The tasks of a site.
#[derive(Debug)]
pub(super) struct Tasks {
    tasks: BTreeMap<u64, Task>,
    pub(super) polls_to_the_end: u32,
    pub(super) next: VecDeque<TaskEnding>,
    pub(super) always: TaskEnding,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            tasks: BTreeMap::new(),
            polls_to_the_end: 4,
            next: VecDeque::new(),
            always: TaskEnding::default(),
        }
    }
}

impl Tasks {
    pub(super) fn all(&self) -> Vec<Task> {
        self.tasks.values().cloned().collect()
    }

    /// Forgets the tasks that have ended, as the server does after a while.
    pub(super) fn forget_finished(&mut self) {
        self.tasks.retain(|_, task| task.percentage < 100);
    }

    /// Moves a task on by one step; gives what is to be done when that was the last one.
    fn poll(&mut self, id: &str) -> Option<Work> {
        let steps = self.polls_to_the_end.max(1);
        let task = self.tasks.values_mut().find(|task| task.id == id)?;
        task.polls = task.polls.saturating_add(1);
        match task.ending {
            TaskEnding::Vanishes if task.polls > 1 => task.gone = true,
            TaskEnding::Stalls | TaskEnding::Vanishes => task.percentage = (100 / steps).min(99),
            TaskEnding::Succeeds | TaskEnding::Fails(_) => return task.advance(steps),
        }
        None
    }
}

impl Task {
    fn advance(&mut self, steps: u32) -> Option<Work> {
        let before = self.percentage;
        self.percentage = self.polls.min(steps).saturating_mul(100) / steps;
        let ended = before < 100 && self.percentage == 100;
        (ended && self.ending == TaskEnding::Succeeds).then(|| self.work.clone())
    }

    fn render(&self, state: &State) -> Value {
        let ended = self.percentage == 100;
        let (status, successful, message) = match &self.ending {
            TaskEnding::Fails(message) if ended => ("FAILED", false, message.as_str()),
            _ if ended => ("SUCCESS", true, "Done."),
            // What a task says of its success before its end means nothing.
            _ => ("RUNNING", true, "Working."),
        };
        let message = json!({ "translation": message, "args": [] });
        let mut shown = json!({
            "id": self.id,
            "name": { "key": self.name, "args": [] },
            "elapsedTime": self.polls.saturating_mul(250),
            "percentageComplete": self.percentage,
            "successful": successful,
            "messages": [message],
            "_links": { "base": state.base(), "context": "/wiki" },
        });
        if !state.old_tasks {
            shown["ari"] = json!(format!("ari:cloud:confluence::task/{}", self.id));
            shown["finished"] = json!(ended);
            shown["status"] = json!(status);
            shown["errors"] = if status == "FAILED" {
                json!([message])
            } else {
                json!([])
            };
            shown["additionalDetails"] = json!({});
        }
        shown
    }
}

/// Starts a task and answers as the server does: 202, with where to ask about it.
pub(super) fn submit(state: &mut State, name: &str, work: Work) -> Answer {
    let number = state.next_number();
    let id = number.to_string();
    let ending = state
        .tasks
        .next
        .pop_front()
        .unwrap_or_else(|| state.tasks.always.clone());
    let name = name.to_owned();
    let task = Task {
        id: id.clone(),
        name,
        percentage: 0,
        polls: 0,
        ending,
        work,
        gone: false,
    };
    state.tasks.tasks.insert(number, task);
    let body = json!({
        "ari": format!("ari:cloud:confluence::task/{id}"),
        "id": id,
        "links": { "status": format!("/rest/api/longtask/{id}") },
    });
    Answer::json(202, &body)
}

/// Does at once what is left to do, for all tasks that come to an end.
pub(super) fn finish_all(state: &mut State) {
    for task in state.tasks.all() {
        let ends = matches!(task.ending, TaskEnding::Succeeds | TaskEnding::Fails(_));
        for _ in task.polls..state.tasks.polls_to_the_end.max(1) {
            if ends {
                advance(state, &task.id);
            }
        }
    }
}

fn advance(state: &mut State, id: &str) {
    match state.tasks.poll(id) {
        Some(Work::DeleteSpace(id)) => state.remove_space(&id),
        Some(Work::Mark(pages, status)) => {
            for id in pages {
                if let Ok(page) = state.page_mut(&id) {
                    status.clone_into(&mut page.status);
                }
            }
        }
        Some(Work::Copy {
            pages,
            destination,
            titles,
        }) => copy(state, &pages, &destination, &titles),
        None => {}
    }
}

/// Copies pages, the top one first, below another one; those below it keep their places.
fn copy(state: &mut State, pages: &[String], destination: &str, titles: &Titles) {
    let Ok(space) = state
        .page_mut(destination)
        .map(|page| page.space_id.clone())
    else {
        return;
    };
    let mut copies: BTreeMap<String, String> = BTreeMap::new();
    for id in pages {
        let Ok(original) = state.page_mut(id).map(|page| page.clone()) else {
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
        let number = state.add_page(copy);
        copies.insert(id.clone(), number.to_string());
    }
}

/// The routes of long tasks.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["longtask"]) => {
            let wanted =
                |task: &Task| !task.gone && call.query("key").is_none_or(|key| key == task.name);
            let tasks: Vec<Task> = state.tasks.all().into_iter().filter(wanted).collect();
            lists::by_position(
                state,
                call,
                &tasks,
                Limits {
                    default: 100,
                    most: 100,
                },
                |task| task.render(state),
            )
        }
        ("GET", ["longtask", id]) => {
            advance(state, id);
            let known = state
                .tasks
                .tasks
                .values()
                .find(|task| task.id == *id && !task.gone);
            known
                .map(|task| Answer::json(200, &task.render(state)))
                .ok_or_else(|| Problem::not_found(format!("No task found for id: {id}")))
        }
        _ => return None,
    })
}
