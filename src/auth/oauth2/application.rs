//! An application as an authorization server knows it, and how it is described.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, iter};

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, RedirectUrl, TokenUrl,
};
use url::Url;

use crate::auth::oauth2::login::Login;
use crate::auth::oauth2::provider::Provider;
use crate::auth::oauth2::session::{Renews, Session};
use crate::auth::oauth2::store::{MemoryStore, TokenStore};
use crate::auth::oauth2::wire::Wire;
use crate::error::{Error, ErrorKind};
use crate::transport::base;
use crate::transport::clock::{Clock, TokioClock};
use crate::transport::http_client::{self, Customise};
use crate::transport::retry::Retry;
use crate::{Result, Secret};

/// An application that is registered with an authorization server; cheap to clone.
///
/// It begins logins and makes [`Session`]s out of what they bring.
#[derive(Clone)]
pub struct Application(Arc<Registration>);

/// What an application was built with.
pub(super) struct Registration {
    pub(super) provider: Provider,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Secret>,
    pub(super) redirect_uri: Option<RedirectUrl>,
    pub(super) scopes: Vec<String>,
    pub(super) token_url: Url,
    pub(super) authorize_url: Option<Url>,
    pub(super) api_url: Option<Url>,
    pub(super) margin: Duration,
    pub(super) retry: Retry,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) wire: Wire,
}

impl Application {
    /// Begins the description of an application with the id under which the server knows it.
    pub fn builder(provider: Provider, client_id: impl Into<String>) -> ApplicationBuilder {
        ApplicationBuilder {
            provider,
            client_id: client_id.into(),
            client_secret: None,
            redirect_uri: None,
            scopes: Vec::new(),
            margin: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
            retry: Retry::default(),
            plain_hosts: Vec::new(),
            customise: None,
            clock: Arc::new(TokioClock),
        }
    }

    /// Begins a login with a fresh `state` and PKCE verifier.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the provider has no authorize URL or the application no
    /// redirect URI.
    pub fn login(&self) -> Result<Login> {
        Login::begin(self.clone())
    }

    /// Takes a login up again that another request, or another process, began: with the
    /// [`state`](Login::state) and the [`verifier`](Login::verifier) that were kept for it.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] as [`login`](Self::login), and when the state or the verifier
    /// cannot come from a login.
    pub fn resume_login(
        &self,
        state: impl Into<Secret>,
        verifier: impl Into<Secret>,
    ) -> Result<Login> {
        Login::resume(self.clone(), state.into(), verifier.into())
    }

    /// A user's session on the tokens in `store`. Nothing is loaded before it is used.
    #[must_use]
    pub fn session(&self, store: impl TokenStore) -> Session {
        Session::new(self.clone(), Renews::ByRefreshToken, store)
    }

    /// A session of the application itself (the client credentials grant). It asks for a token when it
    /// is first used, and for another one before that expires.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the application has no client secret.
    pub fn client_credentials(&self) -> Result<Session> {
        if self.0.client_secret.is_none() {
            return Err(configuration("client credentials need a client secret"));
        }
        Ok(Session::new(
            self.clone(),
            Renews::ByClientCredentials,
            MemoryStore::default(),
        ))
    }

    pub(super) fn registration(&self) -> &Registration {
        &self.0
    }
}

impl Registration {
    /// The client that writes and reads the messages; made anew each time, so that it holds no secret
    /// for longer than a request.
    pub(super) fn client(
        &self,
    ) -> BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>
    {
        let auth_type = match self.provider.credentials_in_body {
            true => AuthType::RequestBody,
            false => AuthType::BasicAuth,
        };
        let mut client = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_auth_type(auth_type)
            .set_token_uri(TokenUrl::from_url(self.token_url.clone()));
        if let Some(secret) = &self.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        if let Some(uri) = &self.redirect_uri {
            client = client.set_redirect_uri(uri.clone());
        }
        client
    }

    /// The token endpoint as messages name it.
    pub(super) fn token_host(&self) -> String {
        self.token_url.origin().ascii_serialization()
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("client_id", &self.0.client_id)
            .field("scopes", &self.0.scopes)
            .field("token_endpoint", &self.0.token_host())
            .finish_non_exhaustive()
    }
}

pub(super) fn configuration(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

/// How long the authorization server has for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Describes an application.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ApplicationBuilder {
    provider: Provider,
    client_id: String,
    client_secret: Option<Secret>,
    redirect_uri: Option<String>,
    scopes: Vec<String>,
    margin: Duration,
    timeout: Duration,
    retry: Retry,
    plain_hosts: Vec<String>,
    customise: Option<Customise>,
    clock: Arc<dyn Clock>,
}

impl ApplicationBuilder {
    /// The application's secret. A public client, which cannot keep one, has none.
    pub fn client_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// Where the server sends users after a login, exactly as it is registered.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// What the application may do; added to what was named before.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// How long before its expiry a token is renewed: 60 s, and never more than half of its lifetime.
    pub fn renew_before(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// How long the authorization server has for an answer: 30 s.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// How the authorization server is asked again when no connection came about, or when it answers
    /// 429 or 503. It is never asked again when it may have acted: it may have rotated a token.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Allows plain `http` for this host, which would otherwise be refused unless it is this machine
    /// (an address such as `127.0.0.1`, or a name such as `localhost` or `wiki.localhost`, for which no
    /// resolver is asked): whoever sits on the way sees tokens and the client's secret.
    pub fn allow_http(mut self, host: impl Into<String>) -> Self {
        self.plain_hosts.push(host.into());
        self
    }

    /// Sets whatever reqwest's own builder offers: root certificates, proxies. Redirects, the `Referer`
    /// header and the logging of whole connections stay off, and the user agent is this crate's: they are
    /// set after.
    pub fn http(
        mut self,
        customise: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.customise = Some(Box::new(customise));
        self
    }

    /// The clock by which tokens expire, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the application. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the client's id is empty, or a URL or a setting of reqwest's
    /// cannot be used.
    pub fn build(self) -> Result<Application> {
        if self.client_id.is_empty() {
            return Err(configuration("the OAuth client id is empty"));
        }
        let checked = |what: &str, url: &str| base::checked(what, url, &self.plain_hosts);
        let optional = |what: &str, url: &Option<String>| {
            url.as_deref().map(|url| checked(what, url)).transpose()
        };
        let token_url = checked("the token URL", &self.provider.token_url)?;
        let authorize_url = optional("the authorize URL", &self.provider.authorize_url)?;
        let api_url = optional("the API URL", &self.provider.api_url)?;
        let redirect_uri = self
            .redirect_uri
            .map(|uri| redirect_uri(uri, &self.plain_hosts))
            .transpose()?;
        let servers: Vec<&Url> = iter::once(&token_url).chain(&api_url).collect();
        let http = http_client::build(&servers, CONNECT, http_client::USER_AGENT, self.customise)?;
        Ok(Application(Arc::new(Registration {
            provider: self.provider,
            client_id: self.client_id,
            client_secret: self.client_secret,
            redirect_uri,
            scopes: self.scopes,
            token_url,
            authorize_url,
            api_url,
            margin: self.margin,
            retry: self.retry,
            clock: self.clock,
            wire: Wire {
                http,
                timeout: self.timeout,
            },
        })))
    }
}

impl fmt::Debug for ApplicationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a password that `build` will refuse: none is shown.
        f.debug_struct("ApplicationBuilder")
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Checks a redirect URI, and keeps it as it was written: servers compare it letter by letter.
fn redirect_uri(text: String, plain_hosts: &[String]) -> Result<RedirectUrl> {
    let uri = RedirectUrl::new(text)
        .map_err(|error| configuration(format!("the redirect URI is no URL ({error})")))?;
    if uri.url().fragment().is_some() {
        return Err(configuration("the redirect URI has a fragment"));
    }
    // Applications on a user's own machine may have a scheme of their own.
    if matches!(uri.url().scheme(), "http" | "https") {
        base::checked("the redirect URI", uri.as_str(), plain_hosts)?;
    }
    Ok(uri)
}
