//! Pages and blog posts, made and changed in v2.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use super::call::{Call, id, required, text};
use super::contents::Content;
use super::kinds::Kind;
use super::problem::{Outcome, Problem};
use super::seed::{BlogPost, Page, Space};
use super::state::State;
use super::written::{next_version, written};
use super::{shown, trash};
use crate::testing::server::Answer;

/// The part of `/wiki/api/v2/pages/…` and `…/blogposts/…` that changes something.
pub(super) fn route(
    state: &mut State,
    call: &Call<'_>,
    kind: Kind,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("POST", []) => create(state, call, kind),
        ("PUT", [id]) => update(state, call, kind, id),
        ("DELETE", [id]) => trash::delete(state, call, kind, id),
        ("PUT", [id, "title"]) if kind == Kind::Page => rename(state, call, id),
        _ => return None,
    })
}

/// No two pages of a space have one title, and no two blog posts of one day.
fn check_title(state: &State, post: &Content) -> Result<(), Problem> {
    if post.title.chars().count() > 255 {
        return Err(Problem::bad_request(
            "The title must not be longer than 255 characters",
        ));
    }
    let day = |post: &Content| post.created_at.chars().take(10).collect::<String>();
    let taken = |other: &Content| {
        other.space_id == post.space_id
            && other.title == post.title
            && other.status == "current"
            && other.id != post.id
            && (post.kind == Kind::Page || day(other) == day(post))
    };
    if post.status == "current" && state.of_kind(post.kind).any(taken) {
        let kind = post.kind.noun();
        return Err(Problem::bad_request(format!(
            "A {kind} with this title already exists: a {kind} already exists with the same TITLE in this space"
        )));
    }
    Ok(())
}

fn create(state: &mut State, call: &Call<'_>, kind: Kind) -> Outcome {
    let body = call.object()?;
    let space_id = body.get("spaceId").and_then(id);
    let space_id = space_id.ok_or_else(|| Problem::bad_request("'spaceId' is required"))?;
    let space = state.space(&space_id, &call.caller)?;
    if !state.writes(&call.caller, space, kind) {
        let message = format!(
            "You are not permitted to write a {} in this space",
            kind.noun()
        );
        return Err(Problem::not_permitted(call.version, message));
    }
    let status = text(&body, "status").unwrap_or("current");
    let title = match status {
        "draft" => text(&body, "title").unwrap_or_default(),
        "current" => required(&body, "title")?,
        _ => return Err(Problem::bad_request("'status' must be current or draft")),
    };
    let mut post: Content = match kind {
        Kind::Page => Page::new("", title).into(),
        _ => BlogPost::new("", title).into(),
    };
    if kind == Kind::Page {
        post.parent_id = place(state, call, &body, space)?;
    }
    post.created_at = date(&body)?.unwrap_or_else(|| state.time());
    post.space_id = space_id;
    post.author_id.clone_from(&call.caller);
    status.clone_into(&mut post.status);
    written(&body)?
        .unwrap_or_default()
        .clone_into(&mut post.body);
    check_title(state, &post)?;
    if call.switch("private") {
        post.visible_to = Some([call.caller.clone()].into());
    }
    let id = state.add_content(post);
    let post = state.content(kind, &id, &call.caller)?;
    Ok(Answer::json(200, &shown::whole(state, call, post)))
}

/// Where a new page goes: to the root of the space, below the page that is named, or below the home page.
fn place(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
    space: &Space,
) -> Result<Option<String>, Problem> {
    let root = call.switch("root-level");
    match body.get("parentId").and_then(id) {
        Some(_) if root => Err(Problem::bad_request(
            "'parentId' and 'root-level' exclude each other",
        )),
        Some(parent) => parent_in(state, call, &space.id, &parent).map(Some),
        None if root => Ok(None),
        None => Ok(space.homepage_id.clone()),
    }
}

/// The id of a page of the same space.
fn parent_in(state: &State, call: &Call<'_>, space: &str, parent: &str) -> Result<String, Problem> {
    match state.page(parent, &call.caller) {
        Ok(page) if page.space_id == space => Ok(page.id.clone()),
        _ => Err(Problem::not_found("The parent was not found in the space")),
    }
}

/// The date that a post is to carry.
fn date(body: &Map<String, Value>) -> Result<Option<String>, Problem> {
    let Some(said) = text(body, "createdAt") else {
        return Ok(None);
    };
    let time = DateTime::parse_from_rfc3339(said).map_err(|_| {
        Problem::bad_request("'createdAt' must be a time such as 2026-03-02T10:15:00Z")
    })?;
    let time = time.with_timezone(&Utc);
    Ok(Some(time.to_rfc3339_opts(SecondsFormat::Millis, true)))
}

fn update(state: &mut State, call: &Call<'_>, kind: Kind, post_id: &str) -> Outcome {
    let mut post = state.content(kind, post_id, &call.caller)?.clone();
    state.check_edits(call, &post)?;
    let body = call.object()?;
    if body.get("id").and_then(id).as_deref() != Some(post_id) {
        return Err(Problem::bad_request("'id' must be the same as in the path"));
    }
    let draft = post.status == "draft";
    let (title, status) = (required(&body, "title")?, required(&body, "status")?);
    if !["current", "draft"].contains(&status) {
        return Err(Problem::bad_request("'status' must be current or draft"));
    }
    let message = next_version(&body, if draft { 0 } else { post.number() })?;
    if let Some(text) = written(&body)? {
        text.clone_into(&mut post.body);
    }
    if kind == Kind::Page {
        change_place(state, call, &body, &mut post)?;
    } else if let Some(date) = date(&body)? {
        post.created_at = date;
    }
    title.clone_into(&mut post.title);
    status.clone_into(&mut post.status);
    check_title(state, &post)?;
    let post = state.put_version(post, &call.caller, &message, draft)?;
    Ok(Answer::json(200, &shown::whole(state, call, &post)))
}

/// A page can get another page above it, and another owner.
fn change_place(
    state: &State,
    call: &Call<'_>,
    body: &Map<String, Value>,
    page: &mut Content,
) -> Result<(), Problem> {
    if let Some(parent) = body.get("parentId").and_then(id) {
        page.parent_id = Some(parent_in(state, call, &page.space_id, &parent)?);
    }
    if let Some(owner) = text(body, "ownerId") {
        state.user(owner)?.account_id.clone_into(&mut page.owner_id);
    }
    Ok(())
}

fn rename(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let mut page = state.page(id, &call.caller)?.clone();
    state.check_edits(call, &page)?;
    let body = call.object()?;
    required(&body, "title")?.clone_into(&mut page.title);
    check_title(state, &page)?;
    let draft = page.status == "draft";
    let page = state.put_version(page, &call.caller, "", draft)?;
    Ok(Answer::json(200, &shown::whole(state, call, &page)))
}
