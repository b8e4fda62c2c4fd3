//! Logs a user in to Confluence Cloud in the browser, and lists the spaces of their sites.
//!
//! Register an application with the callback URL `http://localhost:8765/callback` and the scopes
//! `read:space:confluence` and `offline_access` in Atlassian's developer console, then:
//!
//! ```text
//! CLIENT_ID=… CLIENT_SECRET=… cargo run --example oauth2_login --features oauth2,confluence-cloud
//! ```

use std::error::Error;

use futures_util::{StreamExt, TryStreamExt};
use spacewright::Auth;
use spacewright::auth::oauth2::{Application, MemoryStore, Provider};
use spacewright::confluence_cloud::Client;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let application =
        Application::builder(Provider::confluence_cloud(), std::env::var("CLIENT_ID")?)
            .client_secret(std::env::var("CLIENT_SECRET")?)
            .redirect_uri("http://localhost:8765/callback")
            .scopes(["read:space:confluence"])
            .build()?;

    // Listen before the browser is sent away: it may be back at once.
    let listener = TcpListener::bind("127.0.0.1:8765").await?;
    let login = application.login()?;
    println!("Open this in your browser:\n\n{}\n", login.authorize_url());
    let tokens = login.finish_redirect(callback(&listener).await?).await?;

    // A store of your own, say in the system's keychain, would spare the user the next login.
    let session = application.session(MemoryStore::new(tokens));
    for site in session
        .sites()
        .await?
        .iter()
        .filter(|site| site.is_confluence())
    {
        println!("{} ({})", site.name, site.url);
        let wiki = Client::builder(site.client_url())
            .auth(Auth::oauth2(session.clone()))
            .build()?;
        let mut spaces = wiki.space().list().items().take(20);
        while let Some(space) = spaces.try_next().await? {
            println!(
                "  {} {}",
                space.key.unwrap_or_default(),
                space.name.unwrap_or_default()
            );
        }
    }
    Ok(())
}

/// Waits for the browser to come back; gives the path and query that it asks for. Browsers ask for
/// other things as well, such as an icon.
async fn callback(listener: &TcpListener) -> Result<String, Box<dyn Error>> {
    loop {
        let (stream, _) = listener.accept().await?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let target = line.split(' ').nth(1).unwrap_or_default();
        let (status, words) = match target.starts_with("/callback") {
            true => ("200 OK", "You can close this window."),
            false => ("404 Not Found", ""),
        };
        let length = words.len();
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        stream
            .write_all(format!("{head}{words}").as_bytes())
            .await?;
        stream.shutdown().await?;
        if status == "200 OK" {
            return Ok(target.to_owned());
        }
    }
}
