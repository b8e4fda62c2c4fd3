//! The harness that every simulated server stands on: front, mocks, simulation and log.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate};

use super::front::Front;
use super::misbehaviour::{Misbehaviour, Rules};
use super::pages::Paging;
use super::requests::{Log, Requests};

/// What a service's simulation owes the harness.
pub(crate) trait Simulation: Send + Sync + 'static {
    /// The answer to a request. Lists pass `paging` to [`super::pages::cut`].
    fn respond(&self, request: &Request, paging: &Paging<'_>) -> ResponseTemplate;

    /// A refusal in the service's own words and headers, for a misbehaviour.
    fn refuse(&self, refusal: &Refusal) -> Answer;

    /// The headers by which the service tells how much of a rate limit is left.
    fn rate_limit_headers(&self, remaining: u64) -> Vec<(String, String)>;
}

/// Why a request is refused before the simulation has seen it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refusal {
    /// An error of this status (401 is an expired token).
    Status(u16),
    /// Too many requests; come again after so many seconds.
    RateLimited { retry_after: u64 },
}

/// An answer that can still be read and changed, which `ResponseTemplate` cannot.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::raw(status, "application/json", body.to_string().into_bytes())
    }

    /// An HTML answer.
    pub(crate) fn html(status: u16, body: &str) -> Self {
        Self::raw(status, "text/html;charset=UTF-8", body.as_bytes().to_vec())
    }

    /// An answer of any media type.
    pub(crate) fn raw(status: u16, media_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), media_type.to_owned())],
            body,
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl From<Answer> for ResponseTemplate {
    fn from(answer: Answer) -> Self {
        let mut media_type = None;
        let mut template = ResponseTemplate::new(answer.status);
        for (name, value) in &answer.headers {
            if name.eq_ignore_ascii_case("content-type") {
                media_type = Some(value.clone());
            } else {
                template = template.append_header(name.as_str(), value.as_str());
            }
        }
        match media_type {
            Some(media_type) => template.set_body_raw(answer.body, &media_type),
            None => template,
        }
    }
}

/// The answer to what a server does not simulate: 501, and how to put a mock in its place.
pub(crate) fn not_simulated(request: &Request) -> ResponseTemplate {
    let (method, path) = (request.method.as_str(), request.url.path());
    let advice = format!(
        "spacewright's testing kit does not simulate {method} {path}. Mount a mock of your own: \
         server.mount(wiremock::Mock::given(wiremock::matchers::method(\"{method}\"))\
         .and(wiremock::matchers::path(\"{path}\"))\
         .respond_with(wiremock::ResponseTemplate::new(200))).await"
    );
    Answer::json(
        501,
        &serde_json::json!({ "statusCode": 501, "message": advice }),
    )
    .into()
}

/// A test cannot go on without its client, and `client()` has no other way to say why.
#[allow(clippy::panic)]
pub(crate) fn no_client(cause: &dyn std::fmt::Display) -> ! {
    panic!("the client of the simulated server could not be built: {cause}")
}

/// A running simulated server: what each service's `Server` wraps.
pub(crate) struct Harness<S> {
    simulation: Arc<S>,
    rules: Arc<Rules>,
    log: Arc<Log>,
    mocks: MockServer,
    front: Front,
}

impl<S: Simulation> Harness<S> {
    /// Starts on loopback, on a port the system chooses or the one given.
    ///
    /// # Panics
    ///
    /// When the port cannot be bound.
    pub(crate) async fn start(simulation: S, port: Option<u16>) -> Self {
        let simulation = Arc::new(simulation);
        let rules = Arc::new(Rules::default());
        let log = Arc::new(Log::default());
        let mocks = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        let responder = Responder {
            simulation: Arc::clone(&simulation),
            rules: Arc::clone(&rules),
        };
        Mock::given(Anything)
            .respond_with(responder)
            .with_priority(u8::MAX)
            .mount(&mocks)
            .await;
        let refuser: Arc<dyn Simulation> = simulation.clone();
        let front = Front::start(
            port,
            *mocks.address(),
            refuser,
            Arc::clone(&rules),
            Arc::clone(&log),
        );
        Self {
            simulation,
            rules,
            log,
            mocks,
            front,
        }
    }

    /// The service's own part.
    pub(crate) fn simulation(&self) -> &S {
        &self.simulation
    }

    /// `http://127.0.0.1:<port>`, without a context path.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where the front listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.front.address()
    }

    /// Tells the rules which context path (`/confluence`, or empty) comes before the paths they name.
    pub(crate) fn set_context_path(&self, context: &str) {
        self.rules.set_context_path(context);
        self.log.set_context_path(context);
    }

    /// Adds a rule.
    pub(crate) fn misbehave(&self, misbehaviour: Misbehaviour) {
        self.rules.add(misbehaviour);
    }

    /// Removes all rules.
    pub(crate) fn behave(&self) {
        self.rules.clear();
    }

    /// What was received so far.
    pub(crate) fn requests(&self) -> Requests {
        self.log.snapshot()
    }

    /// Forgets what was received so far.
    pub(crate) fn forget_requests(&self) {
        self.log.clear();
    }

    /// Mounts a mock that wins over the simulation.
    pub(crate) async fn mount(&self, mock: Mock) {
        self.mocks.register(mock).await;
    }
}

/// The public methods that every `Server` has; `harness` is its field of type [`Harness`].
macro_rules! server_methods {
    () => {
        /// Makes the server misbehave: see [`Misbehaviour`](crate::testing::Misbehaviour). Rules add up;
        /// of those that replace the whole answer the first that applies wins.
        pub fn misbehave(&self, misbehaviour: crate::testing::Misbehaviour) {
            self.harness.misbehave(misbehaviour);
        }

        /// Ends every misbehaviour.
        pub fn behave(&self) {
            self.harness.behave();
        }

        /// The requests received so far, those included that a misbehaviour answered.
        pub fn requests(&self) -> crate::testing::Requests {
            self.harness.requests()
        }

        /// Forgets the requests received so far, so that a test can look at its last step alone.
        pub fn forget_requests(&self) {
            self.harness.forget_requests();
        }

        /// Mounts a mock of your own beside the simulation. It wins over the simulation; what it
        /// expects (`Mock::expect`) is verified when the server is dropped.
        pub async fn mount(&self, mock: wiremock::Mock) {
            self.harness.mount(mock).await;
        }
    };
}
pub(crate) use server_methods;

/// Matches every request.
struct Anything;

impl Match for Anything {
    fn matches(&self, _request: &Request) -> bool {
        true
    }
}

/// Hands a request that no mock took to the simulation.
struct Responder<S> {
    simulation: Arc<S>,
    rules: Arc<Rules>,
}

impl<S: Simulation> Respond for Responder<S> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let paging = Paging::new(&self.rules, request);
        self.simulation.respond(request, &paging)
    }
}
