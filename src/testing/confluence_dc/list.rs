//! Lists, as the server sends them: rows in an envelope with links to the neighbours.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::problem::Outcome;
use super::state::State;
use crate::testing::pages::{self, Limits, NextLink, Page, Position};
use crate::testing::server::Answer;

/// What is escaped in the value of a query.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'=')
    .add(b'<')
    .add(b'>');

/// Answers with the page of `rows` that the request asks for.
pub(super) fn list<T: Clone>(
    state: &State,
    call: &Call<'_>,
    rows: &[T],
    visible: impl Fn(&T) -> bool,
    limits: Limits,
    render: impl Fn(&T) -> Value,
) -> Outcome {
    let page = pages::cut(
        rows,
        visible,
        call.asked()?,
        state.capped(limits),
        call.paging,
    );
    Ok(Answer::json(
        200,
        &Value::Object(envelope(state, call, &page, render)),
    ))
}

/// A page in its envelope.
fn envelope<T>(
    state: &State,
    call: &Call<'_>,
    page: &Page<T>,
    render: impl Fn(&T) -> Value,
) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("results".to_owned(), page.rows.iter().map(render).collect());
    body.insert("start".to_owned(), json!(page.start));
    body.insert("limit".to_owned(), json!(page.limit));
    if let Some(size) = page.size {
        body.insert("size".to_owned(), json!(size));
    }
    let mut links = outer_links(state, &call.path);
    if let Some(next) = page.next {
        links.insert(
            "next".to_owned(),
            json!(next_link(state, call, next, page.link.as_ref())),
        );
    }
    if page.start > 0 {
        let previous = Position {
            start: page.start.saturating_sub(page.limit),
            limit: page.limit,
        };
        links.insert("prev".to_owned(), json!(path_of(call, previous)));
    }
    body.insert("_links".to_owned(), Value::Object(links));
    body
}

/// The links of an answer's outermost object.
pub(super) fn outer_links(state: &State, path: &str) -> Map<String, Value> {
    let mut links = Map::new();
    links.insert("self".to_owned(), json!(state.link(path)));
    links.insert("base".to_owned(), json!(state.base()));
    links.insert("context".to_owned(), json!(state.context));
    links
}

/// The link to a page, in the way that is wanted.
fn next_link(
    state: &State,
    call: &Call<'_>,
    position: Position,
    link: Option<&NextLink>,
) -> String {
    let path = path_of(call, position);
    match link {
        None | Some(NextLink::Relative) => path,
        Some(NextLink::Absolute) => state.link(&path),
        Some(NextLink::DoubledContext) => format!("{}{path}", state.context),
        Some(NextLink::MissingContext) => format!("{}{path}", state.origin),
        Some(NextLink::OtherHost(origin)) => format!("{origin}{}{path}", state.context),
    }
}

/// The path of the list with the query of the request, but for its position.
fn path_of(call: &Call<'_>, position: Position) -> String {
    let mut path = format!("{}?", call.path);
    for (name, value) in call
        .query
        .iter()
        .filter(|(name, _)| name != "start" && name != "limit")
    {
        path.push_str(&format!("{name}={}&", utf8_percent_encode(value, QUERY)));
    }
    path.push_str(&format!(
        "limit={}&start={}",
        position.limit, position.start
    ));
    path
}

/// Answers with a page of a list that is walked by cursor.
pub(super) fn cursor_list<T: Clone>(
    state: &State,
    call: &Call<'_>,
    rows: &[T],
    visible: impl Fn(&T) -> bool,
    render: impl Fn(&T) -> Value,
) -> Outcome {
    let start = match call.query("cursor") {
        Some(cursor) => super::cursor::position(cursor)?,
        None => 0,
    };
    let asked = pages::Asked {
        start,
        limit: call.number("limit")?,
    };
    let limits = state.capped(Limits {
        default: 25,
        most: 200,
    });
    let page = pages::cut(rows, visible, asked, limits, call.paging);
    let mut body = envelope(
        state,
        call,
        &Page {
            next: None,
            start: 0,
            ..page.clone()
        },
        render,
    );
    body.remove("start");
    body.insert(
        "cursor".to_owned(),
        json!(super::cursor::write(start, false)),
    );
    if let Some(next) = page.next {
        body.insert(
            "nextCursor".to_owned(),
            json!(super::cursor::write(next.start, false)),
        );
    }
    if start > 0 {
        let before = start.saturating_sub(page.limit);
        body.insert(
            "prevCursor".to_owned(),
            json!(super::cursor::write(before, true)),
        );
    }
    Ok(Answer::json(200, &Value::Object(body)))
}
