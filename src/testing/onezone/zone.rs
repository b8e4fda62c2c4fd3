//! What everybody may know of the zone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::call::Call;
use super::failure::Outcome;
use super::privileges::{OZ, OZ_VIEWER};
use crate::testing::server::Answer;

/// The tags that spaces may have, by category.
const TAGS: [(&str, &[&str]); 2] = [
    ("general", &["archive", "big-data", "demo", "open-data"]),
    ("domains", &["astronomy", "biology", "chemistry", "physics"]),
];

/// All tags that spaces may have.
pub(super) fn tags() -> Vec<&'static str> {
    TAGS.iter()
        .flat_map(|(_, tags)| tags.iter().copied())
        .collect()
}

pub(super) fn route(call: &Call, path: &[&str]) -> Option<Outcome> {
    match (call.method.as_str(), path) {
        ("GET", ["configuration"]) => Some(Ok(configuration())),
        ("GET", ["test_image"]) => Some(Ok(test_image())),
        ("GET", ["health"]) => Some(Ok(Answer::json(200, &json!({ "status": "healthy" })))),
        ("GET", ["privileges"]) => Some(Ok(Answer::json(
            200,
            &json!({ "admin": OZ, "viewer": OZ_VIEWER }),
        ))),
        _ => None,
    }
}

/// A single white pixel.
fn test_image() -> Answer {
    const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAG7buVgAAAABJRU5ErkJggg==";
    let bytes = STANDARD.decode(PIXEL).unwrap_or_default();
    Answer::raw(200, "image/png", bytes)
}

fn configuration() -> Answer {
    let tags: serde_json::Map<String, Value> = TAGS
        .iter()
        .map(|(category, tags)| ((*category).to_owned(), json!(tags)))
        .collect();
    let configuration = json!({
        "name": "spacewright testing zone",
        "domain": "onezone.example.org",
        "version": "21.02.7",
        "build": "testing",
        "subdomainDelegationSupported": false,
        "compatibleOneproviderVersions": ["21.02.6", "21.02.7"],
        "compatibilityRegistryRevision": 2_024_091_800,
        "supportedIdPs": [],
        "availableSpaceTags": tags,
    });
    Answer::json(200, &configuration)
}
