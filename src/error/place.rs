//! Where in a JSON text a parser stopped, as a path that a person can follow.

/// The path (`results[3].id`) of the value around byte `offset` of a JSON text. The text need not
/// be valid beyond that byte.
pub(crate) fn place_of(text: &[u8], offset: usize) -> String {
    let mut walker = Walker {
        text: &text[..offset.min(text.len())],
        at: 0,
        path: Vec::new(),
    };
    walker.walk();
    let mut place = String::new();
    for step in walker.path.into_iter().take(DEEPEST) {
        match step {
            Step::Index(index) => place.push_str(&format!("[{index}]")),
            Step::Key(key) if place.is_empty() => place.push_str(&key),
            Step::Key(key) => place.push_str(&format!(".{key}")),
        }
    }
    place
}

/// How many steps a message shows: a hostile text can be nested without end.
const DEEPEST: usize = 32;

enum Step {
    Key(String),
    Index(usize),
}

struct Walker<'a> {
    text: &'a [u8],
    at: usize,
    path: Vec<Step>,
}

impl Walker<'_> {
    /// Follows the text byte by byte, keeping the path of what is open.
    fn walk(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'{' => self.path.push(Step::Key(String::new())),
                b'[' => self.path.push(Step::Index(0)),
                b'}' | b']' => {
                    self.path.pop();
                }
                b',' => {
                    if let Some(Step::Index(index)) = self.path.last_mut() {
                        *index += 1;
                    }
                }
                b'"' => self.string(),
                _ => {}
            }
        }
    }

    /// Reads a string; one that a colon follows is the key of what comes next.
    fn string(&mut self) {
        let start = self.at;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        let end = self.at.min(self.text.len());
        self.at += 1;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let colon = rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        if colon && let Some(Step::Key(key)) = self.path.last_mut() {
            *key = name(&self.text[start.min(end)..end]);
        }
    }
}

/// A key as a message shows it: names of fields are short and plain. Anything else is left out whole,
/// since a part of a secret would not be recognised as one.
fn name(key: &[u8]) -> String {
    let fits = |c: char| c.is_alphanumeric() || "_-.$:@/ ".contains(c);
    match std::str::from_utf8(key) {
        Ok(key) if key.len() <= LONGEST_KEY && key.chars().all(fits) => key.to_owned(),
        _ => "…".to_owned(),
    }
}

/// The longest key that a message shows, in bytes.
const LONGEST_KEY: usize = 60;

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn follows_objects_and_lists() {
        let text = br#"{"a":1,"results":[{"id":"x, y"},{"id":7}],"z":0}"#;
        let offset = text
            .windows(2)
            .position(|pair| pair == b"7}")
            .unwrap_or_default();
        assert_eq!(place_of(text, offset), "results[1].id");
        assert_eq!(place_of(text, 0), "");
    }

    #[test]
    fn survives_broken_text() {
        assert_eq!(place_of(b"]]}{\"a\\", 100), "");
        assert_eq!(place_of(b"[[[", 3), "[0][0][0]");
    }

    #[test]
    fn a_key_that_is_no_name_is_left_out() {
        let long = format!(r#"{{"{}":[7"#, "s3cret".repeat(20));
        for text in [long.as_str(), r#"{"a\"b":[7"#, "{\"a\nb\":[7"] {
            assert_eq!(place_of(text.as_bytes(), text.len()), "…[0]");
        }
        assert_eq!(place_of("{\"größe\":7".as_bytes(), 11), "größe");
    }
}
