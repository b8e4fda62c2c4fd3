//! The client's URL: its origin, and the path that an instance may live under.

use url::{Host, Url};

use crate::error::{Error, ErrorKind};
use crate::transport::path;

/// A checked base URL.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    url: Url,
    /// `https://host:port`, without a slash at its end.
    origin: String,
    /// The origin and the context path, without a slash at its end.
    prefix: String,
}

impl Base {
    /// Checks a URL. `plain_hosts` are the hosts for which `http` is allowed.
    pub(crate) fn new(text: &str, plain_hosts: &[String]) -> Result<Self, Error> {
        let url = checked("the base URL", text, plain_hosts)
            .map_err(|error| error.with_note("it looks like https://wiki.example.com/context"))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Error::new(
                ErrorKind::Configuration,
                "the base URL has a query or a fragment",
            ));
        }
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_end_matches('/');
        Ok(Self {
            prefix: format!("{origin}{path}"),
            origin,
            url,
        })
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// What a link in an answer leads to.
    pub(crate) fn join(&self, link: &str) -> Option<Url> {
        Url::parse(&self.origin).ok()?.join(link).ok()
    }

    /// Whether a file may be fetched from `target`: over TLS, or from this machine where the client's own
    /// URL is plain as well.
    pub(crate) fn may_fetch(&self, target: &Url) -> bool {
        let anonymous = target.username().is_empty() && target.password().is_none();
        let plain = || {
            target.scheme() == "http"
                && self.origin.starts_with("http:")
                && (self.owns(target) || target.host().is_some_and(|host| is_loopback(&host)))
        };
        anonymous && (target.scheme() == "https" || plain())
    }

    /// Whether a URL is of this origin.
    pub(crate) fn owns(&self, url: &Url) -> bool {
        url[..url::Position::BeforePath] == self.origin
    }
}

/// The authority and the path of a URL as they are written: `scheme://authority/path`. The slashes count
/// behind the scheme only: a path can have some like them.
fn written(text: &str) -> Option<(&str, &str)> {
    let rest = text.split_once(':')?.1.strip_prefix("//")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (!authority.is_empty()).then_some((authority, path))
}

/// Checks a URL that secrets are sent to; `what` is its name in messages.
pub(crate) fn checked(what: &str, text: &str, plain_hosts: &[String]) -> Result<Url, Error> {
    let bad = |how: &str| Error::new(ErrorKind::Configuration, format!("{what} {how}"));
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(bad("holds white space or control characters"));
    }
    let url = Url::parse(text).map_err(|error| bad(&format!("is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("is neither https nor http"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            "holds a user name or a password: pass them with `auth`",
        ));
    }
    let host = url.host().ok_or_else(|| bad("has no host"))?;
    // Parsing mends what is odd; what was written may still be read otherwise elsewhere.
    let (authority, path) = written(text)
        .ok_or_else(|| bad("does not go on with `://` and a host after its scheme"))?;
    if authority.contains(['@', '\\']) {
        return Err(bad("has a `@` or a backslash in its host"));
    }
    if url.port() == Some(0) {
        return Err(bad("has the port 0, which nobody listens on"));
    }
    let mut segments = path.split(['?', '#']).next().unwrap_or_default().split('/');
    if let Some(reason) =
        segments.find_map(|segment| path::refused(segment).filter(|_| !segment.is_empty()))
    {
        return Err(bad(&format!("has a path segment that {reason}")));
    }
    if url.scheme() == "http" && !is_loopback(&host) && !allowed(&host, plain_hosts) {
        let how = format!("is plain http, which would show the credential on the way to {host}");
        return Err(bad(&how).with_note("use https, or name the host with `allow_http`"));
    }
    Ok(url)
}

/// Whether a name is one of this machine's (RFC 6761).
pub(crate) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_localhost(name),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn allowed(host: &Host<&str>, plain_hosts: &[String]) -> bool {
    let host = host.to_string();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    plain_hosts.iter().any(|allowed| {
        [host.as_str(), bare]
            .iter()
            .any(|host| allowed.eq_ignore_ascii_case(host))
    })
}
