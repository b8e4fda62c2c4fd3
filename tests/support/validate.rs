//! Whether a value fits its schema, to the letter.

use serde_json::Value;

use super::schema::{Kind, Object, Union, kind};
use super::spec::Spec;

/// Every way in which `value` breaks `schema`; `at` is where it stands.
pub fn violations(spec: &Spec, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let wrong = |what: &str| vec![format!("{at} is {what}: {value}")];
    match (kind(spec, schema), value) {
        (Kind::Any, _) => Vec::new(),
        (Kind::Text { format }, value) if fits(format, value) => Vec::new(),
        (Kind::Enum(values), Value::String(text)) if values.contains(&text.as_str()) => Vec::new(),
        (Kind::Enum(_), Value::String(_)) => wrong("not one of the values listed"),
        (Kind::Integer { .. }, Value::Number(number)) if !number.is_f64() => Vec::new(),
        (Kind::Number, Value::Number(_)) | (Kind::Boolean, Value::Bool(_)) => Vec::new(),
        (Kind::List(schema), Value::Array(items)) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(i, item)| violations(spec, schema, item, &format!("{at}[{i}]")))
                .collect()
        }
        (Kind::Map(None), Value::Object(_)) => Vec::new(),
        (Kind::Map(Some(schema)), Value::Object(entries)) => {
            let entries = entries.iter();
            entries
                .flat_map(|(key, value)| violations(spec, schema, value, &format!("{at}.{key}")))
                .collect()
        }
        (Kind::Object(object), Value::Object(_)) => object_violations(spec, &object, value, at),
        (Kind::Union(union), Value::Object(_)) => union_violations(spec, &union, value, at),
        _ => wrong("of another type than declared"),
    }
}

fn fits(format: &str, value: &Value) -> bool {
    match format {
        "number-or-text" => value.is_string() || value.is_number(),
        "date-time" => value.is_string() || value.is_i64() || value.is_u64(),
        _ => value.is_string(),
    }
}

fn object_violations(spec: &Spec, object: &Object<'_>, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match object.property(name) {
            Some(schema) => found.extend(violations(spec, schema, value, &format!("{at}.{name}"))),
            None => found.push(format!("{at}.{name} is not declared")),
        }
    }
    let missing = object
        .required
        .iter()
        .filter(|name| value.get(**name).is_none());
    found.extend(missing.map(|name| format!("{at}.{name} is required but not there")));
    found
}

fn union_violations(spec: &Spec, union: &Union<'_>, value: &Value, at: &str) -> Vec<String> {
    if union.tag.is_some() {
        return match union.tagged(value) {
            Some(member) => violations(spec, member.schema, value, at),
            None => vec![format!("{at} is no member of its union: {value}")],
        };
    }
    let fits = |schema| violations(spec, schema, value, at).is_empty();
    match union.members.iter().any(|member| fits(member.schema)) {
        true => Vec::new(),
        false => vec![format!("{at} fits no member of its union: {value}")],
    }
}
