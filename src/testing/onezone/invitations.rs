//! Invite tokens: made for a space or a group, and redeemed by a user or a group.

use serde_json::{Value, json};

use super::auth;
use super::call::Call;
use super::failure::{Failure, Outcome, already_member, bad, bad_value, not_found};
use super::groups;
use super::model::NamedToken;
use super::privileges::set;
use super::routes::created;
use super::state::{Home, State};
use super::token_text::{Kind, TokenText};
use crate::testing::server::Answer;

/// The type of an invitation of a `user` or a `group` to a `space` or a `group`.
fn invite_type(member: &str, home: &str) -> String {
    let home = if home == "space" { "Space" } else { "Group" };
    format!("{member}Join{home}")
}

/// The property with the id of what the invitation is to.
fn target_key(home: &str) -> String {
    format!("{home}Id")
}

/// Makes an invitation that works once.
pub(super) fn create(state: &mut State, me: &str, home: Home<'_>, member: &str) -> Outcome {
    let mut invitation = json!({ "inviteType": invite_type(member, home.kind()) });
    invitation[target_key(home.kind())] = json!(home.id());
    let count = state.tokens.len() + 1;
    let mut token = NamedToken::new(format!("Invitation {count}"), me);
    token.token_type = json!({ "inviteToken": invitation });
    token.usage_limit = Some(1);
    let id = state.add_token(token);
    let text = state
        .tokens
        .get(&id)
        .map(|token| state.token_text(token).write())
        .ok_or_else(not_found)?;
    Ok(Answer::json(200, &json!({ "token": text })))
}

/// Redeems an invitation to a `space` or a `group` for a member, a `user` or a `group` with its id.
pub(super) fn join(
    state: &mut State,
    call: &Call,
    home: &str,
    member: (&str, &str),
    collection: &str,
) -> Outcome {
    let text = call.required_text("token")?;
    let token = auth::verified(state, text).map_err(|reason| bad_token(&reason))?;
    let target = target(&token, home, member.0).map_err(|reason| bad_token(&reason))?;
    let place = if home == "space" {
        Home::Space(&target)
    } else {
        Home::Group(&target)
    };
    if state.members(place).is_err() {
        let reason = bad(
            "inviteTokenTargetIdInvalid",
            "what the invitation is to is no more",
        );
        return Err(bad_token(&reason.details(json!({ "id": target }))));
    }
    let given = use_up(state, &token, place)?;
    let user = member.0 == "user";
    if !user && home == "group" && state.with_descendants(member.1).contains(&target) {
        return Err(groups::circle());
    }
    let members = state.members_mut(place)?;
    let members = if user {
        &mut members.users
    } else {
        &mut members.groups
    };
    if members.contains_key(member.1) {
        return Err(already_member(member, (home, &target)));
    }
    members.insert(member.1.to_owned(), given);
    count_use(state, &token);
    Ok(created(state, collection, &target))
}

/// The token in the body is no good, for a reason.
fn bad_token(reason: &Failure) -> Failure {
    bad_value(
        "badValueToken",
        "token",
        "is not a valid token (see details)",
    )
    .details(json!({ "key": "token", "tokenError": reason.json() }))
}

/// The id that the token invites to, if it is such an invitation.
fn target(token: &TokenText, home: &str, member: &str) -> Result<String, Failure> {
    let expected = invite_type(member, home);
    let invitation = token.token_type.get("inviteToken");
    let fits =
        |one: &&Value| one.get("inviteType").and_then(Value::as_str) == Some(expected.as_str());
    let id = invitation
        .filter(fits)
        .and_then(|one| one.get(target_key(home)))
        .and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| {
        bad("notAnInviteToken", "another kind of token is needed")
            .details(json!({ "expectedInviteType": expected, "received": token.token_type }))
    })
}

/// The privileges that an invitation gives, if it may still be used.
fn use_up(
    state: &State,
    token: &TokenText,
    home: Home<'_>,
) -> Result<super::privileges::Privileges, Failure> {
    let named = state
        .tokens
        .get(&token.id)
        .filter(|_| token.kind == Kind::Named);
    if named.is_some_and(|named| {
        named
            .usage_limit
            .is_some_and(|limit| named.usage_count >= limit)
    }) {
        return Err(bad_token(&bad(
            "inviteTokenUsageLimitReached",
            "the invitation was used often enough",
        )));
    }
    let given = named.and_then(|named| named.privileges.clone());
    Ok(given.unwrap_or_else(|| set(home.default_privileges())))
}

fn count_use(state: &mut State, token: &TokenText) {
    if let Some(named) = state.tokens.get_mut(&token.id) {
        named.usage_count += 1;
    }
}
