//! Who may do what in a space: granted and taken in v1, listed in v2.

use serde_json::{Value, json};

use super::call::Call;
use super::lists;
use super::problem::{Outcome, Problem};
use super::seed::SpacePermission;
use super::state::State;
use crate::testing::server::Answer;

/// `/wiki/rest/api/space/{key}/permission/…`
pub(super) fn route(
    state: &mut State,
    call: &Call<'_>,
    key: &str,
    path: &[&str],
) -> Option<Outcome> {
    Some(match (call.method, path) {
        ("POST", []) => grant(state, call, key),
        ("DELETE", [id]) => revoke(state, call, key, id),
        _ => return None,
    })
}

/// A permission as v1 shows one in a space.
pub(super) fn first(permission: &SpacePermission) -> Value {
    json!({
        "id": permission.id,
        "operation": { "operation": permission.operation, "targetType": permission.target },
        "anonymousAccess": false,
        "unlicensedAccess": false,
    })
}

/// A permission as v2 shows one.
pub(super) fn second(permission: &SpacePermission) -> Value {
    json!({
        "id": permission.id.to_string(),
        "principal": { "type": permission.subject_type, "id": permission.subject },
        "operation": { "key": permission.operation, "targetType": permission.target },
    })
}

/// What a body that creates a space grants: one permission for each user and group.
pub(super) fn of_new_space(value: &Value) -> Vec<SpacePermission> {
    let named = |key: &str| {
        value
            .get("operation")
            .and_then(|one| one.get(key))
            .and_then(Value::as_str)
    };
    let (Some(operation), Some(target)) = (named("operation"), named("targetType")) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (kind, id) in [("user", "accountId"), ("group", "id")] {
        let subjects = value
            .get("subjects")
            .and_then(|one| one.get(kind))
            .and_then(|one| one.get("results"));
        for subject in subjects.and_then(Value::as_array).into_iter().flatten() {
            let subject = subject
                .get(id)
                .or(subject.get("name"))
                .and_then(Value::as_str);
            all.extend(subject.map(|subject| SpacePermission {
                id: 0,
                subject_type: kind.to_owned(),
                subject: subject.to_owned(),
                operation: operation.to_owned(),
                target: target.to_owned(),
            }));
        }
    }
    all
}

pub(super) fn list(state: &State, call: &Call<'_>, id: &str) -> Outcome {
    let space = state.space(id, &call.caller)?;
    lists::by_cursor(state, call, &space.permissions, |_| true, second)
}

fn grant(state: &mut State, call: &Call<'_>, key: &str) -> Outcome {
    let space = state.space_of_key(key, &call.caller)?.clone();
    state.require_space_admin(&call.caller, &space)?;
    let body = call.object()?;
    let mut permission = from_body(&Value::Object(body))?;
    check_subject(state, &permission)?;
    let same = |one: &&SpacePermission| {
        SpacePermission {
            id: 0,
            ..(*one).clone()
        } == permission
    };
    if space.permissions.iter().any(|one| same(&one)) {
        return Err(Problem::bad_request("The permission was granted already"));
    }
    let entry = |one: &SpacePermission| {
        one.subject == permission.subject && one.operation == "read" && one.target == "space"
    };
    let enters = permission.operation == "read" && permission.target == "space";
    if !enters && !space.permissions.iter().any(entry) {
        return Err(Problem::bad_request(
            "The permission to read the space has to be granted first",
        ));
    }
    permission.id = state.next_number();
    let answer = granted(state, key, &permission);
    state.space_mut(&space.id)?.permissions.push(permission);
    Ok(answer)
}

fn granted(state: &State, key: &str, permission: &SpacePermission) -> Answer {
    let body = json!({
        "id": permission.id,
        "subject": { "type": permission.subject_type, "identifier": permission.subject },
        "operation": { "key": permission.operation, "target": permission.target },
        "_links": { "base": state.base(), "self": format!("/rest/api/space/{key}/permission/{}", permission.id) },
    });
    Answer::json(200, &body)
}

fn from_body(body: &Value) -> Result<SpacePermission, Problem> {
    let named = |outer: &str, inner: &str| {
        let value = body
            .get(outer)
            .and_then(|one| one.get(inner))
            .and_then(Value::as_str);
        value
            .map(str::to_owned)
            .ok_or_else(|| Problem::bad_request(format!("'{outer}.{inner}' is required")))
    };
    Ok(SpacePermission {
        id: 0,
        subject_type: named("subject", "type")?,
        subject: named("subject", "identifier")?,
        operation: named("operation", "key")?,
        target: named("operation", "target")?,
    })
}

fn check_subject(state: &State, permission: &SpacePermission) -> Result<(), Problem> {
    let known = match permission.subject_type.as_str() {
        "user" => state.users.contains_key(&permission.subject),
        "group" => state.groups.contains_key(&permission.subject),
        _ => return Err(Problem::bad_request("'subject.type' must be user or group")),
    };
    if known {
        Ok(())
    } else {
        Err(Problem::not_found("There is no such user or group"))
    }
}

/// Taking the permission to read the space takes all others of the subject too.
fn revoke(state: &mut State, call: &Call<'_>, key: &str, id: &str) -> Outcome {
    let space = state.space_of_key(key, &call.caller)?.clone();
    state.require_space_admin(&call.caller, &space)?;
    let known = space
        .permissions
        .iter()
        .find(|one| one.id.to_string() == id);
    let permission = known.ok_or_else(|| Problem::not_found("There is no such permission"))?;
    let all = permission.operation == "read" && permission.target == "space";
    let goes = |one: &SpacePermission| {
        one.id == permission.id || (all && one.subject == permission.subject)
    };
    state
        .space_mut(&space.id)?
        .permissions
        .retain(|one| !goes(one));
    Ok(Answer::empty(204))
}
