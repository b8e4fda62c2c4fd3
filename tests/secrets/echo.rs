//! A server that repeats what it is sent, in every place that an answer has.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::server::{Request, Server, Step, with};

/// Where the server repeats the request.
#[derive(Clone, Copy, Debug)]
pub enum Echo {
    /// In the message of a refusal.
    Message,
    /// In every usual place of a refusal, with its headers.
    Refusal,
    /// As the answer itself: what was sent is what was made.
    Success,
    /// As an answer of the wrong type, with a secret for a key.
    Mismatch,
    /// On a page.
    Page,
    /// As the host of a redirect.
    Redirect,
    /// In an answer that is cut short.
    Cut,
}

pub const ECHOES: [Echo; 7] = [
    Echo::Message,
    Echo::Refusal,
    Echo::Success,
    Echo::Mismatch,
    Echo::Page,
    Echo::Redirect,
    Echo::Cut,
];

pub struct Mirror {
    server: Server,
    echo: Arc<Mutex<Echo>>,
}

impl Mirror {
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn play(&self, echo: Echo) {
        *self.echo.lock().unwrap() = echo;
    }

    pub fn requests(&self) -> usize {
        self.server.seen().len()
    }
}

pub async fn server() -> Mirror {
    let echo = Arc::new(Mutex::new(Echo::Message));
    let playing = echo.clone();
    let server =
        Server::answering(move |request, _| repeat(*playing.lock().unwrap(), request)).await;
    Mirror { server, echo }
}

fn repeat(echo: Echo, request: &Request) -> Vec<Step> {
    let credential = request
        .header("authorization")
        .or(request.header("x-auth-token"))
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let everything = format!("{credential} {body}");
    let headers = format!(
        "X-Request-Id: {credential}\r\nSet-Cookie: token={credential}\r\nX-AREQUESTID: {credential}\r\nETag: \"{credential}\"\r\n"
    );
    let sent: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    match echo {
        Echo::Message => with(
            "400 Bad Request",
            &headers,
            json!({ "message": everything }).to_string(),
        ),
        Echo::Refusal => with(
            "401 Unauthorized",
            &headers,
            refusal(&everything, &sent).to_string(),
        ),
        Echo::Success => with("200 OK", &headers, sent.to_string()),
        Echo::Mismatch => with("200 OK", &headers, mismatch(credential, &sent).to_string()),
        Echo::Page => with(
            "200 OK",
            "Content-Type: text/html\r\n",
            format!("<html>{everything}</html>"),
        ),
        Echo::Redirect => {
            let location = format!("Location: https://{credential}.example/{credential}\r\n");
            with(
                "302 Found",
                &location.replace("Bearer ", "").replace("Basic ", ""),
                everything,
            )
        }
        Echo::Cut => {
            let answer =
                format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 99999\r\n\r\n{everything}");
            vec![Step::Send(answer.into_bytes())]
        }
    }
}

/// The shapes of all services in one.
fn refusal(everything: &str, sent: &Value) -> Value {
    let urlencoded: String = url::form_urlencoded::byte_serialize(everything.as_bytes()).collect();
    json!({
        "statusCode": 401,
        "message": { "sent": sent },
        "reason": everything,
        "error": { "id": everything, "description": everything, "details": sent },
        "errors": [{ "status": 401, "code": everything, "title": urlencoded, "detail": sent.to_string() }],
        "data": { "errors": [
            { "message": { "translation": everything, "args": [sent] } },
            { "message": { "translation": sent.to_string() } },
            { "message": { "translation": json!(sent.to_string()).to_string() } },
        ] },
        "request": sent,
    })
}

/// No operation answers this; secrets stand where a complaint about it points.
fn mismatch(credential: &str, sent: &Value) -> Value {
    let secret = sent
        .as_object()
        .and_then(|sent| sent.values().find_map(Value::as_str))
        .unwrap_or(credential);
    json!([[{ credential: { secret: [credential, { credential: 1 }] } }], credential])
}
