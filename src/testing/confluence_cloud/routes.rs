//! From a request to the resource that answers it.

use wiremock::Request;

use super::call::{self, Call};
use super::problem::{Outcome, Problem, Version};
use super::state::State;
use super::{auth, content, groups, media, spaces, tasks, trees, users};
use crate::testing::pages::Paging;
use crate::testing::server::{Answer, not_simulated};

/// The answer to any request.
pub(super) fn respond(state: &mut State, request: &Request, paging: &Paging<'_>) -> Answer {
    if request.url.path().starts_with(media::PREFIX) {
        return media::serve(state, request);
    }
    let Some(version) = call::version(request, &state.gateway) else {
        // Besides the two there are an interface for apps and one of Analytics.
        return match request.url.path().contains("/wiki/rest/") {
            true => not_simulated(request),
            false => Problem::of_status(404).of_both(),
        };
    };
    let caller = match auth::caller(state, request) {
        Ok(caller) => caller,
        Err(problem) => {
            return problem
                .answer(version)
                .header("www-authenticate", "OAuth realm=\"spacewright\"");
        }
    };
    let call = Call::read(request, &state.gateway, version, caller, paging);
    let outcome = match check_formats(&call) {
        Ok(()) => route(state, &call),
        Err(problem) => Some(Err(problem)),
    };
    match outcome {
        Some(Ok(answer)) => answer,
        Some(Err(problem)) => problem.answer(version),
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
        (Version::V1, "") => route_of_files(state, call),
        (Version::V2, _) => content::route(state, call),
        _ => None,
    }
}

/// `/wiki/download/attachments/…`
fn route_of_files(state: &State, call: &Call<'_>) -> Option<Outcome> {
    match call.route() {
        ("GET", path) => match path.as_slice() {
            ["", "attachments", holder, name] => Some(media::by_name(state, call, holder, name)),
            _ => None,
        },
        _ => None,
    }
}

/// The formats of a body that the query can ask for.
const BODY_FORMATS: [&str; 7] = [
    "storage",
    "atlas_doc_format",
    "view",
    "export_view",
    "anonymous_export_view",
    "styled_view",
    "editor",
];

/// Whether the query asks for formats that there are.
fn check_formats(call: &Call<'_>) -> Result<(), Problem> {
    for (name, known) in [
        ("body-format", BODY_FORMATS.as_slice()),
        ("description-format", &["plain", "view"]),
    ] {
        if call
            .query(name)
            .is_some_and(|format| !known.contains(&format))
        {
            return Err(Problem::bad_request(format!("Invalid value for '{name}'")));
        }
    }
    Ok(())
}
