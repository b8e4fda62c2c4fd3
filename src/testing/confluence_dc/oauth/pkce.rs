//! The proof that who brings a code is who asked for it (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::refusal::Refusal;

/// What a verifier must fit.
pub(super) enum Challenge {
    Plain(String),
    S256(String),
}

impl Challenge {
    /// The challenge in a request; `None` when there is none.
    pub(super) fn read(
        challenge: Option<&str>,
        method: Option<&str>,
    ) -> Result<Option<Self>, Refusal> {
        let Some(challenge) = challenge else {
            return match method {
                None => Ok(None),
                Some(_) => Err(Refusal::invalid_request("code_challenge is missing")),
            };
        };
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if !(43..=128).contains(&challenge.len()) || !challenge.chars().all(unreserved) {
            return Err(Refusal::invalid_request("code_challenge is none"));
        }
        match method {
            None | Some("plain") => Ok(Some(Self::Plain(challenge.to_owned()))),
            Some("S256") => Ok(Some(Self::S256(challenge.to_owned()))),
            Some(_) => Err(Refusal::invalid_request(
                "code_challenge_method must be plain or S256",
            )),
        }
    }

    /// Whether a verifier is the one that the challenge was made from.
    pub(super) fn fits(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(challenge) => challenge == verifier,
            Self::S256(challenge) => {
                *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
            }
        }
    }
}
