//! A server at socket level: it sends what it is told to, byte by byte, be it HTTP or not.

// Each test binary uses a part of it.
#![allow(dead_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request, one after the other. After the last one it closes the
/// connection, unless that is [`Step::Keep`].
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Does nothing more, and keeps the connection open until the client closes it.
    Stall,
    /// Breaks the connection with a reset.
    Reset,
    /// Does nothing for so long, by the test's own clock.
    Pause(std::time::Duration),
    /// Waits for the next request on the same connection.
    Keep,
}

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// The target, not decoded.
    pub target: String,
    /// Names in small letters, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The number of the connection, from 0.
    pub connection: usize,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The path, not decoded.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query as pairs, decoded as servers do.
    pub fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }
}

type Respond = dyn Fn(&Request, usize) -> Vec<Step> + Send + Sync;

/// A server on this machine. It ends with the test's runtime.
pub struct Server {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    respond: Box<Respond>,
    seen: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    open: AtomicUsize,
}

impl Server {
    /// Answers by what `respond` says of a request and its number, from 0.
    pub async fn answering(
        respond: impl Fn(&Request, usize) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            respond: Box::new(respond),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        });
        tokio::spawn(listen(listener, shared.clone()));
        Self { address, shared }
    }

    /// Plays one script for each request; the last one goes on for all that follow.
    pub async fn playing(scripts: Vec<Vec<Step>>) -> Self {
        Self::answering(move |_, number| {
            let last = scripts.len().saturating_sub(1);
            scripts.get(number.min(last)).cloned().unwrap_or_default()
        })
        .await
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The connections that are open now.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = shared.clone();
        tokio::spawn(async move {
            shared.open.fetch_add(1, Ordering::SeqCst);
            // What a client does to a connection is its own affair.
            let _ = serve(stream, &shared, connection).await;
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared, connection: usize) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    'requests: while let Some(request) = read(&mut stream, &mut buffer, connection).await? {
        let number = {
            let mut seen = shared.seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        for step in (shared.respond)(&request, number) {
            match step {
                Step::Send(bytes) => stream.write_all(&bytes).await?,
                Step::Stall => {
                    while stream.read(&mut [0; 1024]).await? > 0 {}
                    return Ok(());
                }
                Step::Pause(time) => tokio::time::sleep(time).await,
                Step::Reset => return stream.set_zero_linger(),
                Step::Keep => continue 'requests,
            }
        }
        return stream.shutdown().await;
    }
    Ok(())
}

/// Reads a request; `None` at the end of the connection.
async fn read(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    connection: usize,
) -> std::io::Result<Option<Request>> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    buffer.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut request = Request {
        method: first.next().unwrap_or_default().to_owned(),
        target: first.next().unwrap_or_default().to_owned(),
        connection,
        ..Request::default()
    };
    let headers = lines.filter_map(|line| line.split_once(':'));
    request.headers = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = request
        .header("transfer-encoding")
        .is_some_and(|coding| coding.contains("chunked"));
    if chunked {
        while end_of_chunks(buffer).is_none() && stream.read_buf(buffer).await? > 0 {}
        let end = end_of_chunks(buffer).unwrap_or(buffer.len());
        request.body = buffer.drain(..end).collect();
        return Ok(Some(request));
    }
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    while buffer.len() < length && stream.read_buf(buffer).await? > 0 {}
    let length = length.min(buffer.len());
    request.body = buffer.drain(..length).collect();
    Ok(Some(request))
}

/// Where a body in chunks ends, once it is all there. Its bytes can look like its end, so sizes count.
fn end_of_chunks(buffer: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = buffer
            .get(at..)?
            .windows(2)
            .position(|end| end == b"\r\n")?;
        let size = std::str::from_utf8(&buffer[at..at + line]).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        at += line + 2 + size + 2;
        if size == 0 {
            return (at <= buffer.len()).then_some(at);
        }
    }
}

/// The id that the answers give their requests.
pub const REQUEST_ID: &str = "req-7";

/// An answer with a body and its right length.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nX-Request-Id: {REQUEST_ID}\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    let mut answer = head.into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// An answer in JSON, after which the connection stays open.
pub fn json(status: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    with(status, "Content-Type: application/json\r\n", body)
}

/// An answer with these headers, each line with its end, after which the connection stays open.
pub fn with(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    vec![Step::Send(answer(status, headers, body)), Step::Keep]
}

/// These bytes and no more.
pub fn raw(bytes: impl AsRef<[u8]>) -> Vec<Step> {
    vec![Step::Send(bytes.as_ref().to_vec())]
}
