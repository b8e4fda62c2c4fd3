//! Attachments in v1: uploaded, changed and downloaded.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::call::{Call, id, required, text};
use super::contents::Content;
use super::kinds::Kind;
use super::problem::{Outcome, Problem};
use super::seed::Attachment;
use super::state::State;
use super::{media, users};
use crate::testing::file::File;
use crate::testing::multipart::{self, Part};
use crate::testing::server::Answer;

/// `/wiki/rest/api/content/{id}/child/attachment/…`
pub(super) fn route(
    state: &mut State,
    call: &Call<'_>,
    on: &str,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("POST", []) => create(state, call, on, false),
        ("PUT", []) => create(state, call, on, true),
        ("PUT", [attachment]) => update(state, call, on, attachment),
        ("POST", [attachment, "data"]) => update_data(state, call, on, attachment),
        ("GET", [attachment, "download"]) => {
            find(state, call, on, attachment).and_then(|found| download(state, call, found))
        }
        _ => return None,
    })
}

/// An attachment as v1 shows one.
fn shown(state: &State, call: &Call<'_>, attachment: &Content) -> Value {
    let (webui, download) = media::links(attachment);
    let file = &attachment.file;
    let version = attachment.versions.last().map(|version| {
        let by = state.users.get(&version.author_id);
        json!({
            "by": by.map(|user| users::first(state, call, user)),
            "when": version.created_at,
            "message": version.message,
            "number": version.number,
            "minorEdit": false,
        })
    });
    json!({
        "id": attachment.id,
        "type": "attachment",
        "status": attachment.status,
        "title": attachment.title,
        "version": version,
        "extensions": {
            "mediaType": file.media_type,
            "fileSize": file.bytes.len(),
            "comment": file.comment,
            "fileId": media::file_id(attachment),
        },
        "_expandable": { "container": format!("/rest/api/content/{}", attachment.holder_id) },
        "_links": {
            "self": format!("{}/rest/api/content/{}", state.base(), attachment.id),
            "webui": webui,
            "download": download,
        },
    })
}

/// The page or blog post that a path names.
fn holder<'s>(state: &'s State, call: &Call<'_>, on: &str) -> Result<&'s Content, Problem> {
    let holder = state.any_content(on, &call.caller)?;
    if holder.kind.is_post() {
        return Ok(holder);
    }
    Err(Problem::not_found(
        "Files are attached to pages and blog posts only",
    ))
}

/// The attachment of a content that a path names.
fn find<'s>(
    state: &'s State,
    call: &Call<'_>,
    on: &str,
    attachment: &str,
) -> Result<&'s Content, Problem> {
    let holder = holder(state, call, on)?;
    let found = state.content(Kind::Attachment, attachment, &call.caller)?;
    if found.holder_id == holder.id {
        return Ok(found);
    }
    Err(Problem::not_found("The attachment is one of other content"))
}

/// What an upload says: its files, each with its name.
fn uploaded(call: &Call<'_>) -> Result<Vec<(String, File)>, Problem> {
    // A browser cannot be tricked into sending it: that is how forged requests are told.
    if !matches!(
        call.header("x-atlassian-token"),
        Some("no-check" | "nocheck")
    ) {
        return Err(Problem::forbidden("XSRF check failed"));
    }
    let parts = multipart::parts(call.header("content-type").unwrap_or_default(), call.body);
    let parts =
        parts.ok_or_else(|| Problem::bad_request("The body must be multipart/form-data"))?;
    let comment = parts.iter().find(|part| part.name == "comment");
    let comment = comment.map(|part| String::from_utf8_lossy(part.content).into_owned());
    let comment = comment.unwrap_or_default();
    let files = parts.iter().filter(|part| part.name == "file");
    let files: Vec<(String, File)> = files.filter_map(|part| file(part, &comment)).collect();
    if files.is_empty() {
        return Err(Problem::bad_request(
            "At least one part called 'file' with a file name is required",
        ));
    }
    Ok(files)
}

fn file(part: &Part<'_>, comment: &str) -> Option<(String, File)> {
    let name = part.file_name.clone().filter(|name| !name.is_empty())?;
    let media_type = part.media_type.as_deref();
    let file = File {
        media_type: media_type.unwrap_or("application/octet-stream").to_owned(),
        bytes: Bytes::copy_from_slice(part.content),
        comment: comment.to_owned(),
    };
    Some((name, file))
}

fn name_taken(name: &str) -> Problem {
    Problem::bad_request(format!(
        "Cannot add a new attachment with same file name as an existing attachment: {name}"
    ))
}

/// Attaches files; one whose name is taken is a new version of the other only if it `replaces` it.
fn create(state: &mut State, call: &Call<'_>, on: &str, replaces: bool) -> Outcome {
    let holder = holder(state, call, on)?;
    if holder.status != call.query("status").unwrap_or("current") {
        return Err(Problem::not_found("The content has another status"));
    }
    let space = state.space_of(holder);
    if !space.is_some_and(|space| state.writes(&call.caller, space, Kind::Attachment)) {
        return Err(Problem::forbidden(
            "You are not permitted to attach files in this space",
        ));
    }
    let holder = holder.id.clone();
    let files = uploaded(call)?;
    let taken = |name: &String| state.attached(&holder, name).is_some();
    if let Some((name, _)) = files.iter().find(|(name, _)| !replaces && taken(name)) {
        return Err(name_taken(name));
    }
    let mut results = Vec::new();
    for (name, file) in files {
        let id = match state.attached(&holder, &name).cloned() {
            Some(known) => put_file(state, call, known, file)?.id,
            None => {
                let mut attachment =
                    Attachment::new(&holder, name, Bytes::new()).author(&call.caller);
                attachment.file = file;
                state.add_content(attachment)
            }
        };
        let attachment = state.content(Kind::Attachment, &id, &call.caller)?;
        results.push(shown(state, call, attachment));
    }
    let count = results.len();
    let body = json!({
        "results": results, "start": 0, "limit": 50, "size": count,
        "_links": { "base": state.base(), "context": "/wiki" },
    });
    Ok(Answer::json(200, &body))
}

/// Keeps a file as the next version of an attachment.
fn put_file(
    state: &mut State,
    call: &Call<'_>,
    mut attachment: Content,
    file: File,
) -> Result<Content, Problem> {
    let message = file.comment.clone();
    attachment.file = file;
    state.put_version(attachment, &call.caller, &message, false)
}

fn update_data(state: &mut State, call: &Call<'_>, on: &str, attachment: &str) -> Outcome {
    let mut attachment = find(state, call, on, attachment)?.clone();
    if !state.edits(&call.caller, &attachment) {
        return Err(Problem::not_found(
            "You are not permitted to change this attachment",
        ));
    }
    let (name, file) = uploaded(call)?.remove(0);
    check_name(state, &attachment, &name)?;
    attachment.title = name;
    let attachment = put_file(state, call, attachment, file)?;
    Ok(Answer::json(200, &shown(state, call, &attachment)))
}

/// No two files of a content have one name.
fn check_name(state: &State, attachment: &Content, name: &str) -> Result<(), Problem> {
    if name.chars().count() > 255 {
        return Err(Problem::bad_request(
            "The name must not be longer than 255 characters",
        ));
    }
    let known = state.attached(&attachment.holder_id, name);
    match known.filter(|known| known.id != attachment.id) {
        Some(_) => Err(name_taken(name)),
        None => Ok(()),
    }
}

/// Changes what is known of a file, or where it hangs; that makes no new version.
fn update(state: &mut State, call: &Call<'_>, on: &str, attachment: &str) -> Outcome {
    let mut attachment = find(state, call, on, attachment)?.clone();
    state.check_edits(call, &attachment)?;
    let body = call.object()?;
    let named = body.get("id").and_then(id);
    if !named.is_some_and(|id| attachment.is_called(&id))
        || required(&body, "type")? != "attachment"
    {
        return Err(Problem::bad_request(
            "'id' must be the same as in the path, and 'type' must be attachment",
        ));
    }
    let number = body
        .get("version")
        .and_then(|version| version.get("number"));
    let number = number.and_then(Value::as_u64);
    let number = number.ok_or_else(|| Problem::bad_request("'version.number' is required"))?;
    if number != attachment.number() {
        return Err(Problem::conflict("The version must be the current one"));
    }
    if let Some(container) = body
        .get("container")
        .and_then(|one| one.get("id"))
        .and_then(id)
    {
        let target = holder(state, call, &container)?;
        state.check_edits(call, target)?;
        attachment.holder_id.clone_from(&target.id);
    }
    describe(&body, &mut attachment);
    check_name(state, &attachment, &attachment.title)?;
    attachment.renew_version();
    state.content_mut(&attachment.id)?.clone_from(&attachment);
    Ok(Answer::json(200, &shown(state, call, &attachment)))
}

/// Takes over what a body says about a file.
fn describe(body: &Map<String, Value>, attachment: &mut Content) {
    let metadata = body.get("metadata").and_then(Value::as_object);
    let said = |name: &str| text(metadata?, name);
    for (said, known) in [
        (text(body, "title"), &mut attachment.title),
        (said("mediaType"), &mut attachment.file.media_type),
        (said("comment"), &mut attachment.file.comment),
    ] {
        if let Some(said) = said {
            said.clone_into(known);
        }
    }
}

fn download(state: &State, call: &Call<'_>, attachment: &Content) -> Outcome {
    let statuses = call.query_all("status");
    if statuses.is_some_and(|wanted| !wanted.contains(&attachment.status.as_str())) {
        return Err(Problem::not_found("The attachment has another status"));
    }
    media::redirect(state, call, attachment)
}
