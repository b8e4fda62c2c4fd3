//! Asks the token endpoint for tokens, and says what its refusals mean.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::StatusCode;
use oauth2::basic::{BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthorizationCode, HttpRequest, HttpResponse, PkceCodeVerifier, RefreshToken,
    RequestTokenError, Scope, TokenResponse as _,
};
use serde_json::Value;

use crate::Secret;
use crate::auth::CredentialError;
use crate::auth::oauth2::Tokens;
use crate::auth::oauth2::application::Registration;
use crate::auth::oauth2::wire::{Reply, WireError};
use crate::transport::{rate, scrub};

/// What is given for tokens.
pub(super) enum Grant<'a> {
    ClientCredentials,
    Code {
        code: &'a Secret,
        verifier: &'a Secret,
    },
    Refresh(&'a Secret),
}

/// Why there are no tokens.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}")]
pub(super) struct Failure {
    what: String,
    pub(super) cause: Cause,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// The server cannot have acted on the request: it may be sent again, after this long.
    Busy(Option<Duration>),
    /// Whether the server acted is not known.
    Unsure,
    /// The code or the refresh token is worth nothing any more.
    Spent,
    /// The server refused with this error code.
    Refused(String),
    /// The answer is none of an authorization server.
    Nonsense,
}

impl Failure {
    fn new(what: impl Into<String>, cause: Cause) -> Self {
        Self {
            what: what.into(),
            cause,
        }
    }

    /// Whether it may pass by itself.
    pub(super) fn is_temporary(&self) -> bool {
        matches!(self.cause, Cause::Busy(_) | Cause::Unsure)
    }

    /// The error that a caller sees.
    pub(super) fn into_error(self) -> CredentialError {
        match self.cause {
            Cause::Spent => CredentialError::login_required(self.what),
            _ => CredentialError::new(self.what),
        }
    }
}

impl Registration {
    /// Asks for tokens, again where that is safe and `attempts` allow it.
    pub(super) async fn ask(&self, grant: Grant<'_>, attempts: u32) -> Result<Tokens, Failure> {
        let started = self.clock.now();
        let mut attempt = 1;
        loop {
            let failure = match self.ask_once(&grant).await {
                Ok(tokens) => return Ok(tokens),
                Err(failure) => failure,
            };
            let Cause::Busy(wait) = failure.cause else {
                return Err(failure);
            };
            let delay = wait.unwrap_or_else(|| self.retry.delay(attempt));
            let spent = self.clock.now().saturating_duration_since(started);
            if attempt >= attempts || delay > self.retry.time().saturating_sub(spent) {
                return Err(failure);
            }
            tracing::debug!(
                attempt,
                wait_ms = delay.as_millis(),
                "asking the token endpoint again"
            );
            self.clock.sleep(delay).await;
            attempt += 1;
        }
    }

    async fn ask_once(&self, grant: &Grant<'_>) -> Result<Tokens, Failure> {
        let answer = match grant {
            Grant::ClientCredentials => self.ask_as_client().await,
            Grant::Code { code, verifier } => self.ask_with_code(code, verifier).await,
            Grant::Refresh(token) => self.ask_with_refresh_token(token).await,
        };
        self.outcome(answer, grant)
    }

    fn outcome(&self, answer: Answer, grant: &Grant<'_>) -> Result<Tokens, Failure> {
        match answer {
            Ok(answer) => self.tokens(&answer),
            Err(error) => Err(self.failure(error, grant)),
        }
    }

    async fn ask_as_client(&self) -> Answer {
        let client = self.client();
        let scopes = self.scopes.iter().cloned().map(Scope::new);
        let mut request = client.exchange_client_credentials().add_scopes(scopes);
        for (name, value) in &self.provider.token_parameters {
            request = request.add_extra_param(name, value);
        }
        request.request_async(self).await
    }

    async fn ask_with_code(&self, code: &Secret, verifier: &Secret) -> Answer {
        let client = self.client();
        let code = AuthorizationCode::new(code.expose().to_owned());
        let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
        let mut request = client.exchange_code(code).set_pkce_verifier(verifier);
        for (name, value) in &self.provider.token_parameters {
            request = request.add_extra_param(name, value);
        }
        request.request_async(self).await
    }

    async fn ask_with_refresh_token(&self, token: &Secret) -> Answer {
        let client = self.client();
        let token = RefreshToken::new(token.expose().to_owned());
        let mut request = client.exchange_refresh_token(&token);
        for (name, value) in &self.provider.token_parameters {
            request = request.add_extra_param(name, value);
        }
        if let Some(uri) = self
            .redirect_uri
            .as_ref()
            .filter(|_| self.provider.redirect_uri_on_refresh)
        {
            request = request.add_extra_param("redirect_uri", uri.as_str());
        }
        request.request_async(self).await
    }

    fn tokens(&self, answer: &BasicTokenResponse) -> Result<Tokens, Failure> {
        let access_token = Secret::from(answer.access_token().secret().as_str());
        if access_token.expose().trim().is_empty() {
            return Err(self.nonsense("the access token is empty"));
        }
        let refresh_token = answer.refresh_token().map(|token| token.secret().as_str());
        Ok(Tokens {
            access_token,
            refresh_token: refresh_token
                .filter(|token| !token.is_empty())
                .map(Secret::from),
            expires_at: answer
                .expires_in()
                .and_then(|time| self.clock.wall().checked_add(time)),
        })
    }

    fn nonsense(&self, what: &str) -> Failure {
        Failure::new(
            format!(
                "the token endpoint {} gave no tokens: {what}",
                self.token_host()
            ),
            Cause::Nonsense,
        )
    }

    /// Of what went wrong, only the error code is kept: descriptions and bodies may repeat secrets.
    fn failure(
        &self,
        error: RequestTokenError<Failure, BasicErrorResponse>,
        grant: &Grant<'_>,
    ) -> Failure {
        let failure = match error {
            RequestTokenError::Request(failure) => failure,
            RequestTokenError::ServerResponse(answer) => {
                Failure::new("", Cause::Refused(answer.error().as_ref().to_owned()))
            }
            RequestTokenError::Parse(..) => self.nonsense("the answer is not the JSON of a token"),
            RequestTokenError::Other(_) => {
                self.nonsense("the answer is empty or cannot be sent for")
            }
        };
        match failure.cause {
            Cause::Refused(code) => self.refused(&code, grant),
            _ => failure,
        }
    }

    fn refused(&self, code: &str, grant: &Grant<'_>) -> Failure {
        let host = self.token_host();
        let code = presentable(code, self.client_secret.iter().chain(grant.secrets()));
        match (grant, code.as_str()) {
            // Atlassian has called a spent refresh token by the second name.
            (Grant::Refresh(_), "invalid_grant" | "unauthorized_client") => Failure::new(
                format!(
                    "{host} does not take the refresh token, it has expired or was revoked or used before ({code}): the user has to log in again"
                ),
                Cause::Spent,
            ),
            (Grant::Code { .. }, "invalid_grant") => Failure::new(
                format!(
                    "{host} does not take the code, it has expired, was used before or belongs to another login ({code}): begin the login again"
                ),
                Cause::Spent,
            ),
            (_, "invalid_client") => Failure::new(
                format!("{host} does not accept the client's id and secret ({code})"),
                Cause::Refused(code),
            ),
            _ => Failure::new(
                format!("{host} refused to give tokens ({code})"),
                Cause::Refused(code),
            ),
        }
    }

    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let host = self.token_host();
        let request = reqwest::Request::try_from(request)
            .map_err(|_| self.nonsense("the request cannot be put together"))?;
        let reply = self.wire.exchange(request).await.map_err(|error| {
            let cause = match error {
                WireError::Connect(_) => Cause::Busy(None),
                WireError::Broken(_) | WireError::Timeout(_) => Cause::Unsure,
                _ => Cause::Nonsense,
            };
            Failure::new(
                format!("the token endpoint {host} gave no tokens: {error}"),
                cause,
            )
        })?;
        self.read(reply)
    }

    fn read(&self, reply: Reply) -> Result<HttpResponse, Failure> {
        let status = reply.status;
        let what = || format!("the token endpoint {} answers {status}", self.token_host());
        if matches!(status.as_u16(), 429 | 503) {
            let wait = rate::retry_after(&reply.headers, self.clock.wall());
            return Err(Failure::new(what(), Cause::Busy(wait)));
        }
        if let Some(code) = error_code(&reply.body) {
            return Err(Failure::new(what(), Cause::Refused(code)));
        }
        if status.is_server_error() {
            return Err(Failure::new(what(), Cause::Unsure));
        }
        if status != StatusCode::OK {
            let what = format!("{} without an error code: check its URL", what());
            return Err(Failure::new(what, Cause::Nonsense));
        }
        // Without its headers: some servers call their JSON text.
        Ok(HttpResponse::new(with_whole_seconds(reply.body)))
    }
}

type Answer = Result<BasicTokenResponse, RequestTokenError<Failure, BasicErrorResponse>>;

impl<'c> AsyncHttpClient<'c> for Registration {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.post(request))
    }
}

impl<'a> Grant<'a> {
    fn secrets(&self) -> Vec<&'a Secret> {
        match self {
            Self::ClientCredentials => Vec::new(),
            Self::Code { code, verifier } => vec![code, verifier],
            Self::Refresh(token) => vec![token],
        }
    }
}

/// The error code of an answer, whatever its status: some servers refuse with 200.
fn error_code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("error")?
        .as_str()
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
}

/// The answer with its lifetime as the standard has it. Some servers write it as a text or with a fraction: to
/// fail for that would lose the refresh token beside it. One that cannot be read is left out.
fn with_whole_seconds(body: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut answer)) = serde_json::from_slice(&body) else {
        return body;
    };
    match answer.get("expires_in") {
        None | Some(Value::Null) => return body,
        Some(lifetime) if lifetime.is_u64() => return body,
        Some(lifetime) => match seconds(lifetime) {
            Some(seconds) => answer.insert("expires_in".to_owned(), seconds.into()),
            None => answer.remove("expires_in"),
        },
    };
    serde_json::to_vec(&answer).unwrap_or(body)
}

fn seconds(lifetime: &Value) -> Option<u64> {
    let seconds = match lifetime {
        Value::String(text) => text.trim().parse().ok(),
        lifetime => lifetime.as_f64(),
    };
    let time = Duration::try_from_secs_f64(seconds?).ok()?;
    Some(time.as_secs())
}

/// An error code as a message may show it: it is the server's, so it may be anything.
fn presentable<'a>(code: &str, secrets: impl Iterator<Item = &'a Secret>) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    match scrub::scrub(code, secrets) {
        clean if clean == code && code.len() <= 60 && code.chars().all(fits) => clean,
        _ => "an error code that cannot be shown".to_owned(),
    }
}

/// An endpoint that gives one answer, for the fuzzers.
#[cfg(fuzzing)]
struct Played<'a>(&'a Registration, std::sync::Mutex<Option<Reply>>);

#[cfg(fuzzing)]
impl<'c> AsyncHttpClient<'c> for Played<'_> {
    type Error = Failure;
    type Future = std::future::Ready<Result<HttpResponse, Failure>>;

    fn call(&'c self, _: HttpRequest) -> Self::Future {
        let reply = self.1.lock().ok().and_then(|mut reply| reply.take());
        std::future::ready(match reply {
            Some(reply) => self.0.read(reply),
            None => Err(Failure::new("asked twice", Cause::Nonsense)),
        })
    }
}

#[cfg(fuzzing)]
impl crate::auth::oauth2::Application {
    /// What an answer to the refresh token `token` comes to.
    pub(crate) fn judge(
        &self,
        status: StatusCode,
        headers: http::HeaderMap,
        body: Vec<u8>,
        token: &str,
    ) -> Result<Tokens, CredentialError> {
        use futures_util::FutureExt as _;
        let registration = self.registration();
        let reply = Reply {
            status,
            headers,
            body,
        };
        let played = Played(registration, std::sync::Mutex::new(Some(reply)));
        let (client, secret) = (registration.client(), Secret::from(token));
        let token = RefreshToken::new(token.to_owned());
        let asked = client.exchange_refresh_token(&token);
        let answer = asked.request_async(&played).now_or_never();
        let answer = answer.ok_or_else(|| CredentialError::new("it does not end"))?;
        let outcome = registration.outcome(answer, &Grant::Refresh(&secret));
        outcome.map_err(Failure::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_is_shown_only_if_it_is_one() {
        let secret = Secret::from("s3cret-value");
        let shown = |code: &str| presentable(code, [&secret].into_iter());
        assert_eq!(shown("invalid_grant"), "invalid_grant");
        for code in [
            "s3cret-value",
            "bad\nline",
            "why is: s3cret-value",
            &"a".repeat(61),
        ] {
            assert_eq!(shown(code), "an error code that cannot be shown");
        }
    }
}
