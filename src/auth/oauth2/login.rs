//! A user's login: the authorization code flow with PKCE.

use std::borrow::Cow;
use std::fmt;

use oauth2::{AuthUrl, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use url::Url;

use crate::auth::CredentialError;
use crate::auth::oauth2::Tokens;
use crate::auth::oauth2::application::{Application, configuration};
use crate::auth::oauth2::endpoint::Grant;
use crate::error::{Error, ErrorKind};
use crate::{Result, Secret};

/// A login that has begun.
///
/// Send the user's browser to [`authorize_url`](Self::authorize_url), keep [`state`](Self::state) and
/// [`verifier`](Self::verifier) with the user's session on the server (never in the URL or in a place
/// that another user can read), and call [`finish`](Self::finish) when the browser comes back. A server
/// that does not keep the login itself between the two takes it up again with
/// [`Application::resume_login`].
pub struct Login {
    application: Application,
    authorize_url: Url,
    state: Secret,
    verifier: Secret,
}

impl Login {
    pub(super) fn begin(application: Application) -> Result<Self> {
        let (_, verifier) = PkceCodeChallenge::new_random_sha256();
        let verifier = Secret::from(verifier.into_secret());
        Self::prepare(
            application,
            Secret::from(CsrfToken::new_random().into_secret()),
            verifier,
        )
    }

    pub(super) fn resume(
        application: Application,
        state: Secret,
        verifier: Secret,
    ) -> Result<Self> {
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if !(43..=128).contains(&verifier.expose().len())
            || !verifier.expose().chars().all(unreserved)
        {
            return Err(configuration("the PKCE verifier is not one of a login"));
        }
        if state.expose().len() < 16 {
            return Err(configuration("the state is too short to be one of a login"));
        }
        Self::prepare(application, state, verifier)
    }

    fn prepare(application: Application, state: Secret, verifier: Secret) -> Result<Self> {
        let authorize_url = authorize_url(&application, &state, &verifier)?;
        Ok(Self {
            application,
            authorize_url,
            state,
            verifier,
        })
    }

    /// Where to send the user's browser.
    #[must_use]
    pub fn authorize_url(&self) -> &str {
        self.authorize_url.as_str()
    }

    /// The value that ties the answer to this login.
    #[must_use]
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// The PKCE verifier: whoever has it and the code gets the tokens.
    #[must_use]
    pub fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// Takes the `code` and `state` with which the browser came back, and gets the tokens. They are
    /// not stored: put them into the [`TokenStore`](super::TokenStore) of the user's session.
    ///
    /// # Errors
    /// [`ErrorKind::Credential`] when the state is not that of this login (nothing is sent then), or
    /// when the authorization server refuses the code.
    pub async fn finish(self, code: impl Into<Secret>, state: impl AsRef<str>) -> Result<Tokens> {
        if !same(self.state.expose(), state.as_ref()) {
            return Err(refused(
                "the state is not that of this login: it may be forged, nothing was sent",
            ));
        }
        let code = code.into();
        if code.expose().is_empty() {
            return Err(refused("the code is empty"));
        }
        let registration = self.application.registration();
        let grant = Grant::Code {
            code: &code,
            verifier: &self.verifier,
        };
        let answer = registration.ask(grant, registration.retry.attempts).await;
        answer.map_err(|failure| credential(failure.into_error()))
    }

    /// As [`finish`](Self::finish), with the whole URL to which the browser was sent. It may lack
    /// scheme and host, as requests on a server do.
    ///
    /// # Errors
    /// As [`finish`](Self::finish), and when the URL is not the redirect URI, or says that the login
    /// was refused.
    pub async fn finish_redirect(self, url: impl AsRef<str>) -> Result<Tokens> {
        let (code, state) = self.read_redirect(url.as_ref())?;
        self.finish(code, state.expose()).await
    }

    fn read_redirect(&self, text: &str) -> Result<(Secret, Secret)> {
        let expected = self.application.registration().redirect_uri.as_ref();
        let expected = expected
            .ok_or_else(|| configuration("the application has no redirect URI"))?
            .url();
        let url = expected
            .join(text)
            .map_err(|_| refused("the browser came back to what is no URL"))?;
        let place = |url: &Url| {
            (
                url.scheme().to_owned(),
                url.host_str().map(str::to_owned),
                url.port_or_known_default(),
                url.path().to_owned(),
            )
        };
        if place(&url) != place(expected) {
            return Err(refused(
                "the browser came back to another URL than the redirect URI",
            ));
        }
        let state =
            only(&url, "state")?.ok_or_else(|| refused("the browser came back without a state"))?;
        if !same(self.state.expose(), state.expose()) {
            return Err(refused(
                "the state is not that of this login: it may be forged, nothing was sent",
            ));
        }
        if let Some(code) = only(&url, "error")? {
            let word = |c: char| c.is_ascii_lowercase() || c == '_';
            let code = code
                .expose()
                .chars()
                .all(word)
                .then(|| code.expose())
                .filter(|code| code.len() <= 40);
            return Err(refused(format!(
                "the login was refused ({})",
                code.unwrap_or("without an error code")
            )));
        }
        let code =
            only(&url, "code")?.ok_or_else(|| refused("the browser came back without a code"))?;
        Ok((code, state))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL holds the state.
        f.debug_struct("Login")
            .field("application", &self.application)
            .finish_non_exhaustive()
    }
}

fn authorize_url(application: &Application, state: &Secret, verifier: &Secret) -> Result<Url> {
    let registration = application.registration();
    let provider = &registration.provider;
    let authorize = registration.authorize_url.clone();
    let authorize = authorize.ok_or_else(|| configuration("the provider has no authorize URL"))?;
    if registration.redirect_uri.is_none() {
        return Err(configuration("a login needs a redirect URI"));
    }
    let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
    let client = registration
        .client()
        .set_auth_uri(AuthUrl::from_url(authorize));
    let asked = provider
        .login_scopes
        .iter()
        .filter(|scope| !registration.scopes.contains(scope));
    let scopes = registration
        .scopes
        .iter()
        .chain(asked)
        .cloned()
        .map(Scope::new);
    let mut request = client
        .authorize_url(|| CsrfToken::new(state.expose().to_owned()))
        .add_scopes(scopes)
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    for (name, value) in &provider.authorize_parameters {
        request =
            request.add_extra_param(Cow::Borrowed(name.as_str()), Cow::Borrowed(value.as_str()));
    }
    Ok(request.url().0)
}

/// The one value of a parameter; two of them are a trick.
fn only(url: &Url, name: &str) -> Result<Option<Secret>> {
    let mut values = url
        .query_pairs()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value);
    let value = values.next();
    if values.next().is_some() {
        return Err(refused(format!(
            "the browser came back with `{name}` twice"
        )));
    }
    Ok(value.map(|value| Secret::from(value.as_ref())))
}

/// Compares in a time that does not tell where the texts differ.
fn same(expected: &str, given: &str) -> bool {
    let pairs = expected.bytes().zip(given.bytes());
    expected.len() == given.len() && pairs.fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn refused(message: impl Into<String>) -> Error {
    credential(CredentialError::login_required(message))
}

pub(super) fn credential(error: CredentialError) -> Error {
    Error::new(ErrorKind::Credential, error.to_string()).with_source(error)
}
