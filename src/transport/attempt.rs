//! One attempt: a request goes out, an answer or a failure comes back.

use std::error::Error as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::auth::Authorization;
use crate::error::Error;
use crate::transport::body::Body;
use crate::transport::call::Call;
use crate::transport::upload;

/// What an attempt came to.
pub(crate) enum Outcome {
    /// An answer, whatever its status, with its body read.
    Answered(Answered),
    /// No answer, or none that is whole; with its headers where they came.
    Failed(Failure, HeaderMap),
}

/// An answer that was read to its end.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no whole answer.
pub(crate) enum Failure {
    /// No connection to this origin: the request cannot have reached the server.
    Connect(String, reqwest::Error),
    /// The connection broke before the answer began.
    Broken(reqwest::Error),
    /// The body ended early or could not be decompressed.
    Cut(StatusCode, reqwest::Error),
    /// Time ran out after this long; with a status where the answer had begun.
    Timeout(Option<StatusCode>, Duration),
    /// The body is larger than this.
    TooLarge(StatusCode, usize),
    /// The caller's own upload ended in an error when a part of it was sent.
    Upload(reqwest::Error),
    /// The request could not be put together.
    Unsendable(Error),
}

impl Failure {
    /// Its name in traces.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Connect(..) => "connect",
            Self::Broken(_) => "broken",
            Self::Cut(..) => "cut",
            Self::Timeout(..) => "timeout",
            Self::TooLarge(..) => "too_large",
            Self::Upload(_) => "upload",
            Self::Unsendable(_) => "unsendable",
        }
    }
}

/// Sends a request once and reads the whole answer.
pub(crate) async fn run(
    call: &Call,
    url: &url::Url,
    authorization: Option<&Authorization>,
    timeout: Duration,
) -> Outcome {
    // Kept outside of what time can run out for: what has come tells more than that the rest has not.
    let mut head = None;
    let mut body = Pieces::default();
    let ended = tokio::time::timeout(timeout, async {
        let mut response = send(call, url, authorization, &ACCEPT_JSON).await?;
        head = Some((response.status(), std::mem::take(response.headers_mut())));
        read(call, &mut response, &mut body).await
    })
    .await;
    let Some((status, headers)) = head else {
        let failure = match ended {
            Ok(Err(failure)) => failure,
            _ => Failure::Timeout(None, timeout),
        };
        return Outcome::Failed(failure, HeaderMap::new());
    };
    match ended {
        Ok(Err(failure)) => Outcome::Failed(failure, headers),
        Err(_) if status.is_success() => {
            Outcome::Failed(Failure::Timeout(Some(status), timeout), headers)
        }
        // A failure's status says more than the end of its body.
        Ok(Ok(())) | Err(_) => Outcome::Answered(Answered {
            status,
            headers,
            body: body.join(),
        }),
    }
}

static ACCEPT_JSON: HeaderValue = HeaderValue::from_static("application/json");
/// What a download accepts.
pub(crate) static ACCEPT_ANY: HeaderValue = HeaderValue::from_static("*/*");

/// Sends a request and returns as soon as the answer's head is there.
pub(crate) async fn send(
    call: &Call,
    url: &url::Url,
    authorization: Option<&Authorization>,
    accept: &HeaderValue,
) -> Result<reqwest::Response, Failure> {
    let request = request(call, url, authorization, accept);
    let sent = match &call.body {
        Body::None | Body::Json(_) => call.core.shared().http.execute(request).await,
        // Kept apart: it would make the future of every other request larger.
        Body::Multipart(_) | Body::Data(..) => Box::pin(send_upload(call, request)).await?,
    };
    sent.map_err(|error| {
        let error = error.without_url();
        match error.is_connect() {
            true => Failure::Connect(url.origin().ascii_serialization(), error),
            false if is_of_upload(&error) => Failure::Upload(error),
            false => Failure::Broken(error),
        }
    })
}

/// The request, but for an upload.
fn request(
    call: &Call,
    url: &url::Url,
    authorization: Option<&Authorization>,
    accept: &HeaderValue,
) -> reqwest::Request {
    let mut request = reqwest::Request::new(call.operation.method.clone(), url.clone());
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, accept.clone());
    // The credential and the caller's headers are bound to the origin: a file that is kept elsewhere is
    // asked for without them.
    if call.core.base().owns(url) {
        for (name, value) in &call.headers {
            headers.insert(name.clone(), value.clone());
        }
        if let Some(authorization) = authorization {
            headers.insert(authorization.header.clone(), authorization.value.clone());
        }
    }
    if let Body::Json(bytes) = &call.body {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        *request.body_mut() = Some(bytes.clone().into());
    }
    request
}

/// Opens the files of a request and sends it.
async fn send_upload(
    call: &Call,
    mut request: reqwest::Request,
) -> Result<reqwest::Result<reqwest::Response>, Failure> {
    let http = &call.core.shared().http;
    match &call.body {
        Body::Multipart(parts) => {
            let form = upload::form(parts).await.map_err(Failure::Unsendable)?;
            let request = reqwest::RequestBuilder::from_parts(http.clone(), request);
            return Ok(request.multipart(form).send().await);
        }
        Body::Data(content_type, upload) => {
            let (body, length) = upload.open().await.map_err(Failure::Unsendable)?;
            let headers = request.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            if let Some(length) = length {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            }
            *request.body_mut() = Some(body);
        }
        Body::None | Body::Json(_) => {}
    }
    Ok(http.execute(request).await)
}

/// Whether it was the request's own body that failed.
fn is_of_upload(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.downcast_ref().is_some_and(reqwest::Error::is_body) {
            return true;
        }
        cause = inner.source();
    }
    false
}

/// Reads a body within its limit. Of a failure's body the beginning is enough.
async fn read(
    call: &Call,
    response: &mut reqwest::Response,
    body: &mut Pieces,
) -> Result<(), Failure> {
    let status = response.status();
    let succeeded = status.is_success();
    let limit = match succeeded {
        true => call.body_limit(),
        false => call.core.settings().limits.error_body,
    };
    let announced = response.content_length().unwrap_or(0);
    if succeeded && announced > limit as u64 {
        return Err(Failure::TooLarge(status, limit));
    }
    let announced = announced.min(limit as u64);
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if piece.len() > limit - body.len() => {
                if succeeded {
                    return Err(Failure::TooLarge(status, limit));
                }
                body.push(piece.slice(..limit - body.len()), announced);
                return Ok(());
            }
            Ok(Some(piece)) => body.push(piece, announced),
            Ok(None) => return Ok(()),
            Err(_) if !succeeded => return Ok(()),
            Err(error) => return Err(Failure::Cut(status, error.without_url())),
        }
    }
}

/// The pieces of a body; one that came in a single piece is not copied.
#[derive(Default)]
enum Pieces {
    #[default]
    None,
    One(Bytes),
    Many(BytesMut),
}

impl Pieces {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(piece) => piece.len(),
            Self::Many(pieces) => pieces.len(),
        }
    }

    fn push(&mut self, piece: Bytes, announced: u64) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(piece),
            Self::One(first) => {
                // An announced length saves growing; a lie is not believed beyond a megabyte.
                let announced = usize::try_from(announced).unwrap_or(0).min(1 << 20);
                let mut pieces = BytesMut::with_capacity(announced.max(first.len() + piece.len()));
                pieces.extend_from_slice(&first);
                pieces.extend_from_slice(&piece);
                Self::Many(pieces)
            }
            Self::Many(mut pieces) => {
                pieces.extend_from_slice(&piece);
                Self::Many(pieces)
            }
        };
    }

    fn join(self) -> Bytes {
        match self {
            Self::None => Bytes::new(),
            Self::One(piece) => piece,
            Self::Many(pieces) => pieces.freeze(),
        }
    }
}
