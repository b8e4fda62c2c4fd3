//! What anybody can find out about a token: what it says, whether it is good, what it opens.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::auth;
use super::call::Call;
use super::caveats::{self, Circumstances, Confined, INTERFACES, first_end};
use super::failure::{
    Failure, Outcome, bad, bad_value, missing, not_allowed, not_authenticated, not_found,
};
use super::invitations;
use super::seed::subject;
use super::state::State;
use super::token_text::{Kind, TokenText};
use super::tokens::caveats;
use crate::testing::server::Answer;

/// `POST /tokens/…`
pub(super) fn route(state: &State, call: &Call, check: &str) -> Option<Outcome> {
    Some(match check {
        "examine" => examine(call),
        "confine" => confine(call),
        "infer_access_token_scope" => infer_scope(state, call),
        "verify_access_token" => verify_access(state, call),
        "verify_identity_token" => verify_identity(state, call),
        "verify_invite_token" => verify_invitation(state, call),
        _ => return None,
    })
}

// Without a look at whether it is good.

fn read(call: &Call) -> Result<TokenText, Failure> {
    let text = call.required_text("token")?;
    TokenText::read(text).ok_or_else(|| {
        let reason = bad("badToken", "the token could not be understood");
        let rule = "is not a valid token (see details)";
        bad_value("badValueToken", "token", rule)
            .details(json!({ "key": "token", "tokenError": reason.json() }))
    })
}

fn examine(call: &Call) -> Outcome {
    let token = read(call)?;
    let persistence = if token.kind == Kind::Named {
        "named"
    } else {
        "temporary"
    };
    let shown = json!({
        "onezoneDomain": "onezone.example.org",
        "id": token.id,
        "persistence": persistence,
        "subject": subject(Some(&token.user)),
        "type": token.token_type,
        "caveats": token.caveats,
    });
    Ok(Answer::json(200, &shown))
}

/// The same token under more caveats.
fn confine(call: &Call) -> Outcome {
    let mut token = read(call)?;
    if !call.has("caveats") {
        return Err(missing("caveats"));
    }
    token.caveats.extend(caveats(call)?);
    Ok(Answer::json(200, &json!({ "token": token.write() })))
}

// Whether it is good, under circumstances that the body tells.

fn verify_access(state: &State, call: &Call) -> Outcome {
    let confined = if call.boolean("allowDataAccessCaveats")?.unwrap_or(false) {
        Confined::Data
    } else {
        Confined::Operations
    };
    let told = Circumstances {
        interface: interface(call)?,
        confined,
        ..told(state, call)?
    };
    if call.text("serviceToken")?.is_some() {
        // Services are Oneproviders, and there are none here who could have such a token.
        let reason = bad("tokenInvalid", "the token is not valid");
        let failure = bad("badServiceToken", "the token of the service is no good");
        let failure = failure.details(json!({ "tokenError": reason.json() }));
        return Err(not_authenticated(&failure));
    }
    good(state, call, "accessToken", &told).map(|token| verified(state, &token))
}

fn verify_identity(state: &State, call: &Call) -> Outcome {
    let told = Circumstances {
        interface: interface(call)?,
        ..told(state, call)?
    };
    good(state, call, "identityToken", &told).map(|token| verified(state, &token))
}

/// An invitation must be of the type that is expected, and not be used up.
fn verify_invitation(state: &State, call: &Call) -> Outcome {
    let token = good(state, call, "inviteToken", &told(state, call)?)?;
    let invitation = token.token_type.get("inviteToken");
    let received = invitation.and_then(|one| one.get("inviteType")?.as_str());
    let expected = call.text("expectedInviteType")?;
    if expected.is_some() && expected != received {
        let details = json!({ "expectedInviteType": expected, "received": token.token_type });
        let reason = bad("notAnInviteToken", "another invitation is needed");
        return Err(not_authenticated(&reason.details(details)));
    }
    invitations::check_unused(state, &token).map_err(|reason| not_authenticated(&reason))?;
    Ok(verified(state, &token))
}

/// What all three bodies can tell of the use of the token.
fn told(state: &State, call: &Call) -> Result<Circumstances, Failure> {
    let consumers = match call.text("consumerToken")? {
        Some(token) => {
            auth::consumers(state, token).map_err(|reason| not_authenticated(&reason))?
        }
        None => Vec::new(),
    };
    Ok(Circumstances {
        now: state.now(),
        peer: peer(call)?,
        consumers,
        ..Circumstances::default()
    })
}

fn peer(call: &Call) -> Result<Option<Ipv4Addr>, Failure> {
    let Some(text) = call.text("peerIp")? else {
        return Ok(None);
    };
    let wrong = |_| bad_value("badValueIPv4Address", "peerIp", "must be an IPv4 address");
    text.parse().map(Some).map_err(wrong)
}

fn interface(call: &Call) -> Result<Option<String>, Failure> {
    match call.text("interface")? {
        Some(interface) if !INTERFACES.contains(&interface) => {
            Err(not_allowed("interface", INTERFACES))
        }
        interface => Ok(interface.map(str::to_owned)),
    }
}

/// The token in the body, when it is of the type that is expected and good under the circumstances.
fn good(
    state: &State,
    call: &Call,
    expected: &str,
    told: &Circumstances,
) -> Result<TokenText, Failure> {
    let text = call.required_text("token")?;
    let judged = || {
        let token = auth::known(state, text)?;
        check_type(&token, expected)?;
        told.check(&token.caveats)?;
        Ok(token)
    };
    judged().map_err(|reason: Failure| not_authenticated(&reason))
}

fn check_type(token: &TokenText, expected: &str) -> Result<(), Failure> {
    if token.token_type.get(expected).is_some() {
        return Ok(());
    }
    let (id, mut details) = match expected {
        "accessToken" => ("notAnAccessToken", json!({})),
        "identityToken" => ("notAnIdentityToken", json!({})),
        _ => ("notAnInviteToken", json!({ "expectedInviteType": "any" })),
    };
    details["received"] = token.token_type.clone();
    Err(bad(id, "another kind of token is needed").details(details))
}

fn verified(state: &State, token: &TokenText) -> Answer {
    let ttl = first_end(&token.caveats).map(|end| end - state.now());
    let shown = json!({ "subject": subject(Some(&token.user)), "ttl": ttl });
    Answer::json(200, &shown)
}

// What it opens.

/// The spaces of the token's owner, as far as its caveats about data let them through. Where and by what
/// it is used is not asked.
fn infer_scope(state: &State, call: &Call) -> Outcome {
    let text = call.required_text("token")?;
    let consumers = told(state, call)?.consumers;
    let judged = || {
        let token = auth::known(state, text)?;
        check_type(&token, "accessToken")?;
        let told = Circumstances {
            now: state.now(),
            consumers,
            confined: Confined::Data,
            ..Circumstances::default()
        };
        let asked = |caveat: &&Value| {
            let kind = caveats::kind(caveat);
            ["time", "consumer"].contains(&kind) || kind.starts_with("data.")
        };
        let judged: Vec<Value> = token.caveats.iter().filter(asked).cloned().collect();
        told.check(&judged)?;
        Ok(token)
    };
    let token = judged().map_err(|reason: Failure| not_authenticated(&reason))?;
    let is_readonly = |caveat: &Value| caveats::kind(caveat) == "data.readonly";
    let scope = json!({
        "validUntil": first_end(&token.caveats),
        "dataAccessScope": {
            "readonly": token.caveats.iter().any(is_readonly),
            "spaces": spaces_in_scope(state, &token)?,
            "providers": {},
        },
    });
    Ok(Answer::json(200, &scope))
}

fn spaces_in_scope(state: &State, token: &TokenText) -> Result<Map<String, Value>, Failure> {
    let mut open = state.spaces_of(&token.user);
    for caveat in &token.caveats {
        if caveats::kind(caveat) == "data.path" {
            let named = spaces_in_paths(caveat);
            open.retain(|space| named.contains(space));
        }
    }
    let shown = |id: String| {
        let name = &state.spaces.get(&id).ok_or_else(not_found)?.name;
        let shown = json!({ "name": name, "supports": {} });
        Ok((id, shown))
    };
    open.into_iter().map(shown).collect()
}

/// The spaces in which the paths of a caveat begin: `/<space id>/…`, in base64.
fn spaces_in_paths(caveat: &Value) -> BTreeSet<String> {
    caveats::listed(caveat)
        .filter_map(|path| String::from_utf8(STANDARD.decode(path).ok()?).ok())
        .filter_map(|path| path.split('/').nth(1).map(str::to_owned))
        .collect()
}
