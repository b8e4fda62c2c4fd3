//! Attachments, in v2.

use super::call::Call;
use super::kinds::Kind;
use super::problem::{Outcome, Problem};
use super::state::State;
use super::{media, trash};

/// The part of `/wiki/api/v2/attachments/…` that attachments have for themselves.
pub(super) fn route(state: &mut State, call: &Call<'_>, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("DELETE", [id]) => trash::delete(state, call, Kind::Attachment, id),
        ("GET", [id, "thumbnail", "download"]) => thumbnail(state, call, id),
        _ => return None,
    })
}

/// Where the small image is, which here is as large as the file.
fn thumbnail(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let attachment = state.content(Kind::Attachment, id, &call.caller)?;
    if attachment.file.media_type.starts_with("image/") {
        return media::redirect(state, call, attachment);
    }
    Err(Problem::not_found("The attachment has no thumbnail"))
}
