//! Tokens: named ones, temporary ones, and what can be found out about any.

use serde_json::{Map, Value, json};

use super::auth::{self, unverified};
use super::call::{Call, PREFIX};
use super::failure::{
    Failure, Outcome, bad, bad_value, forbidden, missing, missing_any, not_authenticated,
    not_found, occupied,
};
use super::model::{NamedToken, subject};
use super::names::check_name;
use super::routes::{done, ids};
use super::state::{Home, State, now};
use super::token_text::{Kind, TokenText};
use super::users::allow_or_self;
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
        ("POST", ["examine"]) => examine(call),
        ("POST", ["confine"]) => confine(call),
        ("POST", ["infer_access_token_scope"]) => infer_scope(state, call),
        ("POST", ["verify_access_token"]) => verify(state, call, "accessToken"),
        ("POST", ["verify_identity_token"]) => verify(state, call, "identityToken"),
        ("POST", ["verify_invite_token"]) => verify(state, call, "inviteToken"),
        ("GET", ["named"]) => state
            .allow(call.caller.as_deref(), &["oz_tokens_manage"], None)
            .map(|_| ids("tokens", state.tokens.keys())),
        ("GET", ["named", id]) => get(state, call, id),
        ("PATCH", ["named", id]) => update(state, call, id),
        ("DELETE", ["named", id]) => delete(state, call, id),
        ("GET", ["named", id, "status"]) => status(state, id),
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
            let name = format!("Client token {}", state.tokens.len() + 1);
            let id = state.add_token(NamedToken::new(name, me));
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
    check_name(name)?;
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
    if let Some(custom) = call.value("customMetadata") {
        token.custom_metadata = custom.clone();
    }
    if token.invitation().is_some() {
        token.usage_limit = usage_limit(call)?;
        let known = [super::privileges::SPACE, super::privileges::GROUP].concat();
        token.privileges = call
            .list("privileges", &known)?
            .map(|list| list.into_iter().collect());
    }
    let id = state.add_token(token);
    let text = state
        .tokens
        .get(&id)
        .map(|token| state.token_text(token).write());
    let address = format!("{}{PREFIX}/tokens/named/{id}", state.origin);
    Ok(Answer::json(201, &json!({ "tokenId": id, "token": text })).header("location", address))
}

/// A number from 1, or the word `infinity`.
fn usage_limit(call: &Call) -> Result<Option<u64>, Failure> {
    if call.value("usageLimit").and_then(Value::as_str) == Some("infinity") {
        return Ok(None);
    }
    match call.integer("usageLimit")?.map(u64::try_from) {
        None => Ok(None),
        Some(Ok(limit)) if limit > 0 => Ok(Some(limit)),
        Some(_) => Err(bad_value(
            "badValueTooLow",
            "usageLimit",
            "must be at least 1",
        )),
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
    let invite_type = invitation
        .get("inviteType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let target = |key: &str| {
        invitation
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (home, privilege, oz) = match invite_type {
        "userJoinSpace" => (
            Home::Space(target("spaceId")),
            "space_add_user",
            "oz_spaces_add_relationships",
        ),
        "groupJoinSpace" => (
            Home::Space(target("spaceId")),
            "space_add_group",
            "oz_spaces_add_relationships",
        ),
        "userJoinGroup" => (
            Home::Group(target("groupId")),
            "group_add_user",
            "oz_groups_add_relationships",
        ),
        "groupJoinGroup" => (
            Home::Group(target("groupId")),
            "group_add_child",
            "oz_groups_add_relationships",
        ),
        // What is not simulated can be invited to all the same.
        other if OTHER_INVITATIONS.contains(&other) => return Ok(kind.clone()),
        _ => {
            return Err(bad_value(
                "badValueInviteType",
                "inviteType",
                "is not a type of invitations",
            ));
        }
    };
    if state.members(home).is_err() {
        return Err(
            bad("inviteTokenTargetIdInvalid", "there is nothing of that id")
                .details(json!({ "id": home.id() })),
        );
    }
    state.allow(Some(user), &[oz], Some((home, privilege)))?;
    Ok(kind.clone())
}

fn caveats(call: &Call) -> Result<Vec<Value>, Failure> {
    let Some(value) = call.value("caveats") else {
        return Ok(Vec::new());
    };
    let wrong = |caveat: &Value| {
        bad("badValueCaveat", "this is no caveat").details(json!({ "caveat": caveat }))
    };
    let list = value.as_array().ok_or_else(|| wrong(value))?;
    match list
        .iter()
        .find(|caveat| !caveat.get("type").is_some_and(Value::is_string))
    {
        Some(caveat) => Err(wrong(caveat)),
        None => Ok(list.clone()),
    }
}

fn update(state: &mut State, call: &Call, id: &str) -> Outcome {
    let (user, old) =
        managed(state, call, id).map(|token| (token.user.clone(), token.name.clone()))?;
    let (name, revoked) = (call.text("name")?, call.boolean("revoked")?);
    let custom = call.value("customMetadata").cloned();
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
    let end = caveats
        .iter()
        .filter(|caveat| caveat.get("type").and_then(Value::as_str) == Some("time"))
        .filter_map(|caveat| caveat.get("validUntil").and_then(Value::as_i64))
        .min();
    if end.is_none_or(|end| end > now() + LONGEST) {
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

// What can be found out about any token, by anybody.

fn read(call: &Call) -> Result<TokenText, Failure> {
    let text = call.required_text("token")?;
    TokenText::read(text).ok_or_else(|| {
        let reason = bad("badToken", "the token could not be understood");
        bad_value(
            "badValueToken",
            "token",
            "is not a valid token (see details)",
        )
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

/// The same token under more caveats. Whether it is valid is not asked.
fn confine(call: &Call) -> Outcome {
    let mut token = read(call)?;
    if !call.has("caveats") {
        return Err(missing("caveats"));
    }
    token.caveats.extend(caveats(call)?);
    Ok(Answer::json(200, &json!({ "token": token.write() })))
}

fn verify(state: &State, call: &Call, expected: &str) -> Outcome {
    let text = call.required_text("token")?;
    let token = auth::verified(state, text).map_err(|reason| not_authenticated(&reason))?;
    if token.token_type.get(expected).is_none() {
        let id = match expected {
            "accessToken" => "notAnAccessToken",
            "identityToken" => "notAnIdentityToken",
            _ => "notAnInviteToken",
        };
        let reason = bad(id, "another kind of token is needed");
        return Err(not_authenticated(
            &reason.details(json!({ "received": token.token_type })),
        ));
    }
    check_invitation(state, call, &token)?;
    check_interface(call, &token)?;
    let answer = json!({ "subject": subject(Some(&token.user)), "ttl": ends(&token).map(|end| end - now()) });
    Ok(Answer::json(200, &answer))
}

/// An invitation must be of the type that is expected, and not be used up.
fn check_invitation(state: &State, call: &Call, token: &TokenText) -> Result<(), Failure> {
    let Some(invitation) = token.token_type.get("inviteToken") else {
        return Ok(());
    };
    let expected = call.text("expectedInviteType")?;
    if expected.is_some() && expected != invitation.get("inviteType").and_then(Value::as_str) {
        let details = json!({ "expectedInviteType": expected, "received": token.token_type });
        return Err(not_authenticated(
            &bad("notAnInviteToken", "another invitation is needed").details(details),
        ));
    }
    let named = state.tokens.get(&token.id);
    if named.is_some_and(|named| {
        named
            .usage_limit
            .is_some_and(|limit| named.usage_count >= limit)
    }) {
        let reason = bad(
            "inviteTokenUsageLimitReached",
            "the invitation was used often enough",
        );
        return Err(not_authenticated(&reason));
    }
    Ok(())
}

/// What the request does not tell counts as not fulfilled.
fn check_interface(call: &Call, token: &TokenText) -> Result<(), Failure> {
    let told = call.text("interface")?;
    let broken = token.caveats.iter().find(|caveat| {
        caveat.get("type").and_then(Value::as_str) == Some("interface")
            && caveat.get("interface").and_then(Value::as_str) != told
    });
    match broken {
        Some(caveat) => Err(not_authenticated(&unverified(caveat))),
        None => Ok(()),
    }
}

/// When the first caveat of time ends.
fn ends(token: &TokenText) -> Option<i64> {
    token
        .caveats
        .iter()
        .filter_map(|caveat| caveat.get("validUntil").and_then(Value::as_i64))
        .min()
}

fn infer_scope(state: &State, call: &Call) -> Outcome {
    let token = auth::verified(state, call.required_text("token")?)
        .map_err(|reason| not_authenticated(&reason))?;
    if token.token_type.get("accessToken").is_none() {
        return Err(forbidden());
    }
    let readonly = token
        .caveats
        .iter()
        .any(|caveat| caveat.get("type").and_then(Value::as_str) == Some("data.readonly"));
    let mut spaces = Map::new();
    for id in state.spaces_of(&token.user) {
        let name = state.space(&id)?.name.clone();
        spaces.insert(id, json!({ "name": name, "supports": {} }));
    }
    let scope = json!({
        "validUntil": ends(&token),
        "dataAccessScope": { "readonly": readonly, "spaces": spaces, "providers": {} },
    });
    Ok(Answer::json(200, &scope))
}
