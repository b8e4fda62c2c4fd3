//! Lists of content, in v2.

use super::call::Call;
use super::contents::Content;
use super::kinds::Kind;
use super::problem::{Outcome, Problem};
use super::state::State;
use super::{comments, labels, lists, shown};
use crate::testing::pages::Limits;

/// The lists of attachments, but for those that carry a label.
const ATTACHMENTS: Limits = Limits {
    default: 50,
    most: 250,
};

/// All content of a kind that the caller sees.
pub(super) fn all(state: &State, call: &Call<'_>, kind: Kind) -> Outcome {
    answer(state, call, kind, |_| true)
}

/// The pages or blog posts of a space.
pub(super) fn of_space(state: &State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    let space = state.space(id, &call.caller)?;
    let root = kind == Kind::Page && call.query("depth") == Some("root");
    let at_root = |page: &Content| page.parent_id.is_none() || page.parent_id == space.homepage_id;
    answer(state, call, kind, |post| {
        post.space_id == id && (!root || at_root(post))
    })
}

pub(super) fn of_label(state: &State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    let carries = |content: &Content| content.labels.iter().any(|name| labels::id_of(name) == id);
    let rows = picked(state, call, kind, carries)?;
    answer_rows(state, call, lists::V2, &rows)
}

/// The comments or attachments that hang on a content; of comments, none that answer others.
pub(super) fn hung(state: &State, call: &Call<'_>, on: (Kind, &str), kind: Kind) -> Outcome {
    let holder = state.content(on.0, on.1, &call.caller)?;
    answer(state, call, kind, |content| content.holder_id == holder.id)
}

fn answer(
    state: &State,
    call: &Call<'_>,
    kind: Kind,
    wanted: impl Fn(&Content) -> bool,
) -> Outcome {
    let limits = match kind {
        Kind::Attachment => ATTACHMENTS,
        _ => lists::V2,
    };
    let rows = picked(state, call, kind, wanted)?;
    answer_rows(state, call, limits, &rows)
}

/// Answers a page of the list; what the caller may not see is left out.
fn answer_rows(state: &State, call: &Call<'_>, limits: Limits, rows: &[&Content]) -> Outcome {
    lists::by_cursor_within(
        state,
        call,
        limits,
        rows,
        |content| state.sees(&call.caller, content),
        |content| shown::row(state, call, content),
    )
}

/// The content that passes the filters of a list, in the order that it wants.
fn picked<'s>(
    state: &'s State,
    call: &Call<'_>,
    kind: Kind,
    wanted: impl Fn(&Content) -> bool,
) -> Result<Vec<&'s Content>, Problem> {
    let statuses = match call.query_all("status") {
        Some(statuses) => statuses,
        None => kind.usual_statuses().to_vec(),
    };
    if let Some(other) = statuses.iter().find(|one| !kind.statuses().contains(*one)) {
        return Err(Problem::bad_request(format!(
            "'status' must not be {other}"
        )));
    }
    let mut rows: Vec<&Content> = state
        .of_kind(kind)
        .filter(|content| wanted(content) && statuses.contains(&content.status.as_str()))
        .filter(|content| passes(state, call, content))
        .collect();
    sort(call, kind, &mut rows)?;
    Ok(rows)
}

/// Whether a content passes the filters that the lists of its kind have.
fn passes(state: &State, call: &Call<'_>, content: &Content) -> bool {
    let is = |name: &str, value: &str| call.query(name).is_none_or(|wanted| wanted == value);
    let among =
        |name: &str, value: &str| call.query_all(name).is_none_or(|all| all.contains(&value));
    match content.kind {
        Kind::Page | Kind::BlogPost => {
            among("id", &content.id)
                && among("space-id", &content.space_id)
                && is("title", &content.title)
        }
        Kind::Attachment => {
            is("filename", &content.title) && is("mediaType", &content.file.media_type)
        }
        Kind::FooterComment => true,
        Kind::InlineComment => among("resolution-status", comments::resolution(state, content)),
    }
}

/// Brings rows, which come by id, into the order that the query wants.
fn sort(call: &Call<'_>, kind: Kind, rows: &mut [&Content]) -> Result<(), Problem> {
    let Some(sort) = call.query("sort") else {
        return Ok(());
    };
    let order = sort.trim_start_matches('-');
    if !kind.orders().contains(&order) {
        return Err(Problem::bad_request(format!("'sort' must not be {order}")));
    }
    match order {
        "title" => rows.sort_by(|a, b| a.title.cmp(&b.title)),
        "created-date" => rows.sort_by(|a, b| a.created_at.cmp(&b.created_at)),
        "modified-date" => rows.sort_by(|a, b| a.modified_at().cmp(b.modified_at())),
        _ => {}
    }
    if sort.starts_with('-') {
        rows.reverse();
    }
    Ok(())
}
