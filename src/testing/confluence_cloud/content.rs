//! Content of all kinds, in v2: what they have in common, and where they part.

use serde_json::{Value, json};

use super::call::Call;
use super::kinds::Kind;
use super::lists;
use super::problem::{Outcome, Problem};
use super::state::State;
use super::{attachments, comments, labels, listed, page_trees, posts, properties, shown};
use crate::testing::server::Answer;

/// `/wiki/api/v2/pages/…` and what other kinds there are, `…/labels/…`, `…/content/…`
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["labels"]) => labels::of_site(state, call),
        ("GET", ["labels", id, kind]) => {
            let kind = Kind::of_path(kind).filter(|kind| !kind.is_comment())?;
            listed::of_label(state, call, kind, id)
        }
        ("POST", ["content", "convert-ids-to-types"]) => kinds_of_ids(state, call),
        (_, ["comments", id, "properties", rest @ ..]) => {
            // Both kinds of comments have theirs here.
            let known = state.find(id).map(|comment| comment.kind);
            let inline = known.filter(|kind| *kind == Kind::InlineComment);
            let kind = inline.unwrap_or(Kind::FooterComment);
            return properties::route_of_content(state, call, kind, id, rest);
        }
        (_, [kind, rest @ ..]) => {
            let kind = Kind::of_path(kind)?;
            return route_of_kind(state, call, kind, rest);
        }
        _ => return None,
    })
}

fn route_of_kind(state: &mut State, call: &Call<'_>, kind: Kind, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("GET", []) => listed::all(state, call, kind),
        ("GET", [id]) => get(state, call, kind, id),
        ("GET", [id, "versions"]) => versions(state, call, kind, id),
        ("GET", [id, "versions", number]) => version(state, call, kind, id, number),
        ("GET", [id, "operations"]) => state.content(kind, id, &call.caller).map(|content| {
            let all = shown::operations(state, call, content);
            Answer::json(200, &json!({ "operations": all }))
        }),
        ("GET", [id, "likes", which]) if kind != Kind::Attachment => {
            return likes(state, call, kind, id, which);
        }
        ("GET", [id, "labels"]) if !kind.is_comment() => labels::of_content(state, call, kind, id),
        (_, [id, "properties", rest @ ..]) if !kind.is_comment() => {
            return properties::route_of_content(state, call, kind, id, rest);
        }
        ("GET", [id, which]) if Kind::of_path(which).is_some_and(|hung| kind.holds(hung)) => {
            listed::hung(state, call, (kind, id), Kind::of_path(which)?)
        }
        ("GET", [id, which]) if kind == Kind::Page => {
            return page_trees::route(state, call, id, which);
        }
        _ => {
            return match kind {
                Kind::Page | Kind::BlogPost => posts::route(state, call, kind, path),
                Kind::FooterComment | Kind::InlineComment => {
                    comments::route(state, call, kind, path)
                }
                Kind::Attachment => attachments::route(state, call, path),
            };
        }
    })
}

fn get(state: &State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    let mut content = state.content(kind, id, &call.caller)?.clone();
    let statuses = call.query_all("status");
    if statuses.is_some_and(|wanted| !wanted.contains(&content.status.as_str())) {
        return Err(Problem::not_found(format!(
            "The {} has another status",
            kind.noun()
        )));
    }
    if let Some(number) = call.query("version") {
        content = content.as_of(number)?;
    }
    Ok(Answer::json(200, &shown::whole(state, call, &content)))
}

/// The newest version first, unless asked for the other way round.
fn versions(state: &State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    let mut rows = state.content(kind, id, &call.caller)?.versions.clone();
    match call.query("sort") {
        None | Some("-modified-date") => rows.reverse(),
        Some("modified-date") => {}
        Some(other) => {
            return Err(Problem::bad_request(format!("'sort' must not be {other}")));
        }
    }
    lists::by_cursor(state, call, &rows, |_| true, shown::version)
}

fn version(state: &State, call: &Call<'_>, kind: Kind, id: &str, number: &str) -> Outcome {
    let content = state.content(kind, id, &call.caller)?;
    let known = content
        .versions
        .iter()
        .find(|one| one.number.to_string() == number);
    let known = known.ok_or_else(|| Problem::not_found("Version not found"))?;
    Ok(Answer::json(200, &shown::version_in(content, known)))
}

fn likes(state: &State, call: &Call<'_>, kind: Kind, id: &str, which: &str) -> Option<Outcome> {
    let content = state.content(kind, id, &call.caller);
    Some(match which {
        "count" => {
            content.map(|content| Answer::json(200, &json!({ "count": content.likes.len() })))
        }
        "users" => content.and_then(|content| {
            let rows: Vec<&String> = content.likes.iter().collect();
            lists::by_cursor(state, call, &rows, |_| true, |account| shown::like(account))
        }),
        _ => return None,
    })
}

/// Which kind of content each of some ids stands for; null is what the caller does not see.
fn kinds_of_ids(state: &State, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let ids = body
        .get("contentIds")
        .and_then(Value::as_array)
        .filter(|ids| ids.len() <= 100);
    let ids =
        ids.ok_or_else(|| Problem::bad_request("'contentIds' must be a list of at most 100 ids"))?;
    let mut results = json!({});
    for id in ids {
        let Some(id) = super::call::id(id) else {
            return Err(Problem::bad_request("An id must be a text"));
        };
        let found = state.any_content(&id, &call.caller);
        results[&id] = json!(found.ok().map(|content| content.kind.name()));
    }
    Ok(Answer::json(200, &json!({ "results": results })))
}
