//! What is wrong with a description, and what to do about it.

use std::fmt;

/// A mistake in a description: the file, the place in it, what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    file: String,
    place: Option<String>,
    what: String,
    help: Option<String>,
}

impl Problem {
    /// Something wrong with `file` as a whole.
    pub fn new(file: impl fmt::Display, what: impl Into<String>) -> Self {
        Self {
            file: file.to_string(),
            place: None,
            what: what.into(),
            help: None,
        }
    }

    /// Names the operation, schema or property that is wrong.
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Says what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(place) = &self.place {
            write!(f, ", {place}")?;
        }
        write!(f, ": {}", self.what)?;
        if let Some(help) = &self.help {
            write!(f, ". {help}")?;
        }
        Ok(())
    }
}
