//! Users: looking them up, and administering them.

use serde_json::{Map, Value, json};

use super::call::{Call, Expand, text};
use super::journal::{self, Change};
use super::list::list;
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::User;
use super::state::State;
use super::tasks::{self, Work};
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// The limits of lists of users.
const LIMITS: Limits = Limits {
    default: 100,
    most: 200,
};

/// The routes of users.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["user"]) => get(state, call),
        ("GET", ["user", "current"]) => Ok(found(
            state,
            render::caller(state, &call.caller, &call.expand()),
        )),
        ("PUT", ["user", "current"]) => update_current(state, call),
        ("POST", ["user", "current", "password"]) => change_own_password(state, call),
        ("GET", ["user", "anonymous"]) => Ok(found(state, render::anonymous(state))),
        ("PUT", ["user", "settings"]) => settings(state, call),
        ("GET", ["user", "list"]) => all(state, call),
        ("GET", ["admin", "users", "list", "active"]) => active(state, call),
        ("POST", ["admin", "user"]) => create(state, call),
        ("PUT", ["admin", "user", name]) => update(state, call, name),
        ("DELETE", ["admin", "user", name]) => delete(state, call, name),
        ("PUT", ["admin", "user", name, "disable"]) => set_active(state, call, name, false),
        ("PUT", ["admin", "user", name, "enable"]) => set_active(state, call, name, true),
        ("POST", ["admin", "user", name, "password"]) => change_password(state, call, name),
        _ => return None,
    })
}

fn found(state: &State, user: Value) -> Answer {
    Answer::json(200, &render::outermost(state, user, "/rest/api/user"))
}

/// The user whom the query names, by login name or key.
pub(super) fn named_in_query<'s>(state: &'s State, call: &Call<'_>) -> Result<&'s User, Problem> {
    match (call.query("username"), call.query("key")) {
        (Some(name), _) if !name.is_empty() => state.user(name),
        (_, Some(key)) if !key.is_empty() => state.user_by_key(key),
        _ => Err(Problem::bad_request("Either username or key must be given")),
    }
}

fn get(state: &State, call: &Call<'_>) -> Outcome {
    let user = named_in_query(state, call)?;
    Ok(found(state, render::user(state, user, &call.expand())))
}

fn all(state: &State, call: &Call<'_>) -> Outcome {
    let users: Vec<&User> = state.users.values().collect();
    let expand = call.expand();
    list(
        state,
        call,
        &users,
        |_| true,
        LIMITS,
        |user| render::user(state, user, &expand),
    )
}

fn active(state: &State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let users: Vec<&User> = state.users.values().filter(|user| user.active).collect();
    let expand = call.expand();
    list(
        state,
        call,
        &users,
        |_| true,
        LIMITS,
        |user| with_email(state, user, &expand),
    )
}

fn with_email(state: &State, user: &User, expand: &Expand) -> Value {
    let mut value = render::user(state, user, expand);
    value["email"] = json!(user.email);
    value
}

fn create(state: &mut State, call: &Call<'_>) -> Outcome {
    state.need_admin(&call.caller)?;
    let body = call.object()?;
    let user = new_user(&body)?;
    if state.users.contains_key(&user.name) {
        return Err(Problem::conflict(format!(
            "A user with the username {} already exists",
            user.name
        )));
    }
    let licensed = state.users.values().filter(|user| user.active).count();
    if state.licence.is_some_and(|most| licensed >= most) {
        return Err(Problem::new(402, "The licence does not allow another user"));
    }
    let (name, key) = (user.name.clone(), state.add_user(user));
    note(state, call, &name, "User created", "user_created");
    Ok(Answer::json(201, &json!({ "userKey": key })))
}

/// The user in a body, when it keeps all rules.
fn new_user(body: &Map<String, Value>) -> Result<User, Problem> {
    let (name, full_name, email) = (
        text(body, "userName"),
        text(body, "fullName"),
        text(body, "email"),
    );
    let notify = body
        .get("notifyViaEmail")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let password = text(body, "password");
    let mut errors = Vec::new();
    errors.extend(name_error(name));
    errors.extend(full_name_error(full_name));
    errors.extend(email_error(email));
    errors.extend(match password {
        Some(password) if password.trim().is_empty() => Some("Password cannot be blank."),
        Some(_) if notify => Some("A password cannot be given when the user is notified by email."),
        None if !notify => Some("Either a password or notifyViaEmail is required."),
        _ => None,
    });
    if !errors.is_empty() {
        return Err(Problem::invalid(
            errors.into_iter().map(str::to_owned).collect(),
        ));
    }
    let mut user = User::new(name.unwrap_or_default())
        .full_name(full_name.unwrap_or_default())
        .email(email.unwrap_or_default());
    user.password = password.map(str::to_owned);
    Ok(user)
}

fn name_error(name: Option<&str>) -> Option<&'static str> {
    let name = name.unwrap_or_default();
    if name.trim().is_empty() {
        Some("Username cannot be blank.")
    } else if name.contains(['\\', ',', '+', '<', '>', '\'', '"'])
        || name.contains(char::is_whitespace)
    {
        Some("Username contains characters that are not allowed.")
    } else if name.chars().any(char::is_uppercase) {
        Some("Username must be in lower case.")
    } else if name == "anonymous" {
        Some("Username cannot be 'anonymous'.")
    } else {
        None
    }
}

fn full_name_error(full_name: Option<&str>) -> Option<&'static str> {
    let full_name = full_name.unwrap_or_default();
    if full_name.trim().is_empty() {
        Some("Full name cannot be blank.")
    } else if full_name.contains(['<', '>']) {
        Some("Full name contains characters that are not allowed.")
    } else if full_name.eq_ignore_ascii_case("anonymous") {
        Some("Full name cannot be 'anonymous'.")
    } else {
        None
    }
}

fn email_error(email: Option<&str>) -> Option<&'static str> {
    let email = email.unwrap_or_default();
    if email.trim().is_empty() {
        return Some("Email cannot be blank.");
    }
    let good = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !email.contains(char::is_whitespace)
    });
    (!good).then_some("Email is not a valid email address.")
}

fn update(state: &mut State, call: &Call<'_>, name: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    let body = call.object()?;
    apply(state, call, name, &body)
}

fn update_current(state: &mut State, call: &Call<'_>) -> Outcome {
    let name = state.need_user(&call.caller)?;
    let body = call.object()?;
    if body.contains_key("email") {
        let password = text(&body, "currentPassword").unwrap_or_default();
        if !state.user(&name)?.has_password(password) {
            return Err(Problem::bad_request(
                "The current password is needed to change the email address",
            ));
        }
    }
    apply(state, call, &name, &body)
}

fn apply(state: &mut State, call: &Call<'_>, name: &str, body: &Map<String, Value>) -> Outcome {
    let (full_name, email) = (text(body, "fullName"), text(body, "email"));
    let mut errors: Vec<&str> = full_name
        .and_then(|name| full_name_error(Some(name)))
        .into_iter()
        .collect();
    errors.extend(email.and_then(|email| email_error(Some(email))));
    if !errors.is_empty() {
        return Err(Problem::invalid(
            errors.into_iter().map(str::to_owned).collect(),
        ));
    }
    // The real server refuses an unknown user here with 400, not with 404.
    let unknown = || Problem::bad_request(format!("No user found with username: {name}"));
    let user = state.users.get_mut(name).ok_or_else(unknown)?;
    if let Some(full_name) = full_name {
        full_name.clone_into(&mut user.full_name);
    }
    if let Some(email) = email {
        email.clone_into(&mut user.email);
    }
    note(state, call, name, "User details updated", "");
    Ok(Answer::empty(204))
}

/// Notes what was done to a user.
fn note(state: &mut State, call: &Call<'_>, name: &str, summary: &str, event: &str) {
    if let Some(user) = state.users.get(name) {
        let change = Change::user(user, summary).event(event);
        journal::note(state, &call.caller, change);
    }
}

fn delete(state: &mut State, call: &Call<'_>, name: &str) -> Outcome {
    state.need_system_admin(&call.caller)?;
    state.user(name)?;
    Ok(tasks::submit(
        state,
        "com.atlassian.confluence.user.remove",
        Work::DeleteUser(name.to_owned()),
        &call.caller,
    ))
}

fn set_active(state: &mut State, call: &Call<'_>, name: &str, active: bool) -> Outcome {
    state.need_admin(&call.caller)?;
    state.user(name)?;
    if let Some(user) = state.users.get_mut(name) {
        user.active = active;
    }
    let (summary, event) = match active {
        true => ("User reactivated", "user_reactivated"),
        false => ("User deactivated", "user_deactivated"),
    };
    note(state, call, name, summary, event);
    Ok(Answer::empty(204))
}

fn change_password(state: &mut State, call: &Call<'_>, name: &str) -> Outcome {
    state.need_admin(&call.caller)?;
    state.user(name)?;
    let body = call.object()?;
    set_password(state, call, name, text(&body, "password"))
}

fn change_own_password(state: &mut State, call: &Call<'_>) -> Outcome {
    let name = state.need_user(&call.caller)?;
    let body = call.object()?;
    if !state
        .user(&name)?
        .has_password(text(&body, "oldPassword").unwrap_or_default())
    {
        return Err(Problem::bad_request("The old password is wrong"));
    }
    set_password(state, call, &name, text(&body, "newPassword"))
}

fn set_password(state: &mut State, call: &Call<'_>, name: &str, password: Option<&str>) -> Outcome {
    let password = password.unwrap_or_default();
    if password.trim().is_empty() {
        return Err(Problem::invalid(vec![
            "Password cannot be blank.".to_owned(),
        ]));
    }
    if let Some(user) = state.users.get_mut(name) {
        user.password = Some(password.to_owned());
    }
    note(state, call, name, "User password changed", "");
    Ok(Answer::empty(204))
}

fn settings(state: &mut State, call: &Call<'_>) -> Outcome {
    let caller = state.need_user(&call.caller)?;
    let body = call.object()?;
    let name = text(&body, "username").unwrap_or_default();
    if name.is_empty() {
        return Err(Problem::bad_request("The username must not be blank"));
    }
    if name != caller {
        state.need_admin(&call.caller)?;
    }
    let locale = text(&body, "locale")
        .filter(|locale| *locale != "None")
        .map(str::to_owned);
    let unknown = || Problem::bad_request(format!("No user found with username: {name}"));
    state.users.get_mut(name).ok_or_else(unknown)?.locale = locale;
    Ok(Answer::empty(204))
}
