//! Tokens: named ones and temporary ones. What can be found out about any is in `token_checks`.

use serde_json::{Value, json};

use super::call::Call;
use super::caveats::{first_end, is_caveat};
use super::failure::{Failure, Outcome, bad, bad_value, missing_any, not_found, occupied, too_low};
use super::privileges::Privileges;
use super::routes::{done, ids, location};
use super::seed::{NamedToken, subject};
use super::state::State;
use super::token_text::{Kind, TokenText};
use super::users::allow_or_self;
use super::{invitations, token_checks};
use crate::testing::server::Answer;

/// Invitations to what is not simulated: they can be made, but not redeemed.
const OTHER_INVITATIONS: [&str; 8] = [
    "supportSpace",
    "harvesterJoinSpace",
    "registerOneprovider",
    "userJoinCluster",
    "groupJoinCluster",
    "userJoinHarvester",
    "groupJoinHarvester",
    "spaceJoinHarvester",
];

/// A temporary token lasts a week at most.
const LONGEST: i64 = 604_800;

/// `/tokens/…`
pub(super) fn route(state: &mut State, call: &Call, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", ["named"]) => state
            .allow(call.caller.as_deref(), &["oz_tokens_manage"], None)
            .map(|_| ids("tokens", state.tokens.keys())),
        ("GET", ["named", id]) => get(state, call, id),
        ("PATCH", ["named", id]) => update(state, call, id),
        ("DELETE", ["named", id]) => delete(state, call, id),
        ("GET", ["named", id, "status"]) => status(state, id),
        ("POST", [check]) => return token_checks::route(state, call, check),
        _ => return None,
    })
}

/// `/users/{id}/tokens/…` and `/user/tokens/…`
pub(super) fn route_of_user(
    state: &mut State,
    call: &Call,
    user: &str,
    path: &[&str],
) -> Option<Outcome> {
    if let Err(failure) = allow_or_self(state, call, "oz_tokens_manage", user).and(state.user(user))
    {
        return Some(Err(failure));
    }
    Some(match (call.method.as_str(), path) {
        ("GET", ["temporary"]) => state.user(user).map(|user| {
            Answer::json(
                200,
                &json!({ "generation": user.temporary_token_generation }),
            )
        }),
        ("POST", ["temporary"]) => create_temporary(state, call, user),
        ("DELETE", ["temporary"]) => state.user_mut(user).map(|user| {
            user.temporary_token_generation += 1;
            done()
        }),
        ("GET", ["named"]) => {
            let of_user = state.tokens.values().filter(|token| token.user == user);
            Ok(ids("tokens", of_user.map(|token| &token.id)))
        }
        ("POST", ["named"]) => create_named(state, call, user),
        ("DELETE", ["named"]) => {
            state.tokens.retain(|_, token| token.user != user);
            Ok(done())
        }
        ("GET", ["named", "name", name]) => {
            let known = state
                .tokens
                .values()
                .find(|token| token.user == user && token.name == *name);
            known.map(|token| shown(state, token)).ok_or_else(not_found)
        }
        _ => return None,
    })
}

/// `/user/client_tokens/…`, the old way.
pub(super) fn route_client_tokens(
    state: &mut State,
    call: &Call,
    me: &str,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", []) => {
            let mine = state.tokens.values().filter(|token| token.user == me);
            let texts: Vec<String> = mine.map(|token| state.token_text(token).write()).collect();
            Ok(Answer::json(200, &json!({ "tokens": texts })))
        }
        ("POST", []) => {
            let id = state.next_id();
            let id = state.add_token(NamedToken::new(format!("Client token {id}"), me).id(id));
            let text = state
                .tokens
                .get(&id)
                .map(|token| state.token_text(token).write());
            Ok(Answer::json(200, &json!({ "token": text })))
        }
        ("DELETE", [token]) => {
            let id = TokenText::read(token).map_or_else(|| (*token).to_owned(), |text| text.id);
            delete(state, call, &id)
        }
        _ => return None,
    })
}

// Named tokens.

/// A token that the caller may see to: one's own, or any with `oz_tokens_manage`.
fn managed<'a>(state: &'a State, call: &Call, id: &str) -> Result<&'a NamedToken, Failure> {
    let token = state.tokens.get(id).ok_or_else(not_found)?;
    allow_or_self(state, call, "oz_tokens_manage", &token.user)?;
    Ok(token)
}

fn shown(state: &State, token: &NamedToken) -> Answer {
    let shown = json!({
        "id": token.id,
        "name": token.name,
        "subject": subject(Some(&token.user)),
        "type": token.token_type,
        "caveats": token.caveats,
        "metadata": token.metadata(),
        "revoked": token.revoked,
        "token": state.token_text(token).write(),
    });
    Answer::json(200, &shown)
}

fn get(state: &State, call: &Call, id: &str) -> Outcome {
    managed(state, call, id).map(|token| shown(state, token))
}

fn status(state: &State, id: &str) -> Outcome {
    let token = state.tokens.get(id).ok_or_else(not_found)?;
    Ok(Answer::json(200, &json!({ "revoked": token.revoked })))
}

/// No two tokens of a user have one name.
fn check_free_name(state: &State, user: &str, name: &str) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(bad_value("badValueEmpty", "name", "must not be empty"));
    }
    let taken = state
        .tokens
        .values()
        .any(|token| token.user == user && token.name == name);
    if taken { Err(occupied("name")) } else { Ok(()) }
}

fn create_named(state: &mut State, call: &Call, user: &str) -> Outcome {
    let name = call.required_text("name")?;
    check_free_name(state, user, name)?;
    let mut token = NamedToken::new(name, user);
    token.token_type = token_type(state, call, user)?;
    token.caveats = caveats(call)?;
    token.revoked = call.boolean("revoked")?.unwrap_or(false);
    token.custom_metadata = custom_metadata(call)?.unwrap_or_else(|| json!({}));
    if token.invitation().is_some() {
        token.usage_limit = usage_limit(call)?;
        token.privileges = given(state, call, &token)?;
    }
    let id = state.add_token(token);
    let text = state
        .tokens
        .get(&id)
        .map(|token| state.token_text(token).write());
    let address = location(state, "tokens/named", &id);
    Ok(Answer::json(201, &json!({ "tokenId": id, "token": text })).header("location", address))
}

/// What the owner notes on a token: an object.
fn custom_metadata(call: &Call) -> Result<Option<Value>, Failure> {
    match call.value("customMetadata") {
        Some(custom) if !custom.is_object() => Err(bad_value(
            "badValueJSON",
            "customMetadata",
            "must be an object",
        )),
        custom => Ok(custom.cloned()),
    }
}

/// The privileges that an invitation gives, when the body names some and the inviter may.
fn given(state: &State, call: &Call, token: &NamedToken) -> Result<Option<Privileges>, Failure> {
    let Some(kind) = invitations::read(&token.token_type) else {
        return Ok(None);
    };
    let Some(list) = call.list("privileges", kind.home.all_privileges())? else {
        return Ok(None);
    };
    invitations::check_inviter(state, &token.user, kind, true)?;
    Ok(Some(list.into_iter().collect()))
}

/// A number from 1, or the word `infinity`.
fn usage_limit(call: &Call) -> Result<Option<u64>, Failure> {
    if call.value("usageLimit").and_then(Value::as_str) == Some("infinity") {
        return Ok(None);
    }
    match call.integer("usageLimit")?.map(u64::try_from) {
        None => Ok(None),
        Some(Ok(limit)) if limit > 0 => Ok(Some(limit)),
        Some(_) => Err(too_low("usageLimit", 1)),
    }
}

/// The type in the body; an access token when there is none. Who invites must be allowed to.
fn token_type(state: &State, call: &Call, user: &str) -> Result<Value, Failure> {
    let Some(kind) = call.value("type") else {
        return Ok(json!({ "accessToken": {} }));
    };
    if kind.get("accessToken").is_some() || kind.get("identityToken").is_some() {
        return Ok(kind.clone());
    }
    let wrong = || bad_value("badValueTokenType", "type", "is not a type of tokens");
    let invitation = kind.get("inviteToken").ok_or_else(wrong)?;
    if let Some(kind) = invitations::read(kind) {
        invitations::check_target(state, kind)?;
        invitations::check_inviter(state, user, kind, false)?;
    } else {
        let invite_type = invitation.get("inviteType").and_then(Value::as_str);
        if !invite_type.is_some_and(|one| OTHER_INVITATIONS.contains(&one)) {
            let rule = "is not a type of invitations";
            return Err(bad_value("badValueInviteType", "inviteType", rule));
        }
    }
    Ok(kind.clone())
}

/// The caveats in the body.
pub(super) fn caveats(call: &Call) -> Result<Vec<Value>, Failure> {
    let Some(value) = call.value("caveats") else {
        return Ok(Vec::new());
    };
    let list = value
        .as_array()
        .ok_or_else(|| bad_value("badData", "caveats", "must be a list"))?;
    match list.iter().find(|caveat| !is_caveat(caveat)) {
        Some(caveat) => {
            Err(bad("badValueCaveat", "this is no caveat").details(json!({ "caveat": caveat })))
        }
        None => Ok(list.clone()),
    }
}

fn update(state: &mut State, call: &Call, id: &str) -> Outcome {
    let (user, old) =
        managed(state, call, id).map(|token| (token.user.clone(), token.name.clone()))?;
    let (name, revoked) = (call.text("name")?, call.boolean("revoked")?);
    let custom = custom_metadata(call)?;
    if name.is_none() && revoked.is_none() && custom.is_none() {
        return Err(missing_any(&["name", "customMetadata", "revoked"]));
    }
    if let Some(name) = name.filter(|name| *name != old) {
        check_free_name(state, &user, name)?;
    }
    let token = state.tokens.get_mut(id).ok_or_else(not_found)?;
    if let Some(name) = name {
        name.clone_into(&mut token.name);
    }
    token.revoked = revoked.unwrap_or(token.revoked);
    if let Some(custom) = custom {
        token.custom_metadata = custom;
    }
    Ok(done())
}

fn delete(state: &mut State, call: &Call, id: &str) -> Outcome {
    managed(state, call, id)?;
    state.tokens.remove(id);
    Ok(done())
}

// Temporary tokens.

fn create_temporary(state: &mut State, call: &Call, user: &str) -> Outcome {
    let caveats = caveats(call)?;
    if first_end(&caveats).is_none_or(|end| end > state.now() + LONGEST) {
        let rule = "a caveat of time is needed, a week ahead at most";
        return Err(bad("tokenTimeCaveatRequired", rule).details(json!({ "maxTtl": LONGEST })));
    }
    let text = TokenText {
        id: state.next_id(),
        kind: Kind::Temporary,
        user: user.to_owned(),
        token_type: token_type(state, call, user)?,
        caveats,
        generation: state.user(user)?.temporary_token_generation,
        genuine: true,
    };
    Ok(Answer::json(201, &json!({ "token": text.write() })))
}
