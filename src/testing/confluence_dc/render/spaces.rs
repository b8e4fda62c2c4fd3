//! Spaces, and who may do what in them.

use serde_json::{Value, json};

use super::super::call::Expand;
use super::super::seed::{Grant, Space, Subject};
use super::super::state::State;
use super::{Object, content, escape, labels, picture, user_named};

/// A space.
pub(in super::super) fn space(state: &State, space: &Space, expand: &Expand) -> Value {
    let path = format!("/rest/api/space/{}", escape(&space.key));
    let mut object = Object::new();
    object.set("id", json!(space.id));
    object.set("key", json!(space.key));
    object.set("name", json!(space.name));
    object.set("type", json!(space.kind()));
    object.set("status", json!(space.status()));
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
pub(in super::super) fn space_permission(state: &State, space: &Space, grant: &Grant) -> Value {
    let mut value = permission(state, grant);
    value["spaceKey"] = json!(space.key);
    value["spaceId"] = json!(space.id);
    value
}

/// A permission for the whole site.
pub(in super::super) fn permission(state: &State, grant: &Grant) -> Value {
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
