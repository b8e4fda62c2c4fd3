//! What a caller puts into an address or a search.

use crate::Cql;
use crate::transport::base::Base;
use crate::transport::path;

/// Path values: one segment, or none.
pub fn path_value(text: &str) {
    if path::refused(text).is_some() {
        return;
    }
    let mut segment = String::new();
    path::push_segment(&mut segment, text);
    assert!(!segment.is_empty() && !segment.contains(['/', '\\', '?', '#']));
    let decoded = percent_encoding::percent_decode_str(&segment);
    assert_eq!(decoded.decode_utf8_lossy(), text);
    let url = url::Url::parse(&format!("https://wiki.example.com/a/{segment}/b"));
    assert!(url.is_ok_and(|url| url.path() == format!("/a/{segment}/b")));
}

/// The client's own URL: what is taken is an origin and a path, and plain http only on this machine.
pub fn base_url(text: &str) {
    let Ok(base) = Base::new(text, &[]) else {
        return;
    };
    let prefix = base.prefix();
    assert!(!base.origin().contains('@') && !prefix.ends_with('/'));
    assert!(!prefix.contains(['\\', '?', '#']));
    assert!(prefix.starts_with(base.origin()) && !base.host().is_empty());
    let longer = format!("{prefix}/rest/api/space");
    let Ok(url) = url::Url::parse(&longer) else {
        panic!("{longer:?} is no URL")
    };
    assert!(base.owns(&url) && url.as_str() == longer);
    let here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    assert!(url.scheme() == "https" || here);
    // Taken once, it is taken again for the same.
    assert!(Base::new(prefix, &[]).is_ok_and(|again| again.prefix() == prefix));
}

/// Values in search conditions: none gets out of its quotes, and each arrives as it was.
pub fn cql(text: &str) {
    let unquoted = |cql: &Cql, before: &str| {
        let cql = cql.to_string();
        let quoted = cql.strip_prefix(before)?.strip_suffix('"')?.to_owned();
        unescaped(&quoted, true)
    };
    let equals = unquoted(&Cql::field("title").equals(text), "title = \"");
    assert_eq!(equals.as_deref(), Some(text));
    let words = unquoted(&Cql::field("text").contains(text), "text ~ \"");
    assert_eq!(
        words.and_then(|words| unescaped(&words, false)).as_deref(),
        Some(text)
    );
}

/// A text without its backslashes; `None` where a quote that has none ends it.
fn unescaped(text: &str, quoted: bool) -> Option<String> {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.push(characters.next()?),
            '"' if quoted => return None,
            _ => plain.push(character),
        }
    }
    Some(plain)
}
