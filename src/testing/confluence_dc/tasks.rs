//! Long tasks: they move on when they are asked about, and end as a test wants them to.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::call::Call;
use super::list::list;
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
    DeleteSpace(String),
    DeleteUser(String),
}

/// The tasks of a server.
#[derive(Debug)]
pub(super) struct Tasks {
    tasks: BTreeMap<String, Task>,
    started: u64,
    pub(super) polls_to_the_end: u32,
    pub(super) next: VecDeque<TaskEnding>,
    pub(super) always: TaskEnding,
}

impl Tasks {
    pub(super) fn new() -> Self {
        Self {
            tasks: BTreeMap::new(),
            started: 0,
            polls_to_the_end: 4,
            next: VecDeque::new(),
            always: TaskEnding::default(),
        }
    }

    pub(super) fn all(&self) -> Vec<Task> {
        self.tasks.values().cloned().collect()
    }

    /// Forgets the tasks that have ended, as the server does after a while.
    pub(super) fn forget_finished(&mut self) {
        self.tasks.retain(|_, task| task.percentage < 100);
    }

    /// How the task that starts now ends.
    pub(super) fn next_ending(&mut self) -> TaskEnding {
        self.next.pop_front().unwrap_or_else(|| self.always.clone())
    }

    fn start(&mut self, name: &str, work: Work) -> String {
        self.started += 1;
        let id = format!("7a5c1e0b-0000-4000-8000-{:012x}", self.started);
        let ending = self.next_ending();
        let task = Task {
            id: id.clone(),
            name: name.to_owned(),
            percentage: 0,
            polls: 0,
            ending,
            work,
            gone: false,
        };
        self.tasks.insert(id.clone(), task);
        id
    }

    /// Moves a task on by one step; gives what is to be done when that was the last one.
    fn poll(&mut self, id: &str) -> Option<Work> {
        let steps = self.polls_to_the_end.max(1);
        let task = self.tasks.get_mut(id)?;
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
        self.percentage = (self.polls.min(steps) * 100) / steps;
        let ended = before < 100 && self.percentage == 100;
        (ended && self.ending == TaskEnding::Succeeds).then(|| self.work.clone())
    }

    fn render(&self, state: &State) -> Value {
        let ended = self.percentage == 100;
        let (successful, message) = match &self.ending {
            TaskEnding::Fails(message) if ended => (false, message.as_str()),
            _ if ended => (true, "Done."),
            // Some tasks call themselves successful from the start; only the end counts.
            _ => (true, "Working."),
        };
        json!({
            "id": self.id,
            "name": { "key": self.name, "args": [] },
            "elapsedTime": self.polls * 250,
            "percentageComplete": self.percentage,
            "successful": successful,
            "messages": [{ "translation": message, "args": [] }],
            "_links": { "self": state.link(&format!("/rest/api/longtask/{}", self.id)) },
        })
    }
}

/// Starts a task and answers as the server does: 202, with where to ask about it.
pub(super) fn submit(state: &mut State, name: &str, work: Work) -> Answer {
    let id = state.tasks.start(name, work);
    let status = state.link(&format!("/rest/api/longtask/{id}"));
    Answer::json(202, &json!({ "id": id, "links": { "status": status } }))
}

/// Does at once what is left to do, for all tasks that end well.
pub(super) fn finish_all(state: &mut State) {
    for task in state.tasks.all() {
        while state.tasks.tasks.get(&task.id).is_some_and(|task| {
            task.percentage < 100
                && matches!(task.ending, TaskEnding::Succeeds | TaskEnding::Fails(_))
        }) {
            advance(state, &task.id);
        }
    }
}

fn advance(state: &mut State, id: &str) {
    match state.tasks.poll(id) {
        Some(Work::DeleteSpace(key)) => state.remove_space(&key),
        Some(Work::DeleteUser(name)) => state.remove_user(&name),
        None => {}
    }
}

/// The routes of long tasks.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["longtask"]) => {
            let tasks: Vec<Task> = state
                .tasks
                .all()
                .into_iter()
                .filter(|task| !task.gone)
                .collect();
            let limits = Limits {
                default: 25,
                most: 200,
            };
            list(
                state,
                call,
                &tasks,
                |_| true,
                limits,
                |task| task.render(state),
            )
        }
        ("GET", ["longtask", id]) => status(state, id),
        _ => return None,
    })
}

fn status(state: &mut State, id: &str) -> Outcome {
    advance(state, id);
    match state.tasks.tasks.get(id).filter(|task| !task.gone) {
        Some(task) => Ok(Answer::json(200, &task.render(state))),
        None => Err(Problem::not_found(format!("No task found for id: {id}"))),
    }
}
