//! The HTTP client underneath, with the policies that nobody can undo.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::error::{Error, ErrorKind, root_cause};
use crate::transport::base::is_localhost;

/// What an application sets on reqwest's own builder.
pub(crate) type Customise = Box<dyn FnOnce(ClientBuilder) -> ClientBuilder + Send>;

/// What the crate calls itself unless it is told otherwise.
pub(crate) const USER_AGENT: &str = concat!("spacewright/", env!("CARGO_PKG_VERSION"));

/// Builds a client for the servers that these URLs name.
pub(crate) fn build(
    servers: &[&Url],
    connect: Duration,
    user_agent: &str,
    customise: Option<Customise>,
) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder().connect_timeout(connect);
    if servers.iter().any(|server| server.scheme() == "http") {
        // The system's proxy would see the credential: without TLS only a proxy named on purpose is used.
        builder = builder.no_proxy();
    }
    if let Some(customise) = customise {
        builder = customise(builder);
    }
    for name in servers.iter().filter_map(|server| localhost(server)) {
        // Any port will do: that of the URL counts.
        let this_machine = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        builder = builder.resolve_to_addrs(name, &this_machine);
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

/// A name of this machine that a credential is sent to without TLS. Nobody is asked where it is: whoever
/// answers for the name would see the credential.
fn localhost(server: &Url) -> Option<&str> {
    match server.host()? {
        Host::Domain(name) if server.scheme() == "http" && is_localhost(name) => Some(name),
        _ => None,
    }
}
