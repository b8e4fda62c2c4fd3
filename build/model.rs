//! The operations of a service as the generator writes them.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;

use crate::build::layout;
use crate::build::normalise::{
    Format, Reader, Schemas, Shape, Struct, identifier, named, strings, text,
};
use crate::build::problem::Problem;
use crate::build::spec::{Merged, RawOperation};

/// A service, ready to be written.
pub struct Service {
    pub groups: Vec<Group>,
    pub schemas: Schemas,
    /// The structs that requests are made of: they get constructors and setters.
    pub sent: BTreeSet<String>,
    /// The structs that are boxed where they are optional.
    pub boxed: BTreeSet<String>,
}

/// A resource group.
pub struct Group {
    /// The module and the client's method: `admin_user`.
    pub name: String,
    /// The handle's type: `AdminUser`.
    pub handle: String,
    /// The name in the service's own documentation.
    pub title: String,
    pub description: String,
    pub operations: Vec<Operation>,
}

/// An operation.
pub struct Operation {
    pub id: String,
    /// The handle's method: `change_password`.
    pub verb: String,
    /// The request struct: `ChangePassword`.
    pub request: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub requires: Vec<String>,
    pub errors: Vec<(String, String)>,
    pub deprecated: Option<String>,
    /// Path parameters in the order of the template.
    pub path_parameters: Vec<Parameter>,
    pub parameters: Vec<Parameter>,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub answer: Answer,
    pub paging: Option<Paging>,
    /// Whether the method's default retry class is overridden.
    pub idempotent: bool,
    /// The operation whose answer a long task is polled with.
    pub task: Option<Task>,
    /// How the ids that it lists become objects.
    pub details: Option<Details>,
    /// The ids of the operations that a server would take it for, by some of its path values.
    pub siblings: Vec<String>,
    /// The operation that takes such a value in its query.
    pub instead: Option<String>,
    pub file: String,
}

/// A parameter in the path, the query or a header.
#[derive(Clone)]
pub struct Parameter {
    pub wire: String,
    pub rust: String,
    pub place: Place,
    pub shape: Shape,
    pub required: bool,
    pub description: String,
    /// An array that goes out as one value, joined with commas.
    pub joined: bool,
    /// A path value that is several segments, divided by slashes.
    pub segments: bool,
    /// Known values of a free string.
    pub values: Vec<String>,
    pub rule: Option<String>,
}

/// Where a parameter goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Header,
}

/// What is sent.
pub enum Body {
    None,
    Json {
        shape: Shape,
        required: bool,
    },
    /// The parts of a form.
    Multipart(Struct),
    /// Bytes as they are, with this content type.
    Binary {
        content_type: String,
    },
}

/// What comes back.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    Json(Shape),
    /// A body, or 204 without one.
    Maybe(Shape),
    Text,
    Download,
    /// The id at the end of `Location`.
    Created,
}

/// How a list pages.
pub struct Paging {
    pub style: String,
    pub items: Option<String>,
    pub position: String,
    pub limit: String,
    pub in_body: bool,
    /// What must not be sent together with a position.
    pub replaces: Vec<String>,
    /// The shape of one item.
    pub item: Shape,
}

/// How the ids of a list are resolved to objects.
pub struct Details {
    /// The property of the answer that holds the ids.
    pub items: String,
    /// The operation that reads the object of one.
    pub get: String,
}

/// How a long task is followed.
pub struct Task {
    /// The property of the answer with the task's id; none where there is only one task at a time.
    pub id: Option<String>,
    pub status: String,
}

/// Names that the common methods of a request struct take.
const TAKEN: &[&str] = &[
    "send", "items", "pages", "header", "timeout", "retry", "resume",
];

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
    let mut schemas = schemas;
    let sent = reachable(
        &schemas,
        groups
            .iter()
            .flat_map(|g| &g.operations)
            .filter_map(sent_root),
    );
    schemas.prune(
        groups
            .iter()
            .flat_map(|group| &group.operations)
            .flat_map(roots),
    );
    let boxed = layout::boxed(&schemas);
    Ok(Service {
        groups,
        schemas,
        sent,
        boxed,
    })
}

fn sent_root(operation: &Operation) -> Option<String> {
    match &operation.body {
        Body::Json { shape, .. } => named(shape),
        Body::Multipart(_) | Body::Binary { .. } | Body::None => None,
    }
}

fn roots(operation: &Operation) -> Vec<String> {
    let answer = match &operation.answer {
        Answer::Json(shape) | Answer::Maybe(shape) => named(shape),
        _ => None,
    };
    answer.into_iter().chain(sent_root(operation)).collect()
}

fn reachable(schemas: &Schemas, roots: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut open: Vec<String> = roots.collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(schema) = schemas.structs.get(&name) {
            open.extend(
                schema
                    .properties
                    .iter()
                    .filter_map(|property| named(&property.shape)),
            );
        }
        if let Some(union) = schemas.unions.get(&name) {
            open.extend(union.members.iter().map(|member| member.schema.clone()));
        }
    }
    seen
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

    fn parameters(&mut self, raw: &RawOperation) -> Vec<Parameter> {
        let own = raw
            .value
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let all: Vec<Value> = raw.shared_parameters.iter().chain(own).cloned().collect();
        let mut parameters: Vec<Parameter> = Vec::new();
        for value in &all {
            let Some(value) = self.shapes.merged.resolve("parameters", value).cloned() else {
                self.problem(raw, "refers to a parameter that is not there", "Correct it");
                continue;
            };
            if let Some(parameter) = self.parameter(raw, &value) {
                if parameters.iter().any(|other| other.rust == parameter.rust) {
                    let what = format!("has two parameters called `{}` in Rust", parameter.rust);
                    self.problem(raw, what, "Name one of them with x-rust-name");
                }
                parameters.push(parameter);
            }
        }
        parameters
    }

    fn parameter(&mut self, raw: &RawOperation, value: &Value) -> Option<Parameter> {
        let wire = text(value, "name");
        let place = match text(value, "in").as_str() {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            other => {
                let what = format!("has the parameter {wire} in {other:?}");
                self.problem(raw, what, "Use path, query or header");
                return None;
            }
        };
        if text(value, "description").is_empty() {
            let what = format!("has the parameter {wire} without a description");
            self.problem(raw, what, "Say in a sentence what it means");
        }
        let given = value
            .get("x-rust-name")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let mut rust = given.unwrap_or_else(|| identifier(&wire));
        if TAKEN.contains(&rust.as_str()) {
            rust = format!("with_{rust}");
        }
        let schema = value.get("schema").cloned().unwrap_or_default();
        let at = format!(
            "operation {}, parameter {wire}",
            text(&raw.value, "operationId")
        );
        let rule = schema.get("x-rule").or_else(|| value.get("x-rule"));
        Some(Parameter {
            shape: self.shapes.shape(&raw.file, &at, &schema),
            required: place == Place::Path
                || value.get("required").and_then(Value::as_bool) == Some(true),
            description: text(value, "description"),
            joined: value.get("explode").and_then(Value::as_bool) == Some(false),
            segments: value.get("x-segments").and_then(Value::as_bool) == Some(true),
            values: strings(value.get("x-values")),
            rule: rule.and_then(Value::as_str).map(str::to_owned),
            wire,
            rust,
            place,
        })
    }

    fn in_template_order(
        &mut self,
        raw: &RawOperation,
        parameters: Vec<Parameter>,
    ) -> Vec<Parameter> {
        let mut ordered = Vec::new();
        for part in raw.path.split('{').skip(1) {
            let name = part.split('}').next().unwrap_or_default();
            match parameters.iter().find(|parameter| parameter.wire == name) {
                Some(parameter) => ordered.push(parameter.clone()),
                None => {
                    let what = format!("does not declare the path parameter {name}");
                    self.problem(raw, what, "Declare it under parameters");
                }
            }
        }
        if ordered.len() < parameters.len() {
            let what = "declares a path parameter that its path does not have";
            self.problem(raw, what, "Correct the name");
        }
        ordered
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

    fn paging(
        &mut self,
        raw: &RawOperation,
        answer: &Answer,
        parameters: &[Parameter],
    ) -> Option<Paging> {
        let paging = raw.value.get("x-paging")?;
        let style = text(paging, "style");
        let names = match style.as_str() {
            "offset" => ("start", "limit"),
            "cursor" => ("cursor", "limit"),
            "token" => ("token", "limit"),
            "page" => ("page", "per_page"),
            other => {
                let what = format!("pages in the unknown style {other:?}");
                self.problem(raw, what, "Use offset, cursor, token or page");
                return None;
            }
        };
        let name = |key: &str, default: &str| {
            let given = text(paging, key);
            if given.is_empty() {
                default.to_owned()
            } else {
                given
            }
        };
        let items = paging
            .get("items")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let Some(item) = self.item(answer, items.as_deref()) else {
            self.problem(
                raw,
                "pages, but has no list of items",
                "Name the list under x-paging.items",
            );
            return None;
        };
        let in_body = text(paging, "in") == "body";
        let paging = Paging {
            position: name(names.0, names.0),
            limit: name("limit", names.1),
            style,
            items,
            in_body,
            replaces: strings(paging.get("replaces")),
            item,
        };
        if !in_body
            && !parameters
                .iter()
                .any(|parameter| parameter.wire == paging.position)
        {
            let what = format!(
                "pages by {:?}, which is no parameter of it",
                paging.position
            );
            self.problem(raw, what, "Declare the parameter or correct x-paging");
        }
        Some(paging)
    }

    fn item(&self, answer: &Answer, items: Option<&str>) -> Option<Shape> {
        let Answer::Json(shape) = answer else {
            return None;
        };
        let list = match (shape, items) {
            (Shape::List(item), None) => return Some((**item).clone()),
            (Shape::Named(name), Some(items)) => self.schemas.structs.get(name)?.property(items)?,
            _ => return None,
        };
        match &list.shape {
            Shape::List(item) => Some((**item).clone()),
            _ => None,
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

    /// Every long task is polled by an operation that exists and takes its id, or none where it has none.
    fn tasks(&mut self, groups: &[Group]) {
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
                    .help("Name the operation that answers with the task's status");
                self.shapes.problems.push(problem);
            }
        }
    }

    /// Every list of ids names the list, and an operation that reads the object of an id.
    fn details(&mut self, groups: &[Group]) {
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

/// The request struct's name; one that would hide Rust's own gets a suffix.
fn request_name(verb: &str) -> String {
    let name = verb.trim_end_matches('_').to_upper_camel_case();
    match name.as_str() {
        "Default" | "Clone" | "Option" | "Result" | "Vec" | "String" | "Box" | "Send" | "From" => {
            format!("{name}Request")
        }
        _ => name,
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
