//! What a typed answer must keep of what the server sent, and what servers send beyond it.

use serde_json::{Map, Value, json};

use super::schema::{Kind, Object, Union, kind};
use super::spec::Spec;

/// The part of `value` that its schema declares. An optional property that is null counts as
/// absent; a member of a union that nobody knows is kept whole.
pub fn declared(spec: &Spec, schema: &Value, value: &Value) -> Value {
    match (kind(spec, schema), value) {
        (Kind::List(items), Value::Array(values)) => values
            .iter()
            .map(|value| declared(spec, items, value))
            .collect(),
        (Kind::Map(Some(schema)), Value::Object(entries)) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.clone(), declared(spec, schema, value)));
            Value::Object(entries.collect())
        }
        (Kind::Object(object), Value::Object(sent)) => declared_object(spec, &object, sent),
        (Kind::Union(union), _) => match member(spec, &union, value) {
            Some(schema) => declared(spec, schema, value),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

fn declared_object(spec: &Spec, object: &Object<'_>, sent: &Map<String, Value>) -> Value {
    let mut kept = Map::new();
    for &(name, schema) in &object.properties {
        match sent.get(name) {
            None => {}
            Some(Value::Null) if !object.requires(name) => {}
            Some(value) => {
                kept.insert(name.to_owned(), declared(spec, schema, value));
            }
        }
    }
    Value::Object(kept)
}

/// The member that a value is: the one its tag names, or else the first whose required properties
/// it has.
fn member<'a>(spec: &'a Spec, union: &Union<'a>, value: &Value) -> Option<&'a Value> {
    if union.tag.is_some() {
        return union.tagged(value).map(|member| member.schema);
    }
    let has = |schema: &'a Value| match kind(spec, schema) {
        Kind::Object(object) => object
            .required
            .iter()
            .all(|name| value.get(*name).is_some()),
        _ => false,
    };
    union
        .members
        .iter()
        .map(|member| member.schema)
        .find(|schema| has(schema))
}

/// Adds properties that no description has to every object.
pub fn add_undeclared(spec: &Spec, schema: &Value, value: &mut Value) {
    walk(spec, schema, value, &mut |_, value| {
        value["undeclared ä"] = json!({ "of": ["any", 1, null] });
    });
}

/// Gives every member of a union a tag that nobody knows; says whether there was any.
pub fn change_tags(spec: &Spec, schema: &Value, value: &mut Value) -> bool {
    let mut any = false;
    walk(spec, schema, value, &mut |tag, value| {
        if let Some(tag) = tag {
            value[tag] = json!("nobody knows");
            any = true;
        }
    });
    any
}

/// Visits every object, the inner ones first, with the tag of the union that it is a member of.
fn walk(
    spec: &Spec,
    schema: &Value,
    value: &mut Value,
    visit: &mut dyn FnMut(Option<&str>, &mut Value),
) {
    match kind(spec, schema) {
        Kind::List(items) => {
            let values = value.as_array_mut().into_iter().flatten();
            values.for_each(|value| walk(spec, items, value, visit));
        }
        Kind::Map(Some(schema)) => {
            let values = value.as_object_mut().into_iter().flat_map(Map::values_mut);
            values.for_each(|value| walk(spec, schema, value, visit));
        }
        Kind::Object(object) if value.is_object() => {
            walk_properties(spec, &object, value, visit);
            visit(None, value);
        }
        Kind::Union(union) if value.is_object() => {
            if let Some(schema) = member(spec, &union, value)
                && let Kind::Object(object) = kind(spec, schema)
            {
                walk_properties(spec, &object, value, visit);
            }
            visit(union.tag, value);
        }
        _ => {}
    }
}

fn walk_properties(
    spec: &Spec,
    object: &Object<'_>,
    value: &mut Value,
    visit: &mut dyn FnMut(Option<&str>, &mut Value),
) {
    for (name, schema) in &object.properties {
        if let Some(value) = value.get_mut(*name) {
            walk(spec, schema, value, visit);
        }
    }
}
