//! Pages, in v2.

use serde_json::{Map, Value, json};

use super::call::{Call, id, required, text};
use super::lists::{self, included};
use super::model::{Page, PageVersion, Space};
use super::problem::{Outcome, Problem};
use super::properties;
use super::state::State;
use crate::testing::server::Answer;

/// `/wiki/api/v2/pages/…` and `/wiki/api/v2/labels/{id}/pages`
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["pages"]) => list(state, call),
        ("POST", ["pages"]) => create(state, call),
        ("GET", ["pages", id]) => get(state, call, id),
        ("PUT", ["pages", id]) => update(state, call, id),
        ("DELETE", ["pages", id]) => delete(state, call, id),
        ("PUT", ["pages", id, "title"]) => rename(state, call, id),
        ("GET", ["pages", id, which @ ("children" | "direct-children")]) => {
            children(state, call, id, which)
        }
        ("GET", ["pages", id, "descendants"]) => descendants(state, call, id),
        ("GET", ["pages", id, "ancestors"]) => ancestors(state, call, id),
        ("GET", ["pages", id, "labels"]) => state.page(id, &call.caller).and_then(|page| {
            let labels: Vec<Value> = page.labels.iter().map(|name| label(name)).collect();
            lists::by_cursor(state, call, &labels, |_| true, Value::clone)
        }),
        ("GET", ["pages", id, "versions"]) => state.page(id, &call.caller).and_then(|page| {
            let versions: Vec<&PageVersion> = page.versions.iter().rev().collect();
            lists::by_cursor(state, call, &versions, |_| true, |one| version(one))
        }),
        ("GET", ["pages", id, "versions", number]) => get_version(state, call, id, number),
        (_, ["pages", id, "properties", rest @ ..]) => {
            return properties::route_of_page(state, call, id, rest);
        }
        ("GET", ["labels", id, "pages"]) => list_of_label(state, call, id),
        _ => return None,
    })
}

// How a page is shown.

/// The id of a label: here, what its name comes to.
fn label_id(name: &str) -> String {
    let number = name.bytes().fold(7_u64, |sum, byte| {
        (sum * 31 + u64::from(byte)) % 900_000_007
    });
    (100_000_000 + number).to_string()
}

fn label(name: &str) -> Value {
    json!({ "id": label_id(name), "name": name, "prefix": "global" })
}

fn version(version: &PageVersion) -> Value {
    json!({
        "number": version.number,
        "message": version.message,
        "minorEdit": false,
        "authorId": version.author_id,
        "createdAt": version.created_at,
    })
}

/// The body in the format that was asked for. The text is that of the storage format, whatever is asked.
fn body(call: &Call<'_>, text: &str) -> Value {
    match call.query("body-format") {
        Some(format) => json!({ format: { "representation": format, "value": text } }),
        None => json!({}),
    }
}

/// A page as lists show it.
fn short(call: &Call<'_>, page: &Page) -> Value {
    json!({
        "id": page.id,
        "status": page.status,
        "title": page.title,
        "spaceId": page.space_id,
        "parentId": page.parent_id,
        "parentType": page.parent_id.as_ref().map(|_| "page"),
        "position": null,
        "authorId": page.author_id,
        "ownerId": page.owner_id,
        "lastOwnerId": null,
        "createdAt": page.created_at,
        "version": page.versions.last().map(version),
        "body": body(call, &page.body),
        "_links": {
            "webui": format!("/pages/{}", page.id),
            "editui": format!("/pages/edit-v2/{}", page.id),
            "tinyui": format!("/x/{}", page.id),
        },
    })
}

/// A single page, with what was asked for beside it.
fn whole(state: &State, call: &Call<'_>, page: &Page) -> Value {
    let mut shown = short(call, page);
    shown["_links"]["base"] = json!(state.base());
    let path = format!("/wiki/api/v2/pages/{}", page.id);
    let lists: [(&str, &str, Vec<Value>); 4] = [
        (
            "include-labels",
            "labels",
            page.labels.iter().map(|name| label(name)).collect(),
        ),
        (
            "include-properties",
            "properties",
            page.properties.iter().map(properties::of_page).collect(),
        ),
        (
            "include-versions",
            "versions",
            page.versions.iter().rev().map(version).collect(),
        ),
        (
            "include-operations",
            "operations",
            operations(state, call, page),
        ),
    ];
    for (switch, name, rows) in lists {
        if call.switch(switch) {
            shown[name] = included(&rows, &format!("{path}/{name}"));
        }
    }
    if call.query("include-version") == Some("false")
        && let Some(shown) = shown.as_object_mut()
    {
        shown.remove("version");
    }
    shown
}

fn operations(state: &State, call: &Call<'_>, page: &Page) -> Vec<Value> {
    let mut all = vec![json!({ "operation": "read", "targetType": "page" })];
    let space = state.space(&page.space_id, &call.caller);
    if space.is_ok_and(|space| state.writes(&call.caller, space)) {
        all.push(json!({ "operation": "update", "targetType": "page" }));
        all.push(json!({ "operation": "delete", "targetType": "page" }));
    }
    all
}

/// A page as an entry of the content tree.
fn node(page: &Page) -> Value {
    json!({
        "id": page.id,
        "type": "page",
        "status": page.status,
        "title": page.title,
        "spaceId": page.space_id,
        "parentId": page.parent_id,
        "childPosition": null,
    })
}

// Lists.

/// The pages that pass the filters of a list, in the order that it wants.
fn picked<'s>(
    state: &'s State,
    call: &Call<'_>,
    wanted: impl Fn(&Page) -> bool,
) -> Result<Vec<&'s Page>, Problem> {
    let among =
        |name: &str, value: &str| call.query_all(name).is_none_or(|all| all.contains(&value));
    let status = |page: &Page| match call.query_all("status") {
        Some(wanted) => wanted.contains(&page.status.as_str()),
        None => ["current", "archived"].contains(&page.status.as_str()),
    };
    let mut rows: Vec<&Page> = state
        .pages
        .values()
        .filter(|page| wanted(page) && status(page))
        .filter(|page| among("id", &page.id) && among("space-id", &page.space_id))
        .filter(|page| call.query("title").is_none_or(|title| title == page.title))
        .collect();
    let sort = call.query("sort").unwrap_or("id");
    let changed = |page: &Page| {
        page.versions
            .last()
            .map(|version| version.created_at.clone())
    };
    match sort.trim_start_matches('-') {
        "id" => {}
        "title" => rows.sort_by(|a, b| a.title.cmp(&b.title)),
        "created-date" => rows.sort_by(|a, b| a.created_at.cmp(&b.created_at)),
        "modified-date" => rows.sort_by_key(|page| changed(page)),
        other => return Err(Problem::bad_request(format!("'sort' must not be {other}"))),
    }
    if sort.starts_with('-') {
        rows.reverse();
    }
    Ok(rows)
}

/// Answers a page of the list; what the caller may not see is left out.
fn answer(state: &State, call: &Call<'_>, rows: &[&Page]) -> Outcome {
    lists::by_cursor(
        state,
        call,
        rows,
        |page| state.sees_page(&call.caller, page),
        |page| short(call, page),
    )
}

fn list(state: &State, call: &Call<'_>) -> Outcome {
    answer(state, call, &picked(state, call, |_| true)?)
}

pub(super) fn list_of_space(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let space = state.space(id, &call.caller)?;
    let root = call.query("depth") == Some("root");
    let at_root = |page: &Page| page.parent_id.is_none() || page.parent_id == space.homepage_id;
    answer(
        state,
        call,
        &picked(state, call, |page| {
            page.space_id == id && (!root || at_root(page))
        })?,
    )
}

fn list_of_label(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    answer(
        state,
        call,
        &picked(state, call, |page| {
            page.labels.iter().any(|name| label_id(name) == id)
        })?,
    )
}

fn children(state: &State, call: &Call<'_>, id: &str, which: &str) -> Outcome {
    state.page(id, &call.caller)?;
    if which == "children"
        && call
            .query("sort")
            .is_some_and(|sort| sort.ends_with("title"))
    {
        return Err(Problem::bad_request("'sort' must not be title"));
    }
    let rows: Vec<&Page> = state
        .pages
        .values()
        .filter(|page| page.parent_id.as_deref() == Some(id) && page.status == "current")
        .collect();
    lists::by_cursor(
        state,
        call,
        &rows,
        |page| state.sees_page(&call.caller, page),
        |page| node(page),
    )
}

fn descendants(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    state.page(id, &call.caller)?;
    let most = call.number("depth")?.unwrap_or(usize::MAX);
    let levels = state.levels(id);
    let below = levels
        .iter()
        .filter(|(depth, _)| (1..=most).contains(depth));
    // Whether the caller sees them is asked after the page was cut.
    let rows: Vec<(usize, &Page)> = below
        .filter_map(|(depth, id)| Some((*depth, state.pages.get(&id.parse().ok()?)?)))
        .collect();
    let visible = |row: &(usize, &Page)| state.sees_page(&call.caller, row.1);
    lists::by_cursor(state, call, &rows, visible, |(depth, page)| {
        let mut shown = node(page);
        shown["depth"] = json!(depth);
        shown
    })
}

/// The pages above, from the top.
fn ancestors(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let mut above: Vec<Value> = Vec::new();
    let mut next = state.page(id, &call.caller)?.parent_id.clone();
    while let Some(page) = next.and_then(|id| state.page(&id, &call.caller).ok()) {
        above.insert(0, json!({ "id": page.id, "type": "page" }));
        next = page
            .parent_id
            .clone()
            .filter(|_| above.len() < state.pages.len());
    }
    lists::by_cursor(state, call, &above, |_| true, Value::clone)
}

fn get_version(state: &State, call: &Call<'_>, id: &str, number: &str) -> Outcome {
    let page = state.page(id, &call.caller)?;
    let known = page
        .versions
        .iter()
        .find(|one| one.number.to_string() == number);
    let known = known.ok_or_else(|| Problem::not_found("Version not found"))?;
    Ok(Answer::json(200, &version(known)))
}

// Single pages.

fn get(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let mut page = state.page(id, &call.caller)?.clone();
    let statuses = call.query_all("status");
    if statuses.is_some_and(|wanted| !wanted.contains(&page.status.as_str())) {
        return Err(Problem::not_found("Page not found"));
    }
    if let Some(number) = call.query("version") {
        let known = page
            .versions
            .iter()
            .position(|one| one.number.to_string() == number);
        let at = known.ok_or_else(|| Problem::not_found("Version not found"))?;
        page.versions.truncate(at + 1);
        if let Some(old) = page.versions.last() {
            page.title.clone_from(&old.title);
            page.body.clone_from(&old.body);
        }
    }
    Ok(Answer::json(200, &whole(state, call, &page)))
}

/// The space, if the caller may write in it.
fn writable<'s>(state: &'s State, call: &Call<'_>, space: &str) -> Result<&'s Space, Problem> {
    let space = state.space(space, &call.caller)?;
    if state.writes(&call.caller, space) {
        return Ok(space);
    }
    Err(Problem::forbidden(
        "You are not permitted to write pages in this space",
    ))
}

/// No two pages of a space have one title.
fn check_title(state: &State, space: &str, title: &str, own: Option<&str>) -> Result<(), Problem> {
    let taken = |page: &Page| {
        page.space_id == space
            && page.title == title
            && page.status == "current"
            && Some(page.id.as_str()) != own
    };
    if title.chars().count() > 255 {
        return Err(Problem::bad_request(
            "The title must not be longer than 255 characters",
        ));
    }
    if state.pages.values().any(taken) {
        let message = "A page with this title already exists: a page already exists with the same TITLE in this space";
        return Err(Problem::bad_request(message));
    }
    Ok(())
}

/// The text of a body in any of the forms in which it may be written.
fn written(body: &Map<String, Value>) -> Result<Option<&str>, Problem> {
    let Some(body) = body.get("body").filter(|body| !body.is_null()) else {
        return Ok(None);
    };
    let nested = || {
        ["storage", "atlas_doc_format", "wiki"]
            .iter()
            .find_map(|format| body.get(format)?.get("value")?.as_str())
    };
    match body.get("value").and_then(Value::as_str).or_else(nested) {
        Some(text) => Ok(Some(text)),
        None => Err(Problem::bad_request(
            "'body' must have a representation and a value",
        )),
    }
}

fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let space_id = body.get("spaceId").and_then(id);
    let space_id = space_id.ok_or_else(|| Problem::bad_request("'spaceId' is required"))?;
    let space = writable(state, call, &space_id)?;
    let status = text(&body, "status").unwrap_or("current");
    let title = match status {
        "draft" => text(&body, "title").unwrap_or_default(),
        "current" => required(&body, "title")?,
        _ => return Err(Problem::bad_request("'status' must be current or draft")),
    };
    let parent = body.get("parentId").and_then(id);
    if parent.is_some() && call.switch("root-level") {
        return Err(Problem::bad_request(
            "'parentId' and 'root-level' exclude each other",
        ));
    }
    let mut page = Page::new("", title)
        .body(written(&body)?.unwrap_or_default())
        .author(&call.caller)
        .status(status);
    page.parent_id = if call.switch("root-level") {
        None
    } else {
        space.homepage_id.clone()
    };
    if let Some(parent) = parent {
        page.parent_id = Some(parent_in(state, call, &space_id, &parent)?);
    }
    if status == "current" {
        check_title(state, &space_id, title, None)?;
    }
    if call.switch("private") {
        page = page.visible_to(&call.caller);
    }
    page.space_id = space_id;
    let number = state.add_page(page);
    let page = state.page(&number.to_string(), &call.caller)?;
    Ok(Answer::json(200, &whole(state, call, page)))
}

/// The id of a page of the same space.
fn parent_in(state: &State, call: &Call<'_>, space: &str, parent: &str) -> Result<String, Problem> {
    match state.page(parent, &call.caller) {
        Ok(page) if page.space_id == space => Ok(page.id.clone()),
        _ => Err(Problem::not_found("The parent was not found in the space")),
    }
}

fn update(state: &mut State, call: &Call<'_>, page_id: &str) -> Outcome {
    let mut page = state.page(page_id, &call.caller)?.clone();
    writable(state, call, &page.space_id)?;
    let body = call.object()?;
    if body.get("id").and_then(id).as_deref() != Some(page_id) {
        return Err(Problem::bad_request(
            "'id' must be that of the page in the path",
        ));
    }
    let (title, status) = (required(&body, "title")?, required(&body, "status")?);
    let number = body
        .get("version")
        .and_then(|version| version.get("number"))
        .and_then(Value::as_u64);
    let number = number.ok_or_else(|| Problem::bad_request("'version.number' is required"))?;
    let current = page.versions.last().map_or(0, |version| version.number);
    let draft = page.status == "draft";
    if number != if draft { 1 } else { current + 1 } {
        let message = format!(
            "The version must be incremented when the page is updated. The current version is {current}"
        );
        return Err(Problem::conflict(message));
    }
    check_title(state, &page.space_id, title, Some(page_id))?;
    if let Some(text) = written(&body)? {
        text.clone_into(&mut page.body);
    }
    if let Some(parent) = body.get("parentId").and_then(id) {
        page.parent_id = Some(parent_in(state, call, &page.space_id, &parent)?);
    }
    if let Some(owner) = text(&body, "ownerId") {
        state.user(owner)?.account_id.clone_into(&mut page.owner_id);
    }
    title.clone_into(&mut page.title);
    status.clone_into(&mut page.status);
    let message = body
        .get("version")
        .and_then(|version| version.get("message"))
        .and_then(Value::as_str);
    store(state, call, page, message.unwrap_or_default(), draft)
}

/// Keeps a changed page as a new version; a draft has but one.
fn store(
    state: &mut State,
    call: &Call<'_>,
    mut page: Page,
    message: &str,
    draft: bool,
) -> Outcome {
    state.next_number();
    let number = page.versions.last().map_or(0, |version| version.number);
    if draft {
        page.versions.clear();
    }
    page.versions.push(PageVersion {
        number: if draft { 1 } else { number + 1 },
        message: message.to_owned(),
        author_id: call.caller.clone(),
        created_at: state.time(),
        title: page.title.clone(),
        body: page.body.clone(),
    });
    state.page_mut(&page.id)?.clone_from(&page);
    Ok(Answer::json(200, &whole(state, call, &page)))
}

fn rename(state: &mut State, call: &Call<'_>, page_id: &str) -> Outcome {
    let mut page = state.page(page_id, &call.caller)?.clone();
    writable(state, call, &page.space_id)?;
    let body = call.object()?;
    let title = required(&body, "title")?;
    check_title(state, &page.space_id, title, Some(page_id))?;
    title.clone_into(&mut page.title);
    let draft = page.status == "draft";
    store(state, call, page, "", draft)
}

/// To the trash first; from there, and drafts, for good.
fn delete(state: &mut State, call: &Call<'_>, page_id: &str) -> Outcome {
    let page = state.page(page_id, &call.caller)?.clone();
    let space = writable(state, call, &page.space_id)?;
    let (purge, draft) = (call.switch("purge"), call.switch("draft"));
    if purge {
        state.require_space_admin(&call.caller, space)?;
    }
    if (purge && page.status != "trashed") || (draft != (page.status == "draft")) {
        return Err(Problem::bad_request(
            "The page does not have the status that this takes",
        ));
    }
    if !purge && !draft && page.status == "trashed" {
        return Err(Problem::not_found("Page not found"));
    }
    if purge || draft {
        state.pages.retain(|_, one| one.id != page_id);
    } else {
        "trashed".clone_into(&mut state.page_mut(page_id)?.status);
    }
    Ok(Answer::empty(204))
}
