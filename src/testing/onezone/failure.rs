//! The server's errors: ids, statuses and details as in its catalogue, descriptions in our words.

use serde_json::{Value, json};

use crate::testing::server::Answer;

/// What a request comes to.
pub(super) type Outcome = Result<Answer, Failure>;

/// An error of the service.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    status: u16,
    id: &'static str,
    details: Option<Value>,
    description: String,
}

impl Failure {
    pub(super) fn new(status: u16, id: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            id,
            details: None,
            description: description.into(),
        }
    }

    pub(super) fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The error as it stands in the body, or in the details of another one.
    pub(super) fn json(&self) -> Value {
        match &self.details {
            Some(details) => {
                json!({ "id": self.id, "details": details, "description": self.description })
            }
            None => json!({ "id": self.id, "description": self.description }),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        Answer::json(self.status, &json!({ "error": self.json() }))
    }
}

/// Nobody is signed in.
pub(super) fn unauthorized() -> Failure {
    Failure::new(
        401,
        "unauthorized",
        "This operation is for those who are signed in.",
    )
}

/// Somebody tried to sign in, and this was wrong with it.
pub(super) fn not_authenticated(reason: &Failure) -> Failure {
    Failure::new(
        401,
        "unauthorized",
        "The credentials are not valid (see details).",
    )
    .details(json!({ "authError": reason.json() }))
}

pub(super) fn forbidden() -> Failure {
    Failure::new(403, "forbidden", "You are not allowed to do this.")
}

/// Not now, and when it will be.
pub(super) fn forbidden_with_hint(hint: &str) -> Failure {
    Failure::new(
        403,
        "forbiddenWithHint",
        format!("You are not allowed to do this: {hint}."),
    )
    .details(json!({ "hint": hint }))
}

/// There is such a thing already.
pub(super) fn already_exists() -> Failure {
    Failure::new(409, "alreadyExists", "There is such a resource already.")
}

pub(super) fn not_found() -> Failure {
    Failure::new(404, "notFound", "There is no such resource.")
}

pub(super) fn malformed() -> Failure {
    Failure::new(400, "malformedData", "The body could not be understood.")
}

pub(super) fn missing(key: &str) -> Failure {
    Failure::new(
        400,
        "missingRequiredValue",
        format!("The required value {key} is missing."),
    )
    .details(json!({ "key": key }))
}

pub(super) fn missing_any(keys: &[&str]) -> Failure {
    Failure::new(
        400,
        "missingAtLeastOneValue",
        format!("At least one is needed of: {}.", keys.join(", ")),
    )
    .details(json!({ "keys": keys }))
}

/// A value that is wrong in a way that only its key needs to be told of.
pub(super) fn bad_value(id: &'static str, key: &str, rule: &str) -> Failure {
    Failure::new(400, id, format!("Bad value: {key} {rule}.")).details(json!({ "key": key }))
}

/// A value that is wrong by a rule of its own, told without a key.
pub(super) fn bad(id: &'static str, rule: &str) -> Failure {
    Failure::new(400, id, format!("Bad value: {rule}."))
}

pub(super) fn occupied(key: &str) -> Failure {
    bad_value(
        "badValueIdentifierOccupied",
        key,
        "is taken by somebody else",
    )
}

pub(super) fn not_in_range(key: &str, low: i64, high: i64) -> Failure {
    Failure::new(
        400,
        "badValueNotInRange",
        format!("Bad value: {key} must be from {low} to {high}."),
    )
    .details(json!({ "key": key, "low": low, "high": high }))
}

pub(super) fn too_low(key: &str, limit: i64) -> Failure {
    Failure::new(
        400,
        "badValueTooLow",
        format!("Bad value: {key} must be at least {limit}."),
    )
    .details(json!({ "key": key, "limit": limit }))
}

pub(super) fn not_allowed(key: &str, allowed: &[&str]) -> Failure {
    let rule = format!("Bad value: {key} must be one of {}.", allowed.join(", "));
    Failure::new(400, "badValueNotAllowed", rule).details(json!({ "key": key, "allowed": allowed }))
}

pub(super) fn list_not_allowed(key: &str, allowed: &[&str]) -> Failure {
    let rule = format!(
        "Bad value: {key} must hold nothing but {}.",
        allowed.join(", ")
    );
    Failure::new(400, "badValueListNotAllowed", rule)
        .details(json!({ "key": key, "allowed": allowed }))
}

/// A member (`user`, `group`) that is one of its parent (`space`, `group`) already.
pub(super) fn already_member(child: (&str, &str), parent: (&str, &str)) -> Failure {
    relation(
        409,
        "relationAlreadyExists",
        "is already a member of",
        child,
        parent,
    )
}

/// A user is not in a space. The server names space and user the wrong way round, and by other names than
/// elsewhere.
pub(super) fn no_member(space: &str, user: &str) -> Failure {
    relation(
        400,
        "relationDoesNotExist",
        "is not a member of",
        ("od_space", space),
        ("od_user", user),
    )
}

fn relation(
    status: u16,
    id: &'static str,
    verb: &str,
    child: (&str, &str),
    parent: (&str, &str),
) -> Failure {
    let description = format!(
        "Bad value: {}:{} {verb} {}:{}.",
        child.0, child.1, parent.0, parent.1
    );
    Failure::new(status, id, description).details(json!({
        "childType": child.0,
        "childId": child.1,
        "parentType": parent.0,
        "parentId": parent.1,
    }))
}
