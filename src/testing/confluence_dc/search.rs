//! Search by CQL, for contents alone or for spaces and users too.

use serde_json::{Value, json};

use super::call::Call;
use super::cql::{self, Query};
use super::fields::Found;
use super::finder::{Finder, highlighted, speaks_of_users};
use super::list::list;
use super::markup::plain;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Content, Space, User};
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The routes of search; `None` for fields and functions that are not simulated.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    let answer: Answering = match (method, path.as_slice()) {
        ("GET", ["content", "search"]) => contents,
        ("GET", ["search"]) => everything,
        _ => return None,
    };
    let Some(text) = call.query("cql").filter(|cql| !cql.trim().is_empty()) else {
        return Some(Err(Problem::bad_request(
            "The query parameter 'cql' is required",
        )));
    };
    match cql::parse(text).and_then(|query| answer(state, call, &query)) {
        Ok(answer) => answer,
        Err(reason) => Some(Err(Problem::bad_request(format!(
            "Could not parse cql : {text}: {reason}"
        )))),
    }
}

/// An error says what is wrong with a query, and `None` that it is not simulated.
type Answering = fn(&State, &Call<'_>, &Query) -> Result<Option<Outcome>, String>;

/// How many rows a page may have depends on what is expanded.
fn limits(call: &Call<'_>) -> Limits {
    let most = match call.expand() {
        expand if expand.has("body") || expand.has("content.body") => 50,
        _ if call.query("expand").is_some_and(|names| !names.is_empty()) => 200,
        _ => 1000,
    };
    Limits { default: 25, most }
}

/// The contents that are published.
fn published(state: &State) -> impl Iterator<Item = Found<'_>> {
    let contents = state.contents.values();
    contents
        .filter(|content| content.status == "current")
        .map(Found::Content)
}

/// Whether the caller may see what was found.
fn visible(state: &State, call: &Call<'_>, found: Found<'_>) -> bool {
    match found {
        Found::Content(content) => state.sees(&call.caller, content),
        Found::Space(space) => state.may(&call.caller, space, "space", "read"),
        Found::User(_) => true,
    }
}

/// Contents, as they are.
fn contents(state: &State, call: &Call<'_>, query: &Query) -> Result<Option<Outcome>, String> {
    let found = Finder::new(state, call)?.find(query, published(state))?;
    let expand = call.expand();
    let row = |found: &Found<'_>| match found {
        Found::Content(content) => render::content(state, content, &expand),
        _ => Value::Null,
    };
    let visible = |found: &Found<'_>| visible(state, call, *found);
    Ok(found.map(|found| list(state, call, &found, visible, limits(call), row)))
}

/// Contents, spaces and users, each with what a page of results shows of it.
fn everything(state: &State, call: &Call<'_>, query: &Query) -> Result<Option<Outcome>, String> {
    let with_users = query.condition.as_ref().is_some_and(speaks_of_users);
    let users = state.users.values();
    let users = users.filter(|user| with_users && user.active);
    let things = published(state)
        .chain(state.spaces.values().map(Found::Space))
        .chain(users.map(Found::User));
    let Some(mut found) = Finder::new(state, call)?.find(query, things)? else {
        return Ok(None);
    };
    let all = found.len();
    if call.query("includeArchivedSpaces") != Some("true") {
        found.retain(|found| !archived(state, *found));
    }
    let counts = (found.len(), all - found.len());
    Ok(Some(results(state, call, query, &found, counts)))
}

/// Whether something is in a space that is put away.
fn archived(state: &State, found: Found<'_>) -> bool {
    match found {
        Found::Content(content) => state
            .spaces
            .get(&content.space)
            .is_some_and(|space| space.archived),
        Found::Space(space) => space.archived,
        Found::User(_) => false,
    }
}

fn results(
    state: &State,
    call: &Call<'_>,
    query: &Query,
    found: &[Found<'_>],
    (total, archived): (usize, usize),
) -> Outcome {
    let row = |found: &Found<'_>| match found {
        Found::Content(content) => content_row(state, call, query, content),
        Found::Space(space) => space_row(state, call, query, space),
        Found::User(user) => user_row(state, call, query, user),
    };
    let visible = |found: &Found<'_>| visible(state, call, *found);
    let page = list(state, call, found, visible, limits(call), row)?;
    let mut body: Value = serde_json::from_slice(&page.body).unwrap_or_default();
    body["totalSize"] = json!(total);
    body["archivedResultCount"] = json!(archived);
    body["cqlQuery"] = json!(call.query("cql"));
    body["searchDuration"] = json!(1);
    Ok(Answer::json(200, &body))
}

/// A text in the form that was asked for: what was found in it is marked unless something else is said.
fn shown(call: &Call<'_>, query: &Query, text: &str) -> String {
    match call.query("excerpt").unwrap_or("highlight") {
        "highlight" | "highlight_unescaped" => highlighted(query, text),
        _ => text.to_owned(),
    }
}

fn content_row(state: &State, call: &Call<'_>, query: &Query, content: &Content) -> Value {
    let expand = call.expand().below("content");
    let beginning: String = plain(&content.body).chars().take(200).collect();
    let excerpt = match call.query("excerpt") {
        Some("none") => String::new(),
        _ => shown(call, query, &beginning),
    };
    let space = state.spaces.get(&content.space);
    json!({
        "content": render::content(state, content, &expand),
        "title": shown(call, query, &content.title),
        "excerpt": excerpt,
        "url": format!("/pages/viewpage.action?pageId={}", content.id),
        "resultGlobalContainer": space.map(container),
        "entityType": "content",
        "lastModified": state.clock.write(content.edit.when),
    })
}

fn container(space: &Space) -> Value {
    json!({ "title": space.name, "displayUrl": format!("/display/{}", space.key) })
}

fn space_row(state: &State, call: &Call<'_>, query: &Query, space: &Space) -> Value {
    let expand = call.expand().below("space");
    json!({
        "space": render::space(state, space, &expand),
        "title": shown(call, query, &space.name),
        "excerpt": "",
        "url": format!("/display/{}", space.key),
        "resultGlobalContainer": container(space),
        "entityType": "space",
        "lastModified": state.clock.write(space.changed),
    })
}

fn user_row(state: &State, call: &Call<'_>, query: &Query, user: &User) -> Value {
    let expand = call.expand().below("user");
    json!({
        "user": render::user(state, user, &expand),
        "title": shown(call, query, &user.full_name),
        "excerpt": "",
        "url": format!("/display/~{}", user.name),
        "entityType": "user",
    })
}
