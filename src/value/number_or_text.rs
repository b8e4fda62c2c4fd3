//! A value that servers send as a number or as a string.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number or a string, as the server sent it: a position that can be `"none"`, an id that some
/// versions quote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum NumberOrText {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction, or one beyond 64 bits.
    Number(f64),
    /// A string.
    Text(String),
}

impl NumberOrText {
    /// The number, where it is a whole one or a string that holds one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Number(_) => None,
            Self::Text(text) => text.parse().ok(),
        }
    }

    /// The string, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for NumberOrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<i64> for NumberOrText {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for NumberOrText {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for NumberOrText {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
