//! The site itself: its version, its size, its nodes, and whether it takes changes.

use serde_json::{Value, json};

use super::call::Call;
use super::list::list;
use super::problem::Outcome;
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of the list of nodes.
const LIMITS: Limits = Limits {
    default: 100,
    most: 200,
};

const VERSION: &str = "10.2.0";
const BUILD: u32 = 10_014;

/// The routes of the site.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["server-information"]) => Ok(information(state)),
        ("GET", ["accessmode"]) => Ok(Answer::json(200, &json!("READ_WRITE"))),
        ("GET", ["instance-metrics"]) => metrics(state, call),
        ("GET", ["cluster", "nodes"]) => nodes(state, call),
        _ => return None,
    })
}

fn information(state: &State) -> Answer {
    let information = json!({
        "baseUrl": state.base(),
        "version": VERSION,
        "buildNumber": BUILD,
        "marketplaceBuildNumber": BUILD,
        "buildDate": "Mon Dec 01 00:00:00 UTC 2025",
    });
    Answer::json(200, &information)
}

fn metrics(state: &State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let contents = state.contents.values();
    let pages = contents.filter(|one| one.kind == "page" && one.status == "current");
    let metrics = json!({
        "pages": pages.count(),
        "spaces": state.spaces.len(),
        "users": state.users.len(),
    });
    Ok(Answer::json(200, &metrics))
}

/// The one node that there is.
fn nodes(state: &State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let node = |id: &u32| -> Value {
        json!({
            "nodeId": id,
            "jvmStats": { "maxHeap": 4_294_967_296_u64, "usedHeap": 1_073_741_824 },
            "props": { "confluence.cluster.node.name": "node1" },
            "buildStats": { "version": VERSION, "buildNumber": BUILD },
        })
    };
    list(state, call, &[1], |_| true, LIMITS, node)
}
