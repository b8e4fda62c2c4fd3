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
    let values = headers
        .get_all(header::LINK)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(links)
        .find(|(_, rel)| rel == "next")
        .map(|(target, _)| target)
}

/// The links of one header value: target and relation, in small letters.
fn links(value: &str) -> Vec<(String, String)> {
    let mut links = Vec::new();
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((target, after)) = after.split_once('>') else {
            break;
        };
        // What belongs to this link ends at the comma before the next one.
        let end = after.find('<').unwrap_or(after.len());
        let (parameters, following) = after.split_at(end);
        for relation in relations(parameters) {
            links.push((target.trim().to_owned(), relation));
        }
        rest = following;
    }
    links
}

fn relations(parameters: &str) -> Vec<String> {
    let rel = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("rel")
            .then(|| value.trim().trim_end_matches(',').trim())
    });
    let names = rel.unwrap_or_default().trim_matches('"').split_whitespace();
    names
        .map(|name| name.trim_matches('"').to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next_of(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::LINK, value.parse().ok()?);
        next(&headers)
    }

    #[test]
    fn finds_next_among_others() {
        let value = r#"</w?page=1,2>; rel="prev", </w?page=3>; title="a, b"; REL=next, </w?page=9>; rel="last""#;
        assert_eq!(next_of(value).as_deref(), Some("/w?page=3"));
        assert_eq!(next_of(r#"<a>; rel="last next""#).as_deref(), Some("a"));
        assert_eq!(next_of("<a; rel=next"), None);
        assert_eq!(next_of(r#"<a>; rel="prev""#), None);
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
