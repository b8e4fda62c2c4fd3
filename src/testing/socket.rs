//! A server at socket level: it sends what it is told to, byte by byte, be it HTTP or not.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use url::form_urlencoded;

use super::server::lock;
use super::wire::{Exchange, Incoming};

/// What a [`SocketServer`] does with a request, one step after the other. After the last step it closes the
/// connection, unless that is [`Step::Keep`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Does nothing more, and keeps the connection open until the client closes it.
    Stall,
    /// Breaks the connection with a reset.
    Reset,
    /// Does nothing for so long, by the clock of the test's runtime, which may be paused.
    Pause(Duration),
    /// Waits for the next request on the same connection.
    Keep,
}

impl Step {
    /// Sends these bytes.
    pub fn send(bytes: impl AsRef<[u8]>) -> Self {
        Self::Send(bytes.as_ref().to_vec())
    }
}

/// A request as it arrived at a [`SocketServer`]. `Debug` shows nothing that may be secret.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct SocketRequest {
    /// The method.
    pub method: String,
    /// Path and query, not decoded; a whole URL from a client that takes the server for a proxy.
    pub target: String,
    /// The headers in the order in which they came, with names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body, whatever its encoding for the way was.
    pub body: Vec<u8>,
    /// The number of the connection, from 0.
    pub connection: usize,
}

impl SocketRequest {
    fn new(exchange: Exchange, connection: usize) -> Self {
        let small = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        Self {
            method: exchange.method,
            target: exchange.sent_target,
            headers: exchange.headers.into_iter().map(small).collect(),
            body: exchange.body,
            connection,
        }
    }

    /// The first header of this name, in small letters.
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
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }
}

impl fmt::Debug for SocketRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("SocketRequest")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("headers", &names)
            .field("length", &self.body.len())
            .field("connection", &self.connection)
            .finish()
    }
}

type Respond = dyn Fn(&SocketRequest, usize) -> Vec<Step> + Send + Sync;

/// A server at socket level on this computer: it sends what it is told to, byte by byte.
///
/// It is for what no HTTP server would send, and for tests in which connections or a paused clock matter:
/// unlike the other servers it runs on the runtime of the test, and ends with it. To have a service
/// misbehave, a [`Misbehaviour`](crate::testing::Misbehaviour) of its server says more in fewer words.
///
/// ```
/// use spacewright::testing::{SocketServer, Step};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n";
/// let server = SocketServer::playing(vec![
///     vec![Step::send(head), Step::send("{\"results\": ["), Step::Reset],
/// ])
/// .await;
/// println!("an answer that breaks off comes from {}", server.url());
/// # }
/// ```
pub struct SocketServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    respond: Box<Respond>,
    seen: Mutex<Vec<SocketRequest>>,
    connections: AtomicUsize,
    open: AtomicUsize,
}

impl SocketServer {
    /// Starts a server that answers by what `respond` says of a request and its number, from 0.
    ///
    /// # Panics
    ///
    /// When no port can be had, and outside of a runtime.
    #[expect(clippy::panic, reason = "a test cannot go on without its server")]
    pub async fn answering(
        respond: impl Fn(&SocketRequest, usize) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let bound = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) =
            bound.unwrap_or_else(|cause| panic!("no port for the server: {cause}"));
        let shared = Arc::new(Shared {
            respond: Box::new(respond),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        });
        tokio::spawn(listen(listener, shared.clone()));
        Self { address, shared }
    }

    /// Starts a server that plays one script for each request; the last one is for all that follow.
    ///
    /// # Panics
    ///
    /// When no port can be had, and outside of a runtime.
    pub async fn playing(scripts: Vec<Vec<Step>>) -> Self {
        Self::answering(move |_, number| {
            let last = scripts.len().saturating_sub(1);
            scripts.get(number.min(last)).cloned().unwrap_or_default()
        })
        .await
    }

    /// The base address, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests that arrived whole so far.
    pub fn seen(&self) -> Vec<SocketRequest> {
        lock(&self.shared.seen).clone()
    }

    /// How many connections are open now.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for SocketServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketServer")
            .field("url", &self.url())
            .finish_non_exhaustive()
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

async fn serve(stream: TcpStream, shared: &Shared, connection: usize) -> io::Result<()> {
    let mut client = Incoming::new(stream);
    'requests: while let Some(exchange) = client.next_request().await? {
        let request = SocketRequest::new(exchange, connection);
        let number = {
            let mut seen = lock(&shared.seen);
            seen.push(request.clone());
            seen.len() - 1
        };
        for step in (shared.respond)(&request, number) {
            match step {
                Step::Send(bytes) => client.send(&bytes).await?,
                Step::Stall => {
                    client.closed().await;
                    return Ok(());
                }
                Step::Pause(time) => tokio::time::sleep(time).await,
                Step::Reset => {
                    client.reset_on_close();
                    return Ok(());
                }
                Step::Keep => continue 'requests,
            }
        }
        return client.close().await;
    }
    Ok(())
}
