//! Footer comments and inline comments, in v2.

use serde_json::{Map, Value};

use super::call::{Call, id};
use super::contents::Content;
use super::kinds::Kind;
use super::problem::{Outcome, Problem};
use super::seed::Comment;
use super::state::State;
use super::written::{next_version, written};
use super::{listed, shown};
use crate::testing::server::Answer;

/// The part of `/wiki/api/v2/footer-comments/…` and `…/inline-comments/…` that comments have for themselves.
pub(super) fn route(
    state: &mut State,
    call: &Call<'_>,
    kind: Kind,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("POST", []) => create(state, call, kind),
        ("PUT", [id]) => update(state, call, kind, id),
        ("DELETE", [id]) => delete(state, call, kind, id),
        ("GET", [id, "children"]) => listed::hung(state, call, (kind, id), kind),
        _ => return None,
    })
}

/// What a new comment is about: exactly one thing.
fn target<'s>(
    state: &'s State,
    call: &Call<'_>,
    kind: Kind,
    body: &Map<String, Value>,
) -> Result<&'s Content, Problem> {
    let named = |name: &str| body.get(name).and_then(id);
    let targets: Vec<(Kind, String)> = [Kind::Page, Kind::BlogPost, Kind::Attachment]
        .into_iter()
        .filter(|holder| holder.holds(kind))
        .chain([kind])
        .filter_map(|target| Some((target, named(target.id_field())?)))
        .collect();
    match (targets.as_slice(), named("customContentId")) {
        ([(kind, id)], None) => state.content(*kind, id, &call.caller),
        // There is none here.
        ([], Some(_)) => Err(Problem::not_found("There is no such custom content")),
        _ => Err(Problem::bad_request(
            "A comment must name exactly one thing that it is about",
        )),
    }
}

fn no_body() -> Problem {
    Problem::bad_request("'body' is required")
}

fn create(state: &mut State, call: &Call<'_>, kind: Kind) -> Outcome {
    let body = call.object()?;
    let text = written(&body)?.ok_or_else(no_body)?;
    let target = target(state, call, kind, &body)?;
    check_comments(state, call, target)?;
    let mut comment = Comment::new(target.id.clone(), text).author(&call.caller);
    if kind == Kind::InlineComment && !target.kind.is_comment() {
        comment.selection = Some(selection(&body, target)?);
    }
    let id = state.add_content(comment);
    let comment = state.content(kind, &id, &call.caller)?;
    Ok(Answer::json(201, &shown::whole(state, call, comment)))
}

/// Goes on only if the caller may comment where a content is.
fn check_comments(state: &State, call: &Call<'_>, content: &Content) -> Result<(), Problem> {
    let space = state.space_of(content);
    if space.is_some_and(|space| state.writes(&call.caller, space, Kind::FooterComment)) {
        return Ok(());
    }
    let message = "You are not permitted to comment in this space";
    Err(Problem::not_permitted(call.version, message))
}

/// The piece of text that a new inline comment is about.
fn selection(body: &Map<String, Value>, target: &Content) -> Result<String, Problem> {
    let said = |name: &str| body.get("inlineCommentProperties")?.get(name);
    let selected = said("textSelection")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| {
            Problem::bad_request("'inlineCommentProperties.textSelection' is required")
        })?;
    let found = plain(&target.body).matches(selected).count() as u64;
    let number = |name: &str| said(name).and_then(Value::as_u64);
    if number("textSelectionMatchCount").is_some_and(|count| count != found)
        || number("textSelectionMatchIndex").unwrap_or(0) >= found
    {
        return Err(Problem::bad_request(format!(
            "The text that is selected occurs {found} times"
        )));
    }
    Ok(selected.to_owned())
}

/// A text in storage format without its tags.
fn plain(body: &str) -> String {
    let pieces = body.split('<').enumerate();
    pieces
        .filter_map(|(at, piece)| match at {
            0 => Some(piece),
            _ => piece.split_once('>').map(|(_, text)| text),
        })
        .collect()
}

/// How far the talk about a piece of text has come; none goes on about a text that is gone.
pub(super) fn resolution<'s>(state: &State, comment: &'s Content) -> &'s str {
    let gone = |selection: &String| {
        let about = state.subject_of(comment);
        about.is_none_or(|about| !plain(&about.body).contains(selection.as_str()))
    };
    if comment.selection.as_ref().is_some_and(gone) {
        return "dangling";
    }
    &comment.resolution
}

fn update(state: &mut State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    let mut comment = state.content(kind, id, &call.caller)?.clone();
    let body = call.object()?;
    let text = written(&body)?;
    let resolved = body.get("resolved").and_then(Value::as_bool);
    let resolved = resolved.filter(|_| kind == Kind::InlineComment);
    match text {
        Some(_) => state.check_edits(call, &comment)?,
        None if kind == Kind::FooterComment => return Err(no_body()),
        None => check_comments(state, call, &comment)?,
    }
    if resolution(state, &comment) == "dangling" {
        return Err(Problem::bad_request("The text that it is about is gone"));
    }
    let message = next_version(&body, comment.number())?;
    if let Some(text) = text {
        text.clone_into(&mut comment.body);
    }
    if let Some(resolved) = resolved {
        resolve(state, call, &mut comment, resolved)?;
    }
    let comment = state.put_version(comment, &call.caller, &message, false)?;
    Ok(Answer::json(200, &shown::whole(state, call, &comment)))
}

/// Ends the talk about a piece of text, or begins it anew.
fn resolve(
    state: &State,
    call: &Call<'_>,
    comment: &mut Content,
    resolved: bool,
) -> Result<(), Problem> {
    if comment.selection.is_none() {
        return Err(Problem::bad_request("A reply cannot be resolved"));
    }
    let next = if resolved { "resolved" } else { "reopened" };
    if resolved != (comment.resolution == "resolved") {
        next.clone_into(&mut comment.resolution);
        comment.resolution_by = Some(call.caller.clone());
        comment.resolution_at = Some(state.time());
    }
    Ok(())
}

/// For good: comments have no trash. The replies go with it.
fn delete(state: &mut State, call: &Call<'_>, kind: Kind, id: &str) -> Outcome {
    state.check_edits(call, state.content(kind, id, &call.caller)?)?;
    state.remove_contents(|one| one.id == id);
    Ok(Answer::empty(204))
}
