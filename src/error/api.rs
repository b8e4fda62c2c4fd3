//! What a service says of a failure in its own words.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

/// A service's own error body, read as far as its shape is known.
#[derive(Clone, Default)]
pub struct ApiError {
    pub(crate) code: Option<String>,
    /// The main one, then those about single fields.
    pub(crate) messages: Vec<String>,
    /// Where in the body the details are, as a JSON pointer.
    pub(crate) details: &'static str,
    pub(crate) body: Value,
    pub(crate) raw: Bytes,
}

impl ApiError {
    /// The service's name for the error: Onezone's `id`, Cloud v2's `code`, Data Center's `reason`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The service's main sentence about it.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.messages.first().map(String::as_str)
    }

    /// All messages: the main one, then those about single fields.
    #[must_use]
    pub fn messages(&self) -> &[String] {
        &self.messages
    }

    /// What the service sent beside the messages, as data.
    #[must_use]
    pub fn details(&self) -> Option<&Value> {
        self.body.pointer(self.details)
    }

    /// The body as it came. It can repeat what was sent: show it to nobody else.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Applies `clean` to everything that messages are made of; it gives `None` for what may stay.
    pub(crate) fn map_texts(&mut self, clean: impl Fn(&str) -> Option<String>) {
        for text in self.code.iter_mut().chain(&mut self.messages) {
            if let Some(clean) = clean(text) {
                *text = clean;
            }
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Details and the raw body can repeat values of the request.
        f.debug_struct("ApiError")
            .field("code", &self.code)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}
