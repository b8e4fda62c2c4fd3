//! Who may do what: in the whole site, and in a space.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::call::{Call, text};
use super::journal::{self, Change};
use super::problem::{Outcome, Problem};
use super::render;
use super::seed::{Grant, SPACE_PERMISSIONS, Subject};
use super::state::State;
use crate::testing::server::Answer;

/// What can be granted to users and groups for the whole site.
const GLOBAL: [(&str, &str); 5] = [
    ("application", "use"),
    ("application", "administer"),
    ("system", "administer"),
    ("personal_space", "create"),
    ("space", "create"),
];
/// What can be granted to visitors who are not logged in.
const FOR_ANONYMOUS: [(&str, &str); 2] = [("application", "use"), ("user", "read")];
/// What can be granted to users without a licence.
const FOR_UNLICENSED: [(&str, &str); 2] = [("application", "use_unlicensed"), ("user", "read")];
/// Most users and groups that one request may name.
const MOST_SUBJECTS: usize = 40;

/// Where permissions apply.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Site,
    Space(&'a str),
}

/// Grants, or takes away.
#[derive(Clone, Copy, PartialEq)]
enum Verb {
    Grant,
    Revoke,
}

impl Verb {
    /// As the audit log says it.
    fn said(self) -> &'static str {
        match self {
            Self::Grant => "permission added",
            Self::Revoke => "permission removed",
        }
    }
}

/// The routes of permissions.
pub(super) fn route(state: &mut State, call: &Call<'_>) -> Option<Outcome> {
    let (method, path) = call.route();
    let (scope, rest) = match path.as_slice() {
        ["permissions", rest @ ..] => (Scope::Site, rest),
        ["space", key, "permissions", rest @ ..] => (Scope::Space(key), rest),
        _ => return None,
    };
    let outcome = match (method, rest) {
        ("GET", []) => list(state, call, scope, None),
        ("PUT", []) if matches!(scope, Scope::Site) => set(state, call, scope, 204),
        ("POST", []) if matches!(scope, Scope::Space(_)) => set(state, call, scope, 200),
        ("GET", [kind @ ("anonymous" | "unlicensed")]) => list_for(state, call, scope, kind, ""),
        ("GET", [kind @ ("user" | "group"), name]) => list_for(state, call, scope, kind, name),
        ("PUT", [kind @ ("anonymous" | "unlicensed"), verb]) => {
            change(state, call, scope, (kind, ""), verb)?
        }
        ("PUT", [kind @ ("user" | "group"), name, verb]) => {
            change(state, call, scope, (kind, name), verb)?
        }
        _ => return None,
    };
    Some(outcome)
}

/// Whether the caller may see and change permissions there.
fn need_administrator(state: &State, call: &Call<'_>, scope: Scope<'_>) -> Result<(), Problem> {
    match scope {
        Scope::Site => state.need_admin(&call.caller),
        Scope::Space(key) => state.administered_space(&call.caller, key).map(|_| ()),
    }
}

/// Whom a path names. In a space users go by their key, elsewhere by key or login name.
fn subject(state: &State, scope: Scope<'_>, kind: &str, name: &str) -> Result<Subject, Problem> {
    Ok(match (kind, scope) {
        ("user", Scope::Space(_)) => Subject::User(state.user_by_key(name)?.name.clone()),
        ("user", Scope::Site) => {
            let user = state.user_by_key(name).or_else(|_| state.user(name))?;
            Subject::User(user.name.clone())
        }
        ("group", _) => Subject::Group(state.group(name)?.name.clone()),
        ("unlicensed", _) => Subject::Unlicensed,
        _ => Subject::Anonymous,
    })
}

fn list_for(state: &State, call: &Call<'_>, scope: Scope<'_>, kind: &str, name: &str) -> Outcome {
    need_administrator(state, call, scope)?;
    let subject = subject(state, scope, kind, name)?;
    list(state, call, scope, Some(&subject))
}

fn list(state: &State, call: &Call<'_>, scope: Scope<'_>, only: Option<&Subject>) -> Outcome {
    need_administrator(state, call, scope)?;
    let wanted = |grant: &&Grant| only.is_none_or(|subject| *subject == grant.subject);
    let rows: Value = match scope {
        Scope::Site => state
            .permissions
            .iter()
            .filter(wanted)
            .map(|grant| render::permission(state, grant))
            .collect(),
        Scope::Space(key) => {
            let space = state.visible_space(&call.caller, key)?;
            space
                .permissions
                .iter()
                .filter(wanted)
                .map(|grant| render::space_permission(state, space, grant))
                .collect()
        }
    };
    Ok(Answer::json(200, &rows))
}

/// Grants or revokes what the body lists; `None` when the verb is neither.
fn change(
    state: &mut State,
    call: &Call<'_>,
    scope: Scope<'_>,
    (kind, name): (&str, &str),
    verb: &str,
) -> Option<Outcome> {
    let verb = match verb {
        "grant" => Verb::Grant,
        "revoke" => Verb::Revoke,
        _ => return None,
    };
    Some(apply(state, call, scope, (kind, name), verb))
}

fn apply(
    state: &mut State,
    call: &Call<'_>,
    scope: Scope<'_>,
    (kind, name): (&str, &str),
    verb: Verb,
) -> Outcome {
    need_administrator(state, call, scope)?;
    let subject = subject(state, scope, kind, name)?;
    let body = call.json()?;
    let grants = operations(state, call, scope, &subject, &body)?;
    let permissions = permissions_mut(state, call, scope)?;
    match verb {
        Verb::Grant => permissions.extend(grants),
        Verb::Revoke => revoke(permissions, &subject, &grants),
    }
    note(state, call, scope, verb.said(), &subject);
    Ok(Answer::empty(204))
}

/// Notes whose permissions were changed.
fn note(state: &mut State, call: &Call<'_>, scope: Scope<'_>, done: &str, subject: &Subject) {
    let (kind, name) = match subject {
        Subject::User(name) => ("User", name.as_str()),
        Subject::Group(name) => ("Group", name.as_str()),
        Subject::Anonymous => ("User", "Anonymous"),
        Subject::Unlicensed => ("User", "Unlicensed"),
    };
    let change = match scope {
        Scope::Site => {
            let summary = format!("Global {done}");
            Some(Change::of("Permissions", summary, kind, name))
        }
        Scope::Space(key) => state.spaces.get(key).map(|space| {
            Change::space(space, "Permissions", &format!("Space {done}"))
                .with(kind, name)
                .event("space_permissions_updated")
        }),
    };
    if let Some(change) = change {
        journal::note(state, &call.caller, change);
    }
}

/// Without `use` nothing else is of use: revoking it revokes all.
fn revoke(permissions: &mut BTreeSet<Grant>, subject: &Subject, grants: &BTreeSet<Grant>) {
    let all = grants
        .iter()
        .any(|grant| grant.target == "application" && grant.operation.starts_with("use"));
    permissions.retain(|grant| !(grants.contains(grant) || (all && grant.subject == *subject)));
}

fn permissions_mut<'s>(
    state: &'s mut State,
    call: &Call<'_>,
    scope: Scope<'_>,
) -> Result<&'s mut BTreeSet<Grant>, Problem> {
    Ok(match scope {
        Scope::Site => &mut state.permissions,
        Scope::Space(key) => &mut state.administered_space_mut(&call.caller, key)?.permissions,
    })
}

/// The permissions in a list of operations, each of which must be possible there.
fn operations(
    state: &State,
    call: &Call<'_>,
    scope: Scope<'_>,
    subject: &Subject,
    list: &Value,
) -> Result<BTreeSet<Grant>, Problem> {
    let possible: &[(&str, &str)] = match (scope, subject) {
        (Scope::Space(_), _) => &SPACE_PERMISSIONS,
        (Scope::Site, Subject::Anonymous) => &FOR_ANONYMOUS,
        (Scope::Site, Subject::Unlicensed) => &FOR_UNLICENSED,
        (Scope::Site, _) => &GLOBAL,
    };
    let list = list
        .as_array()
        .ok_or_else(|| Problem::bad_request("A list of permissions is required"))?;
    let mut grants = BTreeSet::new();
    for operation in list {
        let part = |name| {
            operation
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (target, key) = (part("targetType"), part("operationKey"));
        if !possible.contains(&(target, key)) {
            return Err(Problem::bad_request(format!(
                "The permission {target} {key} cannot be granted here"
            )));
        }
        if (target, key) == ("system", "administer") {
            state.need_system_admin(&call.caller)?;
        }
        grants.insert(Grant::new(subject.clone(), target, key));
    }
    Ok(grants)
}

/// Replaces all permissions of those whom the body names.
fn set(state: &mut State, call: &Call<'_>, scope: Scope<'_>, status: u16) -> Outcome {
    need_administrator(state, call, scope)?;
    let body = call.json()?;
    let entries = body
        .as_array()
        .ok_or_else(|| Problem::bad_request("A list of users and groups is required"))?;
    if entries.len() > MOST_SUBJECTS {
        return Err(Problem::bad_request(format!(
            "At most {MOST_SUBJECTS} users and groups can be named"
        )));
    }
    let mut replaced = Vec::new();
    for entry in entries.iter().filter_map(Value::as_object) {
        let subject = subject_of(state, scope, entry)?;
        let none = Value::Array(Vec::new());
        let grants = operations(
            state,
            call,
            scope,
            &subject,
            entry.get("operations").unwrap_or(&none),
        )?;
        replaced.push((subject, grants));
    }
    let permissions = permissions_mut(state, call, scope)?;
    for (subject, grants) in &replaced {
        permissions.retain(|grant| grant.subject != *subject);
        permissions.extend(grants.iter().cloned());
    }
    for (subject, _) in replaced {
        note(state, call, scope, "permissions set", &subject);
    }
    Ok(Answer::empty(status))
}

fn subject_of(
    state: &State,
    scope: Scope<'_>,
    entry: &Map<String, Value>,
) -> Result<Subject, Problem> {
    match (text(entry, "userKey"), text(entry, "groupName"), scope) {
        (Some(key), None, _) => Ok(Subject::User(state.user_by_key(key)?.name.clone())),
        (None, Some(group), _) => Ok(Subject::Group(state.group(group)?.name.clone())),
        (None, None, Scope::Space(_)) => Ok(Subject::Anonymous),
        _ => Err(Problem::bad_request(
            "Either userKey or groupName must be given",
        )),
    }
}
