//! Entries for the fuzzers in `fuzz/`: every reader of what a server sends, with what it must never break.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::client::sealed::FromCore;
use crate::confluence_dc::{Client, types};
use crate::error::{Error, place_of};
use crate::paging::link;
use crate::transport::attempt::Answered;
use crate::transport::base::Base;
use crate::transport::clock::TokioClock;
use crate::transport::core::Settings;
use crate::transport::{
    Call, Core, Operation, RawAnswer, RetryClass, classify, decode, path, rate, scrub,
};
use crate::{Auth, Secret, Timestamp};

static OPERATION: Operation = Operation {
    id: "fuzz",

    method: Method::GET,
    path: "/x/{y}",
    retry: RetryClass::Idempotent,
    siblings: &[],
    instead: None,
};

/// A secret that no output may hold.
const SECRET: &str = "t0ken-marked";

fn core() -> Option<&'static Core> {
    static CORE: OnceLock<Option<Core>> = OnceLock::new();
    let make = || {
        let base = Base::new("https://wiki.example.com/context", &[]).ok()?;
        let settings = Settings {
            base,
            retry: Default::default(),
            limits: Default::default(),
        };
        let http = reqwest::Client::builder().tls_certs_only([]).build().ok()?;
        let auth = Auth::bearer(SECRET).prepare().ok()?;
        Some(Core::new(
            <Client as FromCore>::SERVICE,
            settings,
            http,
            auth,
            std::sync::Arc::new(TokioClock),
            500,
        ))
    };
    CORE.get_or_init(make).as_ref()
}

/// The headers of an answer, one in a line.
fn headers(text: &str) -> HeaderMap {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let parsed = lines.map(|(name, value)| {
        (
            name.parse::<HeaderName>(),
            value.trim().parse::<HeaderValue>(),
        )
    });
    parsed
        .filter_map(|(name, value)| Some((name.ok()?, value.ok()?)))
        .collect()
}

/// A message is one plain line of bounded length without secrets.
fn check(error: &Error) {
    let text = error.to_string();
    assert!(
        !text.contains(char::is_control) && text.chars().count() < 1200,
        "{text:?}"
    );
    assert!(!format!("{text} {error:?}").contains(SECRET), "{text:?}");
}

/// What servers say about waiting.
pub fn waits(text: &str) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_445_600);
    let headers = headers(text);
    for wait in [
        rate::retry_after(&headers, now),
        rate::hold_back(&headers, now),
    ] {
        assert!(wait.is_none_or(|wait| !wait.is_zero()));
    }
}

/// Links to the next page.
pub fn links(text: &str) {
    let next = link::next(&headers(text));
    for link in next.as_deref().into_iter().chain([text]) {
        let _ = link::parameter(link, "cursor");
    }
}

/// Times, as texts and as JSON.
pub fn timestamp(text: &str) {
    let time = Timestamp::from(text);
    assert_eq!(time.as_sent(), text);
    let _ = (time.utc(), time.milliseconds());
    if let Ok(read) = serde_json::from_str::<Timestamp>(text) {
        let _ = format!("{read} {read:?} {:?}", read.milliseconds());
    }
}

/// Path values: one segment, or none.
pub fn path_value(text: &str) {
    if path::refused(text).is_none() {
        let mut segment = String::new();
        path::push_segment(&mut segment, text);
        assert!(!segment.is_empty() && !segment.contains(['/', '\\', '?', '#']));
        assert_eq!(
            percent_encoding::percent_decode_str(&segment).decode_utf8_lossy(),
            text
        );
        let url = url::Url::parse(&format!("https://wiki.example.com/a/{segment}/b"));
        assert!(url.is_ok_and(|url| url.path() == format!("/a/{segment}/b")));
    }
}

/// The client's own URL.
pub fn base_url(text: &str) {
    if let Ok(base) = Base::new(text, &[]) {
        assert!(!base.prefix().contains('@') && !base.prefix().ends_with('/'));
        assert!(base.prefix().starts_with(base.origin()));
    }
}

/// The places that messages name.
pub fn place(text: &[u8]) {
    for offset in [0, 1, text.len() / 2, text.len(), text.len() + 1] {
        let _ = place_of(text, offset);
    }
}

/// Taking secrets out of texts.
pub fn scrubbing(text: &str) {
    let (secret, text) = text.split_once('\n').unwrap_or((SECRET, text));
    let clean = scrub::scrub(&text.replace("[hidden]", ""), [&Secret::from(secret)]);
    // What stands in a secret's place can itself hold letters of a short one.
    let hidden = secret.len() >= 4 && !secret.contains(['[', ']']) && !"[hidden]".contains(secret);
    assert!(!hidden || !clean.replace("[hidden]", "\0").contains(secret));
}

/// An answer: the first line is its status, the lines up to an empty one are its headers.
pub fn answer(bytes: &[u8]) {
    let Some(core) = core() else { return };
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let head = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let body = Bytes::copy_from_slice(parts.next().unwrap_or_default());
    let (status, rest) = head.split_once('\n').unwrap_or((&head, ""));
    let status = status
        .parse::<u16>()
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::OK);
    match status.is_success() {
        true => success(core, status, headers(rest), body),
        false => refusal(
            core,
            Answered {
                status,
                headers: headers(rest),
                body,
            },
        ),
    }
}

fn refusal(core: &Core, answered: Answered) {
    let call = Call::new(core, &OPERATION);
    let setback = classify::refusal(&call, &answered, None);
    assert_eq!(setback.error.status(), Some(answered.status));
    check(&setback.error);
}

fn success(core: &Core, status: StatusCode, headers: HeaderMap, body: Bytes) {
    let raw = RawAnswer {
        core: core.clone(),
        operation: &OPERATION,
        status,
        headers,
        body,
        attempts: 1,
        secrets: Vec::new(),
    };
    let errors = [
        decode::nothing(&raw).err(),
        decode::text(&raw).err(),
        decode::created(&raw).err(),
        decode::json::<types::Space>(&raw).err(),
        decode::json::<types::ContentPage>(&raw).err(),
        decode::maybe::<types::LongTaskStatus>(&raw).err(),
        decode::json::<serde_json::Value>(&raw).err(),
    ];
    errors.iter().flatten().for_each(check);
}
