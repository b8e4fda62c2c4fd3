//! Turns a successful answer into the value that its operation gives.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::Value;

use crate::error::{ApiError, Error, ErrorKind, place_of};
use crate::transport::classify::{self, without_bom};
use crate::transport::execute::RawAnswer;
use crate::transport::path;

/// An operation that answers nothing: a body that comes all the same is not looked at, unless it is
/// a page that shows that somebody else answered.
pub(crate) fn nothing(raw: &RawAnswer) -> Result<(), Error> {
    if classify::is_html(&raw.headers, &raw.body) {
        return Err(raw.error(classify::html(raw.status)));
    }
    contradiction(raw, without_bom(&raw.body))
}

/// JSON.
pub(crate) fn json<T: DeserializeOwned>(raw: &RawAnswer) -> Result<T, Error> {
    let text = json_text(raw)?;
    contradiction(raw, text)?;
    strict(text).map_err(|error| unreadable(raw, text, &error))
}

/// Reads JSON whose outermost object is written as one: serde takes a list of its fields as well, and
/// an empty list for a type whose fields are all optional.
fn strict<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = T::deserialize(Strict(&mut reader))?;
    reader.end()?;
    Ok(value)
}

struct Strict<'a, 'de>(&'a mut serde_json::Deserializer<serde_json::de::SliceRead<'de>>);

impl<'de> Deserializer<'de> for Strict<'_, 'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> serde_json::Result<V::Value> {
        self.0.deserialize_option(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.0.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> serde_json::Result<V::Value> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

/// JSON, or nothing.
pub(crate) fn maybe<T: DeserializeOwned>(raw: &RawAnswer) -> Result<Option<T>, Error> {
    if without_bom(&raw.body).trim_ascii().is_empty() {
        return Ok(None);
    }
    json(raw).map(Some)
}

/// Plain text.
#[allow(dead_code)] // no bundled description has such an answer at present
pub(crate) fn text(raw: &RawAnswer) -> Result<String, Error> {
    if classify::is_html(&raw.headers, &raw.body) {
        return Err(raw.error(classify::html(raw.status)));
    }
    unpacked(raw)?;
    String::from_utf8(without_bom(&raw.body).to_vec())
        .map_err(|_| raw.error(Error::new(ErrorKind::NotUtf8, "the answer is no UTF-8")))
}

/// The id of what was created: the last segment of `Location`.
pub(crate) fn created(raw: &RawAnswer) -> Result<String, Error> {
    nothing(raw)?;
    let location = raw.headers.get(http::header::LOCATION);
    location.and_then(last_segment).ok_or_else(|| {
        let message = "it was created, but the answer's `Location` names no id";
        raw.error(
            Error::new(ErrorKind::Mismatch, message).with_note("list what is there to find it"),
        )
    })
}

/// The last segment of a URL's path, decoded; one that could not be sent back as a path value is no id.
fn last_segment(location: &http::HeaderValue) -> Option<String> {
    let location = location.to_str().ok()?;
    let address = location.split(['?', '#']).next()?;
    // Of `https://host` the host is no id.
    let host = address.split_once("://").map(|(_, host)| host);
    let path = match host.or_else(|| address.strip_prefix("//")) {
        Some(host) => host.split_once('/')?.1,
        None => address,
    };
    let segment = path.trim_end_matches('/').rsplit('/').next()?;
    let id = percent_encoding::percent_decode_str(segment)
        .decode_utf8()
        .ok()?;
    path::refused(&id).is_none().then(|| id.into_owned())
}

/// The JSON of an answer, once it is clear that there is some.
fn json_text(raw: &RawAnswer) -> Result<&[u8], Error> {
    let text = without_bom(&raw.body);
    if classify::is_html(&raw.headers, text) {
        return Err(raw.error(classify::html(raw.status)));
    }
    let first = text.trim_ascii_start().first();
    if first.is_none() {
        let message = format!("{}: the answer is empty where JSON was due", raw.status);
        return Err(raw.error(Error::new(ErrorKind::Empty, message)));
    }
    unpacked(raw)?;
    Ok(text)
}

/// Refuses a body that is compressed all the same: what the client can unpack is unpacked by now.
fn unpacked(raw: &RawAnswer) -> Result<(), Error> {
    let encoding = raw
        .headers
        .get(http::header::CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok());
    match encoding.map(str::trim) {
        None | Some("" | "identity") => Ok(()),
        Some(encoding) => {
            let message = format!(
                "{}: the answer is compressed ({encoding}), which was not asked for",
                raw.status
            );
            let help = "the features `gzip` and `brotli` unpack what they are named after";
            Err(raw.error(Error::new(ErrorKind::Malformed, message).with_note(help)))
        }
    }
}

/// The longest text that is looked through for an error of the service: they take some hundred bytes, and
/// looking costs every answer.
const LONGEST_ERROR: usize = 2 << 10;

/// Refuses a success whose body is the service's own error, as proxies and caches make it. Most types
/// have optional fields only and would take it for an answer without any.
fn contradiction(raw: &RawAnswer, text: &[u8]) -> Result<(), Error> {
    static STATUS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"statusCode\""));
    // An error that is all there is begins the object.
    let first = text.trim_ascii_start().strip_prefix(b"{");
    let alone = first.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"error"));
    let stated_in = || text.len() <= LONGEST_ERROR && STATUS.find(text).is_some();
    if !alone && !stated_in() {
        return Ok(());
    }
    let Some((api, stated)) = serde_json::from_slice(text)
        .ok()
        .and_then(|value| stated(raw, value))
    else {
        return Ok(());
    };
    let said = api.message().unwrap_or("no message");
    let message = format!(
        "{}: the answer is an error of the service all the same: \"{said}\"",
        raw.status
    );
    let kind = stated.map_or(ErrorKind::Mismatch, classify::kind_of);
    Err(raw.error(Error::new(kind, message).with_api(Some(api))))
}

/// The error that a body states, and the status that it gives itself: an error is all that the body
/// holds, or its `statusCode` says so.
fn stated(raw: &RawAnswer, value: Value) -> Option<(ApiError, Option<u16>)> {
    let failed = |status: &u64| (400..600).contains(status);
    let code = value
        .get("statusCode")
        .and_then(Value::as_u64)
        .filter(failed);
    let alone = value.as_object().is_some_and(|body| body.len() == 1)
        && (value.get("error").is_some_and(Value::is_object)
            || value.pointer("/errors/0/code").is_some());
    if code.is_none() && !alone {
        return None;
    }
    let inner = || {
        value
            .pointer("/errors/0/status")
            .and_then(Value::as_u64)
            .filter(failed)
    };
    let status = code
        .or_else(inner)
        .and_then(|code| u16::try_from(code).ok());
    let mut api = (raw.core.shared().service.read_error)(&value)?;
    api.body = value;
    api.raw = raw.body.clone();
    Some((api, status))
}

/// Says what is wrong with an answer, without repeating its values.
fn unreadable(raw: &RawAnswer, text: &[u8], error: &serde_json::Error) -> Error {
    let said = error.to_string();
    let (kind, what) = match error.classify() {
        _ if std::str::from_utf8(text).is_err() => (ErrorKind::NotUtf8, "is no UTF-8".to_owned()),
        _ if said.starts_with("recursion limit") => {
            (ErrorKind::TooDeep, "is nested too deeply".to_owned())
        }
        _ if said.starts_with("number out of range") => (
            ErrorKind::OutOfRange,
            "holds a number that no type can hold".to_owned(),
        ),
        serde_json::error::Category::Eof => (
            ErrorKind::Malformed,
            "ends in the middle of its JSON".to_owned(),
        ),
        _ if said.starts_with("trailing characters") => (
            ErrorKind::Malformed,
            "goes on after the end of its JSON".to_owned(),
        ),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            (ErrorKind::Malformed, "is no JSON".to_owned())
        }
        serde_json::error::Category::Data => mismatch(&said),
    };
    let place = place_of(text, offset(text, error.line(), error.column()));
    let place = if place.is_empty() {
        String::new()
    } else {
        format!(" at `{place}`")
    };
    let message = format!(
        "{}: the answer {what}{place} (line {}, column {})",
        raw.status,
        error.line(),
        error.column()
    );
    raw.error(Error::new(kind, message))
}

/// serde's complaint with the answer's values left out.
fn mismatch(said: &str) -> (ErrorKind, String) {
    let out_of_range = said.starts_with("invalid value: integer")
        || said.starts_with("invalid value: floating")
        || is_huge(said);
    let complaint = said
        .rsplit_once(" at line ")
        .map_or(said, |(complaint, _)| complaint);
    let complaint = match complaint.rsplit_once(", expected ") {
        Some((found, expected)) => {
            let found = found
                .split(['"', '`'])
                .next()
                .unwrap_or_default()
                .trim_end();
            format!("{found}, expected {expected}")
        }
        None => complaint.to_owned(),
    };
    let kind = if out_of_range {
        ErrorKind::OutOfRange
    } else {
        ErrorKind::Mismatch
    };
    (
        kind,
        format!("is not what this operation answers: {complaint}"),
    )
}

/// Whether serde complains of a number that only a floating point can hold.
fn is_huge(said: &str) -> bool {
    let number = said
        .strip_prefix("invalid type: floating point `")
        .and_then(|rest| rest.split('`').next());
    number
        .and_then(|number| number.parse::<f64>().ok())
        .is_some_and(|number| number.abs() >= i64::MAX as f64)
}

/// The byte at a line and column, both counted from one.
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let lines = text
        .split(|byte| *byte == b'\n')
        .take(line.saturating_sub(1));
    lines.map(|line| line.len() + 1).sum::<usize>() + column
}
