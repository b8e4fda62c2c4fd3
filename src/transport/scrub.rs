//! Takes secrets out of what a server says: it may repeat what it was sent, in any writing.

use std::fmt::Write as _;

use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Secret;
use crate::transport::path;
use crate::value::Wiped;

/// A form shorter than this hides only where it stands alone: inside of words it would garble every
/// message and tell more than it hides.
const SHORTEST: usize = 4;

/// What stands where a secret stood.
const HIDDEN: &str = "[hidden]";

/// Secrets in every way in which they can be written. A client makes those of its own once.
#[derive(Default)]
pub(crate) struct Forms {
    all: Vec<Wiped>,
    /// How many of them, which come first, hold no other: a text without these holds none.
    least: usize,
}

impl Forms {
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let (mut all, more): (Vec<Wiped>, Vec<Wiped>) = {
            let forms: Vec<Wiped> = secrets.into_iter().flat_map(forms).collect();
            let least = |form: &Wiped| {
                forms
                    .iter()
                    .all(|other| other == form || !holds(form, other))
            };
            let least: Vec<bool> = forms.iter().map(least).collect();
            let mut least = least.into_iter();
            forms.into_iter().partition(|_| least.next() == Some(true))
        };
        let least = all.len();
        all.extend(more);
        Self { all, least }
    }

    fn least(&self) -> &[Wiped] {
        self.all.get(..self.least).unwrap_or_default()
    }
}

/// Takes secrets out of texts.
pub(crate) struct Scrubber<'a>([&'a Forms; 2]);

impl<'a> Scrubber<'a> {
    pub(crate) fn new(forms: [&'a Forms; 2]) -> Self {
        Self(forms)
    }

    /// The text without any of the secrets; `None` where it holds none.
    pub(crate) fn scrub(&self, text: &str) -> Option<String> {
        let mut least = self.0.iter().flat_map(|forms| forms.least());
        if !least.any(|form| holds(text, form)) {
            return None;
        }
        let mut clean = text.to_owned();
        for form in self.longest_first() {
            clean = match form.len() {
                SHORTEST.. => clean.replace(form, HIDDEN),
                _ => replace_alone(&clean, form),
            };
        }
        Some(clean)
    }

    /// All forms. What is left of a long secret after a short one was taken out still tells.
    fn longest_first(&self) -> Vec<&'a str> {
        let forms = self.0.iter().flat_map(|forms| &forms.all);
        let mut forms: Vec<&str> = forms.map(Wiped::as_str).collect();
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms
    }
}

/// Whether a text holds a form. Texts are short, and std would prepare a long search for each form.
fn holds(text: impl AsRef<[u8]>, form: &Wiped) -> bool {
    memmem::find(text.as_ref(), form.as_ref()).is_some()
}

/// The text without any of the secrets, however they are written in it.
#[cfg_attr(not(feature = "oauth2"), allow(dead_code))]
pub(crate) fn scrub<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> String {
    let forms = Forms::of(secrets);
    Scrubber::new([&forms, &Forms::default()])
        .scrub(text)
        .unwrap_or_else(|| text.to_owned())
}

/// The ways in which a secret can be written.
fn forms(secret: &Secret) -> Vec<Wiped> {
    let plain = secret.expose();
    // A header's value is looked for with its scheme and without.
    let bare = plain.split_once(' ').map(|(_, bare)| bare);
    let mut forms = Vec::new();
    for text in [Some(plain), bare].into_iter().flatten() {
        forms.push(Wiped::from(text));
        forms.extend(percent(|| {
            url::form_urlencoded::byte_serialize(text.as_bytes())
        }));
        forms.extend(percent(|| utf8_percent_encode(text, path::SEGMENT)));
        forms.extend(percent(|| utf8_percent_encode(text, NON_ALPHANUMERIC)));
        let json = json(text);
        forms.extend(escaped(json.as_str()));
        forms.push(self::json(json.as_str()));
        forms.push(json);
        forms.push(html(text));
    }
    forms.retain(|form| !form.as_str().is_empty());
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// A text in percent-encoding, with large and with small digits.
fn percent<'a, I: Iterator<Item = &'a str>>(pieces: impl Fn() -> I) -> [Wiped; 2] {
    let mut small = Wiped::default();
    for piece in pieces() {
        match piece.strip_prefix('%') {
            Some(digits) => {
                small.push(b"%");
                digits
                    .bytes()
                    .for_each(|digit| small.push(&[digit.to_ascii_lowercase()]));
            }
            None => small.push(piece.as_bytes()),
        }
    }
    [pieces().collect(), small]
}

/// A text inside of a JSON string.
fn json(text: &str) -> Wiped {
    let mut quoted = Wiped::default();
    // Writing a string to memory cannot fail.
    let _ = serde_json::to_writer(&mut quoted, text);
    let quoted = quoted.as_str();
    let inner = quoted.get(1..quoted.len().saturating_sub(1));
    Wiped::from(inner.unwrap_or_default())
}

/// What is inside of a JSON string in ASCII alone, as many languages write it; some escape slashes too.
fn escaped(json: &str) -> [Wiped; 2] {
    ["/", "\\/"].map(|slash| {
        let mut escaped = Wiped::default();
        for character in json.chars() {
            // Writing to memory cannot fail.
            let _ = match character {
                '/' => escaped.write_str(slash),
                ' '..='~' => escaped.write_char(character),
                _ => character
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .try_for_each(|unit| write!(escaped, "\\u{unit:04x}")),
            };
        }
        escaped
    })
}

/// A text inside of an HTML page.
fn html(text: &str) -> Wiped {
    let mut page = Wiped::default();
    for character in text.chars() {
        match character {
            '&' => page.push(b"&amp;"),
            '<' => page.push(b"&lt;"),
            '>' => page.push(b"&gt;"),
            '"' => page.push(b"&quot;"),
            '\'' => page.push(b"&#39;"),
            _ => page.push(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    page
}

/// Replaces a short form where neither side of it goes on with a letter or a digit.
fn replace_alone(text: &str, form: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(form) {
        let (before, from) = rest.split_at(at);
        let after = from.get(form.len()..).unwrap_or_default();
        let joined = before
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric)
            || after.chars().next().is_some_and(char::is_alphanumeric);
        clean.push_str(before);
        clean.push_str(if joined { form } else { HIDDEN });
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str, secret: &str) -> String {
        scrub(text, [&Secret::from(secret)])
    }

    #[test]
    fn a_header_value_is_found_with_and_without_its_scheme() {
        let said = clean("token abcdef, header Bearer abcdef", "Bearer abcdef");
        assert_eq!(said, "token [hidden], header [hidden]");
    }

    #[test]
    fn a_secret_is_found_in_every_writing() {
        let secret = "pä\"zq & <w>/d";
        for echo in [
            "pä\"zq & <w>/d",
            r#"{"password":"pä\"zq & <w>/d"}"#,
            r#"{\"password\":\"pä\\\"zq & <w>/d\"}"#,
            "p%C3%A4%22zq+%26+%3Cw%3E%2Fd",
            "p%C3%A4%22zq%20%26%20%3Cw%3E%2Fd",
            "p%c3%a4%22zq%20%26%20%3cw%3e%2fd",
            "pä&quot;zq &amp; &lt;w&gt;/d",
            r#"p\u00e4\"zq & <w>/d"#,
            r#"p\u00e4\"zq & <w>\/d"#,
        ] {
            let said = clean(echo, secret);
            assert!(said.contains(HIDDEN), "{echo} became {said}");
            assert!(!said.contains("zq"), "{echo} became {said}");
        }
    }

    #[test]
    fn small_digits_leave_large_letters_as_they_are() {
        assert_eq!(clean("x=PA%2fSS%c3%84&y", "PA/SSÄ"), "x=[hidden]&y");
        assert_eq!(clean("x=a+PA%2fSS&y", "a PA/SS"), "x=[hidden]&y");
    }

    #[test]
    fn a_short_secret_hides_where_it_stands_alone() {
        assert_eq!(clean("nothing: no", "no"), "nothing: [hidden]");
        assert_eq!(
            clean(r#"{"password":"é1"}"#, "é1"),
            r#"{"password":"[hidden]"}"#
        );
        assert_eq!(clean("nothing", ""), "nothing");
    }

    #[test]
    fn the_longest_secret_goes_first() {
        let secrets = [Secret::from("abcd"), Secret::from("abcdefgh")];
        assert_eq!(scrub("abcdefgh abcd", &secrets), "[hidden] [hidden]");
    }
}
