//! The text of a token: what is written in it, and a sum that shows whether somebody wrote it himself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// What is written in a token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TokenText {
    /// The token's id.
    pub(super) id: String,
    /// How the server knows it.
    pub(super) kind: Kind,
    /// The id of the user whom it belongs to.
    pub(super) user: String,
    pub(super) token_type: Value,
    pub(super) caveats: Vec<Value>,
    /// The generation of a temporary token.
    pub(super) generation: u64,
    /// Whether the sum is right. One that is wrong can still be read, as the real server does.
    pub(super) genuine: bool,
}

/// How the server knows a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is in the list of named tokens.
    Named,
    /// By the generation of its user's temporary tokens.
    Temporary,
    /// It stands for the testing kit's own clients, in no list, and ends with its user.
    Kit,
}

impl TokenText {
    /// The token as it is sent.
    pub(super) fn write(&self) -> String {
        let kind = match self.kind {
            Kind::Named => "named",
            Kind::Temporary => "temporary",
            Kind::Kit => "kit",
        };
        let text = json!({
            "id": self.id,
            "kind": kind,
            "user": self.user,
            "type": self.token_type,
            "caveats": self.caveats,
            "generation": self.generation,
        })
        .to_string();
        URL_SAFE_NO_PAD.encode(format!("{:016x}{text}", sum(&text)))
    }

    /// Reads a token; `None` when it is none at all.
    pub(super) fn read(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token.trim()).ok()?;
        let whole = String::from_utf8(bytes).ok()?;
        let (written_sum, text) = whole.split_at_checked(16)?;
        let value: Value = serde_json::from_str(text).ok()?;
        Some(Self {
            id: value.get("id")?.as_str()?.to_owned(),
            kind: match value.get("kind")?.as_str()? {
                "named" => Kind::Named,
                "temporary" => Kind::Temporary,
                _ => Kind::Kit,
            },
            user: value.get("user")?.as_str()?.to_owned(),
            token_type: value.get("type")?.clone(),
            caveats: value.get("caveats")?.as_array()?.clone(),
            generation: value.get("generation")?.as_u64()?,
            genuine: written_sum == format!("{:016x}", sum(text)),
        })
    }
}

/// FNV-1a. It finds changes; it protects nothing.
fn sum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_writing_and_reading_and_shows_changes() {
        let token = TokenText {
            id: "t".to_owned(),
            kind: Kind::Named,
            user: "u".to_owned(),
            token_type: json!({ "accessToken": {} }),
            caveats: vec![json!({ "type": "time", "validUntil": 1 })],
            generation: 0,
            genuine: true,
        };
        assert_eq!(TokenText::read(&token.write()), Some(token.clone()));
        let forged = URL_SAFE_NO_PAD.decode(token.write()).map(|bytes| {
            URL_SAFE_NO_PAD.encode(String::from_utf8_lossy(&bytes).replace("\"u\"", "\"v\""))
        });
        let read = forged.ok().and_then(|forged| TokenText::read(&forged));
        assert_eq!(
            read.map(|read| (read.user, read.genuine)),
            Some(("v".to_owned(), false))
        );
        assert_eq!(TokenText::read("nonsense"), None);
    }
}
