//! Files on their way from a server: piece by piece.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::OwnedSemaphorePermit;

use crate::error::{Error, ErrorKind};
use crate::transport::call::Call;
use crate::transport::course::{Course, Pass};
use crate::transport::disposition;
use crate::transport::fetch::fetch;
use crate::transport::operation::Operation;

/// A download under way: a future of the file.
#[must_use = "futures do nothing unless awaited"]
pub struct Downloading(Pin<Box<dyn Future<Output = Result<Download, Error>> + Send>>);

impl Downloading {
    pub(crate) fn new(call: Call) -> Self {
        Self(Box::pin(fetch(call)))
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
    pub(crate) fn new(course: &Course<'_>, response: reqwest::Response, pass: Pass) -> Self {
        let call = course.call();
        let pause = call.attempt_timeout();
        let head = Head {
            operation: call.operation,
            status: response.status(),
            headers: response.headers().clone(),
            length: response.content_length(),
            attempts: course.attempts(),
        };
        Self {
            head,
            pieces: Box::pin(response.bytes_stream()),
            received: 0,
            pause,
            deadline: Box::pin(tokio::time::sleep(pause)),
            ended: false,
            slot: pass.slot,
        }
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.head.attempts
    }

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

    /// The name that the server gives the file, without any folder: it can be joined to a path of one's
    /// own.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        disposition::file_name(&self.head.headers)
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
        let mut file = tokio::fs::File::create(path)
            .await
            .map_err(|error| self.unwritable(path, error))?;
        while let Some(piece) = self.next().await {
            file.write_all(&piece?)
                .await
                .map_err(|error| self.unwritable(path, error))?;
        }
        file.flush()
            .await
            .map_err(|error| self.unwritable(path, error))?;
        Ok(self.received)
    }

    fn unwritable(&self, path: &std::path::Path, error: std::io::Error) -> Error {
        let message = format!("{} cannot be written ({error})", path.display());
        self.error(ErrorKind::InvalidInput, message)
            .with_source(error)
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
