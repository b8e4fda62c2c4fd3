//! Who calls: tokens and passwords.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use wiremock::Request;

use super::caveats::Circumstances;
use super::failure::{Failure, bad, not_authenticated};
use super::state::State;
use super::token_text::{Kind, TokenText};

/// The header with the identity token of whoever uses a token that is confined to some consumers.
const CONSUMER_TOKEN: &str = "x-onedata-consumer-token";

/// The id of the user whose credentials the request carries; `None` without credentials.
pub(super) fn caller(state: &State, request: &Request) -> Result<Option<String>, Failure> {
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let authorization = header("authorization").and_then(|value| value.split_once(' '));
    let by_token = |token: &str| by_token(state, token, header(CONSUMER_TOKEN));
    let user = match (header("x-auth-token").or(header("macaroon")), authorization) {
        (Some(token), _) => by_token(token),
        (None, Some((scheme, token))) if scheme.eq_ignore_ascii_case("bearer") => by_token(token),
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
        Some(_) => Ok(Some(user)),
        None => Err(not_authenticated(&invalid())),
    }
}

/// The owner of an access token that is good for calls.
fn by_token(state: &State, token: &str, consumer: Option<&str>) -> Result<String, Failure> {
    if let (Some(user), false) = (state.accepted.get(token), state.expired.contains(token)) {
        return Ok(user.clone());
    }
    let token = known(state, token)?;
    if token.token_type.get("accessToken").is_none() {
        return Err(
            Failure::new(400, "notAnAccessToken", "An access token is needed here.")
                .details(json!({ "received": token.token_type })),
        );
    }
    let mut circumstances = Circumstances::of_a_call(state.now());
    if let Some(consumer) = consumer {
        circumstances.consumers = consumers(state, consumer)?;
    }
    circumstances.check(&token.caveats)?;
    Ok(token.user)
}

fn invalid() -> Failure {
    bad("tokenInvalid", "the token is not valid")
}

/// What is written in a token that is genuine, known and not revoked. Its caveats are not judged.
pub(super) fn known(state: &State, token: &str) -> Result<TokenText, Failure> {
    let text = TokenText::read(token)
        .ok_or_else(|| bad("badToken", "the token could not be understood"))?;
    let good = text.genuine && !state.expired.contains(token);
    let user = state
        .users
        .get(&text.user)
        .filter(|_| good)
        .ok_or_else(invalid)?;
    match text.kind {
        Kind::Named if state.tokens.get(&text.id).ok_or_else(invalid)?.revoked => {
            Err(bad("tokenRevoked", "the token was revoked"))
        }
        Kind::Temporary if text.generation != user.temporary_token_generation => Err(invalid()),
        _ => Ok(text),
    }
}

/// Whom an identity token stands for, in all the ways that a caveat can name: the user, and the groups of
/// the user.
pub(super) fn consumers(state: &State, token: &str) -> Result<Vec<String>, Failure> {
    let wrong = |reason: &Failure| {
        bad("badConsumerToken", "the token of the consumer is no good")
            .details(json!({ "tokenError": reason.json() }))
    };
    let token = known(state, token).map_err(|reason| wrong(&reason))?;
    if token.token_type.get("identityToken").is_none() {
        let reason = bad("notAnIdentityToken", "an identity token is needed");
        return Err(wrong(
            &reason.details(json!({ "received": token.token_type })),
        ));
    }
    Circumstances::of_a_call(state.now())
        .check(&token.caveats)
        .map_err(|reason| wrong(&reason))?;
    Ok(names_of(state, &token.user))
}

/// A user as caveats of consumers name one: in person, or by a group.
pub(super) fn names_of(state: &State, user: &str) -> Vec<String> {
    let groups = state.groups_of(user);
    let groups = groups.iter().map(|group| format!("grp-{group}"));
    groups.chain([format!("usr-{user}")]).collect()
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
