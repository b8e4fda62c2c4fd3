//! Holds every answer that a simulated server gave against the description of its service.
//!
//! A typed client forgives much: a property that nobody described is left aside, one that is misspelt is
//! merely absent. Here each answer is held against its schema, with code that the crate does not share.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use spacewright::testing::{AnsweredBy, RecordedAnswer, RecordedRequest, Requests};

use super::operation::{Operation, operations};
use super::spec::Spec;
use super::validate::violations;

/// What the check has to know of a simulated server.
pub trait Served {
    /// Its folders under `spec/`.
    const FOLDERS: &'static [&'static str];
    /// Properties that every object may have, whether or not it is described with them.
    const ANYWHERE: &'static [&'static str];
    /// Where paths begin that are no operations, such as those of files.
    const BESIDE: &'static [&'static str];

    fn take(&self) -> Requests;

    /// The paths that can come before those that the description names.
    fn contexts(&self) -> Vec<String>;

    /// Whether a body is the service's form of a failure.
    fn is_failure(body: &Value) -> bool;
}

/// A simulated server whose answers are all checked when the test ends.
pub struct Checked<S: Served> {
    server: S,
    seen: RefCell<Seen>,
}

pub fn checked<S: Served>(server: S) -> Checked<S> {
    Checked {
        server,
        seen: RefCell::default(),
    }
}

impl<S: Served> Deref for Checked<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.server
    }
}

impl<S: Served> Drop for Checked<S> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.forget_requests();
            let wrong = &self.seen.borrow().wrong;
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    }
}

impl<S: Served> Checked<S> {
    /// Fails when fewer operations than these were served, lest nothing be checked.
    pub fn assert_served(&self, least: usize) {
        self.forget_requests();
        let served = self.seen.borrow().served.len();
        assert!(served >= least, "only {served} operations were served");
    }

    /// The server forgets them, the check does not.
    pub fn forget_requests(&self) {
        let contexts = self.server.contexts();
        for request in &self.server.take() {
            let answer = request.answer();
            let answer = answer.filter(|answer| answer.by() == AnsweredBy::Simulation);
            // What is not simulated says so in a form of its own; HEAD has no body to check.
            let answer = answer.filter(|answer| answer.status() != 501);
            if let (Some(answer), true) = (answer, request.method() != "HEAD") {
                let mut seen = self.seen.borrow_mut();
                seen.check::<S>(request, answer, &contexts);
            }
        }
    }
}

/// What was served, and what was wrong with it.
#[derive(Default)]
struct Seen {
    served: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Seen {
    fn check<S: Served>(
        &mut self,
        request: &RecordedRequest,
        answer: &RecordedAnswer,
        contexts: &[String],
    ) {
        let prefixes = contexts.iter();
        let path = prefixes.filter_map(|prefix| request.path().strip_prefix(prefix.as_str()));
        let paths: Vec<&str> = path.filter(|path| path.starts_with('/')).collect();
        let beside = |path: &&str| S::BESIDE.iter().any(|place| path.starts_with(place));
        if paths.iter().any(beside) {
            return;
        }
        let found = S::FOLDERS.iter().find_map(|folder| {
            let description = described(folder);
            let mut paths = paths.iter();
            paths.find_map(|path| description.operation(request.method(), path))
        });
        let Some((description, operation)) = found else {
            if answer.status() < 400 {
                self.wrong
                    .push(format!("{request}: served, but not described"));
            }
            return;
        };
        if answer.status() >= 400 {
            if !answer.json().is_some_and(|body| S::is_failure(&body)) {
                self.wrong
                    .push(format!("{request}: not the form of a failure"));
            }
            return;
        }
        self.served.insert(operation.id.clone());
        if operation.redirects.contains(&answer.status()) {
            return;
        }
        let body = answer.body();
        let wrongs = description.wrongs(operation, answer.status(), body, S::ANYWHERE);
        self.wrong
            .extend(wrongs.iter().map(|wrong| format!("{request}: {wrong}")));
    }
}

/// A description as it is read, once in a process.
pub struct Description {
    spec: Spec,
    operations: Vec<Operation>,
}

pub fn described(folder: &'static str) -> &'static Description {
    static READ: Mutex<BTreeMap<&str, &Description>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.entry(folder).or_insert_with(|| {
        let spec = Spec::load(folder);
        let operations = operations(&spec);
        Box::leak(Box::new(Description { spec, operations }))
    })
}

impl Description {
    /// The operation of a request: of the templates that fit the one with the fewest parameters.
    fn operation(&self, method: &str, path: &str) -> Option<(&Self, &Operation)> {
        let fitting = self
            .operations
            .iter()
            .filter(|one| one.method == method && fits(&one.path, path));
        fitting
            .min_by_key(|one| one.path.matches('{').count())
            .map(|operation| (self, operation))
    }

    /// All operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation of this id.
    pub fn named(&self, id: &str) -> &Operation {
        let found = self.operations.iter().find(|one| one.id == id);
        found.unwrap_or_else(|| panic!("{id} is not described"))
    }

    /// How an answer of success differs from what is declared.
    pub fn wrongs(
        &self,
        operation: &Operation,
        status: u16,
        body: &[u8],
        anywhere: &[&str],
    ) -> Vec<String> {
        let declared = operation.success.iter().find(|one| one.status == status);
        let Some(success) = declared else {
            return vec![format!("{status} is not declared")];
        };
        let Some((media_type, schema)) = &success.content else {
            return match body.is_empty() {
                true => Vec::new(),
                false => vec!["a body that is not declared".to_owned()],
            };
        };
        if media_type != "application/json" {
            return Vec::new();
        }
        let Ok(body) = serde_json::from_slice(body) else {
            return vec!["the body is no JSON".to_owned()];
        };
        let found = violations(&self.spec, schema, &without_nulls(body), &operation.id);
        let allowed = |wrong: &String| {
            anywhere
                .iter()
                .any(|name| wrong.ends_with(&format!(".{name} is not declared")))
        };
        found.into_iter().filter(|wrong| !allowed(wrong)).collect()
    }
}

/// Whether a path fits a template, segment by segment.
fn fits(template: &str, path: &str) -> bool {
    let mut wanted = template.split('/');
    let mut found = path.trim_end_matches('/').split('/');
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted.contains('{') || wanted == found => {}
            _ => return false,
        }
    }
}

/// What is optional may be null as well as absent; what is required is missed when it is null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn path_of(url: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    url.path().trim_end_matches('/').to_owned()
}

/// The properties that any object of a Confluence may have.
pub const OF_CONFLUENCE: &[&str] = &["_links", "_expandable"];

#[cfg(feature = "confluence-dc")]
impl Served for spacewright::testing::confluence_dc::Server {
    const FOLDERS: &'static [&'static str] = &["confluence-dc"];
    const ANYWHERE: &'static [&'static str] = OF_CONFLUENCE;
    const BESIDE: &'static [&'static str] = &["/download/", "/rest/oauth2/"];

    fn take(&self) -> Requests {
        self.take_requests()
    }

    fn contexts(&self) -> Vec<String> {
        vec![path_of(&self.url())]
    }

    fn is_failure(body: &Value) -> bool {
        body["message"].is_string() && body["statusCode"].is_u64()
    }
}

#[cfg(feature = "confluence-cloud")]
impl Served for spacewright::testing::confluence_cloud::Server {
    const FOLDERS: &'static [&'static str] = &["confluence-cloud/v1", "confluence-cloud/v2"];
    const ANYWHERE: &'static [&'static str] = OF_CONFLUENCE;
    const BESIDE: &'static [&'static str] = &["/file/", "/wiki/download/"];

    fn take(&self) -> Requests {
        self.take_requests()
    }

    fn contexts(&self) -> Vec<String> {
        vec![String::new(), path_of(&self.gateway_url())]
    }

    fn is_failure(body: &Value) -> bool {
        let errors = body["errors"].as_array().map(Vec::as_slice);
        let second = |error: &Value| error["code"].is_string() && error["title"].is_string();
        body["message"].is_string() || errors.is_some_and(|errors| errors.iter().all(second))
    }
}

#[cfg(feature = "onezone")]
impl Served for spacewright::testing::onezone::Server {
    const FOLDERS: &'static [&'static str] = &["onezone"];
    const ANYWHERE: &'static [&'static str] = &[];
    const BESIDE: &'static [&'static str] = &[];

    fn take(&self) -> Requests {
        self.take_requests()
    }

    fn contexts(&self) -> Vec<String> {
        vec![String::new()]
    }

    fn is_failure(body: &Value) -> bool {
        body["error"]["id"].is_string() && body["error"]["description"].is_string()
    }
}

#[cfg(feature = "workspaces")]
impl Served for spacewright::testing::workspaces::Server {
    const FOLDERS: &'static [&'static str] = &["workspaces"];
    const ANYWHERE: &'static [&'static str] = &[];
    const BESIDE: &'static [&'static str] = &[];

    fn take(&self) -> Requests {
        self.take_requests()
    }

    fn contexts(&self) -> Vec<String> {
        vec![String::new()]
    }

    /// The form is not published.
    fn is_failure(body: &Value) -> bool {
        body.is_object()
    }
}
