//! One HTTP exchange with an authorization server: no redirects, bounded in time and size.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::error::root_cause;
use crate::transport::classify::is_html;

/// The most bytes of an answer that are read; tokens take a few thousand.
const LARGEST: usize = 1 << 20;

pub(super) struct Wire {
    pub(super) http: reqwest::Client,
    pub(super) timeout: Duration,
}

/// An answer that was read to its end.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("no connection came about ({0})")]
    Connect(String),
    #[error("the connection broke ({0})")]
    Broken(String),
    #[error("no whole answer came within {0:?}")]
    Timeout(Duration),
    #[error("the answer is larger than {LARGEST} bytes")]
    TooLarge,
    #[error("{0}: it redirects elsewhere, and redirects are not followed: check its URL")]
    Redirect(StatusCode),
    #[error(
        "{0}: an HTML page came instead of JSON: check its URL, and whether a proxy or a login page is in the way"
    )]
    Html(StatusCode),
}

impl Wire {
    /// Sends a request and reads the answer.
    pub(super) async fn exchange(&self, request: reqwest::Request) -> Result<Reply, WireError> {
        match tokio::time::timeout(self.timeout, self.send(request)).await {
            Ok(reply) => reply,
            Err(_) => Err(WireError::Timeout(self.timeout)),
        }
    }

    async fn send(&self, request: reqwest::Request) -> Result<Reply, WireError> {
        let mut response = self.http.execute(request).await.map_err(failed)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        if status.is_redirection() {
            return Err(WireError::Redirect(status));
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > LARGEST {
                return Err(WireError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        // Behind a 429 or 503 there may be a page as well; the status says more.
        if is_html(&headers, &body) && !matches!(status.as_u16(), 429 | 500..=599) {
            return Err(WireError::Html(status));
        }
        Ok(Reply {
            status,
            headers,
            body,
        })
    }
}

/// Keeps the innermost cause of a failure.
fn failed(error: reqwest::Error) -> WireError {
    let error = error.without_url();
    let cause = root_cause(&error);
    match error.is_connect() {
        true => WireError::Connect(cause),
        false => WireError::Broken(cause),
    }
}
