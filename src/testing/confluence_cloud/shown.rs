//! How v2 shows content.

use serde_json::{Value, json};

use super::call::Call;
use super::contents::Content;
use super::kinds::Kind;
use super::lists::included;
use super::seed::ContentVersion;
use super::state::State;
use super::{comments, labels, media, properties};

pub(super) fn version(version: &ContentVersion) -> Value {
    json!({
        "number": version.number,
        "message": version.message,
        "minorEdit": false,
        "authorId": version.author_id,
        "createdAt": version.created_at,
    })
}

pub(super) fn like(account_id: &str) -> Value {
    json!({ "accountId": account_id })
}

/// The body in the format that was asked for. The text is that of the storage format, whatever is asked.
fn body(call: &Call<'_>, text: &str) -> Value {
    match call.query("body-format") {
        Some(format) => json!({ format: { "representation": format, "value": text } }),
        None => json!({}),
    }
}

/// Content as lists show it.
pub(super) fn row(state: &State, call: &Call<'_>, content: &Content) -> Value {
    let mut shown = match content.kind {
        Kind::Page => page(content),
        Kind::BlogPost => blog_post(content),
        Kind::FooterComment => comment(state, content),
        Kind::InlineComment => inline_comment(state, content),
        Kind::Attachment => attachment(state, content),
    };
    shown["id"] = json!(content.id);
    shown["status"] = json!(content.status);
    shown["version"] = json!(content.versions.last().map(version));
    if content.kind != Kind::Attachment {
        shown["body"] = body(call, &content.body);
    }
    shown
}

fn page(page: &Content) -> Value {
    let mut shown = blog_post(page);
    shown["parentId"] = json!(page.parent_id);
    shown["parentType"] = json!(page.parent_id.as_ref().map(|_| "page"));
    shown["position"] = Value::Null;
    shown["ownerId"] = json!(page.owner_id);
    shown["lastOwnerId"] = Value::Null;
    shown
}

/// A blog post, which has no more than a page has.
fn blog_post(post: &Content) -> Value {
    json!({
        "title": post.title,
        "spaceId": post.space_id,
        "authorId": post.author_id,
        "createdAt": post.created_at,
        "_links": {
            "webui": format!("/{}/{}", post.kind.path(), post.id),
            "editui": format!("/pages/edit-v2/{}", post.id),
            "tinyui": format!("/x/{}", post.id),
        },
    })
}

fn comment(state: &State, comment: &Content) -> Value {
    let mut shown = json!({});
    let about = state.subject_of(comment);
    if let Some(about) = about {
        shown["title"] = json!(format!("Re: {}", about.title));
        shown[about.kind.id_field()] = json!(about.id);
    }
    if about.is_none_or(|about| about.id != comment.holder_id) {
        shown["parentCommentId"] = json!(comment.holder_id);
    }
    let post = state.post_of(comment);
    let path = post.map(|post| format!("/{}/{}", post.kind.path(), post.id));
    let path = path.unwrap_or_default();
    shown["_links"] = json!({ "webui": format!("{path}?focusedCommentId={}", comment.id) });
    shown
}

fn inline_comment(state: &State, content: &Content) -> Value {
    let mut shown = comment(state, content);
    if let Some(selection) = &content.selection {
        shown["resolutionStatus"] = json!(comments::resolution(state, content));
        shown["resolutionLastModifierId"] = json!(content.resolution_by);
        shown["resolutionLastModifiedAt"] = json!(content.resolution_at);
        shown["properties"] = json!({
            "inlineMarkerRef": format!("00000000-0000-4000-b000-{:0>12}", content.id),
            "inlineOriginalSelection": selection,
        });
    }
    shown
}

fn attachment(state: &State, attachment: &Content) -> Value {
    let (webui, download) = media::links(attachment);
    let mut shown = json!({
        "title": attachment.title,
        "createdAt": attachment.created_at,
        "mediaType": attachment.file.media_type,
        "mediaTypeDescription": null,
        "comment": attachment.file.comment,
        "fileId": media::file_id(attachment),
        "fileSize": attachment.file.bytes.len(),
        "webuiLink": webui,
        "downloadLink": download,
        "_links": { "webui": webui, "download": download },
    });
    if let Some(post) = state.post_of(attachment) {
        shown[post.kind.id_field()] = json!(post.id);
    }
    shown
}

/// A single content, with what was asked for beside it.
pub(super) fn whole(state: &State, call: &Call<'_>, content: &Content) -> Value {
    let mut shown = row(state, call, content);
    shown["_links"]["base"] = json!(state.base());
    let path = format!("/wiki/api/v2/{}/{}", content.kind.path(), content.id);
    for name in ["labels", "properties", "versions", "operations", "likes"] {
        if !call.switch(&format!("include-{name}")) {
            continue;
        }
        let Value::Object(part) =
            included(&part(state, call, content, name), &format!("{path}/{name}"))
        else {
            continue;
        };
        // The properties of an inline comment stand beside what it is about.
        match shown.get_mut(name).and_then(Value::as_object_mut) {
            Some(known) => known.extend(part),
            None => shown[name] = Value::Object(part),
        }
    }
    if call.query("include-version") == Some("false")
        && let Some(shown) = shown.as_object_mut()
    {
        shown.remove("version");
    }
    shown
}

/// What there is beside a content under one name.
fn part(state: &State, call: &Call<'_>, content: &Content, name: &str) -> Vec<Value> {
    match name {
        "labels" => content
            .labels
            .iter()
            .map(|name| labels::shown(name))
            .collect(),
        "properties" => content
            .properties
            .iter()
            .map(properties::of_content)
            .collect(),
        "versions" => content.versions.iter().rev().map(version).collect(),
        "operations" => operations(state, call, content),
        _ => content.likes.iter().map(|account| like(account)).collect(),
    }
}

/// What the caller may do with a content.
pub(super) fn operations(state: &State, call: &Call<'_>, content: &Content) -> Vec<Value> {
    let all = ["read", "update", "delete"];
    let most = if state.edits(&call.caller, content) {
        all.len()
    } else {
        1
    };
    let target = content.kind.target();
    all.iter()
        .take(most)
        .map(|operation| json!({ "operation": operation, "targetType": target }))
        .collect()
}

/// One version with its neighbours in the history.
pub(super) fn version_in(content: &Content, one: &ContentVersion) -> Value {
    let mut shown = version(one);
    shown["contentTypeModified"] = json!(false);
    shown["collaborators"] = json!([one.author_id]);
    if one.number > 1 {
        shown["prevVersion"] = json!(one.number - 1);
    }
    if one.number < content.number() {
        shown["nextVersion"] = json!(one.number + 1);
    }
    shown
}
