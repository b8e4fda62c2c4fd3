//! Reads the position out of a link; links are never followed.

use http::{HeaderMap, header};

/// The value of a query parameter in a link, be it absolute, relative or only a query.
pub(crate) fn parameter(link: &str, name: &str) -> Option<String> {
    let query = link.split_once('?')?.1;
    let query = query.split('#').next().unwrap_or_default();
    let found = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

/// The target of `rel="next"` in the `Link` headers of an answer.
pub(crate) fn next(headers: &HeaderMap) -> Option<String> {
    // A title in another alphabet must not hide the link beside it.
    let mut values = headers
        .get_all(header::LINK)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.find_map(|value| outside(&value, ',').find_map(next_target))
}

/// The target of one link, `<target>; name=value; …`, if it is the next page's.
fn next_target(link: &str) -> Option<String> {
    let mut parts = outside(link, ';').map(str::trim);
    let target = parts.next()?.strip_prefix('<')?.strip_suffix('>')?.trim();
    let (_, relations) = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("rel"))?;
    let mut relations = relations.trim().trim_matches('"').split_whitespace();
    relations
        .any(|relation| relation.eq_ignore_ascii_case("next"))
        .then(|| target.to_owned())
}

/// The parts of a header value between separators that stand neither in quotes nor in angle brackets.
fn outside(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    text.split(move |character| {
        let literal = std::mem::take(&mut escaped);
        match character {
            _ if literal => {}
            '\\' if quoted => escaped = true,
            '"' if !bracketed => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            _ => return character == separator && !quoted && !bracketed,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next_of(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        headers.insert(header::LINK, value);
        next(&headers)
    }

    #[test]
    fn finds_next_among_others() {
        let value = r#"</w?page=1,2>; rel="prev", </w?page=3>; title="a, b"; REL=next, </w?page=9>; rel="last""#;
        assert_eq!(next_of(value).as_deref(), Some("/w?page=3"));
        assert_eq!(next_of(r#"<a>; rel="last next""#).as_deref(), Some("a"));
        assert_eq!(next_of("<a; rel=next"), None);
        assert_eq!(next_of(r#"<a>; rel="prev""#), None);
        assert_eq!(next_of(r#"<a>; title="rel=next""#), None);
        assert_eq!(next_of("a; rel=next"), None);
        assert_eq!(next_of(""), None);
    }

    #[test]
    fn what_stands_in_quotes_hides_nothing() {
        for title in [
            "Übersicht",
            "<b>; rel=prev, <c>; rel=last",
            r#"a \"quote\"; rel=prev"#,
            r"\\",
        ] {
            let value = format!(r#"</w?page=3,4;5>; title="{title}"; rel="next", <z>; rel=last"#);
            assert_eq!(next_of(&value).as_deref(), Some("/w?page=3,4;5"), "{value}");
        }
        let mut headers = HeaderMap::new();
        let latin = b"</w?page=3>; rel=next; title=\"\xdcbersicht\"";
        headers.insert(header::LINK, http::HeaderValue::from_bytes(latin).unwrap());
        assert_eq!(next(&headers).as_deref(), Some("/w?page=3"));
        headers.insert(header::LINK, "<a>; rel=first".parse().unwrap());
        headers.append(header::LINK, "<b>; rel = \" Next \"".parse().unwrap());
        assert_eq!(next(&headers).as_deref(), Some("b"), "the second header");
    }

    #[test]
    fn reads_a_parameter_from_any_link() {
        for link in [
            "https://evil.example/x?limit=2&cursor=a%3Ab",
            "/wiki/wiki/api?cursor=a:b#x",
            "?cursor=a:b",
        ] {
            assert_eq!(parameter(link, "cursor").as_deref(), Some("a:b"));
        }
        assert_eq!(parameter("/x", "cursor"), None);
    }
}
