//! A request taken apart: path, body, caller.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use wiremock::Request;

use super::failure::{Failure, bad_value, list_not_allowed, malformed, missing, unauthorized};
use super::privileges::{Privileges, set};

/// Where the service's paths begin.
pub(super) const PREFIX: &str = "/api/v3/onezone";

/// One request.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) method: String,
    /// The segments after [`PREFIX`], decoded.
    pub(super) path: Vec<String>,
    body: Map<String, Value>,
    /// The id of the user who calls; `None` for nobody.
    pub(super) caller: Option<String>,
}

impl Call {
    /// Takes a request apart. No body is an empty one.
    pub(super) fn new(request: &Request, caller: Option<String>) -> Result<Self, Failure> {
        let body = match request.body.as_slice() {
            b"" => Map::new(),
            bytes => match serde_json::from_slice(bytes) {
                Ok(Value::Object(body)) => body,
                _ => return Err(malformed()),
            },
        };
        Ok(Self {
            method: request.method.to_string(),
            path: segments(request),
            body,
            caller,
        })
    }

    /// The same request with another method.
    pub(super) fn with_method(&self, method: &str) -> Self {
        Self {
            method: method.to_owned(),
            ..self.clone()
        }
    }

    /// The id of the user who calls.
    pub(super) fn user(&self) -> Result<&str, Failure> {
        self.caller.as_deref().ok_or_else(unauthorized)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// A value that is neither absent nor null.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.body.get(key).filter(|value| !value.is_null())
    }

    /// Whether the key was sent, be it with null.
    pub(super) fn mentions(&self, key: &str) -> bool {
        self.body.contains_key(key)
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, Failure> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(bad_value("badValueString", key, "must be a string")),
        }
    }

    /// A text that has to be there and say something.
    pub(super) fn required_text(&self, key: &str) -> Result<&str, Failure> {
        match self.text(key)? {
            None => Err(missing(key)),
            Some("") => Err(bad_value("badValueEmpty", key, "must not be empty")),
            Some(text) => Ok(text),
        }
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, Failure> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(bad_value("badValueBoolean", key, "must be a boolean")),
        }
    }

    pub(super) fn integer(&self, key: &str) -> Result<Option<i64>, Failure> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(bad_value("badValueInteger", key, "must be an integer")),
            },
        }
    }

    /// A list of texts, all of them `allowed`.
    pub(super) fn list(&self, key: &str, allowed: &[&str]) -> Result<Option<Vec<String>>, Failure> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        let texts: Option<Vec<String>> = value.as_array().and_then(|list| {
            list.iter()
                .map(|one| one.as_str().map(str::to_owned))
                .collect()
        });
        match texts {
            None => Err(bad_value(
                "badValueListOfStrings",
                key,
                "must be a list of strings",
            )),
            Some(texts) if texts.iter().all(|text| allowed.contains(&text.as_str())) => {
                Ok(Some(texts))
            }
            Some(_) => Err(list_not_allowed(key, allowed)),
        }
    }

    /// What a change of privileges makes of `held`.
    pub(super) fn changed(
        &self,
        held: &Privileges,
        allowed: &[&str],
    ) -> Result<Privileges, Failure> {
        let (grant, revoke) = (self.list("grant", allowed)?, self.list("revoke", allowed)?);
        if grant.is_none() && revoke.is_none() {
            return Err(super::failure::missing_any(&["revoke", "grant"]));
        }
        let mut changed = held.clone();
        changed.extend(grant.unwrap_or_default());
        for privilege in revoke.unwrap_or_default() {
            changed.remove(&privilege);
        }
        Ok(changed)
    }

    /// The privileges in the body, or the set that there are without.
    pub(super) fn privileges(
        &self,
        allowed: &[&str],
        without: &[&str],
    ) -> Result<Privileges, Failure> {
        Ok(match self.list("privileges", allowed)? {
            Some(list) => list.into_iter().collect(),
            None => set(without),
        })
    }
}

fn segments(request: &Request) -> Vec<String> {
    let path = request.url.path();
    path.strip_prefix(PREFIX)
        .unwrap_or(path)
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}
