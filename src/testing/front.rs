//! A small TCP front before the mock server: it notes every request, relays it, and breaks what HTTP
//! mocks cannot break.
//!
//! It speaks just enough HTTP/1.1 for that, and runs on a thread of its own, so that neither a blocking
//! test nor one with a paused clock stops it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::misbehaviour::{Damage, Effects, Instead, Rules};
use super::requests::{Log, RecordedRequest};
use super::server::{Answer, Refusal, Simulation};
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
        simulation: Arc<dyn Simulation>,
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
    simulation: Arc<dyn Simulation>,
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
    while let Some(exchange) = client.next_request().await? {
        let number = shared.log.received(recorded(&exchange));
        let effects = shared.rules.effects(&exchange.method, exchange.path());
        if !effects.delay.is_zero() {
            tokio::time::sleep(effects.delay).await;
        }
        let sent = match &effects.instead {
            Some(instead) => replace(&mut client, instead, &effects, shared, &exchange).await?,
            None => relay(&mut client, &mut upstream, &exchange, &effects, shared).await?,
        };
        match sent {
            Sent::Whole(status) => shared.log.answered(number, status),
            Sent::Broken(status) => {
                shared.log.answered(number, status);
                break;
            }
            Sent::Nothing => break,
        }
    }
    Ok(())
}

fn recorded(exchange: &Exchange) -> RecordedRequest {
    RecordedRequest::new(
        exchange.method.clone(),
        exchange.target.clone(),
        exchange.header_map(),
        exchange.body.clone(),
    )
}

/// What became of an answer.
enum Sent {
    /// It was sent, and the connection is good for another request.
    Whole(u16),
    /// It was sent in part, and the connection has to end.
    Broken(u16),
    /// Nothing was sent, and the connection has to end.
    Nothing,
}

/// Answers in the server's place.
async fn replace(
    client: &mut Incoming,
    instead: &Instead,
    effects: &Effects,
    shared: &Shared,
    exchange: &Exchange,
) -> io::Result<Sent> {
    let mut answer = match instead {
        Instead::Status(status) => shared.simulation.refuse(&Refusal::Status(*status)),
        Instead::RateLimited { retry_after } => shared.simulation.refuse(&Refusal::RateLimited {
            retry_after: *retry_after,
        }),
        Instead::LoginPage(status) => Answer::html(*status, LOGIN_PAGE),
        Instead::Redirect { status, location } => {
            Answer::empty(*status).header("location", location.as_str())
        }
        Instead::Stall => {
            client.closed().await;
            return Ok(Sent::Nothing);
        }
        Instead::Reset => {
            client.reset_on_close();
            return Ok(Sent::Nothing);
        }
    };
    answer.headers.extend(effects.headers.iter().cloned());
    client
        .send(&wire::head(
            answer.status,
            &answer.headers,
            answer.body.len(),
        ))
        .await?;
    if exchange.method != "HEAD" {
        client.send(&answer.body).await?;
    }
    Ok(Sent::Whole(answer.status))
}

/// Has the mock server answer, and passes the answer on, damaged or whole.
async fn relay(
    client: &mut Incoming,
    upstream: &mut Outgoing,
    exchange: &Exchange,
    effects: &Effects,
    shared: &Shared,
) -> io::Result<Sent> {
    let Ok(mut answer) = upstream.exchange(exchange).await else {
        // A mock asked for an error of the connection.
        client.reset_on_close();
        return Ok(Sent::Nothing);
    };
    if let Some(remaining) = effects.remaining {
        answer
            .headers
            .extend(shared.simulation.rate_limit_headers(remaining));
    }
    answer.headers.extend(effects.headers.iter().cloned());
    let mut length = answer.body.len();
    let mut broken = false;
    match effects.damage {
        None => {}
        Some(Damage::Lost) => {
            client.reset_on_close();
            return Ok(Sent::Nothing);
        }
        Some(Damage::Truncated(bytes)) => {
            // Even an answer without a body must miss something.
            length = length.max(bytes + 1);
            answer.body.truncate(bytes);
            broken = true;
        }
        Some(Damage::WrongLength(difference)) => {
            length =
                length.saturating_add_signed(isize::try_from(difference).unwrap_or(isize::MAX));
            broken = true;
        }
        Some(Damage::BrokenJson) => {
            answer.body.truncate(answer.body.len() / 2);
            length = answer.body.len();
        }
    }
    client
        .send(&wire::head(answer.status, &answer.headers, length))
        .await?;
    if exchange.method != "HEAD" {
        client.send(&answer.body).await?;
    }
    Ok(if broken {
        Sent::Broken(answer.status)
    } else {
        Sent::Whole(answer.status)
    })
}

/// What a single sign-on proxy sends in place of an answer.
const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>Log in</title></head>\n<body>\n\
    <form action=\"/login\" method=\"post\"><input name=\"username\"><input name=\"password\" \
    type=\"password\"><button>Log in</button></form>\n</body>\n</html>\n";
