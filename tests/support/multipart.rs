//! Reads a `multipart/form-data` body.

use percent_encoding::percent_decode_str;

/// A part of the body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub name: String,
    pub file_name: Option<String>,
    pub content: Vec<u8>,
}

/// The parts of a body, or what is wrong with it.
pub fn parts(content_type: &str, body: &[u8]) -> Result<Vec<Part>, String> {
    let boundary = content_type
        .split("boundary=")
        .nth(1)
        .ok_or("there is no boundary")?;
    let boundary = boundary
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .trim_matches('"');
    let open = format!("--{boundary}\r\n");
    let middle = format!("\r\n--{boundary}");
    let mut rest = body
        .strip_prefix(open.as_bytes())
        .ok_or("it does not begin with its boundary")?;
    let mut parts = Vec::new();
    loop {
        let end = find(rest, middle.as_bytes()).ok_or("a part does not end")?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + middle.len()..];
        match rest {
            b"--\r\n" | b"--" => return Ok(parts),
            _ => {
                rest = rest
                    .strip_prefix(b"\r\n")
                    .ok_or("something follows a boundary")?
            }
        }
    }
}

fn part(bytes: &[u8]) -> Result<Part, String> {
    let end = find(bytes, b"\r\n\r\n").ok_or("a part has no headers")?;
    let headers = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let is_disposition = |line: &&str| line.to_lowercase().starts_with("content-disposition:");
    let disposition = headers
        .lines()
        .find(is_disposition)
        .ok_or("a part has no disposition")?;
    Ok(Part {
        name: value(disposition, "name").ok_or("a part has no name")?,
        file_name: value(disposition, "filename"),
        content: bytes[end + 4..].to_vec(),
    })
}

/// A value of the disposition, as a quoted string or in the extended form (RFC 8187).
fn value(disposition: &str, key: &str) -> Option<String> {
    if let Some((_, quoted)) = disposition.split_once(&format!("; {key}=\"")) {
        let text = quoted.split('"').next()?;
        return Some(percent_decode_str(text).decode_utf8_lossy().into_owned());
    }
    let (_, extended) = disposition.split_once(&format!("; {key}*="))?;
    let text = extended.split(';').next()?.rsplit('\'').next()?;
    Some(
        percent_decode_str(text.trim())
            .decode_utf8_lossy()
            .into_owned(),
    )
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
