//! Values that keep the server's own rules (`x-rule`), which no schema can say.

use serde_json::{Map, Value, json};

/// Changes a body so that it keeps the rule of its schema.
pub fn obey(rule: &str, body: &mut Map<String, Value>) {
    match rule {
        "new_user" => new_user(body),
        "user_update" => replace(body, "fullName", json!("Lee Möller & Söhne")),
        "new_password" => replace(body, "password", json!(" correct horse <&> ä ")),
        other => panic!("no sample keeps the rule {other}"),
    }
}

/// A text for a parameter that has a rule.
pub fn parameter(rule: &str, name: &str) -> String {
    match rule {
        "property_key" => format!("{name}-Key_7"),
        other => panic!("no sample keeps the rule {other}"),
    }
}

/// Either a password, or a mail with which the user chooses one.
fn new_user(body: &mut Map<String, Value>) {
    replace(body, "userName", json!("lee.möller-7"));
    replace(body, "fullName", json!("Lee Möller & Söhne"));
    let invited = !body.contains_key("password");
    body.insert("notifyViaEmail".to_owned(), json!(invited));
}

fn replace(body: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(old) = body.get_mut(name).filter(|old| !old.is_null()) {
        *old = value;
    }
}
