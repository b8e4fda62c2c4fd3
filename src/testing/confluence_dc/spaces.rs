//! Spaces: finding, making, changing and deleting them, and what is in them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, text};
use super::contents;
use super::journal::{self, Change};
use super::list::{cursor_list, list};
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Content, Space, Subject, all_permissions, ordinary_permissions};
use super::state::{State, USERS};
use super::tasks::{self, Work};
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of spaces.
const LIMITS: Limits = Limits {
    default: 25,
    most: 500,
};

/// The routes of spaces.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["space"]) => all(state, call),
        ("POST", ["space"]) => create(state, call, false),
        ("POST", ["space", "_private"]) => create(state, call, true),
        ("POST", ["space", "personal"]) => create_own_personal(state, call),
        ("POST", ["admin", "space", "personal", user]) => create_personal_for(state, call, user),
        ("GET", ["space", key]) => get(state, call, key),
        ("PUT", ["space", key]) => update(state, call, key),
        ("DELETE", ["space", key]) => delete(state, call, key),
        ("PUT", ["space", key, "archive"]) => set_archived(state, call, key, true),
        ("PUT", ["space", key, "restore"]) => set_archived(state, call, key, false),
        ("GET", ["space", key, "content"]) => content_by_kind(state, call, key),
        ("GET", ["space", key, "content", kind]) => content_of_kind(state, call, key, kind),
        ("GET", ["space", key, "trash"]) => trash(state, call, key),
        ("DELETE", ["space", key, "trash"]) => empty_trash(state, call, key),
        ("POST", ["space", key, "category", name]) => set_category(state, call, key, name, true),
        ("DELETE", ["space", key, "category", name]) => set_category(state, call, key, name, false),
        _ => return None,
    })
}

fn all(state: &State, call: &Call<'_>) -> Outcome {
    let spaces: Vec<&Space> = state
        .spaces
        .values()
        .filter(|space| wanted(state, call, space))
        .collect();
    let expand = call.expand();
    let visible = |space: &&Space| state.may(&call.caller, space, "space", "read");
    list(state, call, &spaces, visible, LIMITS, |space| {
        render::space(state, space, &expand)
    })
}

/// Whether a space passes the filters in the query.
fn wanted(state: &State, call: &Call<'_>, space: &Space) -> bool {
    let listed = |single: &str, joined: &str| -> Vec<String> {
        let joined = call
            .query_all(joined)
            .into_iter()
            .flat_map(|list| list.split(','));
        call.query_all(single)
            .into_iter()
            .chain(joined)
            .map(str::to_owned)
            .collect()
    };
    let any = |values: Vec<String>, fits: &dyn Fn(&str) -> bool| {
        values.is_empty() || values.iter().any(|value| fits(value))
    };
    let holds = |label: &str| {
        state
            .contents
            .values()
            .any(|content| content.space == space.key && content.labels.contains(label))
    };
    any(listed("spaceKey", "spaceKeys"), &|key| key == space.key)
        && any(listed("spaceKeySingle", ""), &|key| key == space.key)
        && any(listed("spaceId", "spaceIds"), &|id| {
            id == space.id.to_string()
        })
        && any(listed("type", ""), &|wanted| wanted == space.kind())
        && any(listed("status", ""), &|wanted| wanted == space.status())
        && any(listed("label", ""), &|label| {
            space.categories.contains(label)
        })
        && any(listed("contentLabel", ""), &holds)
        // Nobody has favourites here, and no space rules of its own on what it keeps.
        && any(listed("favourite", ""), &|wanted| wanted != "true")
        && any(listed("hasRetentionPolicy", ""), &|wanted| wanted != "true")
}

fn one(state: &State, call: &Call<'_>, key: &str) -> Outcome {
    let space = state.visible_space(&call.caller, key)?;
    let value = render::space(state, space, &call.expand());
    Ok(Answer::json(
        200,
        &render::outermost(state, value, "/rest/api/space"),
    ))
}

fn get(state: &State, call: &Call<'_>, key: &str) -> Outcome {
    one(state, call, key)
}

fn create(state: &mut State, call: &Call<'_>, private: bool) -> Outcome {
    let caller = state.need_user(&call.caller)?;
    if !state.may_globally(&call.caller, "space", "create") {
        return Err(Problem::forbidden(
            "You do not have permission to create spaces",
        ));
    }
    let body = call.object()?;
    let (key, name) = (
        text(&body, "key").unwrap_or_default(),
        text(&body, "name").unwrap_or_default(),
    );
    check_new(state, key, name)?;
    let mut space = Space::bare(key.to_owned(), name.to_owned(), caller.clone());
    space.description = plain(&body).unwrap_or_default();
    space.permissions = all_permissions(&Subject::User(caller));
    if !private {
        space
            .permissions
            .extend(ordinary_permissions(&Subject::Group(USERS.to_owned())));
    }
    state.add_space(space);
    note(state, call, key, "Space created", "space_created");
    one(state, call, key)
}

fn check_new(state: &State, key: &str, name: &str) -> Result<(), Problem> {
    let mut errors = Vec::new();
    if key.is_empty() {
        errors.push("Space key cannot be blank.".to_owned());
    } else if key.chars().count() > 255 || !key.chars().all(|letter| letter.is_ascii_alphanumeric())
    {
        errors.push(format!(
            "Invalid space key: {key}. It may have letters and digits only, at most 255."
        ));
    }
    errors.extend(name_error(name));
    // The server compares keys without regard to case.
    if state
        .spaces
        .keys()
        .any(|taken| taken.eq_ignore_ascii_case(key))
    {
        errors.push(format!("A space already exists with key {key}"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(errors))
    }
}

fn name_error(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        Some("Space name cannot be blank.".to_owned())
    } else if name.chars().count() > 200 {
        Some("Space name cannot be longer than 200 characters.".to_owned())
    } else {
        None
    }
}

/// The plain description in a body.
fn plain(body: &Map<String, Value>) -> Option<String> {
    let value = body.get("description")?.get("plain")?.get("value")?;
    value.as_str().map(str::to_owned)
}

fn create_own_personal(state: &mut State, call: &Call<'_>) -> Outcome {
    let caller = state.need_user(&call.caller)?;
    if !state.may_globally(&call.caller, "personal_space", "create") {
        return Err(Problem::forbidden(
            "You do not have permission to create a personal space",
        ));
    }
    create_personal(state, call, &caller)
}

fn create_personal_for(state: &mut State, call: &Call<'_>, user: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    state.user(user)?;
    create_personal(state, call, user)
}

fn create_personal(state: &mut State, call: &Call<'_>, owner: &str) -> Outcome {
    let body = if call.body.is_empty() {
        Map::new()
    } else {
        call.object()?
    };
    let key = format!("~{owner}");
    if state.spaces.contains_key(&key) {
        return Err(Problem::conflict(format!(
            "The user {owner} already has a personal space"
        )));
    }
    let mut space = Space::bare(
        key.clone(),
        state.user(owner)?.full_name.clone(),
        owner.to_owned(),
    );
    space.owner = Some(owner.to_owned());
    space.description = plain(&body).unwrap_or_default();
    space.permissions = all_permissions(&Subject::User(owner.to_owned()));
    if body.get("isPrivate").and_then(Value::as_bool) != Some(true) {
        space
            .permissions
            .extend(ordinary_permissions(&Subject::Group(USERS.to_owned())));
    }
    state.add_space(space);
    note(state, call, &key, "Space created", "space_created");
    let Some(space) = state.spaces.get(&key) else {
        return Err(Problem::new(500, "The space is gone"));
    };
    // An administrator who may not see it gets it all the same.
    let value = render::space(state, space, &call.expand());
    Ok(Answer::json(
        200,
        &render::outermost(state, value, "/rest/api/space"),
    ))
}

fn update(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    state.administered_space(&call.caller, key)?;
    let body = call.object()?;
    if let Some(error) = text(&body, "name").and_then(name_error) {
        return Err(Problem::invalid(vec![error]));
    }
    let homepage = body
        .get("homepage")
        .and_then(|page| page.get("id"))
        .and_then(Value::as_str);
    let homepage = match homepage {
        Some(id) => Some(state.visible_content(&call.caller, id)?.id),
        None => None,
    };
    let now = state.clock.tick();
    let space = state.administered_space_mut(&call.caller, key)?;
    space.changed = now;
    if let Some(name) = text(&body, "name") {
        name.clone_into(&mut space.name);
    }
    if let Some(description) = plain(&body) {
        space.description = description;
    }
    space.homepage = homepage.or(space.homepage);
    note(state, call, key, "Space details updated", "space_updated");
    one(state, call, key)
}

/// Notes what was done to a space.
fn note(state: &mut State, call: &Call<'_>, key: &str, summary: &str, event: &str) {
    if let Some(space) = state.spaces.get(key) {
        let change = Change::space(space, "Spaces", summary).event(event);
        journal::note(state, &call.caller, change);
    }
}

fn delete(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    state.administered_space(&call.caller, key)?;
    Ok(tasks::submit(
        state,
        "com.atlassian.confluence.spaces.removespace",
        Work::DeleteSpace(key.to_owned()),
        &call.caller,
    ))
}

fn set_archived(state: &mut State, call: &Call<'_>, key: &str, archived: bool) -> Outcome {
    state.administered_space_mut(&call.caller, key)?.archived = archived;
    let summary = match archived {
        true => "Space archived",
        false => "Space unarchived",
    };
    note(state, call, key, summary, "space_updated");
    Ok(Answer::empty(204))
}

fn set_category(
    state: &mut State,
    call: &Call<'_>,
    key: &str,
    name: &str,
    wanted: bool,
) -> Outcome {
    let space = state.administered_space_mut(&call.caller, key)?;
    if wanted {
        space.categories.insert(name.to_lowercase())
    } else {
        space.categories.remove(name)
    };
    Ok(Answer::empty(204))
}

/// The contents of a kind that are published in a space.
fn published<'s>(state: &'s State, call: &Call<'_>, key: &str, kind: &str) -> Vec<&'s Content> {
    let root = call.query("depth") == Some("root");
    let fits = |content: &&Content| {
        content.space == key
            && content.kind == kind
            && content.status == "current"
            && (!root || content.parent.is_none())
    };
    state.contents.values().filter(fits).collect()
}

fn content_of_kind(state: &State, call: &Call<'_>, key: &str, kind: &str) -> Outcome {
    state.visible_space(&call.caller, key)?;
    contents::list_of(state, call, &published(state, call, key, kind))
}

fn content_by_kind(state: &State, call: &Call<'_>, key: &str) -> Outcome {
    state.visible_space(&call.caller, key)?;
    let mut body = BTreeMap::new();
    for kind in ["page", "blogpost"] {
        let page = contents::list_of(state, call, &published(state, call, key, kind))?;
        let page: Value = serde_json::from_slice(&page.body).unwrap_or_default();
        body.insert(kind, page);
    }
    body.insert(
        "_links",
        json!({ "self": state.link(&call.path), "base": state.base(), "context": state.context }),
    );
    Ok(Answer::json(200, &json!(body)))
}

fn trash(state: &State, call: &Call<'_>, key: &str) -> Outcome {
    state.administered_space(&call.caller, key)?;
    let trashed = |content: &&Content| content.space == key && content.status == "trashed";
    let contents: Vec<&Content> = state.contents.values().filter(trashed).collect();
    let expand = call.expand();
    cursor_list(
        state,
        call,
        &contents,
        |_| true,
        |content| render::content(state, content, &expand),
    )
}

fn empty_trash(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    state.administered_space(&call.caller, key)?;
    state
        .contents
        .retain(|_, content| content.space != key || content.status != "trashed");
    note(state, call, key, "Space trash emptied", "");
    Ok(Answer::empty(204))
}
