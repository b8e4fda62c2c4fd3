//! The sites of Confluence Cloud that a login opens, and the URLs of their clients.

use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Deserializer};

use crate::Result;
use crate::auth::Authorization;
use crate::auth::oauth2::application::configuration;
use crate::auth::oauth2::login::credential;
use crate::auth::oauth2::session::Session;
use crate::auth::oauth2::wire::{Reply, WireError};
use crate::error::{Error, ErrorKind};
use crate::transport::{classify, path, rate};

/// A site that a user has given an application access to.
///
/// Atlassian lists a site once for each product, with the scopes of that product.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Site {
    /// The site's `cloudId`.
    pub id: String,
    /// The site's own URL, such as `https://example.atlassian.net`: for people. A client with an OAuth
    /// token takes [`client_url`](Self::client_url).
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
    /// The site's name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// What the application may do there.
    #[serde(default, deserialize_with = "or_default")]
    pub scopes: Vec<String>,
    #[serde(skip)]
    client_url: String,
}

impl Site {
    /// The URL for `confluence_cloud::Client::builder`.
    #[must_use]
    pub fn client_url(&self) -> &str {
        &self.client_url
    }

    /// Whether the scopes are those of Confluence, rather than of another product on the same site.
    #[must_use]
    pub fn is_confluence(&self) -> bool {
        self.scopes.iter().any(|scope| scope.contains("confluence"))
    }
}

/// The URL of a client with an OAuth token, for the Cloud site with this id.
///
/// ```
/// # fn main() -> Result<(), spacewright::Error> {
/// let url = spacewright::auth::oauth2::cloud_url("1324a887-45db-1bf4-1e99-ef0ff456d421")?;
/// assert_eq!(url, "https://api.atlassian.com/ex/confluence/1324a887-45db-1bf4-1e99-ef0ff456d421");
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`] when the id cannot be a segment of a path.
pub fn cloud_url(cloud_id: impl AsRef<str>) -> Result<String> {
    client_url("https://api.atlassian.com", cloud_id.as_ref())
}

fn client_url(api_url: &str, cloud_id: &str) -> Result<String> {
    if let Some(reason) = path::refused(cloud_id) {
        return Err(Error::invalid_input(format!("the cloud id {reason}")));
    }
    let mut url = format!("{}/ex/confluence/", api_url.trim_end_matches('/'));
    path::push_segment(&mut url, cloud_id);
    Ok(url)
}

impl Session {
    /// The Cloud sites that the login opens, in no particular order.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the provider is not Confluence Cloud; otherwise what a call
    /// fails with.
    pub async fn sites(&self) -> Result<Vec<Site>> {
        let api_url = self.registration().api_url.as_ref();
        let api_url =
            api_url.ok_or_else(|| configuration("only Confluence Cloud has a list of sites"))?;
        let url = format!(
            "{}/oauth/token/accessible-resources",
            api_url.as_str().trim_end_matches('/')
        );
        let current = self.current().await.map_err(credential)?;
        let mut reply = self.ask_for_sites(&url, &current.authorization).await?;
        if reply.status == StatusCode::UNAUTHORIZED
            && let Some(renewed) = self
                .renewed(&current.authorization)
                .await
                .map_err(credential)?
        {
            reply = self.ask_for_sites(&url, &renewed.authorization).await?;
        }
        let mut sites = self.read_sites(&reply)?;
        for site in &mut sites {
            site.client_url = client_url(api_url.as_str(), &site.id)?;
        }
        Ok(sites)
    }

    async fn ask_for_sites(&self, url: &str, authorization: &Authorization) -> Result<Reply> {
        let url = url::Url::parse(url).map_err(|_| configuration("the API URL cannot be used"))?;
        let mut request = reqwest::Request::new(http::Method::GET, url);
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(authorization.header.clone(), authorization.value.clone());
        self.registration()
            .wire
            .exchange(request)
            .await
            .map_err(|error| {
                let kind = match &error {
                    WireError::Connect(_) => ErrorKind::Connect,
                    WireError::Broken(_) => ErrorKind::Interrupted,
                    WireError::Timeout(_) => ErrorKind::Timeout,
                    WireError::TooLarge => ErrorKind::TooLarge,
                    WireError::Redirect(_) => ErrorKind::Redirect,
                    WireError::Html(_) => ErrorKind::Html,
                };
                Error::new(kind, format!("the list of sites did not come: {error}"))
            })
    }

    fn read_sites(&self, reply: &Reply) -> Result<Vec<Site>> {
        let status = reply.status;
        if status.is_success() {
            // What serde says may repeat the answer: it is left out.
            return serde_json::from_slice(&reply.body).map_err(|_| {
                Error::new(
                    ErrorKind::Mismatch,
                    "the list of sites is not what was expected",
                )
                .with_status(status)
            });
        }
        let kind = classify::kind_of(status.as_u16());
        let wait = rate::retry_after(&reply.headers, self.registration().clock.wall());
        Err(
            Error::new(kind, format!("the list of sites did not come: {status}"))
                .with_status(status)
                .with_retry_after(wait),
        )
    }
}

/// Takes `null` for nothing.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
