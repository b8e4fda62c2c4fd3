//! Users, by those who administer them.

use super::call::Call;
use super::failure::{Failure, Outcome, bad, forbidden, missing, missing_any, occupied};
use super::names::{check_full_name, check_password, check_username};
use super::privileges::OZ;
use super::routes::{created, done, ids, privileges};
use super::seed::User;
use super::state::State;
use super::{membership, tokens};
use crate::testing::server::Answer;

pub(super) fn route(state: &mut State, call: &Call, path: &[&str]) -> Option<Outcome> {
    Some(match (call.method.as_str(), path) {
        ("GET", []) => list(state, call),
        ("POST", []) => create(state, call),
        ("GET", [id]) => get(state, call, id),
        ("DELETE", [id]) => delete(state, call, id),
        ("PATCH", [id, "basic_auth"]) => update_basic_auth(state, call, id),
        ("PATCH", [id, "access_block"]) => block(state, call, id),
        ("GET", [id, "privileges"]) => list_privileges(state, call, id, false),
        ("GET", [id, "effective_privileges"]) => list_privileges(state, call, id, true),
        ("PATCH", [id, "privileges"]) => update_privileges(state, call, id),
        ("DELETE", [id, "privileges"]) => remove_privileges(state, call, id),
        (_, [id, "tokens", rest @ ..]) => return tokens::route_of_user(state, call, id, rest),
        _ => return None,
    })
}

fn list(state: &State, call: &Call) -> Outcome {
    state.allow(call.caller.as_deref(), &["oz_users_list"], None)?;
    Ok(ids("users", state.users.keys()))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    state.allow(call.caller.as_deref(), &["oz_users_create"], None)?;
    let mut user = User::nameless();
    if let Some(name) = call.text("fullName")? {
        check_full_name(name)?;
        name.clone_into(&mut user.full_name);
    }
    if let Some(name) = call.text("username")? {
        check_free_username(state, name, None)?;
        user.username = Some(name.to_owned());
    }
    if let Some(password) = call.text("password")? {
        check_password(password)?;
        if user.username.is_none() {
            return Err(missing("username"));
        }
        user = user.password(password);
    }
    let id = state.add_user(user);
    Ok(created(state, "users", &id))
}

/// A name must follow the rules, and nobody else may have it.
fn check_free_username(state: &State, name: &str, owner: Option<&str>) -> Result<(), Failure> {
    check_username(name)?;
    let taken =
        |user: &&User| user.username.as_deref() == Some(name) && Some(user.id.as_str()) != owner;
    if state.users.values().any(|user| taken(&user)) {
        Err(occupied("username"))
    } else {
        Ok(())
    }
}

fn get(state: &State, call: &Call, id: &str) -> Outcome {
    let user = state.user(id)?;
    allow_or_self(state, call, "oz_users_view", id)?;
    Ok(Answer::json(200, &user.details()))
}

/// A privilege in the zone, or being the user in question.
pub(super) fn allow_or_self(state: &State, call: &Call, oz: &str, id: &str) -> Result<(), Failure> {
    if call.user()? == id {
        return Ok(());
    }
    state.allow(call.caller.as_deref(), &[oz], None).map(|_| ())
}

fn delete(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.user(id)?;
    state.allow(call.caller.as_deref(), &["oz_users_delete"], None)?;
    remove(state, id)
}

/// A user goes, unless it is the last owner of a space that others are in.
pub(super) fn remove(state: &mut State, id: &str) -> Outcome {
    for space in state.spaces.keys() {
        membership::check_may_go(state, space, id)?;
    }
    state.remove_user(id);
    Ok(done())
}

fn update_basic_auth(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.user(id)?;
    state.allow(call.caller.as_deref(), &["oz_users_manage_passwords"], None)?;
    let (enabled, password) = (call.boolean("basicAuthEnabled")?, call.text("newPassword")?);
    if enabled.is_none() && password.is_none() {
        return Err(missing_any(&["newPassword", "basicAuthEnabled"]));
    }
    let user = state.user_mut(id)?;
    let enabled = enabled.unwrap_or(user.basic_auth_enabled);
    if let Some(password) = password {
        check_password(password)?;
        if !enabled {
            return Err(basic_auth_disabled());
        }
        user.password = Some(password.to_owned());
    }
    user.basic_auth_enabled = enabled;
    Ok(done())
}

fn basic_auth_disabled() -> Failure {
    bad(
        "basicAuthDisabled",
        "this user cannot sign in with a password",
    )
}

fn block(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.user(id)?;
    let caller = state.allow(call.caller.as_deref(), &["oz_users_update"], None)?;
    let blocked = call.boolean("blocked")?.ok_or_else(|| missing("blocked"))?;
    if caller == id {
        return Err(forbidden());
    }
    state.user_mut(id)?.blocked = blocked;
    Ok(done())
}

/// Privileges in the zone, those through groups included where they are asked for.
pub(super) fn list_privileges(state: &State, call: &Call, id: &str, effective: bool) -> Outcome {
    let user = state.user(id)?;
    allow_or_self(state, call, "oz_view_privileges", id)?;
    Ok(if effective {
        privileges(&state.oz_privileges(id))
    } else {
        privileges(&user.privileges)
    })
}

pub(super) fn update_privileges(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.user(id)?;
    state.allow(call.caller.as_deref(), &["oz_set_privileges"], None)?;
    let user = state.user_mut(id)?;
    user.privileges = call.changed(&user.privileges, OZ)?;
    Ok(done())
}

pub(super) fn remove_privileges(state: &mut State, call: &Call, id: &str) -> Outcome {
    state.user(id)?;
    state.allow(call.caller.as_deref(), &["oz_set_privileges"], None)?;
    state.user_mut(id)?.privileges.clear();
    Ok(done())
}

/// New names, by the user in person.
pub(super) fn rename(state: &mut State, call: &Call, id: &str) -> Outcome {
    if !call.mentions("fullName") && !call.mentions("username") {
        return Err(missing_any(&["fullName", "username"]));
    }
    let (full_name, username) = (call.text("fullName")?, call.text("username")?);
    if let Some(name) = full_name {
        check_full_name(name)?;
    }
    if let Some(name) = username {
        check_free_username(state, name, Some(id))?;
    }
    let user = state.user_mut(id)?;
    if let Some(name) = full_name {
        name.clone_into(&mut user.full_name);
    }
    if call.mentions("username") {
        user.username = username.map(str::to_owned);
    }
    Ok(done())
}

/// A new password, by the user in person, who knows the old one.
pub(super) fn change_password(state: &mut State, call: &Call, id: &str) -> Outcome {
    let (old, new) = (
        call.required_text("oldPassword")?,
        call.required_text("newPassword")?,
    );
    let user = state.user_mut(id)?;
    if !user.basic_auth_enabled {
        return Err(basic_auth_disabled());
    }
    if user.password.as_deref() != Some(old) {
        return Err(bad("badBasicCredentials", "the old password is wrong"));
    }
    check_password(new)?;
    user.password = Some(new.to_owned());
    Ok(done())
}
