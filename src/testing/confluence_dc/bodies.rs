//! The conversion of texts from one format to another.

use serde_json::{Map, Value, json};

use super::call::{Call, text};
use super::contents::id_in;
use super::markup;
use super::problem::{Outcome, Problem};
use super::render;
use super::state::State;
use crate::testing::server::Answer;

/// The formats that show a text, which nothing is made of again.
const VIEWS: [&str; 4] = [
    "view",
    "export_view",
    "styled_view",
    "anonymous_export_view",
];

/// The route of conversions.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    match (method, path.as_slice()) {
        ("POST", ["contentbody", "convert", to]) => Some(convert(state, call, to)),
        _ => None,
    }
}

fn convert(state: &State, call: &Call<'_>, to: &str) -> Outcome {
    state.need_user(&call.caller)?;
    let body = call.object()?;
    let from = text(&body, "representation").unwrap_or_default();
    let value = text(&body, "value")
        .ok_or_else(|| Problem::bad_request("The text to convert is required"))?;
    let known = matches!(to, "storage" | "editor") || VIEWS.contains(&to);
    let value = match from {
        "wiki" if known => markup::from_wiki(value),
        "storage" | "editor" if known => value.to_owned(),
        _ => {
            return Err(Problem::bad_request(format!(
                "A text cannot be converted from '{from}' to '{to}'"
            )));
        }
    };
    let content = match body.get("content").and_then(id_in) {
        Some(id) => Some(state.visible_content(&call.caller, &id)?),
        None => None,
    };
    let expand = call.expand();
    let mut answer = json!({
        "value": value,
        "representation": to,
        "_links": { "base": state.base() },
    });
    let mut expandable = Map::new();
    match content.filter(|_| expand.has("content")) {
        Some(content) => {
            answer["content"] = render::content(state, content, &expand.below("content"));
        }
        None => {
            let path = content.map(|content| format!("/rest/api/content/{}", content.wire_id()));
            expandable.insert("content".to_owned(), json!(path.unwrap_or_default()));
        }
    }
    if expand.has("webresource") {
        answer["webresource"] = json!({ "keys": [], "contexts": [], "uris": {}, "tags": {} });
    } else {
        expandable.insert("webresource".to_owned(), json!(""));
    }
    answer["_expandable"] = Value::Object(expandable);
    Ok(Answer::json(200, &answer))
}
