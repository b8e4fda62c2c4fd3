//! What a request carries, and what its types tell the transport.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Secret;
use crate::transport::upload::{Part, Upload};
use crate::value::Wiped;

/// A rule of the server that a body breaks.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    /// The field as the server calls it.
    pub(crate) field: &'static str,
    /// The rule, as the end of a sentence that begins with the field.
    pub(crate) rule: &'static str,
}

/// A type that bodies are made of.
pub(crate) trait SendBody: Serialize {
    /// Checks the server's own rules, where they are known.
    fn check(&self) -> Result<(), Broken> {
        Ok(())
    }

    /// Finds the values that must never be shown.
    fn secrets<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        let _ = found;
    }
}

impl SendBody for Secret {
    fn secrets<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        found.push(self);
    }
}

impl<T: SendBody> SendBody for Vec<T> {
    fn check(&self) -> Result<(), Broken> {
        self.iter().try_for_each(SendBody::check)
    }

    fn secrets<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        self.iter().for_each(|item| item.secrets(found));
    }
}

impl<T: SendBody> SendBody for BTreeMap<String, T> {
    fn check(&self) -> Result<(), Broken> {
        self.values().try_for_each(SendBody::check)
    }

    fn secrets<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        self.values().for_each(|item| item.secrets(found));
    }
}

impl<T: SendBody> SendBody for Box<T> {
    fn check(&self) -> Result<(), Broken> {
        (**self).check()
    }

    fn secrets<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        (**self).secrets(found);
    }
}

impl SendBody for Value {}
impl SendBody for Map<String, Value> {}
impl SendBody for String {}
impl SendBody for i64 {}
impl SendBody for i32 {}
impl SendBody for f64 {}
impl SendBody for bool {}

/// A body on its way out.
#[derive(Clone, Default)]
pub(crate) enum Body {
    #[default]
    None,
    Json(Bytes),
    Multipart(Vec<Part>),
    #[allow(dead_code)] // no bundled description has such a body at present
    Data(&'static str, Upload),
}

impl Body {
    /// A JSON body. It may hold a password, so its memory is wiped when the last copy is gone.
    pub(crate) fn json<B: Serialize>(value: &B) -> serde_json::Result<Self> {
        let mut text = Wiped::default();
        serde_json::to_writer(&mut text, value)?;
        Ok(Self::Json(Bytes::from_owner(text)))
    }

    /// Whether it can be sent a second time.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::None | Self::Json(_) => true,
            Self::Multipart(parts) => parts.iter().all(Part::is_repeatable),
            Self::Data(_, upload) => upload.is_repeatable(),
        }
    }
}
