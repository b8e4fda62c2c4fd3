//! What a webhook is sent.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::SECRET;
use crate::Secret;
use crate::confluence_dc::webhook_delivery::{Delivery, DeliveryError, verify};

/// Only what was signed with the secret is taken, and then as it is. A zero byte divides the signature from
/// the body.
pub fn webhook(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let signature = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let body = parts.next().unwrap_or_default();
    let secret = Secret::from(SECRET);
    let Some(right) = sign(body) else { return };

    let genuine = signature.trim().to_ascii_lowercase() == right && signature.contains("sha256=");
    assert_eq!(verify(&secret, Some(&signature), body).is_ok(), genuine);
    assert!(verify(&secret, Some(&right), body).is_ok());
    let mut other = body.to_vec();
    match other.first_mut() {
        Some(byte) => *byte ^= 1,
        None => other.push(b' '),
    }
    assert!(verify(&secret, Some(&right), &other).is_err());

    let opened = Delivery::open(&secret, Some(&right), body);
    assert_eq!(opened.is_ok(), Delivery::unsigned(body).is_ok());
    match opened {
        Ok(delivery) => drop(delivery.part::<String>("page")),
        Err(error) => assert!(matches!(error, DeliveryError::Unreadable(_))),
    }
}

fn sign(body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).ok()?;
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("sha256={}", digits.concat()))
}
