//! The client's URL: its origin, and the path that an instance may live under.

use url::{Host, Url};

use crate::error::{Error, ErrorKind};

/// A checked base URL.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// `https://host:port`, without a slash at its end.
    origin: String,
    /// The origin and the context path, without a slash at its end.
    prefix: String,
    host: String,
    port: u16,
}

impl Base {
    /// Checks a URL. `plain_hosts` are the hosts for which `http` is allowed.
    pub(crate) fn new(text: &str, plain_hosts: &[String]) -> Result<Self, Error> {
        let bad = |what: &str| {
            Error::new(ErrorKind::Configuration, format!("the base URL {what}"))
                .with_note("it looks like https://wiki.example.com/context")
        };
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(bad("holds white space or control characters"));
        }
        let url = Url::parse(text).map_err(|error| bad(&format!("is no URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("is neither https nor http"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("holds a user name or a password: pass them with `auth`"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("has a query or a fragment"));
        }
        let host = url.host().ok_or_else(|| bad("has no host"))?;
        if url.scheme() == "http" && !is_loopback(&host) && !allowed(&host, plain_hosts) {
            let what = format!("is plain http, which would show the credential on the way to {host}");
            return Err(bad(&what).with_note("use https, or name the host with `allow_http`"));
        }
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_end_matches('/');
        Ok(Self {
            prefix: format!("{origin}{path}"),
            host: host.to_string(),
            port: url.port_or_known_default().unwrap_or_default(),
            origin,
        })
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether a URL is of this origin.
    pub(crate) fn owns(&self, url: &Url) -> bool {
        url.origin().ascii_serialization() == self.origin
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn allowed(host: &Host<&str>, plain_hosts: &[String]) -> bool {
    let host = host.to_string();
    plain_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host))
}
