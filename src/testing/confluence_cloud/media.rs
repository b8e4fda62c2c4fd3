//! Where the files of attachments are: at a service of their own, which takes an address for a credential.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use wiremock::Request;

use super::call::Call;
use super::contents::Content;
use super::kinds::Kind;
use super::problem::{Outcome, Problem};
use super::state::State;
use crate::testing::server::Answer;

/// Where the paths of that service begin.
pub(super) const PREFIX: &str = "/file/";

/// The id of the file of an attachment, another one for each version.
pub(super) fn file_id(attachment: &Content) -> String {
    let number = attachment.id.trim_start_matches("att");
    format!("{:08x}-0000-4000-a000-{number:0>12}", attachment.number())
}

/// The paths of an attachment in the browser, and of its file.
pub(super) fn links(attachment: &Content) -> (String, String) {
    let (holder, id) = (&attachment.holder_id, &attachment.id);
    let name = utf8_percent_encode(&attachment.title, NON_ALPHANUMERIC);
    let version = attachment.number();
    (
        format!(
            "/pages/viewpageattachments.action?pageId={holder}&preview=%2F{holder}%2F{id}%2F{name}"
        ),
        format!("/download/attachments/{holder}/{name}?version={version}&api=v2"),
    )
}

/// What opens a file, as the part of its address that nobody guesses.
fn token(file_id: &str) -> String {
    format!("token-of-{file_id}")
}

/// Sends the caller to the file of an attachment, of the version that the query names.
pub(super) fn redirect(state: &State, call: &Call<'_>, attachment: &Content) -> Outcome {
    let version = match call.query("version") {
        Some(number) => attachment.as_of(number)?,
        None => attachment.clone(),
    };
    let id = file_id(&version);
    let name = utf8_percent_encode(&version.title, NON_ALPHANUMERIC);
    // The same server by another name is another host to a client.
    let host = state.origin.replacen("127.0.0.1", "localhost", 1);
    let target = format!("{host}{PREFIX}{id}/binary?token={}&name={name}", token(&id));
    Ok(Answer::empty(302).header("location", target))
}

/// Sends the caller to the file of this name, by the path that answers give as a link.
pub(super) fn by_name(state: &State, call: &Call<'_>, holder: &str, name: &str) -> Outcome {
    let holder = state.any_content(holder, &call.caller)?;
    let attachment = state.attached(&holder.id, name);
    let attachment = attachment.ok_or_else(|| Problem::not_found("There is no such file"))?;
    redirect(state, call, attachment)
}

/// A file, for whoever has its address, and for nobody who sends a credential along.
pub(super) fn serve(state: &State, request: &Request) -> Answer {
    let path = request.url.path().strip_prefix(PREFIX);
    let id = path.and_then(|path| path.strip_suffix("/binary"));
    let given = |name: &str| {
        let mut query = request.url.query_pairs();
        query.find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let file = id.and_then(|id| Some((id, file(state, id)?)));
    let Some((id, content)) = file else {
        return Problem::not_found("There is no such file").of_both();
    };
    if request.headers.contains_key("authorization") {
        return Problem::bad_request("No credential belongs here").of_both();
    }
    if given("token").is_none_or(|given| given != token(id)) {
        return Problem::forbidden("The address opens no file").of_both();
    }
    let name = content.title.replace(['"', '\\'], "_");
    Answer::raw(200, &content.file.media_type, content.file.bytes.to_vec()).header(
        "content-disposition",
        format!("attachment; filename=\"{name}\""),
    )
}

/// The attachment in the version that has this file.
fn file(state: &State, id: &str) -> Option<Content> {
    let mut versions = state.of_kind(Kind::Attachment).flat_map(|attachment| {
        let numbers = attachment.versions.iter().map(|one| one.number.to_string());
        numbers.filter_map(|number| attachment.as_of(&number).ok())
    });
    versions.find(|version| file_id(version) == id)
}
