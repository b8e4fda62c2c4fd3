//! What the operations are called with: every secret in a body is one of a kind.

use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support;
use crate::support::operation::operations;
use crate::support::schema::{Kind, kind};
use crate::support::spec::Spec;
use crate::support::values::Mode;

/// A sample with the secrets that it holds.
pub struct Sample {
    inner: support::Sample,
    pub secrets: Vec<String>,
}

impl Deref for Sample {
    type Target = support::Sample;

    fn deref(&self) -> &support::Sample {
        &self.inner
    }
}

impl Sample {
    /// The body; what it shows of itself is searched as well.
    pub fn body<T: DeserializeOwned + std::fmt::Debug>(&self) -> T {
        let body = self.inner.body();
        crate::output::Output::note(&format!("{body:?} {body:#?}"));
        body
    }
}

/// A sample for each operation of a service.
pub fn samples(folder: &str) -> Vec<Sample> {
    let spec = Spec::load(folder);
    let sample = |operation: &support::operation::Operation| {
        let mut inner = support::Sample::new(&spec, operation, Mode::Full, 0);
        let mut marks = Marks {
            spec: &spec,
            secrets: Vec::new(),
        };
        if let (Some(body), Some(described)) = (&mut inner.body, &operation.body) {
            marks.mark(&described.schema, body);
        }
        Sample {
            inner,
            secrets: marks.secrets,
        }
    };
    operations(&spec).iter().map(sample).collect()
}

struct Marks<'a> {
    spec: &'a Spec,
    secrets: Vec<String>,
}

impl Marks<'_> {
    /// Replaces every text that the description calls a password.
    fn mark(&mut self, schema: &Value, value: &mut Value) {
        match (kind(self.spec, schema), value) {
            (Kind::Text { format: "password" }, value @ Value::String(_)) => {
                // With all that changes when it is written in JSON, in a URL or on a page.
                let secret = format!("s3cret {}\"<&>ä/\\{}", self.secrets.len(), "Qz".repeat(4));
                *value = Value::from(secret.as_str());
                self.secrets.push(secret);
            }
            (Kind::Object(object), Value::Object(own)) => {
                for (name, schema) in &object.properties {
                    if let Some(value) = own.get_mut(*name) {
                        self.mark(schema, value);
                    }
                }
            }
            (Kind::List(items), Value::Array(own)) => {
                own.iter_mut().for_each(|value| self.mark(items, value))
            }
            (Kind::Map(Some(values)), Value::Object(own)) => {
                own.values_mut().for_each(|value| self.mark(values, value));
            }
            (Kind::Union(union), value) => {
                for member in &union.members {
                    self.mark(member.schema, value);
                }
            }
            _ => {}
        }
    }
}
