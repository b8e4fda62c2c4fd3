//! Authorization servers: where they are asked, and what is particular about them.

use std::fmt;

/// An authorization server: its URLs and its ways.
///
/// There are presets for Confluence; [`new`](Self::new) takes any other.
///
/// ```
/// use spacewright::auth::oauth2::Provider;
///
/// let zone = Provider::new("https://login.example.com/realms/zone/protocol/openid-connect/token")
///     .authorize_url("https://login.example.com/realms/zone/protocol/openid-connect/auth");
/// # let _ = zone;
/// ```
#[derive(Clone)]
pub struct Provider {
    pub(super) token_url: String,
    pub(super) authorize_url: Option<String>,
    pub(super) api_url: Option<String>,
    pub(super) authorize_parameters: Vec<(String, String)>,
    pub(super) token_parameters: Vec<(String, String)>,
    /// Scopes that a login always asks for.
    pub(super) login_scopes: Vec<String>,
    pub(super) credentials_in_body: bool,
    pub(super) redirect_uri_on_refresh: bool,
}

impl Provider {
    /// An authorization server of any make.
    #[must_use]
    pub fn new(token_url: impl Into<String>) -> Self {
        Self {
            token_url: token_url.into(),
            authorize_url: None,
            api_url: None,
            authorize_parameters: Vec::new(),
            token_parameters: Vec::new(),
            login_scopes: Vec::new(),
            credentials_in_body: false,
            redirect_uri_on_refresh: false,
        }
    }

    /// Atlassian's authorization server, for Confluence Cloud ("3LO").
    ///
    /// It asks for the audience `api.atlassian.com`, for the user's consent, and beside the
    /// application's scopes (`read:space:confluence`, `write:confluence-content`, …) for
    /// `offline_access`, without which there is no refresh token. Refresh tokens rotate.
    #[must_use]
    pub fn confluence_cloud() -> Self {
        let mut provider = Self::new("https://auth.atlassian.com/oauth/token")
            .authorize_url("https://auth.atlassian.com/authorize")
            .api_url("https://api.atlassian.com")
            .authorize_parameter("audience", "api.atlassian.com")
            .authorize_parameter("prompt", "consent")
            .credentials_in_body();
        provider.login_scopes.push("offline_access".to_owned());
        provider
    }

    /// The authorization server of a Confluence Data Center instance (7.17 and later), under the URL
    /// that its client has.
    ///
    /// The scopes are `READ`, `WRITE`, `ADMIN` and `SYSTEM_ADMIN`; each includes those before it. An
    /// administrator registers the application as an incoming application link.
    #[must_use]
    pub fn confluence_dc(base_url: impl AsRef<str>) -> Self {
        let base = base_url.as_ref().trim_end_matches('/');
        let mut provider = Self::new(format!("{base}/rest/oauth2/latest/token"))
            .authorize_url(format!("{base}/rest/oauth2/latest/authorize"))
            .credentials_in_body();
        provider.redirect_uri_on_refresh = true;
        provider
    }

    /// Sets the URL that tokens are asked from.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = url.into();
        self
    }

    /// Sets the URL that users log in at.
    #[must_use]
    pub fn authorize_url(mut self, url: impl Into<String>) -> Self {
        self.authorize_url = Some(url.into());
        self
    }

    /// Sets the gateway of Confluence Cloud's interface, where it is not
    /// `https://api.atlassian.com`: a government cloud, or a test's server.
    #[must_use]
    pub fn api_url(mut self, url: impl Into<String>) -> Self {
        self.api_url = Some(url.into());
        self
    }

    /// Sets a parameter of the URL that users log in at.
    #[must_use]
    pub fn authorize_parameter(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        set(&mut self.authorize_parameters, name.into(), value.into());
        self
    }

    /// Sets a parameter of what the token endpoint is asked, such as `audience` or `resource`.
    #[must_use]
    pub fn token_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        set(&mut self.token_parameters, name.into(), value.into());
        self
    }

    /// Sends the client's id and secret in the body, rather than as HTTP Basic.
    #[must_use]
    pub fn credentials_in_body(mut self) -> Self {
        self.credentials_in_body = true;
        self
    }
}

/// Sets a parameter, in the place of one of the same name.
fn set(parameters: &mut Vec<(String, String)>, name: String, value: String) {
    parameters.retain(|(other, _)| *other != name);
    parameters.push((name, value));
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs and parameters may hold a password: neither is shown.
        f.debug_struct("Provider")
            .field("login_scopes", &self.login_scopes)
            .finish_non_exhaustive()
    }
}
