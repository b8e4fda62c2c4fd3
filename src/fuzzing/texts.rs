//! Texts within answers and messages.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::SECRET;
use crate::error::place_of;
use crate::transport::scrub::scrub;
use crate::{Secret, Timestamp};

/// Times, as texts and as JSON: none fails, and each is written as it came.
pub fn timestamp(text: &str) {
    let time = Timestamp::from(text);
    assert_eq!(time.as_sent(), text);
    let read = serde_json::from_str::<Timestamp>(text);
    for time in [Some(time), read.ok()].into_iter().flatten() {
        let json = serde_json::to_string(&time).unwrap_or_default();
        let again = serde_json::from_str::<Timestamp>(&json);
        assert!(again.is_ok_and(|again| again == time && again.as_sent() == time.as_sent()));
        if let (Some(own), Some(utc)) = (time.time(), time.utc()) {
            assert_eq!(time.milliseconds(), Some(utc.timestamp_millis()));
            assert!(!format!("{own} {own:?} {utc}").is_empty());
        }
    }
}

/// The places that messages name: of bounded length, in one line.
pub fn place(text: &[u8]) {
    for offset in [0, 1, text.len() / 2, text.len(), text.len() + 1] {
        let place = place_of(text, offset);
        assert!(place.len() <= 32 * 64 && !place.contains(char::is_control));
    }
}

/// Taking secrets out of texts, in every writing.
pub fn scrubbing(text: &str) {
    let (secret, text) = text.split_once('\n').unwrap_or((SECRET, text));
    // What stands in a secret's place can itself hold letters of a short one.
    if secret.len() < 4 || secret.contains(['[', ']']) || "[hidden]".contains(secret) {
        let _ = scrub(text, [&Secret::from(secret)]);
        return;
    }
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.get(1..json.len().saturating_sub(1)).unwrap_or(secret);
    for writing in [secret, &percent, json] {
        let said = format!("{text}{writing}{text}");
        let clean = scrub(&said, [&Secret::from(secret)]);
        for left in clean.split("[hidden]") {
            assert!(
                !left.contains(secret) && !left.contains(writing),
                "{left:?}"
            );
        }
    }
}
