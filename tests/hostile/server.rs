//! The testing kit's server at socket level, and what it is told to send.

// Each test binary uses a part of it.
#![allow(dead_code, unused_imports)]

pub use spacewright::testing::{SocketRequest as Request, SocketServer as Server, Step};

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
