//! A progress bar for what the server does in the background; Ctrl-C stops the wait, not the task.
//!
//! Without arguments it deletes a user on a small server in this process. Against a real one:
//!
//! ```sh
//! # Deletes a user and watches the task.
//! WIKI_TOKEN=… cargo run --example long_task --features confluence-dc,testing -- https://wiki.example.com delete morgan
//! # Takes up a task that was left alone.
//! WIKI_TOKEN=… cargo run --example long_task --features confluence-dc,testing -- https://wiki.example.com follow 12345
//! ```

mod support;

use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use spacewright::confluence_dc::{Client, types::LongTaskStatus};
use spacewright::testing::confluence_dc::Server;
use spacewright::{Auth, LongTask, TaskStatus};
use support::Outcome;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    support::exit(run().await)
}

async fn run() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let server = Server::start().await.with_users(3).with_task_polls(5);
            let wiki = server.client();
            let users = wiki.admin_users().list_active().await?.results;
            let mut names = users.into_iter().filter_map(|user| user.username);
            let name = names.find(|name| name != "admin").unwrap_or_default();
            watch(wiki.admin_user().delete(name).await?).await
        }
        [url, "delete", name] => watch(client(url)?.admin_user().delete(name).await?).await,
        [url, "follow", id] => watch(client(url)?.long_task().follow(id)).await,
        _ => Err("usage: long_task [<url> delete <username> | <url> follow <id>]".into()),
    }
}

fn client(url: &str) -> Outcome<Client> {
    let token = std::env::var("WIKI_TOKEN").map_err(|_| "WIKI_TOKEN is not set")?;
    Ok(Client::builder(url)
        .auth(Auth::personal_access_token(token))
        .build()?)
}

/// Shows how far a task has come until it ends, or until Ctrl-C.
async fn watch(task: LongTask<LongTaskStatus>) -> Outcome {
    let bar = ProgressBar::new(100).with_style(ProgressStyle::with_template(
        "{prefix} [{bar:20}] {pos:>3} % {wide_msg}",
    )?);
    bar.set_prefix(format!("task {}", task.id()));
    let mut updates = task.updates();
    // One listener for all the time: what comes between two turns of the loop is not lost.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            update = updates.next() => match update {
                Some(Ok(status)) => show(&bar, &status),
                Some(Err(error)) => {
                    bar.abandon();
                    return Err(error.into());
                }
                None => {
                    bar.finish();
                    println!("task {} is done", task.id());
                    return Ok(());
                }
            },
            _ = &mut interrupted => {
                bar.abandon();
                println!("The server goes on with it. To watch it again: long_task <url> follow {}", task.id());
                return Ok(());
            }
        }
    }
}

fn show(bar: &ProgressBar, status: &LongTaskStatus) {
    bar.set_position(status.percent().unwrap_or(0).into());
    bar.set_message(status.texts().join("; "));
}
