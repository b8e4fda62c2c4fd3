//! The operations of a service as their description has them.

use serde_json::Value;

use super::schema::text;
use super::spec::Spec;

/// The keys of a path that are methods; any key but these and `NO_METHODS` is a mistake.
const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];
const NO_METHODS: &[&str] = &["parameters", "summary", "description", "servers"];

/// An operation.
#[derive(Clone)]
pub struct Operation {
    pub id: String,
    pub method: String,
    /// The path's template.
    pub path: String,
    pub parameters: Vec<Parameter>,
    /// Headers that never change, with names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
    pub success: Vec<Success>,
    /// The statuses of answers that send the caller elsewhere.
    pub redirects: Vec<u16>,
    /// The property of the answer that holds the id of a long task.
    pub task: Option<String>,
    /// The operation that polls a long task without an id, which is what it has for one.
    pub only_task: Option<String>,
    /// The operation that polls a long task.
    pub polled_by: Option<String>,
    /// Whether the answer is the id at the end of `Location`.
    pub created: bool,
    /// How a list pages: `x-paging` as it stands.
    pub paging: Option<Value>,
    /// Whether it may be sent again though the server may have acted on it.
    pub repeats: bool,
    /// What the caller must be allowed, in words.
    pub requires: String,
}

/// A parameter in the path, the query or a header.
#[derive(Clone)]
pub struct Parameter {
    pub name: String,
    pub place: Place,
    pub schema: Value,
    /// Whether the slashes in a path value divide segments.
    pub segments: bool,
    /// Whether a list repeats the parameter; otherwise commas join it.
    pub repeats: bool,
    /// The server's own rule for the value.
    pub rule: Option<String>,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Header,
}

/// What is sent.
#[derive(Clone)]
pub struct Body {
    pub media_type: String,
    pub schema: Value,
}

/// An answer of success.
#[derive(Clone)]
pub struct Success {
    pub status: u16,
    /// Media type and schema, where there is a body.
    pub content: Option<(String, Value)>,
}

impl Operation {
    pub fn placed(&self, place: Place) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(move |parameter| parameter.place == place)
    }

    /// The path with a value for each of its parameters, by name.
    pub fn path_with(&self, value: impl Fn(&str) -> String) -> String {
        let mut path = self.path.clone();
        for parameter in self.placed(Place::Path) {
            let name = &parameter.name;
            path = path.replace(&format!("{{{name}}}"), &value(name));
        }
        path
    }

    /// Whether files are sent in a form.
    pub fn is_upload(&self) -> bool {
        let body = self.body.as_ref();
        body.is_some_and(|body| body.media_type.starts_with("multipart/"))
    }
}

/// Every operation of the service, in the order of files and paths.
pub fn operations(spec: &Spec) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (file, document) in spec.files() {
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (key, value) in item.as_object().into_iter().flatten() {
                if METHODS.contains(&key.as_str()) {
                    operations.push(operation(spec, path, key, item, value));
                } else if !NO_METHODS.contains(&key.as_str()) {
                    panic!("{file}: {path} has the unknown key {key}");
                }
            }
        }
    }
    operations
}

fn operation(spec: &Spec, path: &str, method: &str, item: &Value, value: &Value) -> Operation {
    let listed = |value: &Value| value["parameters"].as_array().cloned().unwrap_or_default();
    let parameters = listed(item).into_iter().chain(listed(value));
    let headers = value["x-header"].as_object().into_iter().flatten();
    let responses = || value["responses"].as_object().into_iter().flatten();
    let task = &value["x-long-task"];
    Operation {
        id: text(value, "operationId").to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        parameters: parameters
            .map(|value| parameter(spec.resolve(&value)))
            .collect(),
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()))
            .collect(),
        body: value
            .get("requestBody")
            .map(|body| self::body(spec.resolve(body))),
        success: responses()
            .filter_map(|(status, value)| success(status, spec.resolve(value)))
            .collect(),
        redirects: responses()
            .filter_map(|(status, _)| status.parse().ok())
            .filter(|status| (300..400).contains(status))
            .collect(),
        task: task["id"].as_str().map(str::to_owned),
        only_task: task["status"]
            .as_str()
            .filter(|_| task["id"].is_null())
            .map(str::to_owned),
        polled_by: task["status"].as_str().map(str::to_owned),
        created: text(value, "x-created") == "location",
        paging: value.get("x-paging").cloned(),
        requires: match &value["x-requires"] {
            Value::Array(all) => all
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join("; "),
            one => one.as_str().unwrap_or_default().to_owned(),
        },
        repeats: match text(value, "x-retry") {
            "idempotent" => true,
            "create" => false,
            _ => ["get", "head", "put", "delete"].contains(&method),
        },
    }
}

fn parameter(value: &Value) -> Parameter {
    let place = match text(value, "in") {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        other => panic!("a parameter in {other:?}: {value}"),
    };
    let rule = value["schema"]["x-rule"]
        .as_str()
        .or(value["x-rule"].as_str());
    Parameter {
        name: text(value, "name").to_owned(),
        place,
        schema: value["schema"].clone(),
        segments: value["x-segments"].as_bool().unwrap_or(false),
        repeats: value["explode"].as_bool().unwrap_or(true),
        rule: rule.map(str::to_owned),
    }
}

fn body(value: &Value) -> Body {
    let (media_type, content) = only(value).expect("a body has one media type");
    Body {
        media_type,
        schema: content,
    }
}

fn success(status: &str, value: &Value) -> Option<Success> {
    let status: u16 = status.parse().ok()?;
    (200..300).contains(&status).then(|| Success {
        status,
        content: only(value),
    })
}

/// The one media type of a body and its schema.
fn only(value: &Value) -> Option<(String, Value)> {
    let content = value.get("content")?.as_object()?;
    assert_eq!(content.len(), 1, "one media type: {content:?}");
    let (media_type, content) = content.iter().next()?;
    Some((media_type.clone(), content["schema"].clone()))
}
