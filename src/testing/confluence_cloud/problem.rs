//! Errors, in the shapes of both interfaces.

use serde_json::{Value, json};

use crate::testing::server::Answer;
use crate::testing::wire::reason;

/// What a request comes to.
pub(super) type Outcome = Result<Answer, Problem>;

/// Which of the two interfaces a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// `/wiki/rest/api`
    V1,
    /// `/wiki/api/v2`
    V2,
}

/// A failure.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) status: u16,
    code: &'static str,
    message: String,
}

impl Problem {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_REQUEST_PARAMETER", message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(
            401,
            "UNAUTHORIZED",
            "The credentials are missing, wrong or out of date",
        )
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "FORBIDDEN", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", message)
    }

    /// The refusal of a caller who sees something and may not change it. v2 does not tell it from what is
    /// not there.
    pub(super) fn not_permitted(version: Version, message: impl Into<String>) -> Self {
        match version {
            Version::V1 => Self::forbidden(message),
            Version::V2 => Self::not_found(message),
        }
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "CONFLICT", message)
    }

    /// The failure of a status that says nothing more.
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::unauthorized(),
            403 => Self::forbidden("You are not permitted to do this"),
            404 => Self::not_found("There is no such thing"),
            429 => Self::new(status, "RATE_LIMITED", "Rate limit exceeded"),
            503 => Self::new(
                status,
                "SERVICE_UNAVAILABLE",
                "The service is not available just now",
            ),
            _ => Self::new(
                status,
                "INTERNAL_SERVER_ERROR",
                "The request was not served",
            ),
        }
    }

    /// The answer of the interface that was asked.
    pub(super) fn answer(&self, version: Version) -> Answer {
        Answer::json(
            self.status,
            &if version == Version::V1 {
                self.first()
            } else {
                self.second()
            },
        )
    }

    /// The answer of something before both interfaces, which knows neither: it has the fields of both.
    pub(super) fn of_both(&self) -> Answer {
        let mut body = self.first();
        body["errors"] = self.second()["errors"].take();
        Answer::json(self.status, &body)
    }

    fn first(&self) -> Value {
        json!({
            "statusCode": self.status,
            "data": {
                "authorized": self.status != 403,
                "valid": self.status != 400,
                "allowedInReadOnlyMode": true,
                "errors": [{ "message": { "translation": self.message, "args": [] } }],
                "successful": false,
            },
            "message": self.message,
            "reason": reason(self.status).unwrap_or("Unknown"),
        })
    }

    fn second(&self) -> Value {
        let error = json!({ "status": self.status, "code": self.code, "title": self.message, "detail": null });
        json!({ "errors": [error] })
    }
}
