//! What hangs below a content: pages, comments and attachments.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::contents::list_of;
use super::problem::Outcome;
use super::seed::Content;
use super::state::State;
use crate::testing::server::Answer;

/// The routes of what hangs below a content.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["content", id, below @ ("child" | "descendant")]) => {
            by_kind(state, call, id, Depth::of(below))
        }
        ("GET", ["content", id, below @ ("child" | "descendant"), kind]) => {
            of_kind(state, call, id, Depth::of(below), kind)
        }
        _ => return None,
    })
}

/// The kinds of contents that hang below others.
pub(super) const KINDS: [&str; 3] = ["page", "comment", "attachment"];

/// How far below a content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    Directly,
    Anywhere,
}

impl Depth {
    fn of(segment: &str) -> Self {
        if segment == "child" {
            Self::Directly
        } else {
            Self::Anywhere
        }
    }

    /// As paths name it.
    fn segment(self) -> &'static str {
        match self {
            Self::Directly => "child",
            Self::Anywhere => "descendant",
        }
    }
}

/// What of a kind hangs below a content. The comments on the pages below a page are not its own.
pub(super) fn below<'s>(
    state: &'s State,
    content: &Content,
    depth: Depth,
    kind: &str,
) -> Vec<&'s Content> {
    let id = content.id;
    let fits = |one: &&Content| {
        one.kind == kind
            && one.status == "current"
            && match depth {
                Depth::Directly => one.parent == Some(id),
                Depth::Anywhere if kind == "comment" && content.kind != "comment" => {
                    state.holder(one).is_some_and(|holder| holder.id == id)
                }
                Depth::Anywhere => state.ancestors(one).contains(&id),
            }
    };
    state.contents.values().filter(fits).collect()
}

fn of_kind(state: &State, call: &Call<'_>, id: &str, depth: Depth, kind: &str) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let depth = match call.query("depth") {
        Some("all") if kind == "comment" => Depth::Anywhere,
        _ => depth,
    };
    list_of(state, call, &below(state, content, depth, kind))
}

fn by_kind(state: &State, call: &Call<'_>, id: &str, depth: Depth) -> Outcome {
    let content = state.visible_content(&call.caller, id)?;
    let expand = call.expand();
    let (mut body, mut expandable) = (Map::new(), Map::new());
    for kind in KINDS {
        if expand.has(kind) {
            let page = of_kind(state, call, id, depth, kind)?;
            let page = serde_json::from_slice(&page.body).unwrap_or_default();
            body.insert(kind.to_owned(), page);
        } else {
            let path = format!(
                "/rest/api/content/{}/{}/{kind}",
                content.wire_id(),
                depth.segment()
            );
            expandable.insert(kind.to_owned(), json!(path));
        }
    }
    body.insert("_expandable".to_owned(), Value::Object(expandable));
    body.insert(
        "_links".to_owned(),
        json!({ "self": state.link(&call.path), "base": state.base() }),
    );
    Ok(Answer::json(200, &Value::Object(body)))
}
