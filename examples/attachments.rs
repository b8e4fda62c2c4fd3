//! Files attached to a page and fetched again, one after another, each with a progress bar.
//!
//! Without arguments it uploads three made-up files to a server inside this process:
//!
//! ```sh
//! cargo run --example attachments --features confluence-dc,testing
//! ```
//!
//! With a URL, a page's id and `SPACEWRIGHT_TOKEN` it uploads files of yours:
//!
//! ```sh
//! cargo run --example attachments --features confluence-dc,testing -- \
//!     --url https://wiki.example.com/confluence --page 65591 report.pdf photo.jpg
//! ```

mod support;

use futures_util::TryStreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use spacewright::confluence_dc::Client;
use spacewright::testing::Misbehaviour;
use spacewright::testing::confluence_dc::{Content, Server, Space};
use spacewright::{Auth, Upload};
use support::{Outcome, argument, rest, variable};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    support::exit(run().await)
}

async fn run() -> Outcome {
    if let Some(url) = argument("url") {
        let page = argument("page").ok_or("say which page with --page")?;
        let auth = Auth::personal_access_token(variable("SPACEWRIGHT_TOKEN")?);
        let wiki = Client::builder(url).auth(auth).build()?;
        let files = rest(&["url", "page"]);
        return attach(&wiki, &page, files.iter().map(Upload::path).collect()).await;
    }
    let server = simulated().await;
    println!(
        "No --url was given: this is a server inside this process, at {}.",
        server.url()
    );
    let files = [
        ("plan.txt", 300 << 10),
        ("photo.jpg", 4 << 20),
        ("backup.zip", 20 << 20),
    ];
    let files = files.map(|(name, size)| Upload::bytes(name, vec![b'.'; size]));
    attach(&server.client(), "65591", files.into()).await
}

/// Uploads the files in turn.
async fn attach(wiki: &Client, page: &str, files: Vec<Upload>) -> Outcome {
    for file in files {
        let bar = bar();
        let progress = bar.clone();
        // A file is read while it is sent and never whole in memory. When an attempt fails, the next
        // begins at its beginning: so does the bar.
        let file = file.on_progress(move |sent| progress.set_position(sent));
        let stored = wiki
            .attachments()
            .create(page, file)
            .allow_duplicated(true) // a file of that name becomes its next version
            .comment("Uploaded by an example")
            .minor_edit(true) // nobody gets mail about it
            .send()
            .await?;
        bar.finish_and_clear();
        let attempts = stored.attempts();
        for attachment in stored.into_value().results {
            let name = attachment.title.unwrap_or_default();
            println!(
                "  {name} is attachment {}; attempts: {attempts}",
                attachment.id
            );
            let size = fetch(wiki, page, &name).await?;
            println!("  {name} came back with {size} bytes");
        }
    }
    Ok(())
}

/// Downloads a file piece by piece; here the pieces are only counted.
async fn fetch(wiki: &Client, page: &str, name: &str) -> Result<u64, spacewright::Error> {
    let bar = bar();
    let mut file = wiki.attachments().download(page, name).await?;
    // A file that is cut short ends in an error.
    while let Some(piece) = file.try_next().await? {
        bar.inc(piece.len() as u64);
    }
    bar.finish_and_clear();
    Ok(file.received())
}

/// A bar that counts bytes. The file's size is not asked for: one from a stream may have none.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("  {spinner} {bytes}, {bytes_per_sec}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// A server with a page to attach files to, which is busy once so that a retry can be seen.
async fn simulated() -> Server {
    let page = Content::page("DOCS", "Files").id(65591);
    let server = Server::start()
        .await
        .with_space(Space::new("DOCS"))
        .with_content(page);
    server.misbehave(Misbehaviour::rate_limited(1).for_method("POST").once());
    server
}
