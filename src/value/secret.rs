//! A value that is sent but never shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroize as _;

/// A password, token or other secret: hidden in `Debug`, wiped from memory when it is dropped.
///
/// Wiped as well are the copies that this crate makes of it: the header value, the body of a request, and
/// the writings by which it is found in what a server repeats. Not in its reach are the text that it was
/// made from (a `String` that is given away is wiped), the buffers in which the HTTP and TLS libraries
/// encode a request, the OAuth library's form, and the body of an answer.
///
/// ```
/// use spacewright::Secret;
///
/// let password = Secret::from("correct horse");
/// assert_eq!(format!("{password:?}"), "Secret(hidden)");
/// assert_eq!(password.expose(), "correct horse");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The value in plain text. Whoever asks for it takes care that it is shown nowhere.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(mut value: String) -> Self {
        // To give back the room that the text does not fill could move it, and leave a copy behind.
        let secret = Self::from(value.as_str());
        value.zeroize();
        secret
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(SecretString::from(value))
    }
}

impl From<SecretString> for Secret {
    fn from(value: SecretString) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Writes the plain value: serialising is how a secret gets into a request's body.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
