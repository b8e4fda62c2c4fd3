//! A server of which a function answers every request for a page.
//!
//! What the lists of every service do wrong is up to the function; the requests are counted as the testing
//! kit counts them.

use std::sync::OnceLock;
use std::time::Duration;

use spacewright::testing::wiremock::matchers::any;
use spacewright::testing::wiremock::{Mock, Request, ResponseTemplate};
use spacewright::testing::{BareServer, Misbehaviour};
use spacewright::{Retry, confluence_cloud, confluence_dc, onezone, workspaces};

/// A request for a page.
pub struct Asked<'a>(&'a Request);

impl Asked<'_> {
    /// A parameter of the query, or of the JSON body.
    pub fn text(&self, name: &str) -> Option<String> {
        let mut query = self.0.url.query_pairs();
        if let Some((_, value)) = query.find(|(key, _)| key == name) {
            return Some(value.into_owned());
        }
        let body: serde_json::Value = serde_json::from_slice(&self.0.body).ok()?;
        let value = body.get(name)?;
        Some(
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned),
        )
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

/// An answer: its status, the target of a `Link` header, and the body.
pub struct Reply {
    pub status: u16,
    pub link: Option<String>,
    pub body: String,
}

impl Reply {
    fn template(self) -> ResponseTemplate {
        let template =
            ResponseTemplate::new(self.status).set_body_raw(self.body, "application/json");
        match self.link {
            Some(link) => template.insert_header("link", format!("<{link}>; rel=\"next\"")),
            None => template,
        }
    }
}

/// A client of each service, made when it is asked for and kept: making one takes longer than most walks.
pub struct Clients {
    url: String,
    dc: OnceLock<confluence_dc::Client>,
    cloud: OnceLock<confluence_cloud::Client>,
    onezone: OnceLock<onezone::Client>,
    workspaces: OnceLock<workspaces::Client>,
}

macro_rules! client {
    ($name:ident: $service:ident) => {
        pub fn $name(&self) -> &$service::Client {
            self.$name.get_or_init(|| {
                let builder = $service::Client::builder(self.url.as_str());
                builder.retry(Retry::none()).build().unwrap()
            })
        }
    };
}

impl Clients {
    fn of(url: String) -> Self {
        Self {
            url,
            dc: OnceLock::new(),
            cloud: OnceLock::new(),
            onezone: OnceLock::new(),
            workspaces: OnceLock::new(),
        }
    }

    client!(dc: confluence_dc);
    client!(cloud: confluence_cloud);
    client!(onezone: onezone);
    client!(workspaces: workspaces);
}

pub struct ListServer {
    server: BareServer,
    clients: Clients,
}

impl ListServer {
    pub async fn start(answer: impl Fn(&Asked<'_>) -> Reply + Send + Sync + 'static) -> Self {
        let server = BareServer::start().await;
        let respond = move |request: &Request| answer(&Asked(request)).template();
        server.mount(Mock::given(any()).respond_with(respond)).await;
        let clients = Clients::of(server.url());
        Self { server, clients }
    }

    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Has every answer take so long.
    pub fn with_latency(self, latency: Duration) -> Self {
        self.server.misbehave(Misbehaviour::latency(latency));
        self
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many requests came since the last time.
    pub fn take(&self) -> usize {
        let count = self.server.requests().len();
        self.server.forget_requests();
        count
    }

    /// The most requests that were there at the same time.
    pub fn most_at_once(&self) -> usize {
        self.server.requests().most_at_once()
    }
}
