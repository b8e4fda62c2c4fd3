//! From a request to the resource that answers it.

use std::collections::BTreeSet;

use serde_json::json;
use wiremock::Request;

use super::call::{Call, PREFIX};
use super::failure::{Outcome, not_found};
use super::state::State;
use super::{auth, groups, me, spaces, tokens, users, zone};
use crate::testing::pages::Paging;
use crate::testing::server::{Answer, not_simulated};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The answer to any request.
pub(super) fn respond(state: &mut State, request: &Request, paging: &Paging<'_>) -> Answer {
    if !request.url.path().starts_with(PREFIX) {
        return not_found().answer();
    }
    let call = match auth::caller(state, request).and_then(|caller| Call::new(request, caller)) {
        Ok(call) => call,
        Err(failure) => return failure.answer(),
    };
    match route(state, &call, paging) {
        Some(Ok(answer)) => answer,
        Some(Err(failure)) => failure.answer(),
        None => method_not_allowed(state, &call, paging).unwrap_or_else(|| not_simulated(request)),
    }
}

/// 405 for a path that is there, under other methods. They are tried on a copy: whatever one does, it is
/// forgotten.
fn method_not_allowed(state: &State, call: &Call, paging: &Paging<'_>) -> Option<Answer> {
    let there =
        |method: &&str| route(&mut state.clone(), &call.with_method(method), paging).is_some();
    let allowed: Vec<&str> = METHODS.into_iter().filter(there).collect();
    let answer = || Answer::empty(405).header("allow", allowed.join(", "));
    (!allowed.is_empty()).then(answer)
}

fn route(state: &mut State, call: &Call, paging: &Paging<'_>) -> Option<Outcome> {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let (first, rest) = path.split_first()?;
    match *first {
        "users" => users::route(state, call, rest),
        "user" => me::route(state, call, rest),
        "spaces" => spaces::route(state, call, rest, paging),
        "groups" => groups::route(state, call, rest),
        "tokens" => tokens::route(state, call, rest),
        _ => zone::route(call, &path),
    }
}

/// 201 without a body, and where the new thing is.
pub(super) fn created(state: &State, collection: &str, id: &str) -> Answer {
    Answer::empty(201).header("location", location(state, collection, id))
}

/// The address of what was created.
pub(super) fn location(state: &State, collection: &str, id: &str) -> String {
    let base = match &state.location_base {
        Some(base) => base.clone(),
        None => format!("{}{PREFIX}", state.origin),
    };
    format!("{base}/{collection}/{id}")
}

/// 204.
pub(super) fn done() -> Answer {
    Answer::empty(204)
}

/// A list as the service sends it: ids under the collection's name.
pub(super) fn ids<'a>(collection: &str, ids: impl IntoIterator<Item = &'a String>) -> Answer {
    let ids: Vec<&String> = ids.into_iter().collect();
    Answer::json(200, &json!({ collection: ids }))
}

/// `{"privileges": […]}`
pub(super) fn privileges(held: &BTreeSet<String>) -> Answer {
    ids("privileges", held)
}
