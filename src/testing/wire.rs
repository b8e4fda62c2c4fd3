//! Just enough HTTP/1.1 to take a request from a client and an answer from the mock server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::Answer;

/// No head of a request or an answer is longer.
const MOST_HEAD: usize = 256 * 1024;

/// Headers that concern one connection only, or that are written anew.
const OF_THE_CONNECTION: [&str; 6] = [
    "connection",
    "content-length",
    "transfer-encoding",
    "expect",
    "keep-alive",
    "te",
];

/// One request, read to its end.
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The target as it was sent: a whole URL, if the client took this for a proxy.
    pub(crate) sent_target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Exchange {
    /// The path of the request, as sent.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The request as the mock server is to read it.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        write_headers(&mut bytes, &self.headers);
        if !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            bytes.extend(format!("content-length: {}\r\n", self.body.len()).into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }
}

/// Headers in the form in which they are looked up.
pub(crate) fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            map.append(name, value);
        }
    }
    map
}

/// An answer as it is sent, with a body of the length that it is to tell.
pub(crate) fn message(answer: &Answer, length: usize, with_body: bool) -> Vec<u8> {
    let mut bytes = head(answer.status, &answer.headers, length);
    if with_body && !bodiless(answer.status) {
        bytes.extend(&answer.body);
    }
    bytes
}

/// What HTTP calls a status.
pub(crate) fn reason(status: u16) -> Option<&'static str> {
    http::StatusCode::from_u16(status).ok()?.canonical_reason()
}

/// The head of an answer. Where HTTP forbids a length (204, 304), none is written.
fn head(status: u16, headers: &[(String, String)], length: usize) -> Vec<u8> {
    let reason = reason(status).unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {status} {reason}\r\n").into_bytes();
    write_headers(&mut bytes, headers);
    if !bodiless(status) {
        bytes.extend(format!("content-length: {length}\r\n").into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes
}

fn write_headers(bytes: &mut Vec<u8>, headers: &[(String, String)]) {
    for (name, value) in headers {
        if !OF_THE_CONNECTION
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
        {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
    }
}

fn bodiless(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

/// The method of a request, its path, and its target as it was sent. A whole URL, as a client sends it that
/// takes this for a proxy, loses its host in the path.
fn request_line(line: &str) -> io::Result<(String, String, String)> {
    let words: Vec<&str> = line.split(' ').collect();
    let &[method, target, "HTTP/1.1" | "HTTP/1.0"] = words.as_slice() else {
        return Err(malformed("the first line is no request of HTTP/1.1"));
    };
    let path = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => rest.find('/').and_then(|at| rest.get(at..)),
        _ => Some(target),
    };
    match path.filter(|path| path.starts_with('/')) {
        Some(path) => Ok((method.to_owned(), path.to_owned(), target.to_owned())),
        None => Err(malformed("the first line names no path")),
    }
}

/// A connection from a client.
pub(crate) struct Incoming {
    pipe: Pipe,
}

impl Incoming {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            pipe: Pipe {
                stream,
                buffer: Vec::new(),
            },
        }
    }

    /// The next request; `None` when the client has closed.
    pub(crate) async fn next_request(&mut self) -> io::Result<Option<Exchange>> {
        let Some(head) = self.pipe.head().await? else {
            return Ok(None);
        };
        let (method, target, sent_target) = request_line(&head.first)?;
        if head
            .value("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
        {
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let body = self.pipe.body(&head, Some(0)).await?;
        Ok(Some(Exchange {
            method,
            target,
            sent_target,
            headers: head.headers,
            body,
        }))
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pipe.stream.write_all(bytes).await
    }

    /// Waits until the client closes the connection.
    pub(crate) async fn closed(&mut self) {
        let mut rest = [0; 1024];
        while matches!(self.pipe.stream.read(&mut rest).await, Ok(read) if read > 0) {}
    }

    /// Closes the connection in good order.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.pipe.stream.shutdown().await
    }

    /// Closing the connection will reset it.
    pub(crate) fn reset_on_close(&self) {
        // Deprecated because a long linger blocks the thread on drop; one of zero does not. The
        // method that replaces it is younger than the oldest tokio that the crate takes.
        #[allow(deprecated)]
        let _ = self.pipe.stream.set_linger(Some(Duration::ZERO));
    }
}

/// The way to the mock server, connected when it is first needed.
pub(crate) struct Outgoing {
    address: SocketAddr,
    pipe: Option<Pipe>,
}

impl Outgoing {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            pipe: None,
        }
    }

    /// Sends a request and reads its answer; the connection is kept for the next one.
    pub(crate) async fn exchange(&mut self, request: &Exchange) -> io::Result<Answer> {
        let mut pipe = match self.pipe.take() {
            Some(pipe) => pipe,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                Pipe {
                    stream,
                    buffer: Vec::new(),
                }
            }
        };
        pipe.stream.write_all(&request.to_bytes()).await?;
        let answer = pipe.answer(request.method == "HEAD").await?;
        // What the mock server cannot read, it refuses and hangs up.
        let closes = answer.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close")
        });
        self.pipe = Some(pipe).filter(|_| !closes);
        Ok(answer)
    }
}

/// A connection and what was read from it too early.
struct Pipe {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The first line and the headers of a message.
struct Head {
    first: String,
    headers: Vec<(String, String)>,
}

impl Head {
    fn value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Pipe {
    /// Reads more; `false` when the other side has closed.
    async fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 16 * 1024];
        let read = self.stream.read(&mut chunk).await?;
        self.buffer.extend(chunk.get(..read).unwrap_or_default());
        Ok(read > 0)
    }

    /// Takes the first bytes of the buffer, reading until there are enough.
    async fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < count {
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..count).collect())
    }

    /// Takes all up to an end mark, which is taken too; `None` when the other side closed before.
    async fn take_until(&mut self, mark: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let mut seen = 0;
        loop {
            let found = self
                .buffer
                .get(seen..)
                .unwrap_or_default()
                .windows(mark.len())
                .position(|w| w == mark);
            if let Some(at) = found {
                let mut taken: Vec<u8> = self.buffer.drain(..seen + at + mark.len()).collect();
                taken.truncate(seen + at);
                return Ok(Some(taken));
            }
            seen = (self.buffer.len() + 1).saturating_sub(mark.len());
            if seen > MOST_HEAD {
                return Err(malformed("a head without an end"));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    async fn head(&mut self) -> io::Result<Option<Head>> {
        let Some(bytes) = self.take_until(b"\r\n\r\n").await? else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        Ok(Some(Head { first, headers }))
    }

    /// Reads a body. Without a length and without chunks it has `otherwise` bytes, or goes on to the
    /// end of the connection.
    async fn body(&mut self, head: &Head, otherwise: Option<usize>) -> io::Result<Vec<u8>> {
        if head
            .value("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
        {
            return self.chunks().await;
        }
        let length = match head.value("content-length") {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| malformed("the content-length is no number"))?,
            ),
            None => otherwise,
        };
        if let Some(length) = length {
            return self.take(length).await;
        }
        while self.fill().await? {}
        Ok(std::mem::take(&mut self.buffer))
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self
                .take_until(b"\r\n")
                .await?
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            let line = String::from_utf8_lossy(&line);
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16)
                .map_err(|_| malformed("a chunk without a size"))?;
            body.extend(self.take(size).await?);
            self.take(2).await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn answer(&mut self, without_body: bool) -> io::Result<Answer> {
        let head = self.head().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let status = head
            .first
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| malformed("an answer without a status"))?;
        let body = if without_body || bodiless(status) {
            Vec::new()
        } else {
            self.body(&head, None).await?
        };
        Ok(Answer {
            status,
            headers: head.headers,
            body,
        })
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
