//! Who alone may see or edit a content.

use serde_json::{Map, Value, json};

use super::call::{Call, Expand, text};
use super::journal::{self, Change};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Content, Restriction};
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of restrictions.
const LIMITS: Limits = Limits {
    default: 100,
    most: 200,
};

/// The limits of the list of those that decide who sees a content.
const RELEVANT: Limits = Limits {
    default: 50,
    ..LIMITS
};

/// What is expanded in the restrictions by operation when the query does not say.
const UNLESS_SAID: &str = "read.restrictions.user,read.restrictions.group,\
                           update.restrictions.user,update.restrictions.group";

/// The routes of restrictions.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    let (id, rest) = match path.as_slice() {
        ["content", id, "restriction", rest @ ..] => (id, rest),
        _ => return None,
    };
    Some(match (method, rest) {
        ("PUT", []) => replace(state, call, id),
        ("GET", ["byOperation"]) => by_operation(state, call, id),
        ("GET", ["byOperation", operation @ ("read" | "update")]) => {
            of_operation(state, call, id, operation)
        }
        ("GET", ["byOperation", other]) => Err(Problem::bad_request(format!(
            "'{other}' is no operation that can be restricted: read and update are"
        ))),
        ("GET", ["relevantViewRestrictions"]) => relevant(state, call, id),
        _ => return None,
    })
}

fn by_operation(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let expand = call.expand_or(UNLESS_SAID);
    let value = both(state, content, &expand);
    Ok(Answer::json(
        200,
        &render::outermost(state, value, "/rest/api/content"),
    ))
}

/// The restrictions of a content, for seeing and for editing.
pub(super) fn both(state: &State, content: &Content, expand: &Expand) -> Value {
    let path = format!(
        "/rest/api/content/{}/restriction/byOperation",
        content.wire_id()
    );
    json!({
        "read": one(state, content, "read", &expand.below("read")),
        "update": one(state, content, "update", &expand.below("update")),
        "_links": { "self": state.link(&path) },
        "_expandable": {},
    })
}

/// A restriction as the server writes it.
fn one(state: &State, content: &Content, operation: &str, expand: &Expand) -> Value {
    let restriction = if operation == "read" {
        &content.viewers
    } else {
        &content.editors
    };
    let path = format!("/rest/api/content/{}", content.wire_id());
    let mut value = json!({ "operation": operation });
    let mut expandable = Map::new();
    if expand.has("restrictions") {
        value["restrictions"] = subjects(state, restriction, &expand.below("restrictions"));
    } else {
        expandable.insert("restrictions".to_owned(), json!(""));
    }
    if expand.has("content") {
        value["content"] = render::content(state, content, &expand.below("content"));
    } else {
        expandable.insert("content".to_owned(), json!(path));
    }
    value["_links"] =
        json!({ "self": state.link(&format!("{path}/restriction/byOperation/{operation}")) });
    value["_expandable"] = Value::Object(expandable);
    value
}

/// Users and groups, those that were expanded.
fn subjects(state: &State, restriction: &Restriction, expand: &Expand) -> Value {
    let (mut subjects, mut expandable) = (Map::new(), Map::new());
    let users = restriction.users.iter();
    let groups = restriction.groups.iter();
    let rows: [(&str, Vec<Value>); 2] = [
        (
            "user",
            users.map(|name| render::user_named(state, name)).collect(),
        ),
        (
            "group",
            groups.map(|name| render::group(state, name)).collect(),
        ),
    ];
    for (kind, rows) in rows {
        if expand.has(kind) {
            let page = json!({
                "size": rows.len(), "start": 0, "limit": LIMITS.most, "results": rows,
            });
            subjects.insert(kind.to_owned(), page);
        } else {
            expandable.insert(kind.to_owned(), json!(""));
        }
    }
    subjects.insert("_expandable".to_owned(), Value::Object(expandable));
    Value::Object(subjects)
}

fn of_operation(state: &State, call: &Call<'_>, id: &str, operation: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let expand = call.expand_or("restrictions.user,restrictions.group");
    let value = one(state, content, operation, &expand);
    Ok(Answer::json(
        200,
        &render::outermost(state, value, "/rest/api/content"),
    ))
}

/// The contents whose restrictions decide who sees one: itself and those above it.
fn restricted<'s>(state: &'s State, content: &'s Content) -> Vec<&'s Content> {
    let above = state.ancestors(content);
    let above = above.iter().rev().filter_map(|id| state.contents.get(id));
    std::iter::once(content)
        .chain(above)
        .filter(|content| !content.viewers.is_empty())
        .collect()
}

/// The same restrictions within another answer.
pub(super) fn relevant_within(state: &State, content: &Content, expand: &Expand) -> Value {
    let rows = restricted(state, content).into_iter();
    let rows: Vec<Value> = rows
        .map(|content| one(state, content, "read", expand))
        .collect();
    let page =
        json!({ "size": rows.len(), "start": 0, "limit": RELEVANT.default, "results": rows });
    json!({ "viewContentRestrictions": page, "_expandable": {} })
}

/// The restrictions on seeing a content: its own and those of the pages above it.
fn relevant(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let restricted = restricted(state, content);
    let expand = call.expand();
    let page = list(
        state,
        call,
        &restricted,
        |_| true,
        RELEVANT,
        |content| one(state, content, "read", &expand),
    )?;
    let page: Value = serde_json::from_slice(&page.body).unwrap_or_default();
    Ok(Answer::json(
        200,
        &json!({
            "viewContentRestrictions": page,
            "_links": { "self": state.link(&call.path), "base": state.base() },
        }),
    ))
}

/// Replaces all restrictions: what the body does not name is lifted.
fn replace(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.editable_content_mut(&call.caller, id)?;
    if !matches!(content.kind.as_str(), "page" | "blogpost") {
        return Err(Problem::bad_request(
            "Only pages and blog posts can be restricted",
        ));
    }
    let (number, space) = (content.id, content.space.clone());
    state.need_in_space(&call.caller, &space, "space", "restrict")?;
    let body = call.json()?;
    let entries = body
        .as_array()
        .ok_or_else(|| Problem::bad_request("A list of restrictions is required"))?;
    let (mut viewers, mut editors) = (Restriction::default(), Restriction::default());
    for entry in entries {
        let restriction = restriction(state, entry)?;
        match entry.get("operation").and_then(Value::as_str) {
            Some("read") => viewers = restriction,
            Some("update") => editors = restriction,
            _ => {
                return Err(Problem::bad_request(
                    "The operation of a restriction must be read or update",
                ));
            }
        }
    }
    let content = state.content_mut(number)?;
    (content.viewers, content.editors) = (viewers, editors);
    // The caller may have locked themselves out; they are told all the same.
    let content = content.clone();
    journal::note(state, &call.caller, Change::restrictions(&content));
    let expand = call.expand_or("restrictions.user,restrictions.group");
    list(
        state,
        call,
        &["read", "update"],
        |_| true,
        LIMITS,
        |operation| one(state, &content, operation, &expand),
    )
}

/// Whom an entry of the body names.
fn restriction(state: &State, entry: &Value) -> Result<Restriction, Problem> {
    let named = |kind: &str| {
        let list = entry.get("restrictions").and_then(|all| all.get(kind));
        // The form in which the restrictions are read is taken too.
        let list = list.map(|list| list.get("results").unwrap_or(list));
        let list = list.and_then(Value::as_array).cloned().unwrap_or_default();
        list.into_iter()
            .filter_map(|one| match one {
                Value::Object(one) => Some(one),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let mut restriction = Restriction::default();
    for user in named("user") {
        let user = match (text(&user, "userKey"), text(&user, "username")) {
            (Some(key), _) => state.user_by_key(key),
            (None, name) => state.user(name.unwrap_or_default()),
        };
        let user = user.map_err(|problem| Problem::bad_request(problem.message))?;
        restriction.users.insert(user.name.clone());
    }
    for group in named("group") {
        let group = state
            .group(text(&group, "name").unwrap_or_default())
            .map_err(|problem| Problem::bad_request(problem.message))?;
        restriction.groups.insert(group.name.clone());
    }
    Ok(restriction)
}
