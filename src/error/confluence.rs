//! The error body of Confluence Data Center, which Cloud's first version shares.

use serde_json::Value;

use crate::error::ApiError;

/// Reads `{statusCode, data: {errors: [{message}]}, message, reason}`, of which any part may be missing.
pub(crate) fn read_confluence(body: &Value) -> Option<ApiError> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let message = text(body.get("message")).filter(|message| !message.is_empty());
    // Not by pointers: they copy each of their words.
    let fields = body.get("data").and_then(|data| data.get("errors"));
    let fields: Vec<&Value> = match fields {
        Some(Value::Array(errors)) => errors.iter().collect(),
        Some(error @ Value::Object(_)) => vec![error],
        _ => Vec::new(),
    };
    let fields = fields.into_iter().filter_map(|error| {
        let message = error.get("message")?;
        text(message.get("translation"))
            .or_else(|| text(message.get("key")))
            .or_else(|| text(Some(message)))
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
