//! The site itself: its version, and whether it takes changes.

use serde_json::json;

use super::call::Call;
use super::problem::Outcome;
use super::state::State;
use crate::testing::server::Answer;

/// The routes of the site.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["server-information"]) => Ok(Answer::json(
            200,
            &json!({
                "baseUrl": state.base(),
                "version": "10.2.0",
                "buildNumber": 10_014,
                "marketplaceBuildNumber": 10_014,
                "buildDate": "Mon Dec 01 00:00:00 UTC 2025",
            }),
        )),
        ("GET", ["accessmode"]) => Ok(Answer::json(200, &json!("READ_WRITE"))),
        _ => return None,
    })
}
