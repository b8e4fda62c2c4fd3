//! Enums over several structs that keep a member which is unknown today.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Writes an enum whose members are told apart by the value of one property.
macro_rules! tagged_union {
    ($(#[doc = $doc:expr])* $name:ident by $tag:literal {
        $($(#[doc = $member_doc:expr])* $variant:ident($ty:ident) = [$first:literal $(, $more:literal)*],)*
    }) => {
        $(#[doc = $doc])*
        ///
        #[doc = concat!("Told apart by `", $tag, "`; what is unknown today is kept in `Other`.")]
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $member_doc])* $variant(Box<$ty>),)*
            /// Any other member, as the server sent it.
            Other(serde_json::Value),
        }

        $(impl From<$ty> for $name {
            fn from(member: $ty) -> Self {
                Self::$variant(Box::new(member))
            }
        })*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(member) => {
                        crate::value::with_tag(member, $tag, $first, serializer)
                    })*
                    Self::Other(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                let read = match value.get($tag).and_then(serde_json::Value::as_str) {
                    $(Some($first $(| $more)*) => {
                        crate::value::member(&value).map(|member| Self::$variant(Box::new(member)))
                    })*
                    _ => None,
                };
                Ok(read.unwrap_or(Self::Other(value)))
            }
        }

        impl crate::paging::Identify for $name {}
    };
}

/// Writes an enum whose members are tried in order.
macro_rules! untagged_union {
    ($(#[doc = $doc:expr])* $name:ident {
        $($(#[doc = $member_doc:expr])* $variant:ident($ty:ident) = [],)*
    }) => {
        $(#[doc = $doc])*
        ///
        /// Told apart by what it holds; what fits no member is kept in `Other`.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $member_doc])* $variant(Box<$ty>),)*
            /// Anything else, as the server sent it.
            Other(serde_json::Value),
        }

        $(impl From<$ty> for $name {
            fn from(member: $ty) -> Self {
                Self::$variant(Box::new(member))
            }
        })*

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(member) => member.serialize(serializer),)*
                    Self::Other(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                $(if let Some(member) = crate::value::member(&value) {
                    return Ok(Self::$variant(Box::new(member)));
                })*
                Ok(Self::Other(value))
            }
        }

        impl crate::paging::Identify for $name {}
    };
}

pub(crate) use {tagged_union, untagged_union};

/// Writes a member with its tag, whatever the member says of it itself.
pub(crate) fn with_tag<T: Serialize, S: serde::Serializer>(
    member: &T,
    tag: &'static str,
    value: &'static str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serde_json::to_value(member).map_err(serde::ser::Error::custom)?;
    if let Value::Object(object) = &mut object {
        object.entry(tag).or_insert_with(|| Value::from(value));
    }
    object.serialize(serializer)
}

/// Reads a member, where the value is one.
pub(crate) fn member<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
