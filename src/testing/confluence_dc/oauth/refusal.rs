//! What the provider says when it refuses, as RFC 6749 has it.

use serde_json::json;

use crate::testing::server::Answer;

/// A refusal: the standard's error code, and words for people.
#[derive(Debug)]
pub(in super::super) struct Refusal {
    pub(super) error: &'static str,
    pub(super) description: &'static str,
}

impl Refusal {
    pub(super) fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) fn invalid_grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(super) fn answer(&self) -> Answer {
        let status = match self.error {
            "invalid_client" => 401,
            _ => 400,
        };
        let body = json!({ "error": self.error, "error_description": self.description });
        Answer::json(status, &body).header("cache-control", "no-store")
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.description, self.error)
    }
}
