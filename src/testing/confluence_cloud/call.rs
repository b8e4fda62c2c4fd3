//! One request as the routes read it.

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use wiremock::Request;

use super::problem::{Problem, Version};
use crate::testing::misbehaviour::without_context;
use crate::testing::pages::Paging;

/// Where the two interfaces begin, and the links to files, which are as old as the first. The paths of
/// those have an empty segment in front.
const PREFIXES: [(&str, Version); 3] = [
    ("/wiki/rest/api/", Version::V1),
    ("/wiki/api/v2/", Version::V2),
    ("/wiki/download", Version::V1),
];

/// A request, read.
pub(super) struct Call<'a> {
    pub(super) version: Version,
    pub(super) method: &'a str,
    /// The decoded segments after the interface's prefix.
    pub(super) segments: Vec<String>,
    /// The path without `/wiki`.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    /// The account id of who calls.
    pub(super) caller: String,
    pub(super) paging: &'a Paging<'a>,
}

/// The interface that a path belongs to; `None` for a path of neither.
pub(super) fn version(request: &Request, gateway: &str) -> Option<Version> {
    let path = without_context(request.url.path(), gateway);
    PREFIXES
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix))
        .map(|(_, version)| *version)
}

impl<'a> Call<'a> {
    pub(super) fn read(
        request: &'a Request,
        gateway: &str,
        version: Version,
        caller: String,
        paging: &'a Paging<'a>,
    ) -> Self {
        let whole = without_context(request.url.path(), gateway);
        let below = PREFIXES
            .iter()
            .find_map(|(prefix, _)| whole.strip_prefix(prefix))
            .unwrap_or_default();
        let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        Self {
            version,
            method: request.method.as_str(),
            segments: below.trim_end_matches('/').split('/').map(decode).collect(),
            path: whole.trim_start_matches("/wiki").to_owned(),
            query: request.url.query_pairs().into_owned().collect(),
            headers: &request.headers,
            body: &request.body,
            caller,
            paging,
        }
    }

    pub(super) fn route(&self) -> (&str, Vec<&str>) {
        (
            self.method,
            self.segments.iter().map(String::as_str).collect(),
        )
    }

    /// The value of a header, when it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first value of this name in the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of this name in the query, repeated or joined by commas; `None` without any.
    pub(super) fn query_all(&self, name: &str) -> Option<Vec<&str>> {
        let mut values = self.query.iter().filter(|(key, _)| key == name).peekable();
        values.peek()?;
        Some(values.flat_map(|(_, value)| value.split(',')).collect())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Problem> {
        self.query(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Problem::bad_request(format!("The query parameter '{name}' is required"))
            })
    }

    /// Whether a switch in the query is on.
    pub(super) fn switch(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Problem> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        let wrong = || {
            Problem::bad_request(format!(
                "'{name}' must be a number that is not negative: {text}"
            ))
        };
        text.parse().map(Some).map_err(|_| wrong())
    }

    pub(super) fn expands(&self, name: &str) -> bool {
        self.query_all("expand")
            .is_some_and(|all| all.iter().any(|one| one.trim() == name))
    }

    /// The body, which must be a JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Problem> {
        match serde_json::from_slice(self.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(Problem::bad_request(
                "The body could not be read as a JSON object",
            )),
        }
    }

    /// The body, whatever JSON it is.
    pub(super) fn json(&self) -> Result<Value, Problem> {
        serde_json::from_slice(self.body)
            .map_err(|_| Problem::bad_request("The body could not be read as JSON"))
    }
}

/// A text in an object, when it is there and is one.
pub(super) fn text<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str)
}

/// A text that an object must have.
pub(super) fn required<'v>(object: &'v Map<String, Value>, name: &str) -> Result<&'v str, Problem> {
    text(object, name)
        .filter(|value| !value.trim().is_empty())
        .ok_or_else(|| Problem::bad_request(format!("'{name}' is required and must not be blank")))
}

/// An id, which callers send as text or as a number.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
