//! OAuth 2.0 against an authorization server and a service that remember all that happened.
#![cfg(all(feature = "oauth2", feature = "workspaces", feature = "testing"))]
#![allow(clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "oauth2/cancelling.rs"]
mod cancelling;
#[path = "oauth2/capture.rs"]
mod capture;
#[path = "oauth2/client_credentials.rs"]
mod client_credentials;
#[path = "oauth2/descriptions.rs"]
mod descriptions;
#[path = "oauth2/failures.rs"]
mod failures;
#[path = "oauth2/login.rs"]
mod login;
#[path = "oauth2/refused.rs"]
mod refused;
#[path = "oauth2/renewing.rs"]
mod renewing;
#[path = "oauth2/secrets.rs"]
mod secrets;
#[path = "oauth2/sites.rs"]
mod sites;
#[path = "oauth2/store.rs"]
mod store;
#[path = "oauth2/world.rs"]
mod world;

use std::collections::HashMap;
use std::error::Error as _;

use spacewright::{Error, ErrorKind};

/// The parameters of a URL.
fn query(url: &str) -> HashMap<String, String> {
    url::Url::parse(url)
        .expect("a URL")
        .query_pairs()
        .into_owned()
        .collect()
}

/// All that an error says, and its causes.
fn display(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    text
}

fn kind<T>(result: &Result<T, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}
