//! Reads the parameters of an operation.

use serde_json::Value;

use crate::build::model::{Parameter, Place};
use crate::build::names::identifier;
use crate::build::normalise::{strings, text};
use crate::build::operations::OperationReader;
use crate::build::spec::RawOperation;

/// Names that the common methods of a request struct take.
const TAKEN: &[&str] = &[
    "send", "items", "pages", "header", "timeout", "retry", "resume",
];

impl OperationReader<'_> {
    pub(super) fn parameters(&mut self, raw: &RawOperation) -> Vec<Parameter> {
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

    pub(super) fn parameter(&mut self, raw: &RawOperation, value: &Value) -> Option<Parameter> {
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

    pub(super) fn in_template_order(
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
}
