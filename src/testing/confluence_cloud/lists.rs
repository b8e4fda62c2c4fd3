//! Lists of both interfaces: by position in v1, by cursor in v2.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::call::Call;
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::pages::{self, Asked, Limits, NextLink};
use crate::testing::server::Answer;

/// Most lists of v1.
pub(super) const V1: Limits = Limits {
    default: 200,
    most: 200,
};

/// Most lists of v2.
pub(super) const V2: Limits = Limits {
    default: 25,
    most: 250,
};

/// Answers a page of a list of v1.
pub(super) fn by_position<T: Clone>(
    state: &State,
    call: &Call<'_>,
    rows: &[T],
    limits: Limits,
    render: impl Fn(&T) -> Value,
) -> Outcome {
    let asked = Asked {
        start: call.number("start")?.unwrap_or(0),
        limit: call.number("limit")?,
    };
    let page = pages::cut(rows, |_| true, asked, limits, call.paging);
    let mut body = json!({
        "results": page.rows.iter().map(render).collect::<Vec<Value>>(),
        "start": page.start,
        "limit": page.limit,
        "_links": { "base": state.base(), "context": "/wiki", "self": format!("{}{}", state.base(), call.path) },
    });
    if let Some(size) = page.size {
        body["size"] = json!(size);
    }
    if call.switch("shouldReturnTotalSize") {
        body["totalSize"] = json!(rows.len());
    }
    if let Some(next) = page.next {
        let path = address(
            call,
            &[
                ("start", next.start.to_string()),
                ("limit", next.limit.to_string()),
            ],
        );
        body["_links"]["next"] = json!(match &page.link {
            None | Some(NextLink::Relative) => path,
            Some(other) => linked(state, &path, other),
        });
    }
    Ok(Answer::json(200, &body))
}

/// Answers a page of a list of v2. Rows that are not `visible` are left out after the cut.
pub(super) fn by_cursor<T: Clone>(
    state: &State,
    call: &Call<'_>,
    rows: &[T],
    visible: impl Fn(&T) -> bool,
    render: impl Fn(&T) -> Value,
) -> Outcome {
    by_cursor_within(state, call, V2, rows, visible, render)
}

/// The same for a list with limits of its own.
pub(super) fn by_cursor_within<T: Clone>(
    state: &State,
    call: &Call<'_>,
    limits: Limits,
    rows: &[T],
    visible: impl Fn(&T) -> bool,
    render: impl Fn(&T) -> Value,
) -> Outcome {
    let start = match call.query("cursor").filter(|cursor| !cursor.is_empty()) {
        None => 0,
        Some(cursor) => position(cursor)
            .ok_or_else(|| Problem::bad_request("'cursor' is not one that a page was sent with"))?,
    };
    let limit = call.number("limit")?;
    if limit == Some(0) {
        return Err(Problem::bad_request("'limit' must be from 1 to 250"));
    }
    let page = pages::cut(rows, visible, Asked { start, limit }, limits, call.paging);
    let results: Vec<Value> = page.rows.iter().map(render).collect();
    let mut body = json!({ "results": results, "_links": { "base": state.base() } });
    let Some(next) = page.next else {
        return Ok(Answer::json(200, &body));
    };
    let cursor = URL_SAFE_NO_PAD.encode(format!("{{\"position\":{}}}", next.start));
    let path = address(
        call,
        &[("limit", next.limit.to_string()), ("cursor", cursor)],
    );
    let next = match &page.link {
        None => format!("/wiki{path}"),
        Some(NextLink::Relative) => path.clone(),
        Some(other) => linked(state, &path, other),
    };
    let whole = if next.starts_with('/') {
        format!("{}{next}", state.origin)
    } else {
        next.clone()
    };
    body["_links"]["next"] = json!(next);
    let link = format!("<{whole}>; rel=\"next\", <{}>; rel=\"base\"", state.base());
    Ok(Answer::json(200, &body).header("link", link))
}

fn position(cursor: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let cursor: Value = serde_json::from_slice(&bytes).ok()?;
    usize::try_from(cursor.get("position")?.as_u64()?).ok()
}

/// The path of the same list, without `/wiki`, at another place.
fn address(call: &Call<'_>, place: &[(&str, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let kept = |key: &&(String, String)| !["start", "limit", "cursor"].contains(&key.0.as_str());
    query.extend_pairs(call.query.iter().filter(kept));
    query.extend_pairs(place);
    format!("{}?{}", call.path, query.finish())
}

/// A link that is written in another way than the interface's own.
fn linked(state: &State, path: &str, link: &NextLink) -> String {
    match link {
        NextLink::Relative => path.to_owned(),
        NextLink::Absolute => format!("{}{path}", state.base()),
        NextLink::DoubledContext => format!("/wiki/wiki{path}"),
        NextLink::MissingContext => format!("{}{path}", state.origin),
        NextLink::OtherHost(origin) => format!("{}/wiki{path}", origin.trim_end_matches('/')),
    }
}

/// A list of v2 that is part of another answer: its first 50.
pub(super) fn included(rows: &[Value], path: &str) -> Value {
    json!({
        "results": rows.iter().take(50).collect::<Vec<_>>(),
        "meta": { "hasMore": rows.len() > 50, "cursor": null },
        "_links": { "self": path },
    })
}
