//! Files on their way from a server: piece by piece.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;

use crate::error::{Error, ErrorKind};
use crate::transport::attempt::{self, ACCEPT_ANY, Answered, Failure};
use crate::transport::call::Call;
use crate::transport::classify::{self, Setback};
use crate::transport::execute::{
    Course, Pass, attempt_span, operation_span, record, record_status, record_success,
};
use crate::transport::operation::Operation;

/// A download under way: a future of the file.
#[must_use = "futures do nothing unless awaited"]
pub struct Downloading(Pin<Box<dyn Future<Output = Result<Download, Error>> + Send>>);

impl Downloading {
    pub(crate) fn new(call: Call) -> Self {
        Self(Box::pin(begin(call)))
    }
}

impl Future for Downloading {
    type Output = Result<Download, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Downloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Downloading")
    }
}

/// A file as it arrives: a `Stream` of its pieces, never whole in memory unless asked for.
///
/// The time limit of an attempt counts anew for each piece. What arrives is compared with the length
/// that the server announced: a file that is cut short ends in an error.
pub struct Download {
    head: Head,
    pieces: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    received: u64,
    pause: Duration,
    deadline: Pin<Box<tokio::time::Sleep>>,
    ended: bool,
    /// Its place among the client's requests under way.
    slot: Option<OwnedSemaphorePermit>,
}

struct Head {
    operation: &'static Operation,
    status: StatusCode,
    headers: HeaderMap,
    length: Option<u64>,
    attempts: u32,
}

impl Download {
    /// The headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The file's size in bytes, where the server announced it.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.head.length
    }

    /// The bytes that have arrived so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The name that the server gives the file, without any folder.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        let disposition = self
            .head
            .headers
            .get(header::CONTENT_DISPOSITION)?
            .to_str()
            .ok()?;
        let name = disposition
            .split(';')
            .find_map(|part| part.trim().strip_prefix("filename="))?;
        let name = name.trim_matches('"').rsplit(['/', '\\']).next()?;
        (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks, the file is cut short, or no piece comes in time.
    pub async fn next_piece(&mut self) -> Option<Result<Bytes, Error>> {
        self.next().await
    }

    /// The whole file in memory, up to `limit` bytes.
    ///
    /// # Errors
    /// When it is larger, or as [`next_piece`](Self::next_piece).
    pub async fn bytes_within(mut self, limit: usize) -> Result<Bytes, Error> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if whole.len() + piece.len() > limit {
                let message = format!("the file is larger than the limit of {limit} bytes");
                return Err(self.error(ErrorKind::TooLarge, message));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// The whole file in memory, up to 32 MiB.
    ///
    /// # Errors
    /// As [`bytes_within`](Self::bytes_within).
    pub async fn bytes(self) -> Result<Bytes, Error> {
        self.bytes_within(32 << 20).await
    }

    /// Writes the file to `path` as it arrives; gives its size in bytes. What was written stays when
    /// the download fails.
    ///
    /// # Errors
    /// When the file cannot be written, or as [`next_piece`](Self::next_piece).
    pub async fn save(mut self, path: impl AsRef<std::path::Path>) -> Result<u64, Error> {
        let path = path.as_ref();
        let operation = self.head.operation;
        let unwritable = |error: std::io::Error| {
            Error::invalid_input(format!("{} cannot be written", path.display()))
                .with_operation(operation)
                .with_source(error)
        };
        let mut file = tokio::fs::File::create(path).await.map_err(unwritable)?;
        while let Some(piece) = self.next().await {
            file.write_all(&piece?).await.map_err(unwritable)?;
        }
        file.flush().await.map_err(unwritable)?;
        Ok(self.received)
    }

    fn error(&self, kind: ErrorKind, message: String) -> Error {
        Error::new(kind, message)
            .with_operation(self.head.operation)
            .with_status(self.head.status)
            .with_attempts(self.head.attempts)
    }

    /// Lets go of the connection and of the place among the requests under way.
    fn close(&mut self) {
        self.ended = true;
        self.slot = None;
        self.pieces = Box::pin(futures_util::stream::empty());
    }

    fn end(&mut self) -> Option<Result<Bytes, Error>> {
        self.close();
        let length = self.head.length.filter(|length| *length != self.received)?;
        let message = format!(
            "the file was cut short: {} of {length} bytes",
            self.received
        );
        Some(Err(self.error(ErrorKind::Interrupted, message)))
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        match this.pieces.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                this.received += piece.len() as u64;
                // A pause beyond what a clock can count never ends, as the first one.
                if let Some(deadline) = tokio::time::Instant::now().checked_add(this.pause) {
                    this.deadline.as_mut().reset(deadline);
                }
                Poll::Ready(Some(Ok(piece)))
            }
            Poll::Ready(Some(Err(error))) => {
                this.close();
                let message = format!(
                    "the connection broke after {} bytes of the file",
                    this.received
                );
                let error = this
                    .error(ErrorKind::Interrupted, message)
                    .with_source(error.without_url());
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(None) => Poll::Ready(this.end()),
            Poll::Pending => {
                if this.deadline.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                this.close();
                let message = format!(
                    "nothing came for {:?} after {} bytes of the file",
                    this.pause, this.received
                );
                Poll::Ready(Some(Err(this.error(ErrorKind::Timeout, message))))
            }
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("status", &self.head.status)
            .field("length", &self.head.length)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// How many times a download may be sent elsewhere.
const REDIRECTS: u32 = 3;

async fn begin(call: Call) -> Result<Download, Error> {
    let span = operation_span(&call);
    let result = fetch(&call).instrument(span.clone()).await;
    match &result {
        Ok(download) => record_success(&span, download.head.status, download.head.attempts),
        Err(error) => record(&span, error),
    }
    result
}

async fn fetch(call: &Call) -> Result<Download, Error> {
    let url = call.url()?;
    let mut course = Course::new(call);
    loop {
        let mut pass = course.admit().await?;
        let setback = match follow(&course, &url, &mut pass).await {
            Ok(Opened::File(response)) => {
                call.core.heed(response.headers());
                course.succeeded();
                return Ok(download(&course, response, pass));
            }
            Ok(Opened::Refused(answered)) => {
                call.core.heed(&answered.headers);
                let setback = classify::refusal(call, &answered, pass.authorization.as_ref());
                course.refresh(answered.status, &pass, setback).await?
            }
            Err(setback) => setback,
        };
        drop(pass);
        course.again(setback).await?;
    }
}

enum Opened {
    File(reqwest::Response),
    Refused(Answered),
}

/// Asks for the file, where it is kept elsewhere as well, in the time of one attempt.
async fn follow(course: &Course<'_>, url: &url::Url, pass: &mut Pass) -> Result<Opened, Setback> {
    let call = course.call();
    let timeout = course.attempt_timeout();
    let started = tokio::time::Instant::now();
    let mut url = url.clone();
    for _ in 0..=REDIRECTS {
        let left = timeout.saturating_sub(started.elapsed());
        let span = attempt_span(call, course.attempts());
        let sending = attempt::send(call, &url, pass.authorization.as_ref(), &ACCEPT_ANY);
        let sent = tokio::time::timeout(left, sending.instrument(span.clone())).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(failure)) => return Err(classify::failure(call, failure)),
            Err(_) => return Err(classify::failure(call, Failure::Timeout(None, timeout))),
        };
        record_status(&span, response.status());
        if response.status().is_success() && !is_login_page(response.headers()) {
            return Ok(Opened::File(response));
        }
        let Some(target) = target(call, &url, &response) else {
            return Ok(Opened::Refused(answered(call, response, left).await));
        };
        if !call.core.base().owns(&target) {
            // Another server is asked without the credential, and so is this one on its word.
            pass.authorization = None;
        }
        url = target;
    }
    let error = Error::new(ErrorKind::Redirect, "the file is moved on and on");
    Err(Setback {
        error,
        retryable: false,
        wait: None,
    })
}

/// An HTML page that is no file: a login page has no file name.
fn is_login_page(headers: &HeaderMap) -> bool {
    classify::is_labelled_html(headers) && !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Where a redirect leads, if a download may go there.
fn target(call: &Call, url: &url::Url, response: &reqwest::Response) -> Option<url::Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    url.join(location)
        .ok()
        .filter(|target| call.core.base().may_fetch(target))
}

fn download(course: &Course<'_>, response: reqwest::Response, pass: Pass) -> Download {
    let call = course.call();
    let pause = call.attempt_timeout();
    let head = Head {
        operation: call.operation,
        status: response.status(),
        headers: response.headers().clone(),
        length: response.content_length(),
        attempts: course.attempts(),
    };
    Download {
        head,
        pieces: Box::pin(response.bytes_stream()),
        received: 0,
        pause,
        deadline: Box::pin(tokio::time::sleep(pause)),
        ended: false,
        slot: pass.slot,
    }
}

/// Reads what a failure says. Of a page that came instead of the file, the head says enough; and where
/// the body does not come in time, the status does.
async fn answered(call: &Call, response: reqwest::Response, time: Duration) -> Answered {
    let (status, headers) = (response.status(), response.headers().clone());
    let limit = call.core.settings().limits.error_body;
    let mut body = BytesMut::new();
    let mut pieces = response.bytes_stream();
    let read = async {
        while let Some(Ok(piece)) = pieces.next().await {
            let room = limit - body.len();
            body.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
            if body.len() == limit {
                break;
            }
        }
    };
    if !status.is_success() {
        let _ = tokio::time::timeout(time, read).await;
    }
    Answered {
        status,
        headers,
        body: body.freeze(),
    }
}
