//! Pages, blog posts, comments and attachments, and their versions.

use serde_json::{Value, json};

use super::super::call::Expand;
use super::super::children::{self, Depth, KINDS};
use super::super::restrictions;
use super::super::seed::Content;
use super::super::state::State;
use super::{Object, escape, labels, property, space, user, user_named};

/// Most rows of a list within another answer.
const MOST_WITHIN: usize = 25;

/// A page, blog post, comment or attachment.
pub(in super::super) fn content(state: &State, content: &Content, expand: &Expand) -> Value {
    let path = format!("/rest/api/content/{}", content.wire_id());
    let space_path = format!("/rest/api/space/{}", escape(&content.space));
    let mut object = Object::new();
    object.set("id", json!(content.wire_id()));
    object.set("type", json!(content.kind));
    object.set("status", json!(content.status));
    object.set("title", json!(content.title));
    object.set("position", json!(content.position.unwrap_or(-1)));
    object.set("extensions", extensions(content));
    let home = state.spaces.get(&content.space);
    object.expand(expand, "space", &space_path, |below| {
        home.map_or(Value::Null, |found| space(state, found, below))
    });
    let holder = state.holder(content);
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
    object.expand(
        expand,
        "relevantViewRestrictions",
        &format!("{path}/restriction/relevantViewRestrictions"),
        |below| restrictions::relevant_within(state, content, below),
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
        None => json!({ "position": content.position.map_or(json!("none"), Value::from) }),
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
            let mut rows = children::below(state, content, depth, kind);
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

/// The version of a content that it is given in.
fn version(state: &State, content: &Content) -> Value {
    json!({
        "number": content.version,
        "by": user_named(state, &content.edit.by),
        "when": state.clock.write(content.edit.when),
        "message": content.edit.message,
        "minorEdit": content.edit.minor,
        "hidden": false,
        "_links": { "self": state.link(&format!("/rest/experimental/content/{}/version/{}", content.wire_id(), content.version)) },
        "_expandable": { "content": format!("/rest/api/content/{}", content.id) },
    })
}

/// Who made a content, and its versions.
pub(in super::super) fn history(state: &State, content: &Content, expand: &Expand) -> Value {
    let latest = state.contents.get(&content.id).unwrap_or(content);
    let mut object = Object::new();
    object.set("latest", json!(content.version == latest.version));
    object.set("createdBy", user_named(state, &content.creator));
    object.set("createdDate", json!(state.clock.write(content.created)));
    object.expand(expand, "lastUpdated", "", |_| version(state, latest));
    let earlier = |number: &u32| *number < content.version;
    let later = |number: &u32| *number > content.version;
    for (name, number) in [
        ("previousVersion", latest.versions().rfind(earlier)),
        ("nextVersion", latest.versions().find(later)),
    ] {
        if let Some(other) = number.and_then(|number| latest.at_version(number)) {
            object.expand(expand, name, "", |_| version(state, &other));
        }
    }
    object.expand(expand, "contributors", "", |below| {
        let mut contributors = Object::new();
        contributors.expand(below, "publishers", "", |below| {
            publishers(state, latest, below)
        });
        contributors.finish(json!({}))
    });
    object
        .finish(json!({ "self": state.link(&format!("/rest/api/content/{}/history", content.id)) }))
}

/// Those who made a version of a content.
fn publishers(state: &State, content: &Content, expand: &Expand) -> Value {
    let names = content.authors();
    let users = || names.iter().filter_map(|name| state.users.get(*name));
    let mut object = Object::new();
    object.set("userKeys", users().map(|user| json!(user.key)).collect());
    object.expand(expand, "users", "", |_| {
        users().map(|known| user(state, known, expand)).collect()
    });
    object.finish(json!({}))
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
    object.expand(expand, "currentuser", "", |_| {
        json!({ "_expandable": { "favourited": "", "lastmodified": "", "lastcontributed": "", "viewed": "" } })
    });
    if let Some(file) = &content.file {
        object.set("mediaType", json!(file.media_type));
        object.set("comment", json!(file.comment));
    }
    object.finish(json!({}))
}
