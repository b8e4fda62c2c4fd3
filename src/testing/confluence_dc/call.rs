//! One request as the routes read it: its path in segments, its query, its body, and who sent it.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use wiremock::Request;

use super::clock;
use super::problem::Problem;
use super::seed::OAuthScope;
use crate::testing::misbehaviour::without_context;
use crate::testing::pages::{Asked, Paging};

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// Nobody known; let in because anonymous visitors may use the site.
    Anonymous,
    /// A user, by login name, and how much of what they may do goes with their credentials.
    User { name: String, scope: OAuthScope },
}

impl Caller {
    /// The login name.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::User { name, .. } => Some(name),
            Self::Anonymous => None,
        }
    }
}

/// A request, read.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    /// The decoded segments after `/rest/api/`.
    pub(super) segments: Vec<String>,
    /// The path as it was sent, without the context path.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    headers: &'a http::HeaderMap,
    pub(super) body: &'a [u8],
    pub(super) caller: Caller,
    pub(super) paging: &'a Paging<'a>,
}

impl<'a> Call<'a> {
    /// Reads a request; `None` when its path is neither below `/rest/api` nor that of a file. The latter
    /// has an empty first segment.
    pub(super) fn read(
        request: &'a Request,
        context: &str,
        caller: Caller,
        paging: &'a Paging<'a>,
    ) -> Option<Self> {
        let path = inside(request, context)?;
        let file = || path.starts_with("/download/").then_some(path);
        let below = path.strip_prefix("/rest/api/").or_else(file)?;
        let segments = below.trim_end_matches('/').split('/').map(decode).collect();
        let query = request.url.query_pairs().into_owned().collect();
        Some(Self {
            method: request.method.as_str(),
            segments,
            path: path.to_owned(),
            query,
            headers: &request.headers,
            body: &request.body,
            caller,
            paging,
        })
    }

    /// The segments, to be matched against.
    pub(super) fn route(&self) -> (&str, Vec<&str>) {
        (
            self.method,
            self.segments.iter().map(String::as_str).collect(),
        )
    }

    /// The first value of this name in the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of this name in the query.
    pub(super) fn query_all(&self, name: &str) -> Vec<&str> {
        self.query
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// A value that the query must have.
    pub(super) fn required(&self, name: &str) -> Result<&str, Problem> {
        self.query(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| {
                Problem::bad_request(format!("The query parameter '{name}' is required"))
            })
    }

    /// Which page of a list is asked for.
    pub(super) fn asked(&self) -> Result<Asked, Problem> {
        Ok(Asked {
            start: self.number("start")?.unwrap_or(0),
            limit: self.number("limit")?,
        })
    }

    /// A number in the query.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Problem> {
        match self.query(name) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Problem::bad_request(format!(
                    "{name} must be a number that is not negative: {text}"
                ))),
            },
        }
    }

    /// A time in the query.
    pub(super) fn time(&self, name: &str) -> Result<Option<DateTime<FixedOffset>>, Problem> {
        match self.query(name) {
            None => Ok(None),
            Some(text) => match clock::read(text) {
                Some(time) => Ok(Some(time)),
                None => Err(Problem::bad_request(format!(
                    "{name} must be a time: {text}"
                ))),
            },
        }
    }

    /// The value of a header, when it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What the request wants to have expanded.
    pub(super) fn expand(&self) -> Expand {
        self.query_all("expand").into_iter().collect()
    }

    /// The same for an operation that expands something when nothing is said.
    pub(super) fn expand_or(&self, unless_said: &str) -> Expand {
        match self.query("expand") {
            None => std::iter::once(unless_said).collect(),
            Some(_) => self.expand(),
        }
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value, Problem> {
        serde_json::from_slice(self.body)
            .map_err(|_| Problem::bad_request("Could not parse the body: it is not valid JSON"))
    }

    /// The body as a JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Problem> {
        match self.json()? {
            Value::Object(object) => Ok(object),
            _ => Err(Problem::bad_request("The body must be a JSON object")),
        }
    }
}

/// The path of a request without the context path. Where that is missing, another application of the host
/// is meant, and there is none.
pub(super) fn inside<'r>(request: &'r Request, context: &str) -> Option<&'r str> {
    let whole = request.url.path();
    let path = without_context(whole, context);
    (context.is_empty() || path.len() < whole.len()).then_some(path)
}

/// The names in `expand`.
#[derive(Debug, Clone, Default)]
pub(super) struct Expand(BTreeSet<String>);

/// Names are cut off where they go deeper: things hold each other in circles.
const DEEPEST: usize = 8;

impl<'a> FromIterator<&'a str> for Expand {
    /// From lists with commas.
    fn from_iter<I: IntoIterator<Item = &'a str>>(lists: I) -> Self {
        let names = lists.into_iter().flat_map(|list| list.split(','));
        let cut = |name: &str| {
            let parts: Vec<&str> = name.trim().split('.').take(DEEPEST).collect();
            parts.join(".")
        };
        Self(names.map(cut).collect())
    }
}

impl Expand {
    /// Whether something is to be expanded, by its own name or for the sake of something in it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|wanted| {
            wanted
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The names below `name`: `label` for `metadata.label` below `metadata`.
    pub(super) fn below(&self, name: &str) -> Self {
        let prefix = format!("{name}.");
        Self(
            self.0
                .iter()
                .filter_map(|wanted| wanted.strip_prefix(&prefix))
                .map(str::to_owned)
                .collect(),
        )
    }
}

/// A text in an object, when it is there and is one.
pub(super) fn text<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str)
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
