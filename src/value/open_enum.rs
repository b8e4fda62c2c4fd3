//! Enums that keep a value which is unknown today.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Visitor};

/// Writes an enum over strings with a variant for every value that is not listed.
macro_rules! open_enum {
    ($(#[doc = $doc:expr])* $name:ident { $($(#[doc = $value_doc:expr])* $variant:ident = $value:literal,)* }) => {
        $(#[doc = $doc])*
        ///
        /// A value that is unknown today is kept in `Other`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $value_doc])* $variant,)*
            /// Any other value, as the server sent it.
            Other(String),
        }

        impl $name {
            /// The values that are known.
            pub const KNOWN: &'static [&'static str] = &[$($value),*];

            /// The value as it travels.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Other(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                match value.as_str() {
                    $($value => Self::$variant,)*
                    _ => Self::Other(value),
                }
            }
        }

        impl From<&String> for $name {
            fn from(value: &String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(crate::value::Text(std::marker::PhantomData))
            }
        }

        impl crate::transport::SendBody for $name {}
        impl crate::paging::Identify for $name {}
    };
}

pub(crate) use open_enum;

/// Reads a value from a string without keeping the string.
pub(crate) struct Text<T>(pub(crate) PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from(text))
    }
}
