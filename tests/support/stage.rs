//! A server that gives one prepared answer after another and tells what it was asked.

use std::sync::{Arc, Mutex};

use spacewright::testing::wiremock::matchers::any;
use spacewright::testing::wiremock::{Mock, Request, ResponseTemplate};
use spacewright::testing::{BareServer, RecordedRequest};

/// The server.
pub struct Stage {
    server: BareServer,
    next: Arc<Mutex<ResponseTemplate>>,
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
        let next = Arc::new(Mutex::new(ResponseTemplate::new(500)));
        let server = BareServer::start().await;
        let prepared = Arc::clone(&next);
        let answer = move |_: &Request| prepared.lock().unwrap().clone();
        server.mount(Mock::given(any()).respond_with(answer)).await;
        Self { server, next }
    }

    pub fn uri(&self) -> String {
        self.server.url()
    }

    /// Prepares the answer to all requests to come.
    pub fn play(&self, answer: ResponseTemplate) {
        *self.next.lock().unwrap() = answer;
    }

    /// Takes the requests since the last time.
    pub fn take(&self) -> Vec<Seen> {
        self.server.take_requests().iter().map(seen).collect()
    }
}

fn seen(request: &RecordedRequest) -> Seen {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = request.headers().iter();
    Seen {
        method: request.method().to_owned(),
        path: request.path().to_owned(),
        query: request.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: request.body().to_vec(),
    }
}
