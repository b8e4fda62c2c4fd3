//! Reads the operations of a description.

mod paging;
mod parameters;
mod references;

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;

use crate::build::model::{Answer, Body, Details, Group, Operation, Place, Service, Task};
use crate::build::names::{identifier, request_name};
use crate::build::normalise::{Reader, strings, text};
use crate::build::problem::Problem;
use crate::build::schemas::{Format, Schemas, Shape, named};
use crate::build::spec::{Merged, RawOperation};

/// Reads all operations of a service.
pub fn read(merged: &Merged, schemas: Schemas) -> Result<Service, Vec<Problem>> {
    let mut reader = OperationReader {
        shapes: Reader {
            merged,
            problems: Vec::new(),
        },
        schemas: &schemas,
        ids: BTreeMap::new(),
    };
    let mut groups = Vec::new();
    for raw in &merged.groups {
        let name = raw.stem.to_snake_case();
        let operations = merged
            .operations
            .iter()
            .filter(|operation| operation.stem == raw.stem);
        groups.push(Group {
            handle: name.to_upper_camel_case(),
            title: raw.title.clone(),
            description: raw.description.clone(),
            operations: operations
                .map(|operation| reader.operation(&name, operation))
                .collect(),
            name,
        });
    }
    reader.tasks(&groups);
    reader.details(&groups);
    let problems = reader.shapes.problems;
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Service::new(groups, schemas))
}

struct OperationReader<'a> {
    shapes: Reader<'a>,
    schemas: &'a Schemas,
    ids: BTreeMap<String, String>,
}

impl OperationReader<'_> {
    fn problem(&mut self, raw: &RawOperation, what: impl Into<String>, help: &str) {
        let id = text(&raw.value, "operationId");
        let place = format!("operation {id} ({} {})", raw.method, raw.path);
        self.shapes
            .problems
            .push(Problem::new(&raw.file, what).at(place).help(help));
    }

    fn operation(&mut self, group: &str, raw: &RawOperation) -> Operation {
        let value = &raw.value;
        let id = text(value, "operationId");
        let verb = self.verb(group, &id, raw);
        let summary = text(value, "summary");
        if summary.is_empty() {
            self.problem(raw, "has no summary", "Say in one sentence what it does");
        }
        let parameters = self.parameters(raw);
        let (path_parameters, parameters) =
            parameters.into_iter().partition(|p| p.place == Place::Path);
        let path_parameters = self.in_template_order(raw, path_parameters);
        let answer = self.answer(raw);
        let paging = self.paging(raw, &answer, &parameters);
        let task = value.get("x-long-task").map(|task| Task {
            id: task.get("id").and_then(Value::as_str).map(str::to_owned),
            status: text(task, "status"),
        });
        let details = value.get("x-details").map(|details| Details {
            items: text(details, "items"),
            get: text(details, "get"),
        });
        Operation {
            request: request_name(&verb),
            id,
            verb,
            method: raw.method.clone(),
            path: raw.path.clone(),
            summary,
            description: text(value, "description"),
            requires: one_or_many(value.get("x-requires")),
            errors: self.errors(raw),
            deprecated: deprecated(value),
            path_parameters,
            parameters,
            headers: fixed_headers(value),
            body: self.body(raw),
            answer,
            paging,
            idempotent: self.idempotent(raw),
            task,
            details,
            siblings: Vec::new(),
            instead: None,
            file: raw.file.clone(),
        }
    }

    fn verb(&mut self, group: &str, id: &str, raw: &RawOperation) -> String {
        if let Some(other) = self.ids.insert(id.to_owned(), raw.file.clone()) {
            let what = format!("has the operationId of an operation in {other}");
            self.problem(raw, what, "Give it a name of its own");
        }
        match id
            .strip_prefix(group)
            .and_then(|rest| rest.strip_prefix('_'))
        {
            Some(verb) if identifier(verb) == verb || verb == "move" => identifier(verb),
            _ => {
                let help =
                    format!("Its operationId begins with `{group}_` and goes on in snake case");
                self.problem(raw, "is not named after its group", &help);
                identifier(id)
            }
        }
    }

    fn body(&mut self, raw: &RawOperation) -> Body {
        let Some(body) = raw.value.get("requestBody") else {
            return Body::None;
        };
        let required = body.get("required").and_then(Value::as_bool) == Some(true);
        let content = body.get("content").and_then(Value::as_object);
        let Some((content_type, content)) = content.and_then(|content| content.iter().next())
        else {
            self.problem(raw, "has a body without content", "Describe its content");
            return Body::None;
        };
        let schema = content.get("schema").cloned().unwrap_or_default();
        let at = format!("operation {}, body", text(&raw.value, "operationId"));
        let shape = self.shapes.shape(&raw.file, &at, &schema);
        if content_type == "multipart/form-data" {
            // Its schema is no type of its own: the parts are arguments and setters of the request.
            let form = named(&shape).and_then(|name| self.schemas.structs.get(&name));
            let Some(form) = form else {
                self.problem(
                    raw,
                    "has a multipart body without a named schema",
                    "Name it",
                );
                return Body::None;
            };
            return Body::Multipart(form.clone());
        }
        if shape == Shape::Text(Format::Binary) {
            return Body::Binary {
                content_type: content_type.clone(),
            };
        }
        Body::Json { shape, required }
    }

    fn answer(&mut self, raw: &RawOperation) -> Answer {
        let created = text(&raw.value, "x-created") == "location";
        let mut content = None;
        let mut empty = false;
        let responses = raw.value.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            if !status.starts_with('2') {
                continue;
            }
            let Some(response) = self.shapes.merged.resolve("responses", response).cloned() else {
                continue;
            };
            match response
                .get("content")
                .and_then(Value::as_object)
                .and_then(|c| c.iter().next())
            {
                Some((kind, value)) => content = Some((kind.clone(), value.clone())),
                None => empty = true,
            }
        }
        if content.is_none() && !empty {
            self.problem(
                raw,
                "has no success answer",
                "Describe at least one 2xx answer",
            );
        }
        if created {
            return Answer::Created;
        }
        let Some((kind, value)) = content else {
            return Answer::Nothing;
        };
        let schema = value.get("schema").cloned().unwrap_or_default();
        let at = format!("operation {}, answer", text(&raw.value, "operationId"));
        let shape = self.shapes.shape(&raw.file, &at, &schema);
        match shape {
            Shape::Text(Format::Binary) => Answer::Download,
            Shape::Text(_) if !kind.contains("json") => Answer::Text,
            shape if empty => Answer::Maybe(shape),
            shape => Answer::Json(shape),
        }
    }

    fn errors(&mut self, raw: &RawOperation) -> Vec<(String, String)> {
        let responses = raw.value.get("responses").and_then(Value::as_object);
        let mut errors = Vec::new();
        for (status, response) in responses.into_iter().flatten() {
            if status.starts_with('2') {
                continue;
            }
            if let Some(response) = self.shapes.merged.resolve("responses", response) {
                errors.push((status.clone(), text(response, "description")));
            }
        }
        errors
    }

    fn idempotent(&mut self, raw: &RawOperation) -> bool {
        match text(&raw.value, "x-retry").as_str() {
            "idempotent" => true,
            "create" => false,
            "" => !matches!(raw.method.as_str(), "POST" | "PATCH"),
            other => {
                let what = format!("has the unknown retry class {other:?}");
                self.problem(raw, what, "Use idempotent or create");
                false
            }
        }
    }
}

fn one_or_many(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        list => strings(list),
    }
}

fn deprecated(value: &Value) -> Option<String> {
    let deprecated = value.get("deprecated").and_then(Value::as_bool) == Some(true);
    deprecated.then(|| text(value, "x-use-instead"))
}

fn fixed_headers(value: &Value) -> Vec<(String, String)> {
    let headers = value
        .get("x-header")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    headers
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}
