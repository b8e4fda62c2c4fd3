//! Path values: each goes out as one segment, or nothing goes out.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in a path segment. `;` and `+` are not among them: servers give them a
/// meaning of their own.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b':')
    .remove(b'=')
    .remove(b'@');

/// What stays as it is in a query value.
const QUERY: &AsciiSet = &SEGMENT.remove(b'/').add(b'=').add(b'\'');

/// Adds a value of the caller's to a path.
pub(crate) fn push_segment(path: &mut String, value: &str) {
    path.extend(utf8_percent_encode(value, SEGMENT));
}

/// Adds a name or value to a query.
pub(crate) fn push_query(query: &mut String, value: &str) {
    query.extend(utf8_percent_encode(value, QUERY));
}

/// Why a value cannot be a path segment; `None` when it can.
///
/// Servers and proxies decode a path once or more before they look for `..`, and some take a
/// backslash for a slash or cut a segment at `;`: what could become another path on the way is
/// refused in every such reading.
pub(crate) fn refused(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        return Some("is empty");
    }
    if value.contains('\\') {
        return Some("holds a backslash");
    }
    if value.chars().any(char::is_control) {
        return Some("holds a control character");
    }
    let mut decoded = Cow::Borrowed(value);
    loop {
        if decoded.split(['/', '\\']).any(is_dots) {
            return Some("is or decodes to a path with a `.` or `..` segment");
        }
        if !decoded.contains('%') {
            return None;
        }
        let next = percent_decode_str(&decoded)
            .decode_utf8_lossy()
            .into_owned();
        // Each decoding that changes anything makes the text shorter, so this ends.
        if next.len() >= decoded.len() {
            return None;
        }
        decoded = Cow::Owned(next);
    }
}

/// Whether a server may take a segment for the folder itself or the one above.
pub(crate) fn is_dots(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or_default().trim();
    name == "." || name == ".."
}

/// Fills the braces of a template with encoded segments, in order.
pub(crate) fn fill(template: &str, segments: &[String], path: &mut String) {
    let mut segments = segments.iter();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        if let Some(segment) = segments.next() {
            path.push_str(segment);
        }
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    path.push_str(rest);
}

/// Whether a path has the form of a template.
pub(crate) fn fits(template: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    template.split('/').all(|word| {
        parts
            .next()
            .is_some_and(|part| word.contains('{') || word == part)
    }) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_segment() {
        let encoded = ["c/d", "é %;+"].map(|value| {
            let mut segment = String::new();
            push_segment(&mut segment, value);
            segment
        });
        let mut path = String::new();
        fill("/a/{x}/b/{y}", &encoded, &mut path);
        assert_eq!(path, "/a/c%2Fd/b/%C3%A9%20%25%3B%2B");
    }

    #[test]
    fn a_path_fits_its_template_and_no_other() {
        for path in ["/a/x/b", "/a/b/b", "/a/%2F/b"] {
            assert!(fits("/a/{x}/b", path), "{path}");
        }
        for path in ["/a/b", "/a/x/b/", "/a/x/c", "/A/x/b", "a/x/b", ""] {
            assert!(!fits("/a/{x}/b", path), "{path}");
        }
    }

    #[test]
    fn what_could_become_another_path_is_refused() {
        for value in [
            "",
            ".",
            "..",
            "a\\b",
            "../x",
            "a/../b",
            "%2e%2e",
            "..%2Fx",
            "%252e%252e",
            "..;x",
            "a\nb",
            "\0",
            "%5c..%5c",
        ] {
            assert!(refused(value).is_some(), "{value:?} must be refused");
        }
        for value in [
            "a/b",
            "...",
            "a..b",
            ".hidden",
            "100%",
            "%zz",
            "עברית",
            "🙂",
            "a;b",
        ] {
            assert_eq!(refused(value), None, "{value:?} is fine");
        }
    }
}
