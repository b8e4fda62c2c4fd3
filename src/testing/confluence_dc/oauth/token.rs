//! Where an application gets its tokens, for a code or for a refresh token.

use std::collections::BTreeMap;

use serde_json::json;
use url::form_urlencoded;
use wiremock::Request;

use super::super::seed::OAuthApp;
use super::super::state::State;
use super::refusal::Refusal;
use super::{LIFETIME, Tokens};
use crate::testing::server::Answer;

/// What an application sends, by name.
type Form = BTreeMap<String, String>;

/// Answers an application.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let form: Form = form_urlencoded::parse(&request.body).into_owned().collect();
    match tokens(state, &form) {
        Ok(tokens) => {
            let body = json!({
                "access_token": tokens.access,
                "refresh_token": tokens.refresh,
                "token_type": "bearer",
                "expires_in": LIFETIME,
                "created_at": state.clock.now().timestamp(),
            });
            Answer::json(200, &body).header("cache-control", "no-store")
        }
        Err(refusal) => refusal.answer(),
    }
}

fn tokens(state: &mut State, form: &Form) -> Result<Tokens, Refusal> {
    let app = known(state, form)?;
    let (client_id, redirect_uri) = (app.client_id.clone(), app.redirect_uri.clone());
    match need(form, "grant_type", "grant_type is missing")? {
        "authorization_code" => {
            need_redirect_uri(form, &redirect_uri)?;
            for_code(state, form, &client_id)
        }
        "refresh_token" => {
            need_redirect_uri(form, &redirect_uri)?;
            for_refresh_token(state, form, &client_id)
        }
        _ => Err(Refusal::new(
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token",
        )),
    }
}

/// The application that asks: it tells its id and its secret in the body.
fn known<'s>(state: &'s State, form: &Form) -> Result<&'s OAuthApp, Refusal> {
    let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let app = state.oauth.apps.get(said("client_id"));
    app.filter(|app| app.has_secret(said("client_secret")))
        .ok_or_else(|| {
            Refusal::new(
                "invalid_client",
                "no application has this client_id and client_secret",
            )
        })
}

fn need<'f>(form: &'f Form, name: &str, missing: &'static str) -> Result<&'f str, Refusal> {
    let value = form.get(name).map(String::as_str);
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Refusal::invalid_request(missing))
}

/// Both grants must name the redirect URI of the login.
fn need_redirect_uri(form: &Form, expected: &str) -> Result<(), Refusal> {
    match need(form, "redirect_uri", "redirect_uri is missing")? {
        given if given == expected => Ok(()),
        _ => Err(Refusal::invalid_grant(
            "redirect_uri is not that of the login",
        )),
    }
}

fn for_code(state: &mut State, form: &Form, client_id: &str) -> Result<Tokens, Refusal> {
    let code = need(form, "code", "code is missing")?;
    // Whoever brings it, and however: a code is worth one try.
    let code = state.oauth.codes.remove(code);
    let code = code
        .filter(|code| code.consent.client_id == client_id)
        .ok_or_else(|| Refusal::invalid_grant("the code is unknown, used or expired"))?;
    let proven = match (&code.challenge, form.get("code_verifier")) {
        (Some(challenge), Some(verifier)) => challenge.fits(verifier),
        (None, None) => true,
        _ => false,
    };
    if !proven {
        return Err(Refusal::invalid_grant(
            "code_verifier does not fit code_challenge",
        ));
    }
    Ok(state.oauth.log_in(code.consent))
}

fn for_refresh_token(state: &mut State, form: &Form, client_id: &str) -> Result<Tokens, Refusal> {
    let token = need(form, "refresh_token", "refresh_token is missing")?;
    let tokens = state.oauth.renew(client_id, token);
    tokens.ok_or_else(|| Refusal::invalid_grant("the refresh token is unknown, used or expired"))
}
