//! Names and ids that are easily mixed up, each as a type of its own.

use std::fmt;

macro_rules! id {
    ($(#[doc = $doc:expr] $name:ident)*) => { $(
        #[doc = $doc]
        ///
        /// Arguments of this type take plain strings too; it is there to carry the value around
        /// without confusing it with another.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a value; it is checked when it is sent.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The value as the server knows it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }

        impl From<&String> for $name {
            fn from(value: &String) -> Self {
                Self(value.clone())
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }
    )* };
}

/// Servers number contents, though their ids are texts.
impl From<u64> for ContentId {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

id! {
    /// The key of a space: the short name in its addresses.
    SpaceKey
    /// The name with which a user logs in.
    Username
    /// The key of a user: it stays when the user is renamed.
    UserKey
    /// The id of an Atlassian account.
    AccountId
    /// The name of a group.
    GroupName
    /// The id of a page, blog post, comment, attachment or other content.
    ContentId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_named_by_number_too() {
        assert_eq!(ContentId::from(393_229), ContentId::new("393229"));
    }
}
