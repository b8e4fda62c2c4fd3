//! The HTTP client underneath, with the policies that nobody can undo.

use std::time::Duration;

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;

use crate::error::{Error, ErrorKind, root_cause};

/// What an application sets on reqwest's own builder.
pub(crate) type Customise = Box<dyn FnOnce(ClientBuilder) -> ClientBuilder + Send>;

/// What the crate calls itself unless it is told otherwise.
pub(crate) const USER_AGENT: &str = concat!("spacewright/", env!("CARGO_PKG_VERSION"));

/// Builds a client for the server whose `origin` is given.
pub(crate) fn build(
    origin: &str,
    connect: Duration,
    user_agent: &str,
    customise: Option<Customise>,
) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder().connect_timeout(connect);
    if origin.starts_with("http:") {
        // The system's proxy would see the credential: without TLS only a proxy named on purpose is used.
        builder = builder.no_proxy();
    }
    if let Some(customise) = customise {
        builder = customise(builder);
    }
    builder
        .redirect(Policy::none())
        .referer(false)
        // At that level the bytes of every request would be logged, credentials and all.
        .connection_verbose(false)
        .user_agent(user_agent)
        .build()
        .map_err(|error| {
            let error = error.without_url();
            let cause = root_cause(&error);
            let message = format!("the HTTP client cannot be built like this ({cause})");
            Error::new(ErrorKind::Configuration, message).with_source(error)
        })
}
