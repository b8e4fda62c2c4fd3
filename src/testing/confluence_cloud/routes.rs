//! From a request to the resource that answers it.

use wiremock::{Request, ResponseTemplate};

use super::call::{self, Call};
use super::problem::{Outcome, Problem, Version};
use super::state::State;
use super::{auth, content, groups, spaces, tasks, trees, users};
use crate::testing::pages::Paging;
use crate::testing::server::not_simulated;

/// The answer to any request.
pub(super) fn respond(
    state: &mut State,
    request: &Request,
    paging: &Paging<'_>,
) -> ResponseTemplate {
    let Some(version) = call::version(request, &state.gateway) else {
        return Problem::of_status(404).of_both().into();
    };
    let caller = match auth::caller(state, request) {
        Ok(caller) => caller,
        Err(problem) => {
            return problem
                .answer(version)
                .header("www-authenticate", "OAuth realm=\"spacewright\"")
                .into();
        }
    };
    let call = Call::read(request, &state.gateway, version, caller, paging);
    match route(state, &call) {
        Some(Ok(answer)) => answer.into(),
        Some(Err(problem)) => problem.answer(version).into(),
        None => not_simulated(request),
    }
}

fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let first = call.segments.first().map(String::as_str);
    match (call.version, first?) {
        (Version::V1, "user") => users::route(state, call),
        (Version::V1, "group") => groups::route(state, call),
        (Version::V1, "space") => spaces::route(state, call),
        (Version::V1, "content") => trees::route(state, call),
        (Version::V1, "longtask") => tasks::route(state, call),
        (Version::V2, "users-bulk" | "user") => users::route_second(state, call),
        (Version::V2, "spaces") => spaces::route_second(state, call),
        (Version::V2, "pages" | "labels") => content::route(state, call),
        _ => None,
    }
}
