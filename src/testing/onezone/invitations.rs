//! Invite tokens: made for a space or a group, and redeemed by a user or a group.

use serde_json::{Value, json};

use super::auth;
use super::call::Call;
use super::caveats::Circumstances;
use super::failure::{Failure, Outcome, bad, bad_value, not_found};
use super::home::{Home, Kind};
use super::privileges::{Privileges, set};
use super::routes::created;
use super::seed::NamedToken;
use super::state::State;
use super::token_text::{Kind as TokenKind, TokenText};
use crate::testing::server::Answer;

/// The type of an invitation of a `user` or a `group` to a `space` or a `group`.
fn invite_type(member: &str, home: &str) -> String {
    let home = if home == "space" { "Space" } else { "Group" };
    format!("{member}Join{home}")
}

/// What an invitation is for, when it is one to a space or a group.
pub(super) fn read(token_type: &Value) -> Option<Kind<'_>> {
    let invitation = token_type.get("inviteToken")?;
    let text = |key: &str| invitation.get(key).and_then(Value::as_str);
    let invite_type = text("inviteType")?;
    let home = if invite_type.ends_with("JoinSpace") {
        Home::Space(text("spaceId")?)
    } else {
        Home::Group(text("groupId")?)
    };
    let users = invite_type.starts_with("user");
    let kind = Kind { home, users };
    (self::invite_type(kind.member(), kind.place()) == invite_type).then_some(kind)
}

/// Makes an invitation that works once.
pub(super) fn create(state: &mut State, me: &str, kind: Kind<'_>) -> Outcome {
    let mut invitation = json!({ "inviteType": invite_type(kind.member(), kind.place()) });
    invitation[format!("{}Id", kind.place())] = json!(kind.home.id());
    let id = state.next_id();
    let mut token = NamedToken::new(format!("Invitation {id}"), me).id(id);
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
    let token = redeemed(state, call, text).map_err(|reason| bad_token(&reason))?;
    let wanted = |kind: &Kind<'_>| kind.place() == home && kind.member() == member.0;
    let kind = read(&token.token_type)
        .filter(wanted)
        .ok_or_else(|| bad_token(&another_expected(&token, member.0, home)))?;
    check_target(state, kind).map_err(|reason| bad_token(&reason))?;
    let given = given(state, &token, kind)?;
    if !kind.add(state, member.1, given)? {
        return Err(kind.already(member.1));
    }
    if let Some(named) = state.tokens.get_mut(&token.id) {
        named.usage_count += 1;
    }
    Ok(created(state, collection, kind.home.id()))
}

/// The token in the body, which must be good where it is used.
fn redeemed(state: &State, call: &Call, text: &str) -> Result<TokenText, Failure> {
    let token = auth::known(state, text)?;
    let mut circumstances = circumstances(state);
    circumstances.consumers = auth::names_of(state, call.user()?);
    circumstances.check(&token.caveats)?;
    Ok(token)
}

/// What is known of the use of an invitation. Caveats about services, interfaces, operations and data
/// are not for invitations, so they never hold.
fn circumstances(state: &State) -> Circumstances {
    Circumstances {
        interface: None,
        service: None,
        confined: super::caveats::Confined::Refused,
        ..Circumstances::of_a_call(state.now())
    }
}

/// The token in the body is no good, for a reason.
fn bad_token(reason: &Failure) -> Failure {
    let rule = "is not a valid token (see details)";
    bad_value("badValueToken", "token", rule)
        .details(json!({ "key": "token", "tokenError": reason.json() }))
}

fn another_expected(token: &TokenText, member: &str, home: &str) -> Failure {
    let expected = invite_type(member, home);
    bad("notAnInviteToken", "another kind of token is needed")
        .details(json!({ "expectedInviteType": expected, "received": token.token_type }))
}

/// What the invitation is to must be there.
pub(super) fn check_target(state: &State, kind: Kind<'_>) -> Result<(), Failure> {
    let missing = |_| {
        let failure = bad("inviteTokenTargetIdInvalid", "there is nothing of that id");
        failure.details(json!({ "id": kind.home.id() }))
    };
    state.members(kind.home).map(|_| ()).map_err(missing)
}

/// Who invites must be allowed to, when the invitation is made and when it is used; and to set
/// privileges too, when it gives others than the usual ones.
pub(super) fn check_inviter(
    state: &State,
    user: &str,
    kind: Kind<'_>,
    sets_privileges: bool,
) -> Result<(), Failure> {
    let holds = |oz: &str, inside: &str| {
        state.holds(user, &[oz]) || state.holds_in(kind.home, user, inside)
    };
    let invites = holds(&kind.oz("add_relationships"), &kind.change("add"));
    let sets = holds(&kind.oz("set_privileges"), &kind.inside("set_privileges"));
    if invites && (sets || !sets_privileges) {
        return Ok(());
    }
    Err(bad(
        "inviteTokenSubjectNotAuthorized",
        "the owner of the token may not (or no longer) invite this way",
    ))
}

/// An invitation that has been used as often as it may is no good any more.
pub(super) fn check_unused(state: &State, token: &TokenText) -> Result<(), Failure> {
    let used_up = named(state, token).is_some_and(|named| {
        named
            .usage_limit
            .is_some_and(|limit| named.usage_count >= limit)
    });
    if used_up {
        let rule = "the invitation was used often enough";
        return Err(bad("inviteTokenUsageLimitReached", rule));
    }
    Ok(())
}

/// The privileges that an invitation gives, if it may still be used.
fn given(state: &State, token: &TokenText, kind: Kind<'_>) -> Result<Privileges, Failure> {
    let given = named(state, token).and_then(|named| named.privileges.clone());
    check_inviter(state, &token.user, kind, given.is_some())?;
    check_unused(state, token)?;
    Ok(given.unwrap_or_else(|| set(kind.home.default_privileges())))
}

fn named<'a>(state: &'a State, token: &TokenText) -> Option<&'a NamedToken> {
    let named = state.tokens.get(&token.id);
    named.filter(|_| token.kind == TokenKind::Named)
}
