//! Servers that behave like the real ones, on fixed ports, for programs in any language.
//!
//! ```sh
//! cargo run --example server --all-features
//! ```
//!
//! It prints the URLs and credentials, then a line for each request, until Ctrl-C.

use std::time::Duration;

use spacewright::testing::{Requests, confluence_cloud, confluence_dc, onezone, workspaces};

#[tokio::main]
async fn main() {
    let wiki = confluence_dc::Server::start_on(8090)
        .await
        .with_context_path("/confluence")
        .with_users(500)
        .with_spaces(60);
    let site = confluence_cloud::Server::start_on(8091).await.with_users(50).with_spaces(60);
    let zone = onezone::Server::start_on(8092).await.with_users(50).with_spaces(60);
    let delay = workspaces::Server::start_on(8093).await.with_workspaces(120);

    let account = site.users().first().map(|user| user.account_id.clone()).unwrap_or_default();
    println!("Confluence Data Center  {}", wiki.url());
    println!("  Authorization: Bearer {}", wiki.token("admin"));
    println!("Confluence Cloud        {}", site.url());
    println!("  account {account}, API token {}", site.token(&account));
    println!("Onezone                 {}", zone.url());
    println!("  X-Auth-Token: {}", zone.token("admin"));
    println!("Delay Workspaces        {}", delay.url());
    println!("  Authorization: Bearer {}", delay.token("admin"));
    println!("\nRequests:");

    let mut seen = [0; 4];
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            _ = tick.tick() => {
                let all = [wiki.requests(), site.requests(), zone.requests(), delay.requests()];
                let names = ["data center", "cloud", "onezone", "workspaces"];
                for ((requests, name), seen) in all.into_iter().zip(names).zip(&mut seen) {
                    *seen = print_from(&requests, name, *seen);
                }
            }
        }
    }
}

/// Prints the requests from number `first` on; gives how many there are.
fn print_from(requests: &Requests, name: &str, first: usize) -> usize {
    for request in requests.iter().skip(first) {
        println!("{name:12} {request}");
    }
    requests.len()
}
