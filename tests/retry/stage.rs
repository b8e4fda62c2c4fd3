//! The simulated server that calls are retried against, and what it does to them.

use spacewright::confluence_dc::Client;
use spacewright::testing::Misbehaviour;
use spacewright::testing::confluence_dc::{Server, Space};
use spacewright::{ClientBuilder, Clock};

/// A server with the space `TEST`.
pub async fn start() -> Server {
    Server::start().await.with_space(Space::new("TEST"))
}

/// A client of its administrator, on this clock.
pub fn builder(server: &Server, clock: &(impl Clock + Clone)) -> ClientBuilder<Client> {
    Client::builder(server.url())
        .auth(server.auth("admin"))
        .clock(clock.clone())
}

/// A server that has no time.
pub fn busy() -> Misbehaviour {
    Misbehaviour::status(503)
}

/// A server that refuses for so long.
pub fn limited(retry_after: &str) -> Misbehaviour {
    Misbehaviour::status(429).with_header("Retry-After", retry_after)
}

/// An answer that was served, with these headers.
pub fn served(headers: &[(&str, &str)]) -> Misbehaviour {
    let mut served = Misbehaviour::extra_headers();
    for (name, value) in headers {
        served = served.with_header(*name, *value);
    }
    served
}
