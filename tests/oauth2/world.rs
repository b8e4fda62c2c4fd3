//! An authorization server and a service that takes its tokens, with a memory of all that happened.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use serde_json::json;
use spacewright::auth::CredentialFuture;
use spacewright::auth::oauth2::{
    Application, ApplicationBuilder, MemoryStore, Provider, Session, TokenStore, Tokens,
};
use spacewright::testing::wiremock::matchers::{method, path};
use spacewright::testing::wiremock::{Mock, Request, ResponseTemplate};
use spacewright::testing::{BareServer, TestClock};
use spacewright::workspaces::Client;
use spacewright::{Auth, Clock};

/// Marks everything secret, so that it can be looked for.
pub const MARK: &str = "s3cr3t";

pub fn access(number: u32) -> String {
    format!("access-{MARK}-{number}")
}

pub fn refresh(number: u32) -> String {
    format!("refresh-{MARK}-{number}")
}

/// When every test begins.
const BEGIN: Duration = Duration::from_secs(1_800_000_000);

pub const CLIENT_SECRET: &str = "client-s3cr3t";

/// What the servers know and have seen.
#[derive(Default)]
pub struct State {
    /// What happened, in order.
    pub events: Vec<String>,
    /// The bodies that the token endpoint was sent.
    pub asked: Vec<HashMap<String, String>>,
    /// The token endpoint's `Authorization` headers.
    pub basic: Vec<Option<String>>,
    /// Answers of the token endpoint that come before its own.
    pub script: VecDeque<ResponseTemplate>,
    /// Access tokens that the service takes.
    pub valid: HashSet<String>,
    /// The number of the tokens given out last.
    pub number: u32,
    /// `expires_in` of an answer.
    pub lifetime: Option<u64>,
    /// Whether new access tokens work.
    pub stillborn: bool,
    /// Whether refresh tokens stay as they are.
    pub keeps_refresh_token: bool,
}

#[derive(Clone)]
pub struct World {
    pub server: Arc<BareServer>,
    pub state: Arc<Mutex<State>>,
    pub clock: TestClock,
}

impl World {
    pub async fn new() -> Self {
        let state = State {
            number: 1,
            lifetime: Some(3600),
            valid: [access(1)].into(),
            ..State::default()
        };
        let state = Arc::new(Mutex::new(state));
        let server = BareServer::start().await;
        let world = Self {
            server: Arc::new(server),
            state,
            clock: TestClock::starting_at(SystemTime::UNIX_EPOCH + BEGIN),
        };
        world.mount("POST", "/token", State::give_tokens).await;
        world.mount("GET", "/workspaces", State::serve).await;
        world
    }

    async fn mount(
        &self,
        verb: &str,
        at: &str,
        answer: fn(&mut State, &Request) -> ResponseTemplate,
    ) {
        let state = Arc::clone(&self.state);
        let respond = move |request: &Request| answer(&mut state.lock().expect("state"), request);
        let mock = Mock::given(method(verb)).and(path(at));
        self.server.mount(mock.respond_with(respond)).await;
    }

    /// Lets so many seconds go by.
    pub fn turn(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("state")
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    pub fn provider(&self) -> Provider {
        Provider::new(self.url("/token")).authorize_url(self.url("/authorize"))
    }

    pub fn builder(&self) -> ApplicationBuilder {
        self.builder_with(self.provider())
    }

    pub fn builder_with(&self, provider: Provider) -> ApplicationBuilder {
        Application::builder(provider, "client-id")
            .client_secret(CLIENT_SECRET)
            .redirect_uri("https://app.example.com/callback")
            .scopes(["one", "two"])
            .clock(self.clock.clone())
    }

    pub fn application(&self) -> Application {
        self.builder().build().expect("an application")
    }

    /// The tokens with which most tests begin: good for an hour.
    pub fn tokens(&self) -> Tokens {
        Tokens::new(access(1))
            .with_refresh_token(refresh(1))
            .with_expiry(self.clock.wall() + Duration::from_secs(3600))
    }

    /// A session on the first tokens.
    pub fn session(&self) -> (Session, Witness) {
        let store = self.store(Some(self.tokens()));
        (self.application().session(store.clone()), store)
    }

    pub fn store(&self, tokens: Option<Tokens>) -> Witness {
        let inner = tokens.map(MemoryStore::new).unwrap_or_default();
        Witness {
            inner,
            state: Arc::clone(&self.state),
            broken: Arc::default(),
        }
    }

    pub fn client(&self, session: &Session) -> Client {
        Client::builder(self.server.url())
            .auth(Auth::oauth2(session.clone()))
            .clock(self.clock.clone())
            .build()
            .expect("a client")
    }

    /// What happened since this was asked last.
    pub fn events(&self) -> Vec<String> {
        std::mem::take(&mut self.state().events)
    }

    /// How often the token endpoint was asked.
    pub fn asked(&self) -> usize {
        self.state().asked.len()
    }

    /// Has the token endpoint answer this before anything else.
    pub fn script(&self, status: u16, body: &str) {
        let answer =
            ResponseTemplate::new(status).set_body_raw(body.as_bytes(), "application/json");
        self.state().script.push_back(answer);
    }
}

impl State {
    fn give_tokens(&mut self, request: &Request) -> ResponseTemplate {
        let form: HashMap<String, String> = url::form_urlencoded::parse(&request.body)
            .into_owned()
            .collect();
        let given = form
            .get("refresh_token")
            .or(form.get("code"))
            .cloned()
            .unwrap_or_default();
        self.events.push(
            format!("ask {} {given}", form["grant_type"])
                .trim()
                .to_owned(),
        );
        let header = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        self.basic.push(header.map(str::to_owned));
        self.asked.push(form);
        if let Some(answer) = self.script.pop_front() {
            return answer;
        }
        if !given.is_empty()
            && given != "the-code"
            && given != refresh(self.number)
            && !self.keeps_refresh_token
        {
            return ResponseTemplate::new(403).set_body_json(json!({"error": "invalid_grant"}));
        }
        self.number += 1;
        if !self.stillborn {
            self.valid.insert(access(self.number));
        }
        let mut answer = json!({"access_token": access(self.number), "token_type": "Bearer"});
        if let Some(lifetime) = self.lifetime {
            answer["expires_in"] = json!(lifetime);
        }
        if !given.is_empty() && !self.keeps_refresh_token {
            answer["refresh_token"] = json!(refresh(self.number));
        }
        ResponseTemplate::new(200).set_body_json(answer)
    }

    fn serve(&mut self, request: &Request) -> ResponseTemplate {
        let header = request
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|header| header.strip_prefix("Bearer "))
            .unwrap_or("none");
        let status = if self.valid.contains(token) { 200 } else { 401 };
        self.events.push(format!("use {token} {status}"));
        ResponseTemplate::new(status).set_body_json(json!([]))
    }
}

/// A store that writes down what it is asked, and fails when it is told to.
#[derive(Clone)]
pub struct Witness {
    pub inner: MemoryStore,
    state: Arc<Mutex<State>>,
    broken: Arc<Mutex<bool>>,
}

impl Witness {
    pub fn break_down(&self, broken: bool) {
        *self.broken.lock().expect("broken") = broken;
    }

    pub fn kept(&self) -> (String, Option<String>) {
        let tokens = self.inner.tokens().expect("tokens");
        let refresh = tokens.refresh_token.map(|token| token.expose().to_owned());
        (tokens.access_token.expose().to_owned(), refresh)
    }

    /// As another process would, behind the session's back.
    pub async fn replace(&self, tokens: Tokens) {
        self.inner.save(&tokens).await.expect("a save");
    }

    fn note(&self, event: String) {
        self.state.lock().expect("state").events.push(event);
    }
}

impl TokenStore for Witness {
    fn load(&self) -> CredentialFuture<'_, Option<Tokens>> {
        self.note("load".to_owned());
        self.inner.load()
    }

    fn save<'a>(&'a self, tokens: &'a Tokens) -> CredentialFuture<'a, ()> {
        let refresh = tokens
            .refresh_token
            .as_ref()
            .map_or("none", |token| token.expose());
        self.note(format!("save {} {refresh}", tokens.access_token.expose()));
        if *self.broken.lock().expect("broken") {
            return Box::pin(async { Err("the disk is full".into()) });
        }
        self.inner.save(tokens)
    }
}
