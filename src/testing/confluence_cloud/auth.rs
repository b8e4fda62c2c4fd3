//! Who calls: email address and API token, or a bearer token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wiremock::Request;

use super::problem::Problem;
use super::seed::User;
use super::state::State;

/// The account id of the caller.
pub(super) fn caller(state: &State, request: &Request) -> Result<String, Problem> {
    let header = request
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let (scheme, value) = header
        .and_then(|header| header.split_once(' '))
        .ok_or_else(Problem::unauthorized)?;
    let by = |fits: &dyn Fn(&User) -> bool| {
        state
            .users
            .values()
            .find(|user| fits(user))
            .map(|user| user.account_id.clone())
    };
    let known = if scheme.eq_ignore_ascii_case("bearer") {
        by(&|user| state.takes(user, value.trim()))
    } else {
        let pair = STANDARD
            .decode(value.trim())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        pair.filter(|_| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|pair| {
                let (email, token) = pair.split_once(':')?;
                by(&|user| user.email == email && state.takes(user, token))
            })
    };
    known.ok_or_else(Problem::unauthorized)
}
