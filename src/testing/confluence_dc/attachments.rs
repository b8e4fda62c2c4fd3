//! Files attached to pages and blog posts.

use bytes::Bytes;
use serde_json::{Value, json};

use super::call::Call;
use super::contents;
use super::journal::{self, Change};
use super::list::list;
use super::multipart::{self, Part};
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Content, Edit};
use super::state::State;
use crate::testing::file::File;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of attachments.
const LIMITS: Limits = Limits {
    default: 50,
    most: 200,
};

/// The largest file, in bytes.
const LARGEST_FILE: usize = 100 << 20;

/// The routes of attachments.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    let (id, rest) = match path.as_slice() {
        ["", "download", "attachments", id, name] if method == "GET" => {
            return Some(download(state, call, id, name));
        }
        ["content", id, "child", "attachment", rest @ ..] => (id, rest),
        _ => return None,
    };
    Some(match (method, rest) {
        ("GET", []) => all(state, call, id),
        ("POST", []) => create(state, call, id),
        ("PUT", [attachment]) => update(state, call, id, attachment),
        ("DELETE", [attachment]) => delete(state, call, id, attachment),
        ("POST", [attachment, "data"]) => update_data(state, call, id, attachment),
        ("POST", [attachment, "move"]) => change_place(state, call, id, attachment),
        ("GET", [attachment, "extractedtext"]) => extracted_text(state, call, id, attachment),
        ("DELETE", [attachment, "version", version]) => {
            delete_version(state, call, id, attachment, version)
        }
        _ => return None,
    })
}

/// What is attached to a content.
fn attached(state: &State, to: u64) -> impl Iterator<Item = &Content> {
    state.contents.values().filter(move |content| {
        content.file.is_some() && content.parent == Some(to) && content.status == "current"
    })
}

fn all(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let holder = state.visible_content(&call.caller, id)?.id;
    let fits = |content: &&Content| {
        let media_type = content.file.as_ref().map(|file| file.media_type.as_str());
        call.query("filename")
            .is_none_or(|name| name == content.title)
            && call
                .query("mediaType")
                .is_none_or(|wanted| media_type == Some(wanted))
    };
    let files: Vec<&Content> = attached(state, holder).filter(fits).collect();
    let expand = call.expand();
    list(
        state,
        call,
        &files,
        |_| true,
        LIMITS,
        |file| render::content(state, file, &expand),
    )
}

/// The attachment of a content that a path names.
fn find<'s>(
    state: &'s State,
    call: &Call<'_>,
    id: &str,
    attachment: &str,
) -> Result<&'s Content, Problem> {
    let holder = state.visible_content(&call.caller, id)?.id;
    let found = state.visible_content(&call.caller, attachment)?;
    if found.file.is_some() && found.parent == Some(holder) && found.status == "current" {
        return Ok(found);
    }
    Err(Problem::not_found(format!(
        "No attachment found with id {attachment} on the content {id}"
    )))
}

/// The same, to be changed by a caller who may edit what it hangs on.
fn find_mut<'s>(
    state: &'s mut State,
    call: &Call<'_>,
    id: &str,
    attachment: &str,
) -> Result<&'s mut Content, Problem> {
    let number = find(state, call, id, attachment)?.id;
    state.editable_content_mut(&call.caller, id)?;
    state.content_mut(number)
}

/// What an upload says: its files, and the comment for the list of versions.
struct Upload {
    files: Vec<(String, File)>,
    comment: String,
}

fn upload(call: &Call<'_>) -> Result<Upload, Problem> {
    let parts = multipart::uploaded(call)?;
    let comment = parts.iter().find(|part| part.name == "comment");
    let comment = comment.map(|part| String::from_utf8_lossy(part.content).into_owned());
    let comment = comment.unwrap_or_default();
    let files = parts.iter().filter(|part| part.name == "file");
    let files = files
        .map(|part| file(part, &comment))
        .collect::<Result<Vec<_>, _>>()?;
    if files.is_empty() {
        return Err(Problem::bad_request(
            "At least one part called 'file' with a file name is required",
        ));
    }
    Ok(Upload { files, comment })
}

fn file(part: &Part<'_>, comment: &str) -> Result<(String, File), Problem> {
    let name = part.file_name.as_deref().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Problem::bad_request("A file needs a name"))?;
    if part.content.len() > LARGEST_FILE {
        return Err(Problem::new(
            413,
            format!("The file {name} is larger than {LARGEST_FILE} bytes"),
        ));
    }
    let media_type = part.media_type.as_deref();
    let file = File {
        media_type: media_type.unwrap_or("application/octet-stream").to_owned(),
        bytes: Bytes::copy_from_slice(part.content),
        comment: comment.to_owned(),
    };
    Ok((name.to_owned(), file))
}

fn create(state: &mut State, call: &Call<'_>, id: &str) -> Outcome {
    let caller = state.need_user(&call.caller)?;
    let holder = state.visible_content(&call.caller, id)?;
    let (holder, space) = (holder.id, holder.space.clone());
    state.need_in_space(&call.caller, &space, "attachment", "create")?;
    let upload = upload(call)?;
    let replace = call.query("allowDuplicated") == Some("true");
    let taken = |name: &str| attached(state, holder).find(|file| file.title == name);
    if let Some(found) = upload.files.iter().find_map(|(name, _)| taken(name))
        && !replace
    {
        return Err(Problem::bad_request(format!(
            "Cannot add a new attachment with same file name as an existing attachment: {}",
            found.title
        )));
    }
    let mut stored = Vec::new();
    for (name, file) in upload.files {
        let known = attached(state, holder).find(|file| file.title == name);
        let number = match known.map(|known| known.id) {
            Some(number) => {
                put_version(state, call, number, file, &upload.comment)?;
                number
            }
            None => {
                let mut content = Content::attachment(holder, name, file.bytes);
                content.creator.clone_from(&caller);
                content.edit.message.clone_from(&upload.comment);
                if let Some(kept) = content.file.as_mut() {
                    kept.media_type = file.media_type;
                    kept.comment = file.comment;
                }
                let number = state.add_content(content);
                note(state, call, number, "created");
                number
            }
        };
        stored.push(number);
    }
    let stored: Vec<&Content> = stored
        .iter()
        .filter_map(|number| state.contents.get(number))
        .collect();
    contents::list_of(state, call, &stored)
}

/// Stores a file as the next version of an attachment.
fn put_version(
    state: &mut State,
    call: &Call<'_>,
    number: u64,
    file: File,
    comment: &str,
) -> Result<(), Problem> {
    let mut edit = Edit::by(state.need_user(&call.caller)?, state.clock.tick());
    comment.clone_into(&mut edit.message);
    let content = state.content_mut(number)?;
    content.begin_version(edit);
    content.file = Some(file);
    note(state, call, number, "updated");
    Ok(())
}

/// Notes what was done to an attachment.
fn note(state: &mut State, call: &Call<'_>, number: u64, done: &str) {
    if let Some(content) = state.contents.get(&number) {
        let change = Change::content(content, done);
        journal::note(state, &call.caller, change);
    }
}

fn one(state: &State, call: &Call<'_>, number: u64) -> Outcome {
    let content = state.visible_content(&call.caller, &number.to_string())?;
    Ok(contents::one(state, call, content))
}

fn update_data(state: &mut State, call: &Call<'_>, id: &str, attachment: &str) -> Outcome {
    let number = find_mut(state, call, id, attachment)?.id;
    let mut upload = upload(call)?;
    let (_, file) = upload.files.remove(0);
    put_version(state, call, number, file, &upload.comment)?;
    one(state, call, number)
}

fn update(state: &mut State, call: &Call<'_>, id: &str, attachment: &str) -> Outcome {
    let body = call.object()?;
    let current = find_mut(state, call, id, attachment)?;
    let number = current.id;
    contents::check_next_version(&body, current.version)?;
    let named = body.get("id").and_then(Value::as_str);
    if named.is_some_and(|named| named != current.wire_id() && named != number.to_string()) {
        return Err(Problem::bad_request("The id in the body is another one"));
    }
    let holder = match body.get("container").and_then(contents::id_in) {
        Some(holder) => Some(state.editable_content_mut(&call.caller, &holder)?.id),
        None => None,
    };
    let edit = Edit::by(state.need_user(&call.caller)?, state.clock.tick());
    let content = state.content_mut(number)?;
    content.begin_version(edit);
    content.parent = holder.or(content.parent);
    if let Some(title) = body.get("title").and_then(Value::as_str) {
        title.clone_into(&mut content.title);
    }
    if let Some(file) = content.file.as_mut() {
        let said = |name: &str| body.get("metadata")?.get(name)?.as_str();
        if let Some(comment) = said("comment") {
            comment.clone_into(&mut file.comment);
        }
        if let Some(media_type) = said("mediaType") {
            media_type.clone_into(&mut file.media_type);
        }
    }
    note(state, call, number, "updated");
    one(state, call, number)
}

fn change_place(state: &mut State, call: &Call<'_>, id: &str, attachment: &str) -> Outcome {
    let number = find_mut(state, call, id, attachment)?.id;
    let (name, holder) = (call.query("newName"), call.query("newContentId"));
    if name.is_none() && holder.is_none() {
        return Err(Problem::bad_request(
            "Either newName or newContentId must be given",
        ));
    }
    let holder = match holder {
        Some(holder) => {
            let holder = state.editable_content_mut(&call.caller, holder)?;
            Some((holder.id, holder.space.clone()))
        }
        None => None,
    };
    let content = state.content_mut(number)?;
    if let Some(name) = name {
        name.clone_into(&mut content.title);
    }
    if let Some((holder, space)) = holder {
        content.parent = Some(holder);
        content.space = space;
    }
    Ok(Answer::empty(204))
}

/// Whether the caller may delete an attachment.
fn need_to_delete(state: &State, call: &Call<'_>, content: &Content) -> Result<(), Problem> {
    if state.owns(&call.caller, content) {
        let own = state.need_in_space(&call.caller, &content.space, "space", "delete_own");
        if own.is_ok() {
            return own;
        }
    }
    state.need_in_space(&call.caller, &content.space, "attachment", "delete")
}

fn delete(state: &mut State, call: &Call<'_>, id: &str, attachment: &str) -> Outcome {
    let content = find(state, call, id, attachment)?;
    need_to_delete(state, call, content)?;
    let number = content.id;
    "trashed".clone_into(&mut state.content_mut(number)?.status);
    note(state, call, number, "trashed");
    Ok(Answer::empty(204))
}

fn delete_version(
    state: &mut State,
    call: &Call<'_>,
    id: &str,
    attachment: &str,
    version: &str,
) -> Outcome {
    let content = find(state, call, id, attachment)?;
    need_to_delete(state, call, content)?;
    let number = content.id;
    let missing = || Problem::not_found(format!("The attachment has no version {version}"));
    let version: u32 = version.parse().map_err(|_| missing())?;
    let content = state.content_mut(number)?;
    if content.earlier.remove(&version).is_some() {
        return Ok(Answer::empty(204));
    }
    if content.version != version {
        return Err(missing());
    }
    // The version before it is the current one from now on.
    let before = content.earlier.keys().last().copied();
    let Some(before) = before.and_then(|before| content.as_of(before)) else {
        return Err(Problem::bad_request("The only version cannot be deleted"));
    };
    *content = before;
    Ok(Answer::empty(204))
}

/// The text of a file that is text; the server finds none in others.
fn extracted_text(state: &State, call: &Call<'_>, id: &str, attachment: &str) -> Outcome {
    let content = find(state, call, id, attachment)?;
    let text = content
        .file
        .as_ref()
        .filter(|file| file.media_type.starts_with("text/"))
        .and_then(|file| std::str::from_utf8(&file.bytes).ok());
    let Some(text) = text else {
        return Ok(Answer::empty(204));
    };
    let most = call.number("limit")?.unwrap_or(usize::MAX);
    let text: String = text.chars().take(most).collect();
    Ok(Answer::json(200, &json!({ "extractedText": text })))
}

/// The file itself, of the current version or the one that the query names.
fn download(state: &State, call: &Call<'_>, id: &str, name: &str) -> Outcome {
    let missing = || Problem::not_found(format!("The content {id} has no attachment {name}"));
    let holder = state.visible_content(&call.caller, id)?.id;
    let content = attached(state, holder)
        .find(|content| content.title == name)
        .ok_or_else(missing)?;
    let version = match call.query("version").map(str::parse) {
        Some(Ok(version)) => content.at_version(version),
        _ => Some(content.clone()),
    };
    let file = version.and_then(|version| version.file);
    let file = file.ok_or_else(missing)?;
    let name = name.replace(['"', '\\'], "_");
    Ok(
        Answer::raw(200, &file.media_type, file.bytes.to_vec()).header(
            "content-disposition",
            format!("attachment; filename=\"{name}\""),
        ),
    )
}
