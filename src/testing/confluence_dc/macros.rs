//! Macros in a text of the storage format.

use std::collections::BTreeMap;

/// A macro.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Macro {
    pub(super) id: String,
    pub(super) name: String,
    /// What stands between its tags, as it was written.
    pub(super) body: String,
    pub(super) parameters: BTreeMap<String, String>,
}

/// A macro that is being read: which of its parts has begun, and where.
#[derive(Default)]
struct Open {
    found: Macro,
    parameter: Option<(String, usize)>,
    body: Option<usize>,
}

/// The macros of a text, those in other macros before these. What is not well formed is passed over.
pub(super) fn macros(storage: &str) -> Vec<Macro> {
    let (mut found, mut open): (Vec<Macro>, Vec<Open>) = (Vec::new(), Vec::new());
    for (start, end) in tags(storage) {
        let tag = storage.get(start + 1..end - 1).unwrap_or_default();
        let (name, attributes) = tag
            .split_once(char::is_whitespace)
            .unwrap_or((tag.trim_end_matches('/'), ""));
        let since = |start_of: usize| storage.get(start_of..start).unwrap_or_default();
        match (name, open.last_mut()) {
            ("ac:structured-macro", _) => {
                let begun = Open::new(attributes);
                match tag.ends_with('/') {
                    true => found.push(begun.found),
                    false => open.push(begun),
                }
            }
            ("/ac:structured-macro", _) => found.extend(open.pop().map(|open| open.found)),
            ("ac:parameter", Some(one)) if !tag.ends_with('/') => {
                one.parameter = attribute(attributes, "ac:name").map(|name| (name, end));
            }
            ("/ac:parameter", Some(one)) => {
                if let Some((name, begun)) = one.parameter.take() {
                    one.found.parameters.insert(name, unescape(since(begun)));
                }
            }
            ("ac:plain-text-body" | "ac:rich-text-body", Some(one)) => one.body = Some(end),
            ("/ac:plain-text-body", Some(one)) => {
                if let Some(begun) = one.body.take() {
                    one.found.body = without_cdata(since(begun));
                }
            }
            ("/ac:rich-text-body", Some(one)) => {
                if let Some(begun) = one.body.take() {
                    since(begun).clone_into(&mut one.found.body);
                }
            }
            _ => {}
        }
    }
    found
}

impl Open {
    fn new(attributes: &str) -> Self {
        let text = |name| attribute(attributes, name).unwrap_or_default();
        Self {
            found: Macro {
                id: text("ac:macro-id"),
                name: text("ac:name"),
                ..Macro::default()
            },
            ..Self::default()
        }
    }
}

/// Where the tags of a text are; what looks like one in a CDATA section is none.
fn tags(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find('<')?;
            let cdata = text.get(start..)?.starts_with("<![CDATA[");
            let ending = if cdata { "]]>" } else { ">" };
            at = start + text.get(start..)?.find(ending)? + ending.len();
            if !cdata {
                return Some((start, at));
            }
        }
    })
}

/// The value of an attribute.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let (_, rest) = attributes.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| unescape(value))
}

fn without_cdata(text: &str) -> String {
    text.replace("<![CDATA[", "").replace("]]>", "")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_read_with_what_is_in_them() {
        let storage = r#"<p>x</p><ac:structured-macro ac:name="panel" ac:macro-id="1">
            <ac:parameter ac:name="title">a &amp; b</ac:parameter><ac:rich-text-body><p>see</p>
            <ac:structured-macro ac:name="code" ac:macro-id="2"><ac:plain-text-body><![CDATA[</ac:structured-macro> if a < b]]></ac:plain-text-body></ac:structured-macro>
            </ac:rich-text-body></ac:structured-macro><ac:structured-macro ac:name="toc" ac:macro-id="3"/>"#;
        let found = macros(storage);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["code", "panel", "toc"]);
        let bodies: Vec<&str> = found.iter().map(|one| one.body.as_str()).collect();
        assert_eq!(bodies.first(), Some(&"</ac:structured-macro> if a < b"));
        assert!(
            bodies
                .get(1)
                .is_some_and(|body| body.starts_with("<p>see</p>"))
        );
        assert_eq!(bodies.get(2), Some(&""));
        let title = found.get(1).and_then(|panel| panel.parameters.get("title"));
        assert_eq!(title.map(String::as_str), Some("a & b"));
    }

    #[test]
    fn what_is_cut_off_is_no_macro() {
        for storage in [
            "<ac:structured-macro ac:name=\"x\"",
            "<ac:structured-macro ac:name=\"x\">",
            "</ac:structured-macro>",
            "<",
            "<![CDATA[",
        ] {
            assert!(macros(storage).is_empty(), "{storage}");
        }
    }
}
