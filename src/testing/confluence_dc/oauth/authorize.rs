//! Where a user's browser goes for a code. The pages of login and of consent are skipped: the request
//! itself says who asks, and they agree.

use std::collections::BTreeMap;

use url::Url;
use wiremock::Request;

use super::super::call::Caller;
use super::super::problem::Problem;
use super::super::seed::{OAuthApp, OAuthScope};
use super::super::state::State;
use super::pkce::Challenge;
use super::refusal::Refusal;
use super::{Code, Consent};
use crate::testing::server::Answer;

/// The query of a request by name.
type Query = BTreeMap<String, String>;

/// Answers a browser.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let caller = match state.sender(request) {
        Ok(Caller::Anonymous) => return Problem::unauthorized().answer(),
        Ok(caller) => caller,
        Err(problem) => return problem.answer(),
    };
    match redirect(state, &caller, &request.url) {
        Ok(location) => Answer::empty(302).header("location", location),
        Err(refusal) => refusal.answer(),
    }
}

/// Where the browser is sent, with a code or with an error. A user is not sent to a URL that the
/// application does not have.
pub(in super::super) fn redirect(
    state: &mut State,
    caller: &Caller,
    url: &Url,
) -> Result<String, Refusal> {
    let query: Query = url.query_pairs().into_owned().collect();
    let app = query
        .get("client_id")
        .and_then(|id| state.oauth.apps.get(id));
    let app = app.ok_or_else(|| Refusal::invalid_request("no application has this client_id"))?;
    if query.get("redirect_uri") != Some(&app.redirect_uri) {
        return Err(Refusal::invalid_request(
            "redirect_uri is not that of the application",
        ));
    }
    let mut target = Url::parse(&app.redirect_uri)
        .map_err(|_| Refusal::invalid_request("redirect_uri is no URL"))?;
    match code(caller, app, &query) {
        Ok(code) => {
            let code = state.oauth.give_code(code);
            target.query_pairs_mut().append_pair("code", &code);
        }
        Err(refusal) => {
            let mut pairs = target.query_pairs_mut();
            pairs.append_pair("error", refusal.error);
            pairs.append_pair("error_description", refusal.description);
        }
    }
    if let Some(kept) = query.get("state") {
        target.query_pairs_mut().append_pair("state", kept);
    }
    Ok(target.into())
}

/// What the code stands for, if the application may have one.
fn code(caller: &Caller, app: &OAuthApp, query: &Query) -> Result<Code, Refusal> {
    let said = |name: &str| query.get(name).map(String::as_str);
    let Caller::User { name, scope: most } = caller else {
        return Err(Refusal::new("access_denied", "nobody is logged in"));
    };
    if said("response_type") != Some("code") {
        return Err(Refusal::new(
            "unsupported_response_type",
            "response_type must be code",
        ));
    }
    let scope = said("scope").and_then(OAuthScope::greatest);
    let scope = scope.filter(|scope| *scope <= app.scope);
    let scope = scope.ok_or_else(|| {
        Refusal::new(
            "invalid_scope",
            "scope must name what the application may ask for",
        )
    })?;
    // An access token must not bring another one that may do more.
    if scope > *most {
        return Err(Refusal::new(
            "access_denied",
            "the credentials do not reach so far",
        ));
    }
    let challenge = Challenge::read(said("code_challenge"), said("code_challenge_method"))?;
    let consent = Consent {
        client_id: app.client_id.clone(),
        user: name.clone(),
        scope,
    };
    Ok(Code { consent, challenge })
}
