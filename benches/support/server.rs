//! A server on the loopback, in a thread and a runtime of its own.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::answers;

/// Starts the server; it ends with the process. Gives the base URL.
pub fn start() -> String {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            serve(&listener).await;
        });
    });
    let address: SocketAddr = told.recv().unwrap();
    format!("http://{address}/confluence")
}

async fn serve(listener: &TcpListener) {
    let space = Bytes::from(answers::space());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let _ = stream.set_nodelay(true);
        let space = space.clone();
        let answer = service_fn(move |request| answer(request, space.clone()));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer),
        );
    }
}

async fn answer(
    request: Request<Incoming>,
    space: Bytes,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    // A connection is used again only when the whole request was read.
    let _ = body.collect().await;
    let (status, text) = match (head.method, head.uri.path()) {
        (Method::GET, "/confluence/rest/api/space/TEST") => (200, space),
        (Method::POST, "/confluence/rest/api/admin/user") => {
            (200, Bytes::from_static(answers::CREATED.as_bytes()))
        }
        (Method::GET, "/confluence/rest/api/admin/users/list/active") => {
            let query = head.uri.query().unwrap_or_default();
            (
                200,
                answers::users(number(query, "start", 0), number(query, "limit", 200)).into(),
            )
        }
        _ => (404, Bytes::from_static(answers::NOT_FOUND.as_bytes())),
    };
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    Ok(response.body(Full::new(text)).unwrap())
}

fn number(query: &str, name: &str, otherwise: u64) -> u64 {
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    values
        .into_iter()
        .find(|(other, _)| *other == name)
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(otherwise)
}
