//! Users and their properties.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::Call;
use super::groups;
use super::lists;
use super::problem::{Outcome, Problem};
use super::seed::{Group, User, UserProperty};
use super::state::State;
use crate::testing::pages::Limits;
use crate::testing::server::Answer;

/// Properties of a user on a page.
const PROPERTIES: Limits = Limits {
    default: 5,
    most: 25,
};

/// `/wiki/rest/api/user/…`
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["user"]) => get(state, call),
        ("GET", ["user", "current"]) => state
            .user(&call.caller)
            .map(|user| Answer::json(200, &first(state, call, user))),
        ("GET", ["user", "anonymous"]) => Ok(Answer::json(200, &anonymous(state))),
        ("GET", ["user", "bulk"]) => bulk(state, call),
        ("GET", ["user", "memberof"]) => member_of(state, call),
        ("GET", ["user", "email"]) => email(state, call),
        ("GET", ["user", "email", "bulk"]) => emails(state, call),
        ("GET", ["user", account, "property"]) => properties(state, call, account),
        (_, ["user", account, "property", key]) => {
            return route_property(state, call, account, key);
        }
        _ => return None,
    })
}

/// `/wiki/api/v2/users-bulk` and `/wiki/api/v2/user/access/…`
pub(super) fn route_second(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("POST", ["users-bulk"]) => bulk_second(state, call),
        ("POST", ["user", "access", "check-access-by-email"]) => check_access(state, call),
        ("POST", ["user", "access", "invite-by-email"]) => invite(state, call),
        _ => return None,
    })
}

/// The address, where the user shows it to the caller.
fn shown_email<'a>(state: &State, call: &Call<'_>, user: &'a User) -> &'a str {
    let shown =
        user.email_visible || user.account_id == call.caller || state.is_admin(&call.caller);
    if shown { &user.email } else { "" }
}

/// A user as v1 shows one.
pub(super) fn first(state: &State, call: &Call<'_>, user: &User) -> Value {
    let mut shown = json!({
        "type": "known",
        "accountId": user.account_id,
        "accountType": "atlassian",
        "email": shown_email(state, call, user),
        "publicName": user.display_name,
        "displayName": user.display_name,
        "profilePicture": picture(),
        "timeZone": null,
        "isExternalCollaborator": false,
        "_expandable": { "operations": "", "personalSpace": "" },
        "_links": { "self": format!("{}/rest/api/user?accountId={}", state.base(), user.account_id) },
    });
    if call.expands("operations") {
        shown["operations"] = json!([]);
    }
    shown
}

/// A user as v2 shows one.
fn second(state: &State, call: &Call<'_>, user: &User) -> Value {
    json!({
        "accountId": user.account_id,
        "accountType": "atlassian",
        "accountStatus": "active",
        "displayName": user.display_name,
        "publicName": user.display_name,
        "email": shown_email(state, call, user),
        "timeZone": null,
        "personalSpaceId": null,
        "isExternalCollaborator": false,
        "profilePicture": { "path": "/wiki/aa-avatar/default", "isDefault": true },
    })
}

fn picture() -> Value {
    json!({ "path": "/wiki/aa-avatar/default", "width": 48, "height": 48, "isDefault": true })
}

fn anonymous(state: &State) -> Value {
    json!({
        "type": "anonymous",
        "displayName": "Anonymous",
        "profilePicture": picture(),
        "_links": { "self": format!("{}/rest/api/user/anonymous", state.base()) },
    })
}

fn get(state: &State, call: &Call<'_>) -> Outcome {
    let user = state.user(call.required("accountId")?)?;
    Ok(Answer::json(200, &first(state, call, user)))
}

/// Several users at once; those who are not found are left out.
fn bulk(state: &State, call: &Call<'_>) -> Outcome {
    call.required("accountId")?;
    let wanted = call.query_all("accountId").unwrap_or_default();
    let found: Vec<&User> = wanted
        .iter()
        .take(100)
        .filter_map(|id| state.users.get(*id))
        .collect();
    lists::by_position(state, call, &found, lists::V1, |user| {
        first(state, call, user)
    })
}

fn bulk_second(state: &State, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let wanted = texts(body.get("accountIds"), "accountIds", 250)?;
    let found: Vec<Value> = wanted
        .iter()
        .filter_map(|id| state.users.get(id))
        .map(|user| second(state, call, user))
        .collect();
    Ok(Answer::json(
        200,
        &json!({ "results": found, "_links": { "base": state.base() } }),
    ))
}

/// From one to `most` texts.
fn texts(value: Option<&Value>, name: &str, most: usize) -> Result<Vec<String>, Problem> {
    let list: Option<Vec<String>> = value.and_then(Value::as_array).and_then(|list| {
        list.iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect()
    });
    list.filter(|list| (1..=most).contains(&list.len()))
        .ok_or_else(|| {
            Problem::bad_request(format!("'{name}' must be a list of 1 to {most} strings"))
        })
}

/// The addresses of people who have no access, and what are no addresses.
fn sorted_out(state: &State, call: &Call<'_>) -> Result<(Vec<String>, Vec<String>), Problem> {
    let emails = texts(call.object()?.get("emails"), "emails", 100)?;
    let (valid, invalid): (Vec<String>, Vec<String>) =
        emails.into_iter().partition(|email| email.contains('@'));
    let known: BTreeSet<&str> = state
        .users
        .values()
        .map(|user| user.email.as_str())
        .collect();
    Ok((
        valid
            .into_iter()
            .filter(|email| !known.contains(email.as_str()))
            .collect(),
        invalid,
    ))
}

fn check_access(state: &State, call: &Call<'_>) -> Outcome {
    let (without, invalid) = sorted_out(state, call)?;
    Ok(Answer::json(
        200,
        &json!({ "emailsWithoutAccess": without, "invalidEmails": invalid }),
    ))
}

/// Whoever is invited becomes a user at once.
fn invite(state: &mut State, call: &Call<'_>) -> Outcome {
    for email in sorted_out(state, call)?.0 {
        let account = format!("invited:{}", state.users.len() + 1);
        state.add_user(User::new(account).display_name(email.clone()).email(email));
    }
    Ok(Answer::empty(200))
}

fn member_of(state: &State, call: &Call<'_>) -> Outcome {
    let account = call.required("accountId")?;
    state.user(account)?;
    let mut of: Vec<&Group> = state
        .groups
        .values()
        .filter(|group| group.members.contains(account))
        .collect();
    of.sort_by(|a, b| a.name.cmp(&b.name));
    lists::by_position(state, call, &of, lists::V1, |group| {
        groups::render(state, group)
    })
}

/// Addresses are told to approved apps only; here, to administrators.
fn check_approved(state: &State, call: &Call<'_>) -> Result<(), Problem> {
    if state.is_admin(&call.caller) {
        Ok(())
    } else {
        Err(Problem::unauthorized())
    }
}

fn email(state: &State, call: &Call<'_>) -> Outcome {
    check_approved(state, call)?;
    let user = state.user(call.required("accountId")?)?;
    Ok(Answer::json(
        200,
        &json!({ "accountId": user.account_id, "email": user.email }),
    ))
}

fn emails(state: &State, call: &Call<'_>) -> Outcome {
    check_approved(state, call)?;
    let wanted = call.query_all("accountId").unwrap_or_default();
    let found: Vec<Value> = wanted
        .iter()
        .filter_map(|id| state.users.get(*id))
        .map(|user| json!({ "accountId": user.account_id, "email": user.email }))
        .collect();
    Ok(Answer::json(200, &Value::from(found)))
}

// Properties.

/// Users see to their own properties, administrators to those of all.
fn check_properties(state: &State, call: &Call<'_>, account: &str) -> Result<(), Problem> {
    state.user(account)?;
    if call.caller == account || state.is_admin(&call.caller) {
        return Ok(());
    }
    Err(Problem::forbidden(
        "You are not permitted to see the properties of this user",
    ))
}

fn properties(state: &State, call: &Call<'_>, account: &str) -> Outcome {
    check_properties(state, call, account)?;
    let keys: Vec<&String> = state.user(account)?.properties.keys().collect();
    lists::by_position(state, call, &keys, PROPERTIES, |key| json!({ "key": key }))
}

fn route_property(state: &mut State, call: &Call<'_>, account: &str, key: &str) -> Option<Outcome> {
    let fits = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !fits {
        return Some(Err(Problem::bad_request(
            "The key must match [-_a-zA-Z0-9]+",
        )));
    }
    if let Err(problem) = check_properties(state, call, account) {
        return Some(Err(problem));
    }
    Some(match call.method {
        "GET" => get_property(state, account, key),
        "POST" => create_property(state, call, account, key),
        "PUT" => update_property(state, call, account, key),
        "DELETE" => delete_property(state, account, key),
        _ => return None,
    })
}

fn no_property(key: &str) -> Problem {
    Problem::not_found(format!("No property with key : {key}"))
}

fn get_property(state: &State, account: &str, key: &str) -> Outcome {
    let property = state
        .user(account)?
        .properties
        .get(key)
        .ok_or_else(|| no_property(key))?;
    let shown = json!({
        "id": format!("{account}/{key}"),
        "key": key,
        "value": property.value,
        "createdDate": property.created,
        "lastModifiedDate": property.modified,
        "_links": { "self": format!("{}/rest/api/user/{account}/property/{key}", state.base()) },
    });
    Ok(Answer::json(200, &shown))
}

fn value(call: &Call<'_>) -> Result<Value, Problem> {
    call.object()?
        .remove("value")
        .ok_or_else(|| Problem::bad_request("'value' is required"))
}

fn create_property(state: &mut State, call: &Call<'_>, account: &str, key: &str) -> Outcome {
    let value = value(call)?;
    state.next_number();
    let now = state.time();
    let user = state
        .users
        .get_mut(account)
        .ok_or_else(|| no_property(key))?;
    if user.properties.contains_key(key) {
        return Err(Problem::conflict(format!(
            "There is a property with key : {key} already"
        )));
    }
    let property = UserProperty {
        value,
        created: now.clone(),
        modified: now,
    };
    user.properties.insert(key.to_owned(), property);
    Ok(Answer::empty(201))
}

fn update_property(state: &mut State, call: &Call<'_>, account: &str, key: &str) -> Outcome {
    let value = value(call)?;
    state.next_number();
    let now = state.time();
    let user = state
        .users
        .get_mut(account)
        .ok_or_else(|| no_property(key))?;
    let property = user
        .properties
        .get_mut(key)
        .ok_or_else(|| no_property(key))?;
    property.value = value;
    property.modified = now;
    Ok(Answer::empty(204))
}

fn delete_property(state: &mut State, account: &str, key: &str) -> Outcome {
    let user = state
        .users
        .get_mut(account)
        .ok_or_else(|| no_property(key))?;
    user.properties
        .remove(key)
        .map(|_| Answer::empty(204))
        .ok_or_else(|| no_property(key))
}
