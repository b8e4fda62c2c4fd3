//! The Rust names of what descriptions name.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Names that would hide one of Rust's own or of the crate's.
pub const RESERVED: &[&str] = &[
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Box",
    "Self",
    "Default",
    "Clone",
    "Copy",
    "Debug",
    "Send",
    "Sync",
    "Drop",
    "Fn",
    "From",
    "Into",
    "Iterator",
    "Client",
    "Error",
    "Timestamp",
    "Secret",
    "NumberOrText",
];

/// The Rust name of a field, parameter or method.
pub fn identifier(wire: &str) -> String {
    let name = wire.replace('$', "").to_snake_case();
    let name = if name.is_empty() {
        "value".to_owned()
    } else {
        name
    };
    let name = if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("n{name}")
    } else {
        name
    };
    if syn::parse_str::<syn::Ident>(&name).is_ok() {
        name
    } else {
        format!("{name}_")
    }
}

/// The request struct's name; one that would hide Rust's own gets a suffix.
pub fn request_name(verb: &str) -> String {
    let name = verb.trim_end_matches('_').to_upper_camel_case();
    match name.as_str() {
        "Default" | "Clone" | "Option" | "Result" | "Vec" | "String" | "Box" | "Send" | "From" => {
            format!("{name}Request")
        }
        _ => name,
    }
}

/// The variant's name for an enum's value.
pub fn variant(value: &str) -> String {
    match value {
        "" => "Empty".to_owned(),
        _ if value.starts_with('-') => format!("{}Descending", value.to_upper_camel_case()),
        _ if value.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("V{}", value.to_upper_camel_case())
        }
        _ if value == "Self" || value == "self" => "Itself".to_owned(),
        _ => value.to_upper_camel_case(),
    }
}

/// A member's name without what it shares with its union: `TimeCaveat` of `Caveat` is `Time`.
pub fn short(union: &str, member: &str) -> String {
    match member
        .strip_suffix(union)
        .or_else(|| member.strip_prefix(union))
    {
        Some(rest) if !rest.is_empty() && rest != "Other" => rest.to_owned(),
        _ => member.to_owned(),
    }
}
