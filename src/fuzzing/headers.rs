//! What servers say in headers.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::answers::raw;
use super::{READ, check, core, headers};
use crate::paging::link;
use crate::transport::attempt::Answered;
use crate::transport::{Call, classify, decode, disposition, fetch, path, rate};

/// What servers say about waiting.
pub fn waits(text: &str) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_445_600);
    let mut headers = headers(text);
    let held = rate::hold_back(&headers, now);
    for wait in [rate::retry_after(&headers, now), held] {
        assert!(wait.is_none_or(|wait| !wait.is_zero()));
    }
    let left = |headers: &HeaderMap| {
        let left = headers.get("x-ratelimit-remaining")?.to_str().ok()?;
        left.trim().parse::<u64>().ok()
    };
    assert!(held.is_none() || left(&headers).is_none_or(|left| left == 0));
    // Whatever else is there, a longer wait is not shortened.
    let before = rate::retry_after(&headers, now);
    let date = httpdate::fmt_http_date(now + Duration::from_secs(90));
    headers.append(header::RETRY_AFTER, HeaderValue::from_static("60"));
    headers.extend(HeaderValue::from_str(&date).map(|date| (header::RETRY_AFTER, date)));
    let after = rate::retry_after(&headers, now);
    assert!(after >= before && after >= Some(Duration::from_secs(60)));
}

/// Links to the next page.
pub fn links(text: &str) {
    let next = link::next(&headers(text));
    for link in next.as_deref().into_iter().chain([text]) {
        let _ = link::parameter(link, "cursor");
    }
    // A cursor comes out as it went in, whatever is around it.
    let mut link = format!("https://evil.example/x?a={}&cursor=", text.len());
    path::push_query(&mut link, text);
    assert_eq!(link::parameter(&link, "cursor").as_deref(), Some(text));
    let header = format!("</x?first>; rel=\"first\", <{link}>; rel=\"next\"");
    let header = header.parse::<HeaderValue>().ok();
    let found = header.and_then(|value| link::next(&HeaderMap::from_iter([(header::LINK, value)])));
    assert_eq!(found.as_deref(), Some(link.as_str()));
}

/// Where redirects lead: a message names an origin and no more, and no file is fetched from where it could
/// be listened to.
pub fn location(text: &str) {
    let (Some(core), Ok(value)) = (core(0), HeaderValue::from_bytes(text.as_bytes())) else {
        return;
    };
    let headers = HeaderMap::from_iter([(header::LOCATION, value)]);
    let answered = Answered {
        status: StatusCode::FOUND,
        headers: headers.clone(),
        body: Bytes::new(),
    };
    let call = Call::new(core, &READ);
    let error = classify::refusal(&call, &answered, None).error;
    check(&error);
    assert!(!error.to_string().contains(['?', '@', '#']), "{error}");

    let Ok(home) = url::Url::parse("https://wiki.example.com/context/x/7") else {
        return;
    };
    if let Some(target) = fetch::target(&call, &home, StatusCode::FOUND, &headers) {
        assert_eq!(target.scheme(), "https");
        assert!(target.username().is_empty() && target.password().is_none());
        assert_eq!(core.base().owns(&target), target.origin() == home.origin());
    }
    if let Ok(id) = decode::created(&raw(core, StatusCode::CREATED, headers, Bytes::new())) {
        assert_eq!(path::refused(&id), None, "{id:?}");
        let mut link = "https://wiki.example.com/api/v3/spaces/".to_owned();
        path::push_segment(&mut link, &id);
        let again = HeaderMap::from_iter(link.parse().map(|link| (header::LOCATION, link)));
        let again = decode::created(&raw(core, StatusCode::CREATED, again, Bytes::new()));
        assert_eq!(again.ok(), Some(id));
    }
}

/// The names that servers give files: none leads out of its folder.
pub fn file_name(bytes: &[u8]) {
    let name_by = |value: &[u8]| {
        let value = HeaderValue::from_bytes(value).ok()?;
        disposition::file_name(&HeaderMap::from_iter([(
            header::CONTENT_DISPOSITION,
            value,
        )]))
    };
    let Some(name) = name_by(bytes) else { return };
    assert!(!name.contains(['/', '\\']) && !name.contains(char::is_control));
    let mut parts = std::path::Path::new(&name).components();
    assert!(matches!(parts.next(), Some(std::path::Component::Normal(part)) if part == &*name));
    assert!(parts.next().is_none());
    let mut again = "attachment; filename=x; filename*=UTF-8''".to_owned();
    path::push_segment(&mut again, &name);
    assert_eq!(name_by(again.as_bytes()), Some(name));
}
