//! One value for every parameter and for the body of an operation.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::operation::{Operation, Parameter, Place};
use super::rules;
use super::schema::{Kind, kind};
use super::spec::Spec;
use super::values::{Mode, Sender, Values};

/// What an operation is called with.
pub struct Sample {
    /// The operation's id, for messages.
    pub operation: String,
    /// Parameters and text parts of a multipart body, by name.
    pub values: BTreeMap<String, Value>,
    /// The JSON body.
    pub body: Option<Value>,
    /// The files of a multipart body by the name of their part; a body of bytes is called `body`.
    pub files: BTreeMap<String, File>,
    /// How many turns it takes until every member of every union in the body has been sent.
    pub turns: usize,
}

/// A file to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub content: Vec<u8>,
}

impl Sample {
    /// The sample of a round; another `turn` takes other members of unions and values of enums.
    pub fn new(spec: &Spec, operation: &Operation, mode: Mode, turn: usize) -> Self {
        let mut sample = Self {
            operation: operation.id.clone(),
            values: BTreeMap::new(),
            body: None,
            files: BTreeMap::new(),
            turns: 1,
        };
        for (index, parameter) in operation.parameters.iter().enumerate() {
            let value = self::parameter(spec, parameter, turn + index);
            let before = sample.values.insert(parameter.name.clone(), value);
            assert!(
                before.is_none(),
                "{}: two parameters {}",
                operation.id,
                parameter.name
            );
        }
        if let Some(body) = &operation.body {
            let mut values = Values::new(spec, mode, Sender::Client, turn);
            match (body.media_type.as_str(), kind(spec, &body.schema)) {
                ("multipart/form-data", _) => sample.parts(spec, &body.schema),
                (_, Kind::Text { format: "binary" }) => sample.add_file("body"),
                _ => sample.body = Some(values.make(&body.schema, "body")),
            }
            sample.turns = values.turns();
        }
        sample
    }

    fn parts(&mut self, spec: &Spec, schema: &Value) {
        let Kind::Object(object) = kind(spec, schema) else {
            panic!("multipart without parts")
        };
        for (name, schema) in object.properties {
            match kind(spec, schema) {
                Kind::Text { format: "binary" } | Kind::List(_) => self.add_file(name),
                Kind::Boolean => self.add_part(name, json!(true)),
                Kind::Integer { .. } => self.add_part(name, json!(7)),
                Kind::Enum(values) => self.add_part(name, json!(values[0])),
                _ => self.add_part(name, json!(format!("{name}\r\n--: ä & \"b\""))),
            }
        }
    }

    fn add_part(&mut self, name: &str, value: Value) {
        let before = self.values.insert(name.to_owned(), value);
        assert!(
            before.is_none(),
            "{}: a part and a parameter {name}",
            self.operation
        );
    }

    fn add_file(&mut self, name: &str) {
        let content = (0..=255).cycle().take(5000).chain(*b"\r\n--\r\n").collect();
        let file = File {
            name: format!("{name} ä 1.bin"),
            content,
        };
        self.files.insert(name.to_owned(), file);
    }

    fn value(&self, wire: &str) -> &Value {
        let found = self.values.get(wire);
        found.unwrap_or_else(|| panic!("{} has no parameter {wire}", self.operation))
    }

    fn list(&self, wire: &str) -> &[Value] {
        let list = self.value(wire).as_array();
        list.unwrap_or_else(|| panic!("{}: {wire} is no list", self.operation))
    }
}

/// What the generated calls ask for.
impl Sample {
    pub fn text(&self, wire: &str) -> String {
        as_sent(self.value(wire))
    }

    pub fn integer(&self, wire: &str) -> i64 {
        let value = self.value(wire);
        value
            .as_i64()
            .unwrap_or_else(|| panic!("{}: {wire} is no integer", self.operation))
    }

    pub fn boolean(&self, wire: &str) -> bool {
        let value = self.value(wire);
        value
            .as_bool()
            .unwrap_or_else(|| panic!("{}: {wire} is no boolean", self.operation))
    }

    pub fn texts(&self, wire: &str) -> Vec<String> {
        self.list(wire).iter().map(as_sent).collect()
    }

    pub fn integers(&self, wire: &str) -> Vec<i64> {
        let list = self
            .list(wire)
            .iter()
            .map(Value::as_i64)
            .collect::<Option<_>>();
        list.unwrap_or_else(|| panic!("{}: {wire} is no list of integers", self.operation))
    }

    pub fn body<T: DeserializeOwned>(&self) -> T {
        let body = self
            .body
            .clone()
            .unwrap_or_else(|| panic!("{} has no body", self.operation));
        serde_json::from_value(body)
            .unwrap_or_else(|e| panic!("{}: the body's type: {e}", self.operation))
    }

    pub fn file(&self, wire: &str) -> spacewright::Upload {
        let file = self.files.get(wire);
        let file = file.unwrap_or_else(|| panic!("{} has no file {wire}", self.operation));
        spacewright::Upload::bytes(file.name.clone(), file.content.clone())
    }
}

/// A value of a parameter as it travels.
pub fn as_sent(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A value for a parameter, full of what must be escaped where nothing forbids it.
fn parameter(spec: &Spec, parameter: &Parameter, turn: usize) -> Value {
    let name = &parameter.name;
    if let Some(rule) = &parameter.rule {
        return json!(rules::parameter(rule, name));
    }
    one(spec, &parameter.schema, name, parameter.place, turn)
}

fn one(spec: &Spec, schema: &Value, name: &str, place: Place, turn: usize) -> Value {
    match kind(spec, schema) {
        Kind::Enum(values) => json!(values[turn % values.len()]),
        Kind::Integer { .. } => json!(1000 + turn),
        Kind::Number => json!(1000 + turn),
        Kind::Boolean => json!(turn.is_multiple_of(2)),
        Kind::List(items) => (0..2)
            .map(|i| one(spec, items, name, place, turn + 100 * i))
            .collect(),
        Kind::Text {
            format: "date-time",
        } => json!("2024-10-09T11:51:59.233+11:00"),
        Kind::Text { format: "date" } => json!("2024-10-09"),
        Kind::Text { format: "uuid" } => json!(format!("00000000-0000-4000-8000-{turn:012}")),
        Kind::Text { format: "uri" } => json!(format!("https://example.com/{turn}?a=b&c=d%20e#f")),
        Kind::Text { format: "email" } => json!(format!("{name}+{turn}@example.com")),
        _ => json!(free_text(name, place, turn)),
    }
}

/// Without a comma, which would end an item of a joined list.
fn free_text(name: &str, place: Place, turn: usize) -> String {
    match place {
        Place::Path => format!("{name}{turn} a/b ä?日#&+=;:%41~'(!)"),
        Place::Query => format!("{name}{turn} a/b ä?日#&+=;:%41~'(!)\"<>\\^`{{|}}"),
        Place::Header => format!("{name}{turn} a/b"),
    }
}
