//! Takes secrets out of what a server says: it may repeat what it was sent.

use crate::Secret;

/// A text shorter than this is no secret worth looking for: replacing it would garble messages.
const SHORTEST: usize = 4;

/// The text without any of the secrets.
pub(crate) fn scrub<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> String {
    let mut clean = text.to_owned();
    for secret in secrets {
        let plain = secret.expose();
        for part in [plain, plain.rsplit(' ').next().unwrap_or_default()] {
            if part.len() >= SHORTEST && clean.contains(part) {
                clean = clean.replace(part, "[hidden]");
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_value_is_found_with_and_without_its_scheme() {
        let secret = Secret::from("Bearer abcdef");
        assert_eq!(scrub("token abcdef, header Bearer abcdef", [&secret]), "token [hidden], header [hidden]");
        assert_eq!(scrub("nothing", [&Secret::from("no")]), "nothing");
    }
}
