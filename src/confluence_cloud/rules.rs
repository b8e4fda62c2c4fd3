//! The server's own rules, checked before anything is sent.

/// The key of a user property: letters, digits, `-` and `_`.
pub(super) fn property_key(key: &str) -> Result<(), &'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !key.is_empty() && key.chars().all(allowed) {
        true => Ok(()),
        false => Err("is no key of a user property: it takes the letters A to Z, digits, - and _"),
    }
}

#[cfg(test)]
mod tests {
    use super::property_key;

    #[test]
    fn keys_are_plain() {
        assert!(property_key("theme-2_dark").is_ok());
        for key in ["", "a b", "a.b", "é", "a/b", "a\n"] {
            assert!(property_key(key).is_err(), "{key:?}");
        }
    }
}
