//! Long tasks: they move on when they are asked about, and end as a test wants them to.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::{Value, json};

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

impl TaskEnding {
    /// Whether a task that ends so comes to an end at all.
    pub(crate) fn comes(&self) -> bool {
        matches!(self, Self::Succeeds | Self::Fails(_))
    }
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
}

impl Task {
    pub(crate) fn ended(&self) -> bool {
        self.percentage == 100
    }

    pub(crate) fn failed(&self) -> bool {
        self.ended() && matches!(self.ending, TaskEnding::Fails(_))
    }

    /// What the server says of it last.
    pub(crate) fn message(&self) -> Value {
        let words = match &self.ending {
            TaskEnding::Fails(message) if self.ended() => message,
            _ if self.ended() => "Done.",
            _ => "Working.",
        };
        json!({ "translation": words, "args": [] })
    }

    /// The status, with the fields that every version of Confluence sends.
    pub(crate) fn status(&self) -> Value {
        json!({
            "id": self.id,
            "name": { "key": self.name, "args": [] },
            "elapsedTime": self.polls.saturating_mul(250),
            "percentageComplete": self.percentage,
            // Some tasks call themselves successful from the start; only the end counts.
            "successful": !self.failed(),
            "messages": [self.message()],
        })
    }

    /// Moves on by one of so many steps.
    fn step(&mut self, steps: u32) {
        self.polls = self.polls.saturating_add(1);
        self.percentage = if self.ending.comes() {
            percentage(self.polls, steps)
        } else {
            (100 / steps).min(99)
        };
    }

    fn gone(&self) -> bool {
        self.ending == TaskEnding::Vanishes && self.polls > 1
    }
}

/// How much is done after so many of `steps`.
pub(crate) fn percentage(done: u32, steps: u32) -> u32 {
    let percentage = u64::from(done.min(steps)) * 100 / u64::from(steps.max(1));
    u32::try_from(percentage).unwrap_or(100)
}

/// A task, and what is to be done when it ends well.
#[derive(Debug)]
struct Entry<W> {
    task: Task,
    work: Option<W>,
}

/// The tasks of a server; `W` is what is done when one ends well.
#[derive(Debug)]
pub(crate) struct Tasks<W> {
    /// By their order.
    entries: BTreeMap<u64, Entry<W>>,
    numbers: HashMap<String, u64>,
    started: u64,
    polls_to_the_end: u32,
    next: VecDeque<TaskEnding>,
    always: TaskEnding,
}

impl<W> Default for Tasks<W> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            numbers: HashMap::new(),
            started: 0,
            polls_to_the_end: 4,
            next: VecDeque::new(),
            always: TaskEnding::default(),
        }
    }
}

impl<W> Tasks<W> {
    /// How often a task is asked about until it ends.
    pub(crate) fn steps(&self) -> u32 {
        self.polls_to_the_end
    }

    pub(crate) fn set_steps(&mut self, polls: u32) {
        self.polls_to_the_end = polls.max(1);
    }

    pub(crate) fn end_next(&mut self, ending: TaskEnding) {
        self.next.push_back(ending);
    }

    pub(crate) fn end_every(&mut self, ending: TaskEnding) {
        self.always = ending;
    }

    /// How what starts now ends.
    pub(crate) fn next_ending(&mut self) -> TaskEnding {
        self.next.pop_front().unwrap_or_else(|| self.always.clone())
    }

    /// Starts a task; its id is made from its number, which counts from 1.
    pub(crate) fn start(&mut self, name: &str, work: W, id: impl FnOnce(u64) -> String) -> String {
        self.started += 1;
        let number = self.started;
        let id = id(number);
        let task = Task {
            id: id.clone(),
            name: name.to_owned(),
            percentage: 0,
            polls: 0,
            ending: self.next_ending(),
        };
        self.numbers.insert(id.clone(), number);
        self.entries.insert(
            number,
            Entry {
                task,
                work: Some(work),
            },
        );
        id
    }

    /// Moves a task on by one step; gives what is to be done when that was the last one.
    pub(crate) fn poll(&mut self, id: &str) -> Option<W> {
        let steps = self.polls_to_the_end;
        let entry = self.entries.get_mut(self.numbers.get(id)?)?;
        entry.task.step(steps);
        entry.ended()
    }

    /// Moves all tasks to their end that come to one; gives what is to be done.
    pub(crate) fn finish_all(&mut self) -> Vec<W> {
        let steps = self.polls_to_the_end;
        let running = self
            .entries
            .values_mut()
            .filter(|entry| entry.task.ending.comes() && !entry.task.ended());
        running
            .filter_map(|entry| {
                entry.task.polls = entry.task.polls.max(steps.saturating_sub(1));
                entry.task.step(steps);
                entry.ended()
            })
            .collect()
    }

    /// Forgets the tasks that have ended, as the server does after a while.
    pub(crate) fn forget_finished(&mut self) {
        self.entries.retain(|_, entry| !entry.task.ended());
        let entries = &self.entries;
        self.numbers
            .retain(|_, number| entries.contains_key(number));
    }

    /// A task that the server knows.
    pub(crate) fn known(&self, id: &str) -> Option<&Task> {
        let entry = self.entries.get(self.numbers.get(id)?)?;
        Some(&entry.task).filter(|task| !task.gone())
    }

    /// All tasks that the server knows, in the order in which they began.
    pub(crate) fn all_known(&self) -> Vec<&Task> {
        let tasks = self.entries.values().map(|entry| &entry.task);
        tasks.filter(|task| !task.gone()).collect()
    }

    /// All tasks, those included that the server claims not to know.
    pub(crate) fn all(&self) -> Vec<Task> {
        self.entries
            .values()
            .map(|entry| entry.task.clone())
            .collect()
    }
}

impl<W> Entry<W> {
    /// What is to be done, once, when the task has ended well.
    fn ended(&mut self) -> Option<W> {
        if self.task.ended() && !self.task.failed() {
            self.work.take()
        } else {
            None
        }
    }
}

/// The public methods of a `Server` with long tasks; its state has them in `tasks`, and `$finish` does
/// what is left of all of them.
macro_rules! task_methods {
    ($finish:path) => {
        /// Has long tasks reach their end when they were asked about so often; 4 unless set.
        #[must_use]
        pub fn with_task_polls(self, polls: u32) -> Self {
            self.state().tasks.set_steps(polls);
            self
        }

        /// Decides how the next long task (or job, where the service has jobs) ends; called again, how
        /// the one after it does.
        pub fn next_task(&self, ending: TaskEnding) {
            self.state().tasks.end_next(ending);
        }

        /// Decides how all end that [`next_task`](Self::next_task) says nothing about.
        pub fn every_task(&self, ending: TaskEnding) {
            self.state().tasks.end_every(ending);
        }

        /// Has all reach their end now, without being asked about, but for those that have none.
        pub fn finish_tasks(&self) {
            $finish(&mut self.state());
        }

        /// Forgets the tasks that have ended, as the server does after a while: asking about them is a
        /// 404.
        pub fn forget_finished_tasks(&self) {
            self.state().tasks.forget_finished();
        }

        /// The tasks that were started, in that order, and how far they are.
        pub fn tasks(&self) -> Vec<Task> {
            self.state().tasks.all()
        }
    };
}
pub(crate) use task_methods;

#[cfg(test)]
mod tests {
    use super::*;

    fn started(ending: TaskEnding) -> Tasks<&'static str> {
        let mut tasks = Tasks::default();
        tasks.end_next(ending);
        tasks.start("name", "work", |number| number.to_string());
        tasks
    }

    #[test]
    fn the_work_is_done_once_at_the_end() {
        let mut tasks = started(TaskEnding::Succeeds);
        let done: Vec<_> = (0..6).map(|_| tasks.poll("1").is_some()).collect();
        assert_eq!(done, [false, false, false, true, false, false]);
        assert_eq!(tasks.finish_all(), Vec::<&str>::new());
    }

    #[test]
    fn what_fails_does_nothing_and_what_stalls_has_no_end() {
        let mut tasks = started(TaskEnding::Fails("no".to_owned()));
        assert_eq!(tasks.finish_all(), Vec::<&str>::new());
        assert!(tasks.known("1").is_some_and(Task::failed));
        let mut tasks = started(TaskEnding::Stalls);
        assert!((0..9).all(|_| tasks.poll("1").is_none()));
        assert_eq!(tasks.finish_all(), Vec::<&str>::new());
        assert_eq!(tasks.known("1").map(|task| task.percentage), Some(25));
    }

    #[test]
    fn no_number_of_polls_is_too_large() {
        let mut tasks = started(TaskEnding::Succeeds);
        tasks.set_steps(u32::MAX);
        assert_eq!(tasks.poll("1"), None);
        assert_eq!(tasks.finish_all(), ["work"]);
    }
}
