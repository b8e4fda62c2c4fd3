//! Who calls: tokens and passwords.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wiremock::Request;

use super::failure::{Failure, bad, not_authenticated};
use super::state::{State, now};
use super::token_text::{Kind, TokenText};

/// The id of the user whose credentials the request carries; `None` without credentials.
pub(super) fn caller(state: &State, request: &Request) -> Result<Option<String>, Failure> {
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let authorization = header("authorization").and_then(|value| value.split_once(' '));
    let user = match (header("x-auth-token").or(header("macaroon")), authorization) {
        (Some(token), _) => by_token(state, token),
        (None, Some((scheme, token))) if scheme.eq_ignore_ascii_case("bearer") => {
            by_token(state, token)
        }
        (None, Some((scheme, pair))) if scheme.eq_ignore_ascii_case("basic") => {
            by_password(state, pair)
        }
        _ => return Ok(None),
    }
    .map_err(|reason| not_authenticated(&reason))?;
    match state.users.get(&user) {
        Some(user) if user.blocked => Err(not_authenticated(&bad(
            "userBlocked",
            "an administrator has locked this user out",
        ))),
        _ => Ok(Some(user)),
    }
}

/// The owner of an access token that is good for calls.
fn by_token(state: &State, token: &str) -> Result<String, Failure> {
    if let (Some(user), false) = (state.accepted.get(token), state.expired.contains(token)) {
        return Ok(user.clone());
    }
    let token = verified(state, token)?;
    if token.token_type.get("accessToken").is_none() {
        return Err(
            Failure::new(400, "notAnAccessToken", "An access token is needed here.")
                .details(json!({ "received": token.token_type })),
        );
    }
    match token.caveats.iter().find(|caveat| forbids_calls(caveat)) {
        Some(caveat) => Err(unverified(caveat)),
        None => Ok(token.user),
    }
}

/// What is written in a token that is genuine, known, not revoked and not out of date.
pub(super) fn verified(state: &State, token: &str) -> Result<TokenText, Failure> {
    let invalid = || bad("tokenInvalid", "the token is not valid");
    let text = TokenText::read(token)
        .ok_or_else(|| bad("badToken", "the token could not be understood"))?;
    let good = text.genuine && !state.expired.contains(token);
    let user = state
        .users
        .get(&text.user)
        .filter(|_| good)
        .ok_or_else(invalid)?;
    let revoked = match text.kind {
        Kind::Named => state.tokens.get(&text.id).ok_or_else(invalid)?.revoked,
        Kind::Temporary => text.generation != user.temporary_token_generation,
        Kind::Kit => false,
    };
    if revoked {
        return Err(bad("tokenRevoked", "the token was revoked"));
    }
    match text.caveats.iter().find(|caveat| is_past(caveat)) {
        Some(caveat) => Err(unverified(caveat)),
        None => Ok(text),
    }
}

/// A caveat does not hold.
pub(super) fn unverified(caveat: &Value) -> Failure {
    bad(
        "tokenCaveatUnverified",
        "a caveat of the token does not hold",
    )
    .details(json!({ "caveat": caveat }))
}

fn kind_of(caveat: &Value) -> &str {
    caveat
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn is_past(caveat: &Value) -> bool {
    kind_of(caveat) == "time"
        && caveat
            .get("validUntil")
            .and_then(Value::as_i64)
            .is_none_or(|end| end < now())
}

/// Caveats that are for data or for another interface. Those about addresses, places and single
/// operations are not judged here.
fn forbids_calls(caveat: &Value) -> bool {
    match kind_of(caveat) {
        "interface" => caveat.get("interface").and_then(Value::as_str) != Some("rest"),
        kind => kind.starts_with("data."),
    }
}

fn by_password(state: &State, pair: &str) -> Result<String, Failure> {
    let wrong = || bad("badBasicCredentials", "user name or password are wrong");
    let bytes = STANDARD.decode(pair.trim()).map_err(|_| wrong())?;
    let pair = String::from_utf8(bytes).map_err(|_| wrong())?;
    let (name, password) = pair.split_once(':').ok_or_else(wrong)?;
    let user = state
        .users
        .values()
        .find(|user| user.username.as_deref() == Some(name))
        .ok_or_else(wrong)?;
    if !user.basic_auth_enabled {
        return Err(bad(
            "basicAuthDisabled",
            "this user cannot sign in with a password",
        ));
    }
    if user.password.as_deref() == Some(password) {
        Ok(user.id.clone())
    } else {
        Err(wrong())
    }
}
