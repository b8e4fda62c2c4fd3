//! A server on the loopback, in a thread and a runtime of its own.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::answers;

/// What the server answers: a status and a JSON text.
type Answer = dyn Fn(&Method, &Uri) -> (u16, Bytes) + Send + Sync;

/// Starts the server with the answers of the benchmarks of calls. Gives the base URL.
pub fn start() -> String {
    let space = Bytes::from(answers::space());
    let origin = start_with(Duration::ZERO, move |method, uri| {
        answer(method, uri, &space)
    });
    format!("{origin}/confluence")
}

/// Starts a server that thinks for so long about each answer; it ends with the process. Gives its origin.
pub fn start_with(
    latency: Duration,
    answer: impl Fn(&Method, &Uri) -> (u16, Bytes) + Send + Sync + 'static,
) -> String {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            serve(&listener, latency, Arc::new(answer)).await;
        });
    });
    let address: SocketAddr = told.recv().unwrap();
    format!("http://{address}")
}

async fn serve(listener: &TcpListener, latency: Duration, answer: Arc<Answer>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = stream.set_nodelay(true);
        let answer = answer.clone();
        let service = service_fn(move |request| respond(request, latency, answer.clone()));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn respond(
    request: Request<Incoming>,
    latency: Duration,
    answer: Arc<Answer>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    // A connection is used again only when the whole request was read.
    let _ = body.collect().await;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let (status, text) = answer(&head.method, &head.uri);
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    Ok(response.body(Full::new(text)).unwrap())
}

fn answer(method: &Method, uri: &Uri, space: &Bytes) -> (u16, Bytes) {
    match (method, uri.path()) {
        (&Method::GET, "/confluence/rest/api/space/TEST") => (200, space.clone()),
        (&Method::POST, "/confluence/rest/api/admin/user") => {
            (200, Bytes::from_static(answers::CREATED.as_bytes()))
        }
        (&Method::GET, "/confluence/rest/api/admin/users/list/active") => {
            let users = answers::users(number(uri, "start", 0), number(uri, "limit", 200));
            (200, users.into())
        }
        _ => (404, Bytes::from_static(answers::NOT_FOUND.as_bytes())),
    }
}

/// A number in the query.
pub fn number(uri: &Uri, name: &str, otherwise: u64) -> u64 {
    let query = uri.query().unwrap_or_default();
    let mut values = query.split('&').filter_map(|pair| pair.split_once('='));
    values
        .find(|(other, _)| *other == name)
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(otherwise)
}
