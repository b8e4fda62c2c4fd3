//! Pages, blog posts and comments.

use serde_json::{Map, Value, json};

use super::call::{Call, text};
use super::list::{cursor_list, list};
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::Content;
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of contents.
const LIMITS: Limits = Limits {
    default: 25,
    most: 200,
};

/// The routes of contents.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["content"]) => found_by_filters(state, call),
        ("POST", ["content"]) => create(state, call),
        ("GET", ["content", "scan"]) => scan(state, call),
        ("GET", ["content", id]) if is_id(id) => get(state, call, id),
        ("PUT", ["content", id]) if is_id(id) => update(state, call, id),
        ("DELETE", ["content", id]) if is_id(id) => delete(state, call, id),
        ("GET", ["content", id, "history"]) => history(state, call, id),
        ("GET", ["content", id, below @ ("child" | "descendant")]) => {
            by_kind(state, call, id, Depth::of(below))
        }
        ("GET", ["content", id, below @ ("child" | "descendant"), kind])
            if KINDS.contains(kind) =>
        {
            of_kind(state, call, id, Depth::of(below), kind)
        }
        _ => return None,
    })
}

/// Ids are numbers, those of attachments after `att`; anything else in their place is another operation.
fn is_id(segment: &str) -> bool {
    let number = segment.strip_prefix("att").unwrap_or(segment);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// A page of contents; those that the caller may not see are left out after the cut.
pub(super) fn list_of(state: &State, call: &Call<'_>, contents: &[&Content]) -> Outcome {
    let expand = call.expand();
    let visible = |content: &&Content| state.sees(&call.caller, content);
    list(state, call, contents, visible, LIMITS, |content| {
        render::content(state, content, &expand)
    })
}

/// The contents that pass the filters in the query.
fn filtered<'s>(state: &'s State, call: &Call<'_>) -> Result<Vec<&'s Content>, Problem> {
    if let Some(key) = call.query("spaceKey") {
        state.visible_space(&call.caller, key)?;
    }
    let kind = call.query("type").unwrap_or("page");
    let statuses = call.query_all("status");
    let ids = call.query_all("ids");
    let fits = |content: &&Content| {
        content.kind == kind
            && call
                .query("spaceKey")
                .is_none_or(|key| key == content.space)
            && call
                .query("title")
                .is_none_or(|title| title == content.title)
            && (ids.is_empty() || ids.contains(&content.wire_id().as_str()))
            && has_status(content, &statuses)
    };
    Ok(state.contents.values().filter(fits).collect())
}

fn has_status(content: &Content, wanted: &[&str]) -> bool {
    match wanted {
        [] => content.status == "current",
        wanted => wanted
            .iter()
            .any(|status| *status == "any" || *status == content.status),
    }
}

fn found_by_filters(state: &State, call: &Call<'_>) -> Outcome {
    list_of(state, call, &filtered(state, call)?)
}

fn scan(state: &State, call: &Call<'_>) -> Outcome {
    let contents = filtered(state, call)?;
    let expand = call.expand();
    let visible = |content: &&Content| state.sees(&call.caller, content);
    cursor_list(state, call, &contents, visible, |content| {
        render::content(state, content, &expand)
    })
}

/// A content, as the only thing in an answer.
pub(super) fn one(state: &State, call: &Call<'_>, content: &Content) -> Answer {
    let value = render::content(state, content, &call.expand());
    Answer::json(200, &render::outermost(state, value, "/rest/api/content"))
}

fn get(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let statuses = call.query_all("status");
    let draft = statuses.is_empty() && content.status == "draft";
    if !draft && !has_status(content, &statuses) {
        return Err(Problem::not_found(format!(
            "No content found with id: ContentId{{id={id}}}"
        )));
    }
    Ok(one(state, call, content))
}

fn history(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    Ok(Answer::json(
        200,
        &render::history(state, content, &call.expand()),
    ))
}

fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let caller = state.need_user(&call.caller)?;
    let body = call.object()?;
    let mut content = new_content(state, call, &body)?;
    let Some(space) = state.spaces.get(&content.space) else {
        return Err(Problem::not_found(format!(
            "No space with key : {}",
            content.space
        )));
    };
    if !state.may(&call.caller, space, &content.kind, "create") {
        return Err(Problem::forbidden(
            "Could not create content: you do not have permission",
        ));
    }
    check_title(state, &content)?;
    content.creator = caller;
    let id = state.add_content(content);
    let content = state.visible_content(&call.caller, &id.to_string())?;
    Ok(one(state, call, content))
}

/// The content in a body.
fn new_content(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
) -> Result<Content, Problem> {
    let Some(kind) = text(body, "type") else {
        return Err(Problem::bad_request("The type of the content is required"));
    };
    let holder = body.get("container").and_then(id_in);
    let parent = body
        .get("ancestors")
        .and_then(Value::as_array)
        .and_then(|above| above.last())
        .and_then(id_in);
    let (space, parent) = match (kind, holder) {
        ("comment", Some(holder)) => {
            let holder = state.visible_content(&call.caller, &holder)?;
            (holder.space.clone(), Some(holder.id))
        }
        ("comment", None) => return Err(Problem::bad_request("A comment needs a container")),
        ("attachment", _) => {
            return Err(Problem::bad_request(
                "An attachment is uploaded to its content, not created here",
            ));
        }
        _ => {
            let key = body
                .get("space")
                .and_then(|space| space.get("key"))
                .and_then(Value::as_str);
            let key =
                key.ok_or_else(|| Problem::bad_request("The space of the content is required"))?;
            let space = state.visible_space(&call.caller, key)?.key.clone();
            let parent = match parent {
                Some(id) => Some(state.visible_content(&call.caller, &id)?.id),
                None => None,
            };
            (space, parent)
        }
    };
    let mut content = Content::of_kind(kind, space, text(body, "title").unwrap_or_default());
    content.parent = parent;
    content.body = stored(body).unwrap_or_default();
    text(body, "status")
        .or(call.query("status"))
        .unwrap_or("current")
        .clone_into(&mut content.status);
    Ok(content)
}

/// An id in an object, as a text or a number.
pub(super) fn id_in(value: &Value) -> Option<String> {
    match value.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The text in a body, whatever representation it is in.
fn stored(body: &Map<String, Value>) -> Option<String> {
    let body = body.get("body")?;
    let value = ["storage", "wiki", "editor"]
        .iter()
        .find_map(|name| body.get(name)?.get("value")?.as_str());
    value.map(str::to_owned)
}

/// The title of a page is there, and no other page of the space has it.
fn check_title(state: &State, content: &Content) -> Result<(), Problem> {
    if !matches!(content.kind.as_str(), "page" | "blogpost") || content.status == "draft" {
        return Ok(());
    }
    if content.title.trim().is_empty() {
        return Err(Problem::bad_request(
            "The title of the content cannot be blank",
        ));
    }
    let taken = |other: &Content| {
        other.id != content.id
            && other.kind == "page"
            && other.space == content.space
            && other.status == "current"
            && other.title.eq_ignore_ascii_case(&content.title)
    };
    if content.kind == "page" && state.contents.values().any(taken) {
        let message = format!(
            "A page with this title already exists: A page already exists with the title {} in the space with key {}",
            content.title, content.space
        );
        return Err(Problem::bad_request(message));
    }
    Ok(())
}

fn update(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let body = call.object()?;
    let content = state.editable_content_mut(&call.caller, id)?.clone();
    check_next_version(&body, content.version)?;
    let mut changed = changed(state, call, &body, content)?;
    check_title(state, &changed)?;
    changed.changed = state.clock.tick();
    let value = one(state, call, &changed);
    state.contents.insert(changed.id, changed);
    Ok(value)
}

/// A change names the version that it makes, lest it undo what somebody else did.
pub(super) fn check_next_version(body: &Map<String, Value>, current: u32) -> Result<(), Problem> {
    let number = body
        .get("version")
        .and_then(|version| version.get("number"))
        .and_then(Value::as_u64);
    match number {
        None => Err(Problem::bad_request(
            "The number of the new version is required",
        )),
        Some(number) if number == u64::from(current) + 1 => Ok(()),
        Some(_) => Err(Problem::conflict(format!(
            "Version must be incremented on update. Current version is: {current}"
        ))),
    }
}

/// A content with what a body changes in it.
fn changed(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
    old: Content,
) -> Result<Content, Problem> {
    let mut content = old;
    if matches!(content.kind.as_str(), "page" | "blogpost") && text(body, "title").is_none() {
        return Err(Problem::bad_request("The title of the content is required"));
    }
    content.version += 1;
    if let Some(title) = text(body, "title") {
        title.clone_into(&mut content.title);
    }
    if let Some(stored) = stored(body) {
        content.body = stored;
    }
    text(body, "status")
        .unwrap_or("current")
        .clone_into(&mut content.status);
    let parent = body
        .get("ancestors")
        .and_then(Value::as_array)
        .and_then(|above| above.last())
        .and_then(id_in);
    if let Some(parent) = parent {
        content.parent = Some(state.visible_content(&call.caller, &parent)?.id);
    }
    let message = body
        .get("version")
        .and_then(|version| version.get("message"))
        .and_then(Value::as_str);
    message.unwrap_or_default().clone_into(&mut content.message);
    Ok(content)
}

fn delete(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let (number, kind, status) = (content.id, content.kind.clone(), content.status.clone());
    let Some(space) = state.spaces.get(&content.space) else {
        return Err(Problem::not_found(format!(
            "No space with key : {}",
            content.space
        )));
    };
    let own = state.owns(&call.caller, content);
    let purge = call.query("status") == Some("trashed");
    let permitted = if purge {
        state.may(&call.caller, space, "space", "administer")
    } else {
        state.may(&call.caller, space, &kind, "delete")
            || (own && state.may(&call.caller, space, "space", "delete_own"))
    };
    if !permitted {
        return Err(Problem::forbidden(
            "You do not have permission to delete this content",
        ));
    }
    match (status.as_str(), call.query("status").unwrap_or("current")) {
        ("current", "current") if kind != "comment" => {
            if let Some(content) = state.contents.get_mut(&number) {
                "trashed".clone_into(&mut content.status);
            }
        }
        (is, said) if is == said => {
            state.purge(number);
        }
        (is, said) => {
            return Err(Problem::conflict(format!(
                "The content is {is}, not {said}"
            )));
        }
    }
    Ok(Answer::empty(204))
}

/// The kinds of contents that hang below others.
pub(super) const KINDS: [&str; 3] = ["page", "comment", "attachment"];

/// How far below a content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Directly,
    Anywhere,
}

impl Depth {
    fn of(segment: &str) -> Self {
        if segment == "child" {
            Self::Directly
        } else {
            Self::Anywhere
        }
    }

    /// As paths name it.
    fn segment(self) -> &'static str {
        match self {
            Self::Directly => "child",
            Self::Anywhere => "descendant",
        }
    }
}

/// What of a kind hangs below a content.
pub(super) fn below<'s>(
    state: &'s State,
    content: &Content,
    depth: Depth,
    kind: &str,
) -> Vec<&'s Content> {
    let id = content.id;
    let fits = |one: &&Content| {
        one.kind == kind
            && one.status == "current"
            && match depth {
                Depth::Directly => one.parent == Some(id),
                Depth::Anywhere => state.ancestors(one).contains(&id),
            }
    };
    state.contents.values().filter(fits).collect()
}

fn of_kind(state: &State, call: &Call<'_>, id: &str, depth: Depth, kind: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    list_of(state, call, &below(state, content, depth, kind))
}

fn by_kind(state: &State, call: &Call<'_>, id: &str, depth: Depth) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let expand = call.expand();
    let (mut body, mut expandable) = (Map::new(), Map::new());
    for kind in KINDS {
        if expand.has(kind) {
            let page = of_kind(state, call, id, depth, kind)?;
            let page = serde_json::from_slice(&page.body).unwrap_or_default();
            body.insert(kind.to_owned(), page);
        } else {
            let path = format!(
                "/rest/api/content/{}/{}/{kind}",
                content.wire_id(),
                depth.segment()
            );
            expandable.insert(kind.to_owned(), json!(path));
        }
    }
    body.insert("_expandable".to_owned(), Value::Object(expandable));
    body.insert(
        "_links".to_owned(),
        json!({ "self": state.link(&call.path), "base": state.base() }),
    );
    Ok(Answer::json(200, &Value::Object(body)))
}
