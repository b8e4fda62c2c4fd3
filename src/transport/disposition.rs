//! The name that a server gives a file, in `Content-Disposition`.

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

/// The file's name without any folder. The extended form (RFC 8187) comes first: it can spell every name.
pub(crate) fn file_name(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_DISPOSITION)?.as_bytes();
    let text = std::str::from_utf8(value).map_or_else(|_| latin1(value), str::to_owned);
    let parameters: Vec<(&str, String)> = parts(&text).filter_map(parameter).collect();
    let named = |wanted: &str| {
        let found = parameters
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.clone())
    };
    let extended = named("filename*").and_then(|value| extended(&value));
    let names = extended.into_iter().chain(named("filename"));
    names.filter_map(|name| without_folder(&name)).next()
}

/// The parts between semicolons; those within quotes divide nothing.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character| {
        let plain = !std::mem::take(&mut escaped);
        match character {
            '"' if plain => quoted = !quoted,
            '\\' if plain => escaped = quoted,
            ';' => return !quoted,
            _ => {}
        }
        false
    })
}

/// A parameter's name and its value without quotes.
fn parameter(part: &str) -> Option<(&str, String)> {
    let (name, value) = part.split_once('=')?;
    let value = value.trim();
    let value = match value.strip_prefix('"') {
        None => value.to_owned(),
        Some(quoted) => {
            // Only these two are unescaped: a Windows path comes with single backslashes.
            let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
            quoted.replace("\\\"", "\"").replace("\\\\", "\\")
        }
    };
    Some((name.trim(), value))
}

/// Reads `UTF-8'en'na%C3%AFve`.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(latin1(&bytes)),
        _ => None,
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The last part of a path, be it Unix's or Windows'; a name that would lead elsewhere is none.
fn without_folder(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let mut name = name.rsplit(['/', '\\']).next()?.trim();
    while let [drive, b':', ..] = name.as_bytes()
        && drive.is_ascii_alphabetic()
    {
        name = name.get(2..)?.trim();
    }
    (!matches!(name, "" | "." | "..")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(value: &[u8]) -> Option<String> {
        let value = http::HeaderValue::from_bytes(value).ok()?;
        file_name(&HeaderMap::from_iter([(
            header::CONTENT_DISPOSITION,
            value,
        )]))
    }

    #[test]
    fn a_name_is_read_in_every_form() {
        for (value, name) in [
            (r#"attachment; filename="a b.zip""#, "a b.zip"),
            ("attachment; filename=a.zip", "a.zip"),
            ("ATTACHMENT ; FileName = a.zip ; size=7", "a.zip"),
            (r#"attachment; filename="a;b.zip"; x=y"#, "a;b.zip"),
            (r#"attachment; filename="a\"b\".zip""#, r#"a"b".zip"#),
            (
                r#"attachment; filename="x.zip"; filename*=UTF-8''gr%C3%BCn%20%E2%82%AC.zip"#,
                "grün €.zip",
            ),
            ("attachment; filename*=iso-8859-1'de'gr%FCn.zip", "grün.zip"),
            (r#"attachment; filename="gr\u{fc}n.zip""#, r"u{fc}n.zip"),
            ("attachment; filename*=utf-7''a; filename=b.zip", "b.zip"),
            ("attachment; filename*=UTF-8''%ff; filename=b.zip", "b.zip"),
            ("attachment; filename=grün.zip", "grün.zip"),
            ("attachment; filename=\"...\"", "..."),
        ] {
            assert_eq!(named(value.as_bytes()).as_deref(), Some(name), "{value}");
        }
        assert_eq!(
            named(b"attachment; filename=gr\xfcn.zip").as_deref(),
            Some("grün.zip")
        );
    }

    #[test]
    fn no_name_leads_out_of_its_folder() {
        for (value, name) in [
            (r#"attachment; filename="../../etc/passwd""#, Some("passwd")),
            (
                r#"attachment; filename="C:\\windows\\evil.exe""#,
                Some("evil.exe"),
            ),
            (r#"attachment; filename="C:evil.exe""#, Some("evil.exe")),
            (r#"attachment; filename="C: D:evil.exe""#, Some("evil.exe")),
            ("attachment; filename*=UTF-8''..%2F..%2Fevil", Some("evil")),
            ("attachment; filename*=UTF-8''..%5Cevil%00", Some("evil")),
            ("attachment; filename*=UTF-8''%2e%00%2e", None),
            ("attachment; filename=..", None),
            ("attachment; filename=\" .. \"", None),
            ("attachment; filename=a/", None),
            ("attachment; filename=\"\"", None),
            ("attachment", None),
        ] {
            assert_eq!(named(value.as_bytes()).as_deref(), name, "{value}");
        }
    }
}
