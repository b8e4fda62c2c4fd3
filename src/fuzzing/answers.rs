//! Whole answers of every service: a value, or an error that says what there is to say.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::{CREATE, READ, check, core, headers};
use crate::error::{Error, ErrorKind};
use crate::paging::PageBody;
use crate::transport::attempt::Answered;
use crate::transport::{Call, Core, RawAnswer, classify, decode, path};
use crate::{confluence_cloud, confluence_dc, onezone, workspaces};

/// An answer as it is written for the fuzzers: a byte for the service, then the status and the headers in
/// lines, then a zero byte, then the body.
struct Input {
    number: u8,
    core: &'static Core,
    answered: Answered,
}

fn input(bytes: &[u8]) -> Option<Input> {
    let (number, rest) = bytes.split_first()?;
    let mut parts = rest.splitn(2, |byte| *byte == 0);
    let head = String::from_utf8_lossy(parts.next()?).into_owned();
    let body = Bytes::copy_from_slice(parts.next().unwrap_or_default());
    let (status, lines) = head.split_once('\n').unwrap_or((&head, ""));
    let status = status.parse().unwrap_or(200);
    Some(Input {
        number: *number,
        core: core(*number)?,
        answered: Answered {
            status: StatusCode::from_u16(status).ok()?,
            headers: headers(lines),
            body,
        },
    })
}

/// A refusal: its status is told whatever comes with it, and a create is not sent again unless that is
/// safe.
pub fn refusal(bytes: &[u8]) {
    let Some(input) = input(bytes) else { return };
    let status = input.answered.status;
    if status.is_success() {
        return;
    }
    for operation in [&READ, &CREATE] {
        let call = Call::new(input.core, operation);
        let setback = classify::refusal(&call, &input.answered, None);
        let error = &setback.error;
        check(error);
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.retry_after(), setback.wait);
        assert!(setback.wait.is_none_or(|wait| !wait.is_zero()));
        if status == StatusCode::TOO_MANY_REQUESTS {
            assert!(error.is_rate_limited() && setback.retryable);
        } else if operation.id == CREATE.id {
            assert!(!setback.retryable || status == 503 && setback.wait.is_some());
        }
        if let Some(api) = error.api() {
            assert_eq!(api.raw(), &input.answered.body);
        }
    }
}

/// A success, read as what each kind of operation answers.
pub fn answer(bytes: &[u8]) {
    let Some(Input {
        number,
        core,
        answered,
    }) = input(bytes)
    else {
        return;
    };
    if !answered.status.is_success() {
        return;
    }
    let Answered {
        status,
        headers,
        body,
    } = answered;
    let raw = raw(core, status, headers, body);
    let whole = raw.body.is_empty() || std::str::from_utf8(&raw.body).is_ok();
    fails(&raw, decode::nothing(&raw));
    if fails(&raw, decode::text(&raw)).is_some() {
        assert!(whole);
    }
    if let Some(id) = fails(&raw, decode::created(&raw)) {
        // What was created can be asked for.
        assert_eq!(path::refused(&id), None, "{id:?}");
    }
    fails(&raw, decode::json::<serde_json::Value>(&raw));
    match number % 4 {
        0 => {
            fails(&raw, decode::json::<confluence_dc::types::Space>(&raw));
            fails(
                &raw,
                decode::maybe::<confluence_dc::types::LongTaskStatus>(&raw),
            );
            page::<confluence_dc::types::ContentPage>(&raw);
            page::<confluence_dc::types::ContentCursorPage>(&raw);
        }
        1 => {
            fails(&raw, decode::json::<confluence_cloud::types::Page>(&raw));
            fails(
                &raw,
                decode::json::<confluence_cloud::v1::types::LongTaskStatus>(&raw),
            );
            page::<confluence_cloud::types::SpacePage>(&raw);
            page::<confluence_cloud::v1::types::ContentPage>(&raw);
        }
        2 => {
            fails(&raw, decode::json::<onezone::types::Space>(&raw));
            fails(&raw, decode::json::<onezone::types::NamedToken>(&raw));
            page::<onezone::types::MarketplacePage>(&raw);
        }
        _ => page::<Vec<workspaces::types::Workspace>>(&raw),
    }
}

pub(super) fn raw(core: &Core, status: StatusCode, headers: HeaderMap, body: Bytes) -> RawAnswer {
    RawAnswer {
        core: core.clone(),
        operation: &READ,
        status,
        headers,
        body,
        attempts: 1,
        secrets: Vec::new(),
    }
}

/// What was read; where it could not be, the error must be a good one.
fn fails<T>(raw: &RawAnswer, read: Result<T, Error>) -> Option<T> {
    read.map_err(|error| {
        check(&error);
        assert_eq!((error.status(), error.attempts()), (Some(raw.status), 1));
        assert!(!matches!(
            error.kind(),
            ErrorKind::InvalidInput | ErrorKind::Configuration
        ));
    })
    .ok()
}

fn page<T: PageBody + DeserializeOwned>(raw: &RawAnswer) {
    if let Some(page) = fails(raw, decode::json::<T>(raw)) {
        let _ = page.into_parts();
    }
}
