//! Entries for the fuzzers in `fuzz/`: every reader of what a server sends, and of what a caller puts into
//! an address, with what it must never break.

mod answers;
mod headers;
mod inputs;
mod texts;
mod tokens;
mod values;
mod webhooks;

use std::error::Error as _;
use std::sync::{Arc, OnceLock};

use http::{HeaderMap, HeaderName, HeaderValue, Method};

pub use answers::{answer, refusal};
pub use headers::{file_name, links, location, waits};
pub use inputs::{base_url, cql, path_value};
pub use texts::{place, scrubbing, timestamp};
pub use tokens::tokens;
pub use values::value;
pub use webhooks::webhook;

use crate::client::sealed::FromCore;
use crate::error::Error;
use crate::transport::base::Base;
use crate::transport::clock::TokioClock;
use crate::transport::core::Settings;
use crate::transport::{Core, Operation, RetryClass};
use crate::{Auth, confluence_cloud, confluence_dc, onezone, workspaces};

static READ: Operation = Operation {
    id: "read",
    method: Method::GET,
    path: "/x/{y}",
    retry: RetryClass::Idempotent,
    siblings: &[],
    instead: None,
};

static CREATE: Operation = Operation {
    id: "create",
    method: Method::POST,
    path: "/x",
    retry: RetryClass::Create,
    siblings: &[],
    instead: None,
};

/// A secret that no output may hold.
const SECRET: &str = "t0ken-marked";

/// The client of each service, by a number; each knows the secret.
fn core(number: u8) -> Option<&'static Core> {
    static CORES: OnceLock<Vec<Core>> = OnceLock::new();
    let services = [
        confluence_dc::Client::SERVICE,
        confluence_cloud::Client::SERVICE,
        onezone::Client::SERVICE,
        workspaces::Client::SERVICE,
    ];
    let make = |service| {
        let base = Base::new("https://wiki.example.com/context", &[]).ok()?;
        let settings = Settings {
            base,
            retry: Default::default(),
            limits: Default::default(),
        };
        let http = reqwest::Client::builder().build().ok()?;
        let auth = Auth::bearer(SECRET).prepare().ok()?;
        let clock = Arc::new(TokioClock);
        Some(Core::new(service, settings, http, auth, clock, 500))
    };
    let cores = CORES.get_or_init(|| services.into_iter().filter_map(make).collect());
    cores.get(usize::from(number) % cores.len().max(1))
}

/// The headers of an answer, one in a line.
fn headers(text: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let parsed = (
            name.parse::<HeaderName>(),
            value.trim().parse::<HeaderValue>(),
        );
        if let (Ok(name), Ok(value)) = parsed {
            headers.append(name, value);
        }
    }
    headers
}

/// A message is one plain line of bounded length, and nothing of an error shows the secret.
fn check(error: &Error) {
    let text = error.to_string();
    assert!(
        !text.contains(char::is_control) && text.chars().count() < 1200,
        "{text:?}"
    );
    let mut shown = format!("{text} {error:?} {error:#?} {:?}", error.api());
    let mut cause = error.source();
    while let Some(error) = cause {
        shown += &format!("{error} {error:?}");
        cause = error.source();
    }
    assert!(!shown.contains(SECRET), "{shown:?}");
    let id = error.request_id().unwrap_or_default();
    assert!(!id.contains(SECRET) && id.len() <= 80, "{id:?}");
}
