//! What bodies say that write content in v2.

use serde_json::{Map, Value};

use super::problem::Problem;

/// The text of a body in any of the forms in which it may be written.
pub(super) fn written(body: &Map<String, Value>) -> Result<Option<&str>, Problem> {
    let Some(body) = body.get("body").filter(|body| !body.is_null()) else {
        return Ok(None);
    };
    let nested = || {
        ["storage", "atlas_doc_format", "wiki"]
            .iter()
            .find_map(|format| body.get(format)?.get("value")?.as_str())
    };
    match body.get("value").and_then(Value::as_str).or_else(nested) {
        Some(text) => Ok(Some(text)),
        None => Err(Problem::bad_request(
            "'body' must have a representation and a value",
        )),
    }
}

/// What an update says about the version that it makes, which must be the next one after `current`.
pub(super) fn next_version(body: &Map<String, Value>, current: u64) -> Result<String, Problem> {
    let said = |name: &str| body.get("version")?.get(name);
    let number = said("number").and_then(Value::as_u64);
    let number = number.ok_or_else(|| Problem::bad_request("'version.number' is required"))?;
    if number != current + 1 {
        return Err(Problem::conflict(format!(
            "The version must be incremented when content is updated: {} is the next one",
            current + 1
        )));
    }
    let message = said("message").and_then(Value::as_str);
    Ok(message.unwrap_or_default().to_owned())
}
