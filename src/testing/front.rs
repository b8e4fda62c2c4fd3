//! A small TCP front before the mock server: it notes every request, relays it, and breaks what HTTP
//! mocks cannot break.
//!
//! It speaks just enough HTTP/1.1 for that, and runs on a thread of its own, so that neither a blocking
//! test nor one with a paused clock stops it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::misbehaviour::{Damage, Effects, Instead, Rules};
use super::requests::{AnsweredBy, Log, Received, RecordedAnswer};
use super::server::{Answer, Refusal, SIMULATED, Simulation, lock};
use super::wire::{self, Exchange, Incoming, Outgoing};

/// A running front; dropping it ends its thread and every connection.
pub(crate) struct Front {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Front {
    /// Listens on loopback and relays to `mocks`.
    ///
    /// # Panics
    ///
    /// When the port cannot be bound, or the thread cannot be started.
    pub(crate) fn start(
        port: Option<u16>,
        mocks: SocketAddr,
        simulation: Arc<Mutex<dyn Simulation>>,
        rules: Arc<Rules>,
        log: Arc<Log>,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let shared = Shared {
            mocks,
            simulation,
            rules,
            log,
        };
        let port = port.unwrap_or(0);
        match Self::listen(port).and_then(|(listener, address)| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let thread = std::thread::Builder::new()
                .name("spacewright-testing".to_owned())
                .spawn(move || runtime.block_on(serve(listener, shared, stopped)))?;
            Ok(Self {
                address,
                stop: Some(stop),
                thread: Some(thread),
            })
        }) {
            Ok(front) => front,
            Err(cause) => cannot_start(port, &cause),
        }
    }

    fn listen(port: u16) -> io::Result<(StdListener, SocketAddr)> {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A test cannot go on without its server, and `start` has no other way to say why.
#[allow(clippy::panic)]
fn cannot_start(port: u16, cause: &io::Error) -> ! {
    panic!("the simulated server cannot listen on 127.0.0.1:{port}: {cause}")
}

impl Drop for Front {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended already; then there is nothing to stop.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What every connection needs.
struct Shared {
    mocks: SocketAddr,
    simulation: Arc<Mutex<dyn Simulation>>,
    rules: Arc<Rules>,
    log: Arc<Log>,
}

/// Accepts connections until told to stop.
async fn serve(listener: StdListener, shared: Shared, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let shared = Arc::new(shared);
    let accepting = async {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A connection that breaks is the client's business, and part of the tests.
                    let _ = attend(stream, &shared).await;
                });
            }
        }
    };
    tokio::pin!(accepting);
    std::future::poll_fn(|context| {
        use std::future::Future;
        use std::pin::Pin;
        if Pin::new(&mut stopped).poll(context).is_ready() {
            return std::task::Poll::Ready(());
        }
        accepting.as_mut().poll(context)
    })
    .await;
}

/// Serves one connection, request after request.
async fn attend(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut client = Incoming::new(stream);
    let mut upstream = Outgoing::new(shared.mocks);
    loop {
        let exchange = match client.next_request().await {
            Ok(Some(exchange)) => exchange,
            Ok(None) => return Ok(()),
            // What is no HTTP is answered as servers do, before they hang up.
            Err(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                let words = format!("Bad request: {cause}\n");
                let answer = Answer::raw(400, "text/plain", words.into_bytes());
                return client
                    .send(&wire::message(&answer, answer.body.len(), true))
                    .await;
            }
            Err(cause) => return Err(cause),
        };
        let number = shared.log.received(received(&exchange));
        let reply = reply(&mut client, &mut upstream, &exchange, shared).await;
        // It is noted before it is sent: a client that has its answer finds it in the log.
        let Some(reply) = reply else {
            shared.log.finished(number, None);
            return Ok(());
        };
        let bytes = reply.bytes(exchange.method != "HEAD");
        shared.log.finished(number, Some(reply.recorded()));
        client.send(&bytes).await?;
        if reply.broken {
            return Ok(());
        }
    }
}

/// What is to be sent.
struct Reply {
    answer: Answer,
    by: AnsweredBy,
    /// The length to tell.
    length: usize,
    /// Whether the connection has to end after it.
    broken: bool,
}

impl Reply {
    fn whole(answer: Answer, by: AnsweredBy) -> Self {
        Self {
            length: answer.body.len(),
            answer,
            by,
            broken: false,
        }
    }

    fn bytes(&self, with_body: bool) -> Vec<u8> {
        wire::message(&self.answer, self.length, with_body)
    }

    fn recorded(&self) -> RecordedAnswer {
        let headers = wire::header_map(&self.answer.headers);
        RecordedAnswer::new(
            self.answer.status,
            self.by,
            headers,
            self.answer.body.clone(),
        )
    }
}

/// What answers a request, as the rules want it; `None` when nothing does, and the connection has to end.
async fn reply(
    client: &mut Incoming,
    upstream: &mut Outgoing,
    exchange: &Exchange,
    shared: &Shared,
) -> Option<Reply> {
    let effects = shared.rules.effects(&exchange.method, exchange.path());
    if !effects.delay.is_zero() {
        tokio::time::sleep(effects.delay).await;
    }
    let reply = match &effects.instead {
        Some(instead) => replace(client, instead, &effects, shared).await,
        None => relay(upstream, exchange, &effects, shared).await,
    };
    if reply.is_none() {
        client.reset_on_close();
    }
    reply
}

fn received(exchange: &Exchange) -> Received {
    Received {
        method: exchange.method.clone(),
        target: exchange.target.clone(),
        headers: wire::header_map(&exchange.headers),
        body: exchange.body.clone(),
    }
}

/// Answers in the server's place.
async fn replace(
    client: &mut Incoming,
    instead: &Instead,
    effects: &Effects,
    shared: &Shared,
) -> Option<Reply> {
    let refuse = |refusal| lock(&shared.simulation).refuse(&refusal);
    let mut answer = match instead {
        Instead::Status(status) => refuse(Refusal::Status(*status)),
        Instead::RateLimited { retry_after } => refuse(Refusal::RateLimited {
            retry_after: *retry_after,
        }),
        Instead::LoginPage(status) => Answer::html(*status, LOGIN_PAGE),
        Instead::Redirect { status, location } => {
            Answer::empty(*status).header("location", location.as_str())
        }
        Instead::Stall => {
            client.closed().await;
            return None;
        }
        Instead::Reset => return None,
    };
    answer.headers.extend(effects.headers.iter().cloned());
    Some(Reply::whole(answer, AnsweredBy::Misbehaviour))
}

/// Has the mock server answer, and passes the answer on, damaged or whole. A mock that asks for an error
/// of the connection gives none.
async fn relay(
    upstream: &mut Outgoing,
    exchange: &Exchange,
    effects: &Effects,
    shared: &Shared,
) -> Option<Reply> {
    let mut answer = upstream.exchange(exchange).await.ok()?;
    let before = answer.headers.len();
    answer.headers.retain(|(name, _)| name != SIMULATED);
    let by = match answer.headers.len() == before {
        true => AnsweredBy::Mock,
        false => AnsweredBy::Simulation,
    };
    if let Some(remaining) = effects.remaining {
        let headers = lock(&shared.simulation).rate_limit_headers(remaining);
        answer.headers.extend(headers);
    }
    answer.headers.extend(effects.headers.iter().cloned());
    let reply = Reply::whole(answer, by);
    match effects.damage {
        None => Some(reply),
        Some(damage) => damaged(reply, damage),
    }
}

fn damaged(mut reply: Reply, damage: Damage) -> Option<Reply> {
    reply.by = AnsweredBy::Misbehaviour;
    let body = &mut reply.answer.body;
    match damage {
        Damage::Lost => return None,
        Damage::Truncated(bytes) => {
            // Even an answer without a body must miss something.
            reply.length = reply.length.max(bytes.saturating_add(1));
            body.truncate(bytes);
            reply.broken = true;
        }
        Damage::WrongLength(difference) => {
            let difference = isize::try_from(difference).unwrap_or(isize::MAX);
            reply.length = reply.length.saturating_add_signed(difference);
            reply.broken = true;
        }
        Damage::BrokenJson => {
            body.truncate(body.len() / 2);
            reply.length = body.len();
        }
    }
    Some(reply)
}

/// What a single sign-on proxy sends in place of an answer.
const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>Log in</title></head>\n<body>\n\
    <form action=\"/login\" method=\"post\"><input name=\"username\"><input name=\"password\" \
    type=\"password\"><button>Log in</button></form>\n</body>\n</html>\n";
