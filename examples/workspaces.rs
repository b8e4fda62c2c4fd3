//! Delay Workspaces: create workspaces unless they are there, then list them page by page.
//!
//! Without arguments it works on a deployment of its own, inside this process:
//!
//! ```sh
//! cargo run --example workspaces --features workspaces,testing
//! ```
//!
//! With a URL and `SPACEWRIGHT_TOKEN` it lists the workspaces of a real deployment, and creates those
//! that are named:
//!
//! ```sh
//! cargo run --example workspaces --features workspaces,testing -- --url http://localhost:8080 atelier lab
//! ```

mod support;

use futures_util::TryStreamExt;
use spacewright::testing::workspaces::Server;
use spacewright::workspaces::Client;
use spacewright::workspaces::types::{NewWorkspace, SortOrder, WorkspaceType};
use support::{Outcome, argument, bearer, rest};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    support::exit(run().await)
}

async fn run() -> Outcome {
    if let Some(url) = argument("url") {
        let delay = Client::builder(url).auth(bearer()?).build()?;
        create(&delay, &rest(&["url"])).await?;
        return list(&delay).await;
    }
    let server = Server::start().await.with_workspaces(5);
    println!(
        "No --url was given: this is a deployment inside this process, at {}.",
        server.url()
    );
    let delay = server.client();
    create(
        &delay,
        &["atelier".to_owned(), "lab".to_owned(), "atelier".to_owned()],
    )
    .await?;
    list(&delay).await
}

/// Creates the workspaces that are not there yet.
async fn create(delay: &Client, identifiers: &[String]) -> Outcome {
    for identifier in identifiers {
        // The service has no way to read one workspace: whether it is there, the create says.
        let new = NewWorkspace::new(identifier, identifier, WorkspaceType::MultiUser);
        match delay.workspaces().create(new).await {
            Ok(workspace) => println!("Created {identifier}, id {}.", workspace.id),
            Err(error) if error.is_conflict() => println!("{identifier} is there already."),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Lists all workspaces, the newest first.
async fn list(delay: &Client) -> Outcome {
    let list = delay
        .workspaces()
        .list()
        .sort_by("created_at")
        .sort_order(SortOrder::Desc);
    // `items()` would give them one by one; pages show where the service divides them.
    let mut pages = list.per_page(3).pages();
    let mut number = 0;
    while let Some(page) = pages.try_next().await? {
        number += 1;
        println!("Page {number}:");
        for workspace in page.items {
            println!(
                "  {:<16} {:<12} {}",
                workspace.identifier, workspace.workspace_type, workspace.created_at
            );
        }
    }
    Ok(())
}
