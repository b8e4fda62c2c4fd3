//! Spaces, pages and the properties of users on Confluence Cloud.
//!
//! Without arguments it works on a site of its own, inside this process:
//!
//! ```sh
//! cargo run --example confluence_cloud --features confluence-cloud,testing
//! ```
//!
//! With a URL, `SPACEWRIGHT_EMAIL` and `SPACEWRIGHT_TOKEN` (an API token) it only reads, from a real
//! site; `--account` names the user whose properties are shown:
//!
//! ```sh
//! cargo run --example confluence_cloud --features confluence-cloud,testing -- \
//!     --url https://example.atlassian.net --account 5b10ac8d82e05b22cc7d4ef5
//! ```

mod support;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spacewright::Auth;
use spacewright::confluence_cloud::types::{NewPage, NewSpace};
use spacewright::confluence_cloud::{Adf, Client};
use spacewright::testing::Misbehaviour;
use spacewright::testing::confluence_cloud::{Server, User};
use support::{Outcome, argument, variable};

/// What our application keeps with a user.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Settings {
    columns: u8,
    #[serde(default)]
    dark: bool,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    support::exit(run().await)
}

async fn run() -> Outcome {
    if let Some(url) = argument("url") {
        let auth = Auth::api_token(
            variable("SPACEWRIGHT_EMAIL")?,
            variable("SPACEWRIGHT_TOKEN")?,
        );
        let site = Client::builder(url).auth(auth).build()?;
        spaces(&site).await?;
        return match argument("account") {
            Some(account) => properties(&site, &account).await,
            None => Ok(()),
        };
    }
    let account = "5b10ac8d82e05b22cc7d4ef5";
    let server = Server::start()
        .await
        .with_user(User::new(account))
        .with_spaces(3);
    println!(
        "No --url was given: this is a site inside this process, at {}.",
        server.url()
    );
    let site = server.client();
    write(&site).await?;
    spaces(&site).await?;
    settings(&site, account).await?;
    properties(&site, account).await?;
    limited(&server).await
}

/// A space with a page.
async fn write(site: &Client) -> Outcome {
    let space = site
        .space()
        .create(NewSpace::new("Documentation").key("DOCS"))
        .await?;
    let page = NewPage::new(&space.id)
        .title("Start here")
        .body(Adf::text("Welcome!"));
    let page = site.page().create(page).await?;
    println!("Wrote the page {} in the space {}.", page.id, space.id);
    Ok(())
}

/// All spaces: the second version of the interface pages by cursors, which `items` follows.
async fn spaces(site: &Client) -> Outcome {
    let mut spaces = site.space().list().limit(250).items();
    while let Some(space) = spaces.try_next().await? {
        println!(
            "  {:<10} {}",
            space.key.unwrap_or_default(),
            space.name.unwrap_or_default()
        );
    }
    Ok(())
}

/// A value of our own type, read, changed and kept.
async fn settings(site: &Client, account: &str) -> Outcome {
    let mut settings: Settings = site
        .user_property()
        .get_as(account, "settings")
        .await?
        .unwrap_or_default();
    settings.columns += 1;
    site.user_property()
        .set(account, "settings", &settings)
        .await?;
    println!("Kept {settings:?} with the account {account}.");
    Ok(())
}

/// All properties of a user, whatever they are.
async fn properties(site: &Client, account: &str) -> Outcome {
    let mut keys = site.user_property().keys(account);
    while let Some(key) = keys.try_next().await? {
        let value: Option<Value> = site.user_property().get_as(account, &key).await?;
        println!("  {key}: {}", value.unwrap_or_default());
    }
    Ok(())
}

/// The server asks to slow down, and the client does.
async fn limited(server: &Server) -> Outcome {
    server.misbehave(Misbehaviour::rate_limited(1).once());
    let answer = server.client().space().list().send().await?;
    println!(
        "Asked to wait a second, the client waited: {} after {} attempts.",
        answer.status(),
        answer.attempts()
    );
    Ok(())
}
