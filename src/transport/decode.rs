//! Turns a successful answer into the value that its operation gives.

use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, one_line, place_of};
use crate::transport::classify;
use crate::transport::execute::RawAnswer;

/// An operation that answers nothing: a body that comes all the same is not looked at, unless it is
/// a page that shows that somebody else answered.
pub(crate) fn nothing(raw: &RawAnswer) -> Result<(), Error> {
    if classify::is_html(&raw.headers, &raw.body) {
        return Err(raw.error(classify::html(raw.status)));
    }
    Ok(())
}

/// JSON.
pub(crate) fn json<T: DeserializeOwned>(raw: &RawAnswer) -> Result<T, Error> {
    let text = json_text(raw)?;
    serde_json::from_slice(text).map_err(|error| unreadable(raw, text, &error))
}

/// JSON, or nothing.
pub(crate) fn maybe<T: DeserializeOwned>(raw: &RawAnswer) -> Result<Option<T>, Error> {
    if raw.body.trim_ascii().is_empty() {
        return Ok(None);
    }
    json(raw).map(Some)
}

/// Plain text.
pub(crate) fn text(raw: &RawAnswer) -> Result<String, Error> {
    if classify::is_html(&raw.headers, &raw.body) {
        return Err(raw.error(classify::html(raw.status)));
    }
    let text = raw.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&raw.body);
    String::from_utf8(text.to_vec())
        .map_err(|_| raw.error(Error::new(ErrorKind::NotUtf8, "the answer is no UTF-8")))
}

/// The id of what was created: the last segment of `Location`.
pub(crate) fn created(raw: &RawAnswer) -> Result<String, Error> {
    nothing(raw)?;
    let location = raw.headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok());
    let path = location.map(|location| location.split(['?', '#']).next().unwrap_or_default());
    let segment = path.and_then(|path| path.trim_end_matches('/').rsplit('/').next());
    let id = segment.map(|id| percent_encoding::percent_decode_str(id).decode_utf8_lossy().into_owned());
    id.filter(|id| !id.is_empty()).ok_or_else(|| {
        let message = "it was created, but the answer's `Location` names no id";
        raw.error(Error::new(ErrorKind::Mismatch, message).with_note("list what is there to find it"))
    })
}

/// The JSON of an answer, once it is clear that there is some.
fn json_text(raw: &RawAnswer) -> Result<&[u8], Error> {
    let text = raw.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&raw.body);
    // A service that labels its JSON as HTML is believed by the first byte.
    let first = text.trim_ascii_start().first();
    if !matches!(first, Some(b'{' | b'[')) && classify::is_html(&raw.headers, text) {
        return Err(raw.error(classify::html(raw.status)));
    }
    if first.is_none() {
        let message = format!("{}: the answer is empty where JSON was due", raw.status);
        return Err(raw.error(Error::new(ErrorKind::Empty, message)));
    }
    Ok(text)
}

/// Says what is wrong with an answer, without repeating its values.
fn unreadable(raw: &RawAnswer, text: &[u8], error: &serde_json::Error) -> Error {
    let said = error.to_string();
    let (kind, what) = match error.classify() {
        _ if std::str::from_utf8(text).is_err() => (ErrorKind::NotUtf8, "is no UTF-8".to_owned()),
        _ if said.starts_with("recursion limit") => (ErrorKind::TooDeep, "is nested too deeply".to_owned()),
        _ if said.starts_with("number out of range") => {
            (ErrorKind::OutOfRange, "holds a number that no type can hold".to_owned())
        }
        serde_json::error::Category::Eof => (ErrorKind::Malformed, "ends in the middle of its JSON".to_owned()),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            (ErrorKind::Malformed, "is no JSON".to_owned())
        }
        serde_json::error::Category::Data => mismatch(&said),
    };
    let place = place_of(text, offset(text, error.line(), error.column()));
    let place = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
    let message = format!("{}: the answer {what}{place} (line {}, column {})", raw.status, error.line(), error.column());
    raw.error(Error::new(kind, message))
        .with_note("`.send()` gives errors the same; the body can be had by asking the server by hand")
}

/// serde's complaint with the answer's values left out.
fn mismatch(said: &str) -> (ErrorKind, String) {
    let out_of_range = said.starts_with("invalid value: integer") || said.starts_with("invalid value: floating");
    let complaint = said.rsplit_once(" at line ").map_or(said, |(complaint, _)| complaint);
    let complaint = match (complaint.starts_with("invalid "), complaint.split_once(", expected ")) {
        (true, Some((found, expected))) => {
            let found = found.split(['"', '`']).next().unwrap_or_default().trim_end();
            format!("{found}, expected {expected}")
        }
        _ => complaint.to_owned(),
    };
    let kind = if out_of_range { ErrorKind::OutOfRange } else { ErrorKind::Mismatch };
    (kind, format!("is not what this operation answers: {}", one_line(&complaint)))
}

/// The byte at a line and column, both counted from one.
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let lines = text.split(|byte| *byte == b'\n').take(line.saturating_sub(1));
    lines.map(|line| line.len() + 1).sum::<usize>() + column
}
