//! Checks the operations that others name: those that long tasks are polled with, and those that read
//! what a list of ids stands for.

use crate::build::model::{Answer, Body, Group, Operation};
use crate::build::operations::OperationReader;
use crate::build::problem::Problem;
use crate::build::schemas::Shape;

impl OperationReader<'_> {
    /// Every long task is polled by an operation that exists and takes its id, or none where it has none.
    pub(super) fn tasks(&mut self, groups: &[Group]) {
        let all: Vec<&Operation> = groups.iter().flat_map(|group| &group.operations).collect();
        for operation in &all {
            let Some(task) = &operation.task else {
                continue;
            };
            let status = all.iter().find(|other| other.id == task.status);
            let ids = usize::from(task.id.is_some());
            let found = status.is_some_and(|status| status.path_parameters.len() == ids);
            if !found {
                let what = format!(
                    "is followed by {:?}, which is no operation with {} in its path",
                    task.status,
                    if ids == 1 { "one id" } else { "no id" }
                );
                let problem = Problem::new(&operation.file, what)
                    .at(format!("operation {}", operation.id))
                    .help(
                        "Name the operation that answers with the task's status; if only its group is \
                         off, let the feature of this group turn that on in Cargo.toml",
                    );
                self.shapes.problems.push(problem);
            }
        }
    }

    /// Every list of ids names the list, and an operation that reads the object of an id.
    pub(super) fn details(&mut self, groups: &[Group]) {
        let all: Vec<&Operation> = groups.iter().flat_map(|group| &group.operations).collect();
        for operation in &all {
            let Some(details) = &operation.details else {
                continue;
            };
            let get = all.iter().find(|other| other.id == details.get);
            let ids = self.item(&operation.answer, Some(&details.items));
            let (what, help) = if !matches!(ids, Some(Shape::Text(_))) {
                let what = format!("has no list of ids {:?}", details.items);
                (what, "Name the list under x-details.items")
            } else if !get.is_some_and(|get| reads_what_is_listed(get, operation)) {
                let what = format!("has ids that {:?} does not read", details.get);
                (
                    what,
                    "Name the operation whose path is the list's path values and then the id",
                )
            } else {
                continue;
            };
            let at = format!("operation {}", operation.id);
            self.shapes
                .problems
                .push(Problem::new(&operation.file, what).at(at).help(help));
        }
    }
}

/// Whether `get` reads the objects whose ids `list` gives: its path values are the first ones of
/// the list, then the id.
fn reads_what_is_listed(get: &Operation, list: &Operation) -> bool {
    let Some((_, shared)) = get.path_parameters.split_last() else {
        return false;
    };
    let listed = list.path_parameters.iter();
    shared.len() <= list.path_parameters.len()
        && shared
            .iter()
            .zip(listed)
            .all(|(one, other)| one.wire == other.wire)
        && !get.parameters.iter().any(|parameter| parameter.required)
        && matches!((&get.body, &get.answer), (Body::None, Answer::Json(_)))
}
