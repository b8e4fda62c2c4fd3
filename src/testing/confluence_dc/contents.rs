//! Pages, blog posts and comments.

use serde_json::{Map, Value};

use super::call::{Call, text};
use super::journal::{self, Change};
use super::list::{cursor_list, list};
use super::markup;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Content, Edit};
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
            && call
                .query("postingDay")
                .is_none_or(|day| state.clock.day(content.created) == day)
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
    let missing = || Problem::not_found(format!("No content found with id: ContentId{{id={id}}}"));
    let content = state.visible_content(&call.caller, id)?;
    let number = call.number("version")?.filter(|number| *number > 0);
    let version = match number.map(u32::try_from) {
        None => Some(content.clone()),
        Some(number) => number.ok().and_then(|number| content.at_version(number)),
    };
    version
        .filter(|version| has_status(version, &call.query_all("status")))
        .map(|version| one(state, call, &version))
        .ok_or_else(missing)
}

fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let content = new_content(state, call, &body)?;
    let id = add(state, call, content)?;
    let content = state.visible_content(&call.caller, &id.to_string())?;
    Ok(one(state, call, content))
}

/// Adds a content of the caller's; gives its id.
pub(super) fn add(
    state: &mut State,
    call: &Call<'_>,
    mut content: Content,
) -> Result<u64, Problem> {
    content.creator = state.need_user(&call.caller)?;
    need_to_create(state, call, &content)?;
    check_title(state, &content)?;
    let id = state.add_content(content);
    if let Some(content) = state
        .contents
        .get(&id)
        .filter(|one| one.status == "current")
    {
        let change = Change::content(content, "created");
        journal::note(state, &call.caller, change);
    }
    Ok(id)
}

/// Whether the caller may add such a content to its space.
pub(super) fn need_to_create(
    state: &State,
    call: &Call<'_>,
    content: &Content,
) -> Result<(), Problem> {
    let space = state.visible_space(&call.caller, &content.space)?;
    if state.may(&call.caller, space, &content.kind, "create") {
        return Ok(());
    }
    Err(Problem::forbidden(
        "Could not create content: you do not have permission",
    ))
}

/// The content in a body.
pub(super) fn new_content(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
) -> Result<Content, Problem> {
    let Some(kind) = text(body, "type") else {
        return Err(Problem::bad_request("The type of the content is required"));
    };
    let holder = body.get("container").and_then(id_in);
    let (space, parent) = match (kind, holder) {
        ("comment", Some(holder)) => {
            let holder = state.visible_content(&call.caller, &holder)?;
            let answered = answered(state, call, body, holder)?;
            (holder.space.clone(), Some(answered.unwrap_or(holder.id)))
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
            (space, parent(state, call, body)?)
        }
    };
    let mut content = Content::of_kind(kind, space, text(body, "title").unwrap_or_default());
    content.parent = parent;
    content.body = stored(body).unwrap_or_default();
    let status = text(body, "status").or(call.query("status"));
    set_status(&mut content, status)?;
    Ok(content)
}

/// The comment that a comment answers, which is on the same content.
fn answered(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
    on: &Content,
) -> Result<Option<u64>, Problem> {
    let answered = parent(state, call, body)?;
    let holder = answered
        .and_then(|id| state.contents.get(&id))
        .and_then(|comment| state.holder(comment));
    match answered {
        Some(_) if holder.is_none_or(|holder| holder.id != on.id) => Err(Problem::bad_request(
            "A comment can only answer one on the same content",
        )),
        answered => Ok(answered),
    }
}

/// Puts a content into a state: published, unless it is to be a draft.
fn set_status(content: &mut Content, status: Option<&str>) -> Result<(), Problem> {
    match status.unwrap_or("current") {
        status @ ("current" | "draft") => status.clone_into(&mut content.status),
        other => {
            return Err(Problem::bad_request(format!(
                "A content cannot be saved with the status {other}"
            )));
        }
    }
    Ok(())
}

/// An id in an object, as a text or a number.
pub(super) fn id_in(value: &Value) -> Option<String> {
    match value.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The parent that a body names.
fn parent(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
) -> Result<Option<u64>, Problem> {
    let above = body.get("ancestors").and_then(Value::as_array);
    match above.and_then(|above| above.last()).and_then(id_in) {
        Some(id) => Ok(Some(state.visible_content(&call.caller, &id)?.id)),
        None => Ok(None),
    }
}

/// The text in a body, in the storage format whatever representation it is sent in.
fn stored(body: &Map<String, Value>) -> Option<String> {
    let body = body.get("body")?;
    let text = |name: &str| body.get(name)?.get("value")?.as_str();
    let as_is = text("storage").or_else(|| text("editor"));
    as_is
        .map(str::to_owned)
        .or_else(|| text("wiki").map(markup::from_wiki))
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
    let old = state.editable_content_mut(&call.caller, id)?.clone();
    if old.status == "draft" && call.query("status") != Some("draft") {
        return Err(Problem::not_found(format!(
            "No content found with id: ContentId{{id={id}}}"
        )));
    }
    let done = match old.status.as_str() {
        "trashed" => "restored",
        "draft" => "created",
        _ => "updated",
    };
    let before = old.parent;
    let content = saved(state, call, &body, old)?;
    state.contents.insert(content.id, content.clone());
    if content.status == "current" {
        journal::note(state, &call.caller, Change::content(&content, done));
    }
    if done == "updated" && content.parent != before {
        journal::note(state, &call.caller, Change::moved(&content, before));
    }
    Ok(one(state, call, &content))
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

/// What a body makes of a content: its next version, or the first one of a draft.
pub(super) fn saved(
    state: &mut State,
    call: &Call<'_>,
    body: &Map<String, Value>,
    old: Content,
) -> Result<Content, Problem> {
    let draft = old.status == "draft";
    check_next_version(body, if draft { 0 } else { old.version })?;
    let mut edit = Edit::by(state.need_user(&call.caller)?, state.clock.tick());
    let version = body.get("version").and_then(Value::as_object);
    let message = version.and_then(|version| text(version, "message"));
    message.unwrap_or_default().clone_into(&mut edit.message);
    edit.minor = version.and_then(|version| version.get("minorEdit")) == Some(&Value::Bool(true));
    if !draft && text(body, "status") == Some("draft") {
        return Err(Problem::bad_request(
            "What is published is no draft any more",
        ));
    }
    let restored = old.status == "trashed";
    let mut content = old;
    if draft {
        content.edit = edit;
    } else {
        content.begin_version(edit);
    }
    set_status(&mut content, text(body, "status"))?;
    // Who takes a content out of the trash changes nothing else.
    if !restored {
        change(state, call, body, &mut content)?;
    }
    check_title(state, &content)?;
    Ok(content)
}

/// Puts what a body says into a content.
fn change(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
    content: &mut Content,
) -> Result<(), Problem> {
    if matches!(content.kind.as_str(), "page" | "blogpost") && text(body, "title").is_none() {
        return Err(Problem::bad_request("The title of the content is required"));
    }
    if let Some(title) = text(body, "title") {
        title.clone_into(&mut content.title);
    }
    if let Some(stored) = stored(body) {
        content.body = stored;
    }
    if let Some(parent) = parent(state, call, body)? {
        let above = state.contents.get(&parent).map(|one| state.ancestors(one));
        if parent == content.id || above.is_some_and(|above| above.contains(&content.id)) {
            return Err(Problem::bad_request("A page cannot be moved below itself"));
        }
        content.parent = Some(parent);
    }
    Ok(())
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
            let content = state.content_mut(number)?;
            "trashed".clone_into(&mut content.status);
            let change = Change::content(content, "trashed");
            journal::note(state, &call.caller, change);
        }
        (is, said) if is == said => {
            let change = Change::content(state.content_mut(number)?, "removed");
            state.purge(number);
            if is != "draft" {
                journal::note(state, &call.caller, change);
            }
        }
        (is, said) => {
            return Err(Problem::conflict(format!(
                "The content is {is}, not {said}"
            )));
        }
    }
    Ok(Answer::empty(204))
}
