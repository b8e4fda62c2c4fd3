//! The error body of Confluence Data Center, which Cloud's first version shares.

use serde_json::Value;

use crate::error::ApiError;

/// Reads the error body that Confluence Data Center and the first version of Cloud share: `{statusCode, data: {errors: [{message}]}, message, reason}`, of which any part may be
/// missing.
pub(crate) fn read_confluence(body: &Value) -> Option<ApiError> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let message = text(body.get("message")).filter(|message| !message.is_empty());
    let fields = body.pointer("/data/errors");
    let fields: Vec<&Value> = match fields {
        Some(Value::Array(errors)) => errors.iter().collect(),
        Some(error @ Value::Object(_)) => vec![error],
        _ => Vec::new(),
    };
    let fields = fields.into_iter().filter_map(|error| {
        text(error.pointer("/message/translation"))
            .or_else(|| text(error.pointer("/message/key")))
            .or_else(|| text(error.get("message")))
    });
    let messages: Vec<String> = message.into_iter().chain(fields).collect();
    if messages.is_empty() && body.get("statusCode").is_none() {
        return None;
    }
    Some(ApiError {
        code: text(body.get("reason")),
        messages,
        details: "/data",
        ..ApiError::default()
    })
}
