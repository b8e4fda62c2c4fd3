//! Users, groups, spaces and contents as the server writes them.

mod contents;
mod spaces;

use serde_json::{Map, Value, json};

use super::call::{Caller, Expand};
use super::list::outer_links;
use super::seed::{Property, User};
use super::state::State;

pub(super) use contents::{content, history};
pub(super) use spaces::{permission, space, space_permission};

/// An object that grows: what was expanded, and what was not.
struct Object {
    fields: Map<String, Value>,
    expandable: Map<String, Value>,
}

impl Object {
    fn new() -> Self {
        Self {
            fields: Map::new(),
            expandable: Map::new(),
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    /// A field when it was expanded, or its name and path among the others.
    fn expand(
        &mut self,
        expand: &Expand,
        name: &str,
        path: &str,
        value: impl FnOnce(&Expand) -> Value,
    ) {
        if expand.has(name) {
            self.set(name, value(&expand.below(name)));
        } else {
            self.expandable.insert(name.to_owned(), json!(path));
        }
    }

    /// The object, with the names that were not expanded, and with its links if it has any.
    fn finish(mut self, links: Value) -> Value {
        if links.as_object().is_some_and(|links| !links.is_empty()) {
            self.set("_links", links);
        }
        let expandable = std::mem::take(&mut self.expandable);
        self.set("_expandable", Value::Object(expandable));
        Value::Object(self.fields)
    }
}

/// Adds the links that only the outermost object of an answer has.
pub(super) fn outermost(state: &State, mut value: Value, collection: &str) -> Value {
    if let Some(links) = value.get_mut("_links").and_then(Value::as_object_mut) {
        for (name, link) in outer_links(state, "") {
            if name != "self" {
                links.insert(name, link);
            }
        }
        links.insert("collection".to_owned(), json!(collection));
    }
    value
}

/// A user.
pub(super) fn user(state: &State, user: &User, expand: &Expand) -> Value {
    let mut object = Object::new();
    object.set("type", json!("known"));
    object.set("username", json!(user.name));
    object.set("userKey", json!(user.key));
    object.set("displayName", json!(user.full_name));
    object.set("profilePicture", picture(state));
    let status = if user.active {
        "current"
    } else {
        "deactivated"
    };
    object.expand(expand, "status", "", |_| json!(status));
    object.finish(json!({ "self": state.link(&format!("/rest/api/user?key={}", user.key)) }))
}

/// A user by login name; one who is gone is unknown.
pub(super) fn user_named(state: &State, name: &str) -> Value {
    match state.users.get(name) {
        Some(found) => user(state, found, &Expand::default()),
        None => json!({ "type": "unknown", "username": name, "displayName": "Unknown User" }),
    }
}

/// The visitor who is not logged in.
pub(super) fn anonymous(state: &State) -> Value {
    json!({
        "type": "anonymous",
        "displayName": "Anonymous",
        "profilePicture": picture(state),
        "_links": { "self": state.link("/rest/api/user/anonymous") },
    })
}

/// The caller.
pub(super) fn caller(state: &State, caller: &Caller, expand: &Expand) -> Value {
    match caller.name() {
        None => anonymous(state),
        Some(name) => match state.users.get(name) {
            Some(found) => user(state, found, expand),
            None => user_named(state, name),
        },
    }
}

fn picture(state: &State) -> Value {
    let path = format!("{}/images/icons/profilepics/default.svg", state.context);
    json!({ "path": path, "width": 48, "height": 48, "isDefault": true })
}

/// A group.
pub(super) fn group(state: &State, name: &str) -> Value {
    let escaped = escape(name);
    json!({
        "type": "group",
        "name": name,
        "_links": { "self": state.link(&format!("/rest/api/group/{escaped}")) },
        "_expandable": {},
    })
}

fn labels(names: impl Iterator<Item = String>) -> Value {
    let results: Vec<Value> = names.map(|name| label(&name)).collect();
    json!({ "size": results.len(), "start": 0, "limit": 200, "results": results })
}

/// A label; its namespace comes before a colon unless it is `global`.
pub(super) fn label(name: &str) -> Value {
    let (prefix, short) = name.split_once(':').unwrap_or(("global", name));
    // The number of a label follows from its name, so that it is the same everywhere.
    let id = name.bytes().fold(7_u64, |sum, byte| {
        (sum * 31 + u64::from(byte)) % 1_000_000_007
    });
    json!({ "prefix": prefix, "name": short, "id": id.to_string(), "label": short })
}

/// A property, which has its value and its version only when they were expanded.
pub(super) fn property(
    state: &State,
    path: &str,
    key: &str,
    property: &Property,
    whole: bool,
) -> Value {
    let mut value = json!({
        "id": property.id.to_string(),
        "key": key,
        "_links": { "self": state.link(path) },
        "_expandable": {},
    });
    if whole {
        value["value"] = property.value.clone();
        value["version"] =
            json!({ "number": property.version, "minorEdit": false, "hidden": false });
    } else {
        value["_expandable"] = json!({ "value": "", "version": "" });
    }
    value
}

/// A name as a segment of a path.
fn escape(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}
