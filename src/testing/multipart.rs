//! The parts of a body of the type `multipart/form-data`.

use memchr::memmem;

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) content: &'a [u8],
}

/// The parts of a body; `None` when it is not of that type, or broken.
pub(crate) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type
        .trim()
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return None;
    }
    let boundary = parameter(parameters, "boundary")?;
    let delimiter = format!("--{boundary}");
    let mut rest = after(body, delimiter.as_bytes())?;
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let (part, after) = split(rest.strip_prefix(b"\r\n")?, delimiter.as_bytes())?;
        parts.push(read(part)?);
        rest = after;
    }
    Some(parts)
}

/// A part's head and content.
fn read(part: &[u8]) -> Option<Part<'_>> {
    let (head, content) = split(part, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(head);
    let header = |name: &str| {
        let lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        let mut own = lines.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        own.next().map(|(_, value)| value.trim().to_owned())
    };
    let disposition = header("content-disposition")?;
    Some(Part {
        name: parameter(&disposition, "name")?,
        file_name: parameter(&disposition, "filename*")
            .and_then(|value| extended(&value))
            .or_else(|| parameter(&disposition, "filename")),
        media_type: header("content-type"),
        content,
    })
}

/// A value such as `utf-8''na%C3%AFve.txt`.
fn extended(value: &str) -> Option<String> {
    let escaped = value.splitn(3, '\'').nth(2)?;
    let decoded = percent_encoding::percent_decode_str(escaped).decode_utf8();
    decoded.ok().map(std::borrow::Cow::into_owned)
}

/// The value of `name=value` in a list with semicolons, in quotes or without.
fn parameter(list: &str, name: &str) -> Option<String> {
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let end = rest.find(['=', ';'])?;
        let (key, after) = rest.split_at(end);
        let Some(after) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let (value, after) = value(after)?;
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
}

/// A value and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        return Some((value.trim().to_owned(), after));
    };
    let (mut value, mut letters) = (String::new(), quoted.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(letters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

fn after<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    split(bytes, mark).map(|(_, after)| after)
}

/// What is before and after the first mark.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(bytes, mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"b\"";

    #[test]
    fn names_come_in_every_form_and_contents_as_they_are() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;\\\"b.txt\"\r\n\
            Content-Type: text/plain\r\n\r\nline\r\n--c\r\n\r\n--b\r\n\
            content-disposition: form-data; name=file; filename*=UTF-8''%C3%A4.txt\r\n\r\n\r\n--b--\r\n";
        let parts = parts(TYPE, body).unwrap_or_default();
        let names: Vec<_> = parts.iter().map(|part| part.file_name.as_deref()).collect();
        assert_eq!(names, [Some("a;\"b.txt"), Some("ä.txt")]);
        let contents: Vec<_> = parts.iter().map(|part| part.content).collect();
        assert_eq!(contents, [b"line\r\n--c\r\n".as_slice(), b""]);
    }

    #[test]
    fn what_is_broken_has_no_parts() {
        assert_eq!(parts(TYPE, b"--b--"), Some(Vec::new()));
        for body in [
            b"".as_slice(),
            b"--b\r\n",
            b"--b\r\nx\r\n--b--",
            b"--b\r\nx: y\r\n\r\nz",
        ] {
            assert_eq!(parts(TYPE, body), None, "{}", String::from_utf8_lossy(body));
        }
        for content_type in [
            "",
            "text/plain; boundary=b",
            "multipart/form-data",
            "multipart/form-data; boundary",
        ] {
            assert_eq!(parts(content_type, b"--b--"), None, "{content_type}");
        }
    }
}
