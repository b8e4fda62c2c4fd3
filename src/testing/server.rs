//! The harness that every simulated server stands on: front, mocks, simulation and log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate};

use super::front::Front;
use super::misbehaviour::{Misbehaviour, Rules};
use super::pages::Paging;
use super::requests::{Log, Requests};

/// A service's memory, and what it owes the harness.
pub(crate) trait Simulation: Send + 'static {
    /// Tells the address, once, before the first request.
    fn begin(&mut self, origin: &str);

    /// The path that comes before those that rules and filters name (`/confluence`, or empty).
    fn context_path(&self) -> String {
        String::new()
    }

    /// The answer to a request. Lists pass `paging` to [`super::pages::cut`].
    fn respond(&mut self, request: &Request, paging: &Paging<'_>) -> Answer;

    /// A refusal in the service's own words and headers, for a misbehaviour.
    fn refuse(&self, refusal: &Refusal) -> Answer;

    /// The headers by which the service tells how much of a rate limit is left. Not every service is
    /// known to tell.
    fn rate_limit_headers(&self, _remaining: u64) -> Vec<(String, String)> {
        Vec::new()
    }
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
        let mut template = ResponseTemplate::new(answer.status);
        for (name, value) in &answer.headers {
            // A value may repeat what the request said. Bytes that no header can have are left out of
            // it: the template would panic over them.
            let bytes: Vec<u8> = value
                .bytes()
                .filter(|byte| !byte.is_ascii_control())
                .collect();
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::from_bytes(&bytes))
            {
                template = template.append_header(name, value);
            }
        }
        if answer.body.is_empty() {
            return template;
        }
        template.set_body_bytes(answer.body)
    }
}

/// The header by which the front knows that the simulation answered, not a mock; it goes no further.
pub(crate) const SIMULATED: &str = "x-spacewright-simulated";

/// The answer to what a server does not simulate: 501, and how to put a mock in its place, where each
/// service has its message.
pub(crate) fn not_simulated(request: &Request) -> Answer {
    let (method, path) = (request.method.as_str(), request.url.path());
    let advice = format!(
        "spacewright's testing kit does not simulate {method} {path}. Mount a mock of your own: \
         server.mount(wiremock::Mock::given(wiremock::matchers::method(\"{method}\"))\
         .and(wiremock::matchers::path(\"{path}\"))\
         .respond_with(wiremock::ResponseTemplate::new(200))).await"
    );
    Answer::json(
        501,
        &serde_json::json!({
            "statusCode": 501,
            "message": advice,
            "errors": [{ "status": 501, "code": "NOT_SIMULATED", "title": advice }],
            "error": { "id": "notSimulated", "description": advice },
        }),
    )
}

/// A test cannot go on without its client, and `client()` has no other way to say why.
#[allow(clippy::panic)]
pub(crate) fn no_client(cause: &dyn std::fmt::Display) -> ! {
    panic!("the client of the simulated server could not be built: {cause}")
}

/// A running simulated server: what each service's `Server` wraps.
pub(crate) struct Harness<S> {
    state: Arc<Mutex<S>>,
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
        let state = Arc::new(Mutex::new(simulation));
        let rules = Arc::new(Rules::default());
        let log = Arc::new(Log::default());
        let mocks = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        let responder = Responder {
            state: Arc::clone(&state),
            rules: Arc::clone(&rules),
        };
        Mock::given(Anything)
            .respond_with(responder)
            .with_priority(u8::MAX)
            .mount(&mocks)
            .await;
        let refuser: Arc<Mutex<dyn Simulation>> = state.clone();
        let front = Front::start(
            port,
            *mocks.address(),
            refuser,
            Arc::clone(&rules),
            Arc::clone(&log),
        );
        let harness = Self {
            state,
            rules,
            log,
            mocks,
            front,
        };
        harness.state().begin(&harness.origin());
        harness.heed_context_path();
        harness
    }

    /// The service's own part.
    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        lock(&self.state)
    }

    /// `http://127.0.0.1:<port>`, without a context path.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.front.address())
    }

    /// Has rules and filters reckon with the context path that the service has now.
    pub(crate) fn heed_context_path(&self) {
        let context = self.state().context_path();
        self.rules.set_context_path(&context);
        self.log.set_context_path(&context);
    }

    /// Adds a rule.
    pub(crate) fn misbehave(&self, misbehaviour: Misbehaviour) {
        self.rules.add(misbehaviour);
    }

    /// Removes all rules.
    pub(crate) fn behave(&self) {
        self.rules.clear();
    }

    /// Fails when a rule never applied.
    ///
    /// # Panics
    ///
    /// When there is such a rule.
    #[track_caller]
    pub(crate) fn assert_misbehaved(&self) {
        let idle = self.rules.never_shown();
        assert!(
            idle.is_empty(),
            "no request met these misbehaviours:{}\nof the requests {:?}",
            idle.iter()
                .map(|rule| format!("\n  {rule}"))
                .collect::<String>(),
            self.requests(),
        );
    }

    /// What was received so far.
    pub(crate) fn requests(&self) -> Requests {
        self.log.snapshot()
    }

    /// Forgets what was received so far.
    pub(crate) fn forget_requests(&self) {
        self.log.clear();
    }

    /// What was received so far and is over, which is forgotten.
    pub(crate) fn take_requests(&self) -> Requests {
        self.log.take_finished()
    }

    /// Holds no more than so many requests, the latest.
    pub(crate) fn keep_requests(&self, most: usize) {
        self.log.keep(most);
    }

    /// Mounts a mock that wins over the simulation.
    pub(crate) async fn mount(&self, mock: Mock) {
        self.mocks.register(mock).await;
    }
}

/// What a panic left behind is as good as ever: no change to a state is done by halves.
pub(crate) fn lock<S: ?Sized>(state: &Mutex<S>) -> MutexGuard<'_, S> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The public methods that every server has; `harness` is its field of type [`Harness`] over `$state`, and
/// `$client`, if there is one, what talks to it.
macro_rules! server_methods {
    ($state:ty, $client:ty) => {
        crate::testing::server::server_methods!($state);

        /// A client of [`ADMIN`], who may do everything.
        ///
        /// # Panics
        ///
        /// When the client cannot be built.
        pub fn client(&self) -> $client {
            self.client_as(ADMIN)
        }

        /// A client of this user, who is named as for [`token`](Self::token).
        ///
        /// # Panics
        ///
        /// When there is no such user, or the client cannot be built.
        pub fn client_as(&self, user: &str) -> $client {
            self.client_with(self.auth(user))
        }

        /// A client with these credentials, good or bad.
        ///
        /// # Panics
        ///
        /// When the client cannot be built.
        pub fn client_with(&self, auth: crate::Auth) -> $client {
            <$client>::builder(self.url())
                .auth(auth)
                .build()
                .unwrap_or_else(|cause| crate::testing::server::no_client(&cause))
        }

        fn state(&self) -> std::sync::MutexGuard<'_, $state> {
            self.harness.state()
        }
    };
    ($state:ty) => {
        /// Starts a fresh server on a free port of 127.0.0.1.
        ///
        /// # Panics
        ///
        /// When the system has no port to give.
        pub async fn start() -> Self {
            let harness = crate::testing::server::Harness::start(<$state>::default(), None).await;
            Self { harness }
        }

        /// Starts a fresh server on this port of 127.0.0.1, for a program that has to know the address.
        ///
        /// # Panics
        ///
        /// When the port is taken.
        pub async fn start_on(port: u16) -> Self {
            let harness =
                crate::testing::server::Harness::start(<$state>::default(), Some(port)).await;
            Self { harness }
        }

        /// Makes the server misbehave: see [`Misbehaviour`](crate::testing::Misbehaviour). Rules add up;
        /// of those that replace the whole answer the first that applies wins.
        pub fn misbehave(&self, misbehaviour: crate::testing::Misbehaviour) {
            self.harness.misbehave(misbehaviour);
        }

        /// Ends every misbehaviour.
        pub fn behave(&self) {
            self.harness.behave();
        }

        /// Asserts that every misbehaviour in force has shown itself at least once. A path that is
        /// misspelt in [`Misbehaviour::on`](crate::testing::Misbehaviour::on) lets a test pass that
        /// tests nothing; this finds it.
        ///
        /// # Panics
        ///
        /// When one has not. The message tells which, and lists the requests.
        #[track_caller]
        pub fn assert_misbehaved(&self) {
            self.harness.assert_misbehaved();
        }

        /// The requests received so far, those included that a misbehaviour answered.
        pub fn requests(&self) -> crate::testing::Requests {
            self.harness.requests()
        }

        /// Forgets the requests received so far, so that a test can look at its last step alone.
        pub fn forget_requests(&self) {
            self.harness.forget_requests();
        }

        /// The requests received so far, which the server forgets, but for those that it is still
        /// answering. A server that runs for long is kept small by it.
        pub fn take_requests(&self) -> crate::testing::Requests {
            self.harness.take_requests()
        }

        /// Remembers no more than so many requests from now on, the latest: for a server that runs for
        /// long. Without it all are remembered.
        pub fn keep_requests(&self, most: usize) {
            self.harness.keep_requests(most);
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
    state: Arc<Mutex<S>>,
    rules: Arc<Rules>,
}

impl<S: Simulation> Respond for Responder<S> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        // HEAD is GET without the body, which the mock server leaves out.
        let get = (request.method == Method::HEAD).then(|| Request {
            method: Method::GET,
            ..request.clone()
        });
        let request = get.as_ref().unwrap_or(request);
        let paging = Paging::new(&self.rules, request);
        let answer = lock(&self.state).respond(request, &paging);
        answer.header(SIMULATED, "yes").into()
    }
}
