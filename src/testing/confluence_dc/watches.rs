//! Who watches which contents and spaces.

use std::collections::BTreeSet;

use serde_json::json;

use super::call::{Call, Expand};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::User;
use super::state::State;
use super::users::named_in_query;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of watchers.
const LIMITS: Limits = Limits {
    default: 25,
    most: 200,
};

/// What is watched.
#[derive(Clone, Copy)]
enum Watched<'a> {
    Space(&'a str),
    Content(&'a str),
}

/// The routes of watches.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        (_, ["user", "watch", "space", key]) => watch(state, call, Watched::Space(key))?,
        (_, ["user", "watch", "content", id]) => watch(state, call, Watched::Content(id))?,
        ("GET", ["space", key, "watchers"]) => {
            let permitted = state.administered_space(&call.caller, key).map(|_| ());
            permitted.and_then(|()| watchers(state, call, Watched::Space(key)))
        }
        ("GET", ["content", id, "watchers"]) => watchers(state, call, Watched::Content(id)),
        _ => return None,
    })
}

/// Asks, sets or ends a watch; `None` for other methods.
fn watch(state: &mut State, call: &Call<'_>, watched: Watched<'_>) -> Option<Outcome> {
    Some(match call.method {
        "GET" => is_watching(state, call, watched),
        "POST" => set(state, call, watched, true),
        "DELETE" => set(state, call, watched, false),
        _ => return None,
    })
}

/// The user whom the query names, or the caller.
fn watcher(state: &State, call: &Call<'_>) -> Result<String, Problem> {
    if call.query("username").is_none() && call.query("key").is_none() {
        return state.need_user(&call.caller);
    }
    let name = named_in_query(state, call)?.name.clone();
    if call.caller.name() != Some(name.as_str()) {
        state.need_admin(&call.caller)?;
    }
    Ok(name)
}

fn names<'s>(
    state: &'s State,
    call: &Call<'_>,
    watched: Watched<'_>,
) -> Result<&'s BTreeSet<String>, Problem> {
    Ok(match watched {
        Watched::Space(key) => &state.visible_space(&call.caller, key)?.watchers,
        Watched::Content(id) => &state.visible_content(&call.caller, id)?.watchers,
    })
}

fn is_watching(state: &State, call: &Call<'_>, watched: Watched<'_>) -> Outcome {
    let watching = names(state, call, watched)?.contains(&watcher(state, call)?);
    Ok(Answer::json(200, &json!({ "watching": watching })))
}

fn set(state: &mut State, call: &Call<'_>, watched: Watched<'_>, wanted: bool) -> Outcome {
    let name = watcher(state, call)?;
    names(state, call, watched)?;
    let names = match watched {
        Watched::Space(key) => state.spaces.get_mut(key).map(|space| &mut space.watchers),
        Watched::Content(id) => id
            .parse()
            .ok()
            .and_then(|id: u64| state.contents.get_mut(&id))
            .map(|content| &mut content.watchers),
    };
    if let Some(names) = names {
        if wanted {
            names.insert(name.clone())
        } else {
            names.remove(&name)
        };
    }
    if !wanted {
        return Ok(Answer::empty(204));
    }
    let watcher = render::user_named(state, &name);
    let watch = match watched {
        Watched::Space(_) => json!({ "watcher": watcher, "contentTypes": [] }),
        Watched::Content(id) => json!({ "watcher": watcher, "contentId": id }),
    };
    Ok(Answer::json(200, &watch))
}

fn watchers(state: &State, call: &Call<'_>, watched: Watched<'_>) -> Outcome {
    let users: Vec<&User> = names(state, call, watched)?
        .iter()
        .filter_map(|name| state.users.get(name))
        .collect();
    list(
        state,
        call,
        &users,
        |_| true,
        LIMITS,
        |user| render::user(state, user, &Expand::default()),
    )
}
