//! What a webhook's URL is sent: whether it is genuine, and what it says.

mod parts;

use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::Sha256;

pub use parts::{
    DeliveredAttachment, DeliveredContent, DeliveredLabel, DeliveredSpace, DeliveredUser,
};

use super::types::WebhookEvent;
use crate::{GroupName, Secret, Timestamp, UserKey};

/// The header that carries the signature. Names of headers ignore case.
pub const SIGNATURE_HEADER: &str = "X-Hub-Signature";

/// What the server sends to a webhook's URL when something happens.
///
/// Only what every event is known to have is a field. What it is about has a method each:
///
/// | events | what they are about |
/// |---|---|
/// | `page_…`, `blog_…`, `comment_…`, `content_…` | [`content`](Self::content) |
/// | `page_moved` | also [`old_parent`](Self::old_parent) and [`new_parent`](Self::new_parent) |
/// | `attachment_…` | [`attachments`](Self::attachments), and the content they hang on: [`attached_to`](Self::attached_to) |
/// | `label_…` | [`label`](Self::label), and what got or lost it: [`labeled`](Self::labeled) |
/// | `space_…` | [`space`](Self::space) |
/// | `user_…` | [`user`](Self::user) |
/// | `group_…` | [`group`](Self::group) |
///
/// Their form is published nowhere and differs with the server's version, so each gives `None` for what
/// did not come or came in another form. All that came, such as the themes of `theme_enabled`, is in
/// [`rest`](Self::rest), and [`part`](Self::part) reads it into a type of one's own.
///
/// ```
/// use spacewright::Secret;
/// use spacewright::confluence_dc::webhook_delivery::{Delivery, DeliveryError};
/// use spacewright::confluence_dc::types::WebhookEvent;
///
/// /// What an endpoint does, whatever framework calls it.
/// fn receive(secret: &Secret, signature: Option<&str>, body: &[u8]) -> Result<(), DeliveryError> {
///     let delivery = Delivery::open(secret, signature, body)?;
///     if delivery.event == Some(WebhookEvent::PageCreated) {
///         let page = delivery.content().and_then(|page| page.id);
///         println!("new page: {page:?}");
///     }
///     Ok(())
/// }
///
/// let forged = receive(&Secret::from("s3cret"), Some("sha256=00"), b"{}");
/// assert!(matches!(forged, Err(DeliveryError::WrongSignature)));
/// ```
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// What happened. The test call that administrators make from the server's pages has none.
    #[serde(default)]
    pub event: Option<WebhookEvent>,
    /// When it happened.
    #[serde(default, deserialize_with = "parts::lenient")]
    pub timestamp: Option<Timestamp>,
    /// The key of the user who did it, where it was a user who was logged in.
    #[serde(default, rename = "userKey", deserialize_with = "parts::text")]
    pub user_key: Option<UserKey>,
    /// All else that was sent.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Why what came is not taken for a delivery of the server's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The secret is empty: anybody could sign with it.
    #[error("the webhook's secret is empty: whatever comes could be forged")]
    EmptySecret,
    /// It carries no signature. Deliveries are signed when the webhook has a secret.
    #[error("the delivery is not signed")]
    Unsigned,
    /// The signature does not fit the secret and the body, or is none.
    #[error("the delivery's signature does not fit its body")]
    WrongSignature,
    /// The body is no JSON object of the expected form.
    #[error("the delivery's body cannot be read")]
    Unreadable(#[source] serde_json::Error),
}

impl Delivery {
    /// Checks the signature and reads the body. `signature` is the value of the header
    /// [`SIGNATURE_HEADER`], `body` what came, byte for byte.
    ///
    /// # Errors
    /// When the signature is missing or wrong, or the body cannot be read. The body is not looked at
    /// before the signature has proved good.
    pub fn open(
        secret: &Secret,
        signature: Option<&str>,
        body: &[u8],
    ) -> Result<Self, DeliveryError> {
        verify(secret, signature, body)?;
        Self::unsigned(body)
    }

    /// Reads a body whose sender is known by other means, such as a webhook without a secret on a
    /// network of one's own.
    ///
    /// # Errors
    /// When the body cannot be read.
    pub fn unsigned(body: &[u8]) -> Result<Self, DeliveryError> {
        serde_json::from_slice(body).map_err(DeliveryError::Unreadable)
    }

    /// The page, blog post, comment or other content that the event is about.
    #[must_use]
    pub fn content(&self) -> Option<DeliveredContent> {
        ["page", "blog", "comment", "content"]
            .into_iter()
            .find_map(|name| self.read(name))
    }

    /// The page above a page before it was moved; none where it stood at the top.
    #[must_use]
    pub fn old_parent(&self) -> Option<DeliveredContent> {
        self.read("oldParent")
    }

    /// The page above a page after it was moved; none where it stands at the top.
    #[must_use]
    pub fn new_parent(&self) -> Option<DeliveredContent> {
        self.read("newParent")
    }

    /// The attachments that the event is about; none for other events.
    #[must_use]
    pub fn attachments(&self) -> Vec<DeliveredAttachment> {
        let attachments = self.rest.get("attachments");
        attachments.map(parts::read_list).unwrap_or_default()
    }

    /// The content that the attachments hang on.
    #[must_use]
    pub fn attached_to(&self) -> Option<DeliveredContent> {
        self.read("attachedTo")
    }

    /// The label that the event is about.
    #[must_use]
    pub fn label(&self) -> Option<DeliveredLabel> {
        self.read("label")
    }

    /// What got or lost the label, with the labels that it has now. An attachment among them has its
    /// file name in [`rest`](DeliveredContent::rest).
    #[must_use]
    pub fn labeled(&self) -> Option<DeliveredContent> {
        self.read("labeled")
    }

    /// The space that the event is about.
    #[must_use]
    pub fn space(&self) -> Option<DeliveredSpace> {
        self.read("space")
    }

    /// The user that the event is about, unlike [`user_key`](Self::user_key), who caused it.
    #[must_use]
    pub fn user(&self) -> Option<DeliveredUser> {
        self.read("userProfile")
    }

    /// The group that the event is about.
    #[must_use]
    pub fn group(&self) -> Option<GroupName> {
        self.read("group")
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.rest.get(name).and_then(parts::read)
    }

    /// One of the other parts, such as `page`, as a type of one's own; `None` where it is absent or
    /// null.
    ///
    /// # Errors
    /// When it does not fit the type.
    pub fn part<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, DeliveryError> {
        match self.rest.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(DeliveryError::Unreadable),
        }
    }
}

/// Checks that `body` was signed with `secret`, for those who read the body themselves. The time it
/// takes does not tell how much of a wrong signature is right.
///
/// # Errors
/// When the signature is missing or wrong, or the secret is empty.
pub fn verify(secret: &Secret, signature: Option<&str>, body: &[u8]) -> Result<(), DeliveryError> {
    if secret.expose().is_empty() {
        return Err(DeliveryError::EmptySecret);
    }
    let signature = signature.ok_or(DeliveryError::Unsigned)?;
    let signature = digest(signature).ok_or(DeliveryError::WrongSignature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .map_err(|_| DeliveryError::WrongSignature)?;
    mac.update(body);
    mac.verify_slice(&signature)
        .map_err(|_| DeliveryError::WrongSignature)
}

/// The digest in `sha256=<64 hexadecimal digits>`.
fn digest(signature: &str) -> Option<[u8; 32]> {
    let digits = signature.trim().strip_prefix("sha256=")?.as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = (*byte << 4) | u8::try_from(value).ok()?;
        }
    }
    Some(digest)
}
