//! Texts in one format made into another.

/// A text without its markup.
pub(super) fn plain(body: &str) -> String {
    let (mut text, mut inside) = (String::new(), false);
    for letter in body.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            other if !inside => text.push(other),
            _ => {}
        }
    }
    text
}

/// Wiki markup in the storage format: headings, lists, paragraphs, strong and emphasised words. Other
/// markup stays as it was written.
pub(super) fn from_wiki(wiki: &str) -> String {
    let (mut storage, mut open) = (String::new(), "");
    for line in wiki.lines().map(str::trim) {
        let (kind, text) = read_line(line);
        if open != kind || !matches!(kind, "p" | "ul" | "ol") {
            close(&mut storage, open);
            if !kind.is_empty() {
                storage.push_str(&format!("<{kind}>"));
            }
        } else if kind == "p" {
            storage.push_str("<br />");
        }
        match kind {
            "ul" | "ol" => storage.push_str(&format!("<li>{}</li>", words(text))),
            _ => storage.push_str(&words(text)),
        }
        open = kind;
    }
    close(&mut storage, open);
    storage
}

fn close(storage: &mut String, open: &str) {
    if !open.is_empty() {
        storage.push_str(&format!("</{open}>"));
    }
}

/// The element that a line belongs into, none for an empty line, and its text.
fn read_line(line: &str) -> (&'static str, &str) {
    for (start, kind) in [
        ("h1. ", "h1"),
        ("h2. ", "h2"),
        ("h3. ", "h3"),
        ("h4. ", "h4"),
        ("h5. ", "h5"),
        ("h6. ", "h6"),
        ("* ", "ul"),
        ("- ", "ul"),
        ("# ", "ol"),
    ] {
        if let Some(text) = line.strip_prefix(start) {
            return (kind, text.trim_start());
        }
    }
    (if line.is_empty() { "" } else { "p" }, line)
}

fn words(text: &str) -> String {
    let escaped = escape(text);
    let strong = marked(&escaped, '*', "strong");
    marked(&strong, '_', "em")
}

/// A text that stands for itself in the storage format.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Puts what stands between two marks into an element; a mark within a word is none.
fn marked(text: &str, mark: char, element: &str) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(mark) {
        done.push_str(before);
        let outside = done.chars().last().is_none_or(|one| !one.is_alphanumeric());
        match after.split_once(mark).filter(|_| outside) {
            Some((inner, beyond)) if is_marked(inner, beyond) => {
                done.push_str(&format!("<{element}>{inner}</{element}>"));
                rest = beyond;
            }
            _ => {
                done.push(mark);
                rest = after;
            }
        }
    }
    done + rest
}

fn is_marked(inner: &str, beyond: &str) -> bool {
    !inner.is_empty()
        && inner.trim() == inner
        && beyond
            .chars()
            .next()
            .is_none_or(|one| !one.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wiki_markup_becomes_elements() {
        for (wiki, storage) in [
            (
                "h2. Plan\nFirst this.\nThen that.\n\nEnd",
                "<h2>Plan</h2><p>First this.<br />Then that.</p><p>End</p>",
            ),
            (
                "* one\n* two\n# three",
                "<ul><li>one</li><li>two</li></ul><ol><li>three</li></ol>",
            ),
            ("h1. A\nh1. B", "<h1>A</h1><h1>B</h1>"),
            (
                "a *b c* _d_, 2*3*4 snake_case_name",
                "<p>a <strong>b c</strong> <em>d</em>, 2*3*4 snake_case_name</p>",
            ),
            ("1 < 2 & *", "<p>1 &lt; 2 &amp; *</p>"),
            ("", ""),
        ] {
            assert_eq!(from_wiki(wiki), storage, "{wiki}");
        }
    }

    #[test]
    fn a_plain_text_has_no_tags() {
        assert_eq!(
            plain("<p>a <b>b</b></p>")
                .split_whitespace()
                .collect::<Vec<_>>(),
            ["a", "b"]
        );
    }
}
