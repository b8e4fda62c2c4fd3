//! What the server says when it refuses.

use serde_json::{Value, json};

use crate::testing::server::Answer;
use crate::testing::wire::reason;

/// A refusal: a status, a message, and the messages of the single checks that failed.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) message: String,
    errors: Vec<String>,
}

/// What a route gives.
pub(super) type Outcome = Result<Answer, Problem>;

impl Problem {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 400 with the message of each check that failed.
    pub(super) fn invalid(errors: Vec<String>) -> Self {
        Self {
            status: 400,
            message: errors.join(" "),
            errors,
        }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(
            401,
            "You are not logged in, or your credentials are wrong or have expired.",
        )
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }

    pub(super) fn answer(&self) -> Answer {
        let errors: Vec<Value> = self
            .errors
            .iter()
            .map(|error| json!({ "message": { "translation": error, "args": [] } }))
            .collect();
        let body = json!({
            "statusCode": self.status,
            "data": {
                "authorized": !matches!(self.status, 401 | 403 | 404),
                "valid": errors.is_empty(),
                "allowedInReadOnlyMode": true,
                "errors": errors,
                "successful": false,
            },
            "message": self.message,
            "reason": reason(self.status).unwrap_or_default(),
        });
        let answer = Answer::json(self.status, &body);
        if self.status == 401 {
            answer.header("www-authenticate", "Basic realm=\"Confluence\"")
        } else {
            answer
        }
    }
}
