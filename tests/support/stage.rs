//! A server that gives one prepared answer after another and keeps what it was asked.

use std::sync::{Arc, Mutex};

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The server.
pub struct Stage {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

struct State {
    next: ResponseTemplate,
    seen: Vec<Seen>,
}

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    /// Not decoded.
    pub path: String,
    /// Not decoded, without the question mark.
    pub query: String,
    /// Names are in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    /// All values of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let own = self.headers.iter().filter(|(other, _)| other == name);
        own.map(|(_, value)| value.as_str()).collect()
    }
}

impl Stage {
    pub async fn open() -> Self {
        let next = ResponseTemplate::new(500);
        let state = Arc::new(Mutex::new(State {
            next,
            seen: Vec::new(),
        }));
        // Requests are kept here: the server's own record would be copied at each look.
        let server = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        Mock::given(any())
            .respond_with(Answering(state.clone()))
            .mount(&server)
            .await;
        Self { server, state }
    }

    pub fn uri(&self) -> String {
        self.server.uri()
    }

    /// Prepares the answer to all requests to come.
    pub fn play(&self, answer: ResponseTemplate) {
        self.state.lock().unwrap().next = answer;
    }

    /// Takes the requests since the last time.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.state.lock().unwrap().seen)
    }
}

struct Answering(Arc<Mutex<State>>);

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        state.seen.push(seen(request));
        state.next.clone()
    }
}

fn seen(request: &Request) -> Seen {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = request.headers.iter();
    Seen {
        method: request.method.to_string(),
        path: request.url.path().to_owned(),
        query: request.url.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: request.body.clone(),
    }
}
