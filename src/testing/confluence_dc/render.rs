//! Users, groups, spaces and contents as the server writes them.

use serde_json::{Map, Value, json};

use super::call::{Caller, Expand};
use super::contents::{self, Depth, KINDS};
use super::list::outer_links;
use super::restrictions;
use super::seed::{Content, Grant, Property, Space, Subject, User};
use super::state::State;

/// Most rows of a list within another answer.
const MOST_WITHIN: usize = 25;

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
    match caller {
        Caller::Anonymous => anonymous(state),
        Caller::User(name) => match state.users.get(name) {
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

/// A space.
pub(super) fn space(state: &State, space: &Space, expand: &Expand) -> Value {
    let path = format!("/rest/api/space/{}", escape(&space.key));
    let mut object = Object::new();
    object.set("id", json!(space.id));
    object.set("key", json!(space.key));
    object.set("name", json!(space.name));
    object.set(
        "type",
        json!(if space.owner.is_some() {
            "personal"
        } else {
            "global"
        }),
    );
    object.set(
        "status",
        json!(if space.archived {
            "archived"
        } else {
            "current"
        }),
    );
    object.set("creator", user_named(state, &space.creator));
    object.set("creationDate", json!(state.clock.write(space.created)));
    object.set("lastModifier", user_named(state, &space.creator));
    object.set(
        "lastModificationDate",
        json!(state.clock.write(space.changed)),
    );
    object.expand(expand, "description", "", |below| description(space, below));
    let home = space.homepage.and_then(|id| state.contents.get(&id));
    let home_path = home
        .map(|home| format!("/rest/api/content/{}", home.id))
        .unwrap_or_default();
    match home {
        Some(home) => object.expand(expand, "homepage", &home_path, |below| {
            content(state, home, below)
        }),
        None => object.expand(expand, "homepage", "", |_| Value::Null),
    }
    object.expand(expand, "icon", "", |_| picture(state));
    object.expand(expand, "metadata", "", |below| {
        let mut metadata = Object::new();
        metadata.expand(below, "labels", "", |_| {
            labels(space.categories.iter().map(|name| format!("team:{name}")))
        });
        metadata.finish(json!({}))
    });
    object.expand(expand, "permissions", "", |_| {
        space
            .permissions
            .iter()
            .map(|grant| space_permission(state, space, grant))
            .collect()
    });
    object.expand(expand, "retentionPolicy", "", |_| json!({}));
    object.finish(
        json!({ "self": state.link(&path), "webui": format!("/display/{}", escape(&space.key)) }),
    )
}

fn description(space: &Space, expand: &Expand) -> Value {
    let mut object = Object::new();
    for name in ["plain", "view"] {
        object.expand(
            expand,
            name,
            "",
            |_| json!({ "representation": name, "value": space.description }),
        );
    }
    object.finish(json!({}))
}

/// A permission in a space.
pub(super) fn space_permission(state: &State, space: &Space, grant: &Grant) -> Value {
    let mut value = permission(state, grant);
    value["spaceKey"] = json!(space.key);
    value["spaceId"] = json!(space.id);
    value
}

/// A permission for the whole site.
pub(super) fn permission(state: &State, grant: &Grant) -> Value {
    let subject = match &grant.subject {
        Subject::User(name) => match state.users.get(name) {
            Some(user) => json!({
                "type": "known", "username": user.name, "userKey": user.key, "displayName": user.full_name,
            }),
            None => json!({ "type": "unknown", "username": name }),
        },
        Subject::Group(name) => json!({ "type": "group", "name": name, "displayName": name }),
        Subject::Anonymous => json!({ "type": "anonymous", "displayName": "Anonymous" }),
        Subject::Unlicensed => json!({ "type": "unlicensed", "displayName": "Unlicensed" }),
    };
    json!({
        "operation": { "targetType": grant.target, "operationKey": grant.operation },
        "subject": subject,
    })
}

/// A page, blog post, comment or attachment.
pub(super) fn content(state: &State, content: &Content, expand: &Expand) -> Value {
    let path = format!("/rest/api/content/{}", content.wire_id());
    let space_path = format!("/rest/api/space/{}", escape(&content.space));
    let mut object = Object::new();
    object.set("id", json!(content.wire_id()));
    object.set("type", json!(content.kind));
    object.set("status", json!(content.status));
    object.set("title", json!(content.title));
    object.set("extensions", extensions(content));
    let home = state.spaces.get(&content.space);
    object.expand(expand, "space", &space_path, |below| {
        home.map_or(Value::Null, |found| space(state, found, below))
    });
    let holder = holder(state, content);
    let container_path = match holder {
        Some(holder) => format!("/rest/api/content/{}", holder.id),
        None => space_path,
    };
    object.expand(expand, "container", &container_path, |below| {
        match (holder, home) {
            (Some(holder), _) => self::content(state, holder, below),
            (None, Some(found)) => space(state, found, below),
            (None, None) => Value::Null,
        }
    });
    object.expand(expand, "body", "", |below| body(content, below));
    object.expand(expand, "version", "", |_| version(state, content));
    object.expand(expand, "history", &format!("{path}/history"), |below| {
        history(state, content, below)
    });
    object.expand(expand, "ancestors", "", |below| {
        let above = state
            .ancestors(content)
            .into_iter()
            .filter_map(|id| state.contents.get(&id));
        above
            .map(|page| self::content(state, page, below))
            .collect()
    });
    object.expand(expand, "metadata", "", |below| {
        metadata(state, content, below)
    });
    object.expand(
        expand,
        "operations",
        "",
        |_| json!([{ "operation": "read", "targetType": content.kind }]),
    );
    for (name, segment, depth) in [
        ("children", "child", Depth::Directly),
        ("descendants", "descendant", Depth::Anywhere),
    ] {
        object.expand(expand, name, &format!("{path}/{segment}"), |expand| {
            by_kind(state, content, depth, expand)
        });
    }
    object.expand(
        expand,
        "restrictions",
        &format!("{path}/restriction/byOperation"),
        |below| restrictions::both(state, content, below),
    );
    object.finish(content_links(state, content, &path))
}

/// What only a kind of content has.
fn extensions(content: &Content) -> Value {
    match &content.file {
        Some(file) => json!({
            "mediaType": file.media_type,
            "fileSize": file.bytes.len(),
            "comment": file.comment,
        }),
        // A page that was never moved by hand has a text where others have a number.
        None => json!({ "position": "none" }),
    }
}

fn content_links(state: &State, content: &Content, path: &str) -> Value {
    let mut links = json!({
        "self": state.link(path),
        "webui": format!("/pages/viewpage.action?pageId={}", content.id),
    });
    if content.file.is_some() {
        let holder = content.parent.unwrap_or_default();
        links["download"] = json!(format!(
            "/download/attachments/{holder}/{}?version={}&api=v2",
            escape(&content.title),
            content.version
        ));
    } else {
        links["edit"] = json!(format!("/pages/resumedraft.action?draftId={}", content.id));
        links["tinyui"] = json!(format!("/x/{:X}", content.id));
    }
    links
}

/// The first contents below another one, of the kinds that were expanded. A content within an answer
/// does not know who asks, so it tells of none that somebody may not see.
fn by_kind(state: &State, content: &Content, depth: Depth, expand: &Expand) -> Value {
    let mut object = Object::new();
    for kind in KINDS {
        object.expand(expand, kind, "", |expand| {
            let mut rows = contents::below(state, content, depth, kind);
            rows.retain(|row| row.viewers.is_empty());
            rows.truncate(MOST_WITHIN);
            let rows: Vec<Value> = rows
                .into_iter()
                .map(|row| self::content(state, row, expand))
                .collect();
            json!({ "size": rows.len(), "start": 0, "limit": MOST_WITHIN, "results": rows })
        });
    }
    object.finish(json!({}))
}

/// What a comment or an attachment hangs on; other contents are in their space.
fn holder<'s>(state: &'s State, content: &Content) -> Option<&'s Content> {
    let parent = content.parent?;
    matches!(content.kind.as_str(), "comment" | "attachment")
        .then(|| state.contents.get(&parent))
        .flatten()
}

fn body(content: &Content, expand: &Expand) -> Value {
    let mut object = Object::new();
    for name in [
        "storage",
        "view",
        "export_view",
        "styled_view",
        "editor",
        "anonymous_export_view",
    ] {
        object.expand(expand, name, "", |_| {
            json!({
                "representation": name,
                "value": content.body,
                "_expandable": { "content": format!("/rest/api/content/{}", content.id) },
            })
        });
    }
    object.finish(json!({}))
}

/// The current version of a content.
fn version(state: &State, content: &Content) -> Value {
    json!({
        "number": content.version,
        "by": user_named(state, &content.creator),
        "when": state.clock.write(content.changed),
        "message": content.message,
        "minorEdit": false,
        "hidden": false,
        "_links": { "self": state.link(&format!("/rest/experimental/content/{}/version/{}", content.wire_id(), content.version)) },
        "_expandable": { "content": format!("/rest/api/content/{}", content.id) },
    })
}

/// Who made a content, and when.
pub(super) fn history(state: &State, content: &Content, expand: &Expand) -> Value {
    let mut object = Object::new();
    object.set("latest", json!(true));
    object.set("createdBy", user_named(state, &content.creator));
    object.set("createdDate", json!(state.clock.write(content.created)));
    object.expand(expand, "lastUpdated", "", |_| version(state, content));
    object
        .finish(json!({ "self": state.link(&format!("/rest/api/content/{}/history", content.id)) }))
}

fn metadata(state: &State, content: &Content, expand: &Expand) -> Value {
    let mut object = Object::new();
    object.expand(expand, "labels", "", |_| {
        labels(content.labels.iter().cloned())
    });
    object.expand(expand, "properties", "", |below| {
        let mut properties = Object::new();
        for (key, found) in &content.properties {
            let path = format!("/rest/api/content/{}/property/{}", content.id, escape(key));
            properties.expand(below, key, &path, |_| {
                property(state, &path, key, found, true)
            });
        }
        properties.finish(json!({}))
    });
    object
        .expandable
        .insert("currentuser".to_owned(), json!(""));
    if let Some(file) = &content.file {
        object.set("mediaType", json!(file.media_type));
        object.set("comment", json!(file.comment));
    }
    object.finish(json!({}))
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
