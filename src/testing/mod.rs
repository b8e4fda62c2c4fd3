//! Servers that behave like the real ones, inside the test.
//!
//! An application that is built on this crate can test itself against a service that it cannot reach
//! from its tests, or must not touch. Each service has a `Server` here: an HTTP server on 127.0.0.1 with
//! a memory, which creates, lists, pages, validates, refuses and forgets as the real one does, down to
//! its headers and messages.
//!
//! In a `Cargo.toml`:
//!
//! ```toml
//! [dependencies]
//! spacewright = { version = "0.1", features = ["confluence-dc"] }
//!
//! [dev-dependencies]
//! spacewright = { version = "0.1", features = ["confluence-dc", "testing"] }
//! ```
//!
//! # A test in four steps
//!
#![cfg_attr(feature = "confluence-dc", doc = "```no_run")]
#![cfg_attr(not(feature = "confluence-dc"), doc = "```ignore")]
//! use std::time::Duration;
//! use spacewright::testing::Misbehaviour;
//! use spacewright::testing::confluence_dc::{Server, Space, User};
//!
//! # async fn archive_all(_: &spacewright::confluence_dc::Client) -> Result<(), spacewright::Error> { Ok(()) }
//! # async fn test() {
//! // 1. Start a server and give it what the test needs.
//! let server = Server::start()
//!     .await
//!     .with_user(User::new("morgan").full_name("Morgan Lee"))
//!     .with_spaces(120);
//!
//! // 2. Make the network as bad as it can get.
//! server.misbehave(Misbehaviour::status(503).on("/rest/api/space").times(2));
//! server.misbehave(Misbehaviour::latency(Duration::from_millis(20)).by_chance(0.2, 42));
//!
//! // 3. Run the application.
//! let wiki = server.client();
//! archive_all(&wiki).await.unwrap();
//!
//! // 4. Look at what the server holds now, and at what it was asked.
//! assert!(server.spaces().iter().all(|space| space.archived));
//! server.requests().with_method("PUT").to("/rest/api/space/*/archive").assert_count(120);
//! # }
//! ```
//!
//! # Who is asking
//!
//! `client()` comes as an administrator. `client_as("morgan")` comes as an ordinary user, who meets the
//! refusals that ordinary users meet, and `client_with(auth)` with any credentials, good or bad. An
//! application that builds its own client takes the server's `url()` and `auth("morgan")`, or a token of
//! its own that the server was told of by `with_token`.
//!
//! # What goes wrong
//!
//! [`Misbehaviour`] has what real services and the networks before them were seen to do: bursts of
//! errors, rate limits with each service's headers, HTML pages in place of JSON, redirects, expired
//! tokens, latency, stalls, resets, answers that get lost after the work was done, bodies that are cut
//! or of the wrong length. [`PageBehaviour`] has the ways in which lists lie: capped limits, short and
//! empty pages, rows past the end, lists without an end, links to other hosts. Each applies to all
//! requests or to some paths, once, n times or for ever, or by chance from a seed; without chance and
//! with it, every run of a test sees the same.
//!
//! # What was asked
//!
//! `requests()` gives every request the server received, those included that it never answered, each
//! with its answer and who gave it: [`Requests`] can be filtered and asserted on. Credentials are never
//! shown in a message. `assert_misbehaved()` finds the misbehaviours that no request met, such as one for
//! a path that is misspelt. All requests are remembered, until `forget_requests()` or `take_requests()`;
//! `keep_requests(n)` has the server remember the latest only.
//!
//! # What is not simulated
//!
//! An operation that a server does not simulate answers 501 and says so. A mock of one's own stands in
//! for it, or wins over a simulated one. It is made with [`wiremock`], which this module re-exports:
//!
#![cfg_attr(feature = "confluence-dc", doc = "```no_run")]
#![cfg_attr(not(feature = "confluence-dc"), doc = "```ignore")]
//! use spacewright::testing::wiremock::matchers::{method, path};
//! use spacewright::testing::wiremock::{Mock, ResponseTemplate};
//!
//! # async fn test(server: spacewright::testing::confluence_dc::Server) {
//! let records = ResponseTemplate::new(200).set_body_string(r#"{"entities": []}"#);
//! let mock = Mock::given(method("GET")).and(path("/rest/auditing/1.0/events")).respond_with(records);
//! server.mount(mock.expect(1)).await;
//! # }
//! ```
//!
//! What is no service at all, such as an authorization server or the host of files, is a [`BareServer`],
//! and what no HTTP server would send comes from a [`SocketServer`]. Confluence Data Center is an
//! authorization server itself, and so is its `Server` here.
//!
//! # Good to know
//!
//! - A server runs on threads of its own and ends when it is dropped. Tests can run side by side. Only a
//!   [`SocketServer`] runs on the runtime of its test.
//! - Time does not pass in it by itself: long tasks move on when they are asked about, its clock moves with
//!   its changes, and that of Onezone can be put forward. A client waits all the same, between attempts and
//!   between polls, unless it is built with a [`TestClock`].
//! - It speaks plain HTTP/1.1. The crate allows that on loopback only.

// Not every service needs all of the harness.
#![cfg_attr(not(confluence_dc), allow(dead_code, unused_imports, unused_macros))]

mod bare;
mod clock;
#[cfg(any(confluence_dc, confluence_cloud))]
mod file;
mod front;
mod misbehaviour;
#[cfg(any(confluence_dc, confluence_cloud))]
mod multipart;
mod pages;
mod requests;
mod server;
mod socket;
#[cfg(any(confluence_dc, confluence_cloud))]
mod tasks;
mod wire;

#[cfg(confluence_cloud)]
pub mod confluence_cloud;
#[cfg(confluence_dc)]
pub mod confluence_dc;
#[cfg(onezone)]
pub mod onezone;
#[cfg(workspaces)]
pub mod workspaces;

/// The mock server beneath, in the version that the servers' `mount` takes.
pub use ::wiremock;
pub use bare::BareServer;
pub use clock::TestClock;
pub use misbehaviour::Misbehaviour;
pub use pages::{Honesty, NextLink, PageBehaviour};
pub use requests::{AnsweredBy, RecordedAnswer, RecordedRequest, Requests};
pub use socket::{SocketRequest, SocketServer, Step};
