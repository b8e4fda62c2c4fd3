//! Prints the spans and events of a call that succeeds at the second attempt, and of one that fails.
//!
//! ```sh
//! cargo run --example tracing --features testing,confluence-dc
//! ```
//!
//! The fields have OpenTelemetry's names for HTTP clients: an application that passes its spans on to a
//! collector needs no mapping. No span or event holds a body, a query string, a path value or a credential.

use spacewright::testing::Misbehaviour;
use spacewright::testing::confluence_dc::{Server, Space, User};
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), spacewright::Error> {
    // Operations are spans at INFO, attempts are spans within them at DEBUG.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .init();

    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_space(Space::new("TEST"));
    server.misbehave(Misbehaviour::status(503).once());
    let wiki = server.client();

    wiki.space().get("TEST").await?;
    if let Err(error) = wiki.space().get("NOWHERE").await {
        println!("{error}");
    }
    Ok(())
}
