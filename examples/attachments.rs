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

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::TryStreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use spacewright::confluence_dc::Client;
use spacewright::testing::confluence_dc::Server;
use spacewright::testing::wiremock::matchers::{method, path_regex};
use spacewright::testing::wiremock::{Mock, Request, ResponseTemplate};
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

/// Attachments are not simulated: mocks keep them, and fail once so that a retry can be seen.
async fn simulated() -> Server {
    let server = Server::start().await;
    let uploads = || Mock::given(method("POST")).and(path_regex("/child/attachment$"));
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "1");
    let busy = busy.set_body_json(json!({ "message": "Rate limit exceeded." }));
    server
        .mount(
            uploads()
                .respond_with(busy)
                .up_to_n_times(1)
                .with_priority(1),
        )
        .await;
    let files = Arc::new(Mutex::new(HashMap::new()));
    let stored = Arc::clone(&files);
    let store = move |upload: &Request| {
        let (name, content) = file_in(&upload.body).unwrap_or_default();
        let id = format!("att-{name}");
        let attachment = json!({ "id": id, "type": "attachment", "title": name });
        stored
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, content);
        ResponseTemplate::new(200).set_body_json(json!({ "results": [attachment], "size": 1 }))
    };
    server
        .mount(uploads().respond_with(store).with_priority(2))
        .await;
    let fetch = move |request: &Request| {
        let name = request.url.path().rsplit('/').next().unwrap_or_default();
        let files = files.lock().unwrap_or_else(PoisonError::into_inner);
        match files.get(name) {
            Some(content) => ResponseTemplate::new(200).set_body_bytes(content.clone()),
            None => ResponseTemplate::new(404),
        }
    };
    let downloads = Mock::given(method("GET")).and(path_regex("^/download/attachments/65591/"));
    server.mount(downloads.respond_with(fetch)).await;
    server
}

/// The name and the content of the file at the head of a form, here made of dots only.
fn file_in(form: &[u8]) -> Option<(String, Vec<u8>)> {
    let begin = form.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(form.get(..begin)?);
    let name = head.split("filename=\"").nth(1)?.split('"').next()?;
    let content = form
        .get(begin..)?
        .iter()
        .copied()
        .take_while(|byte| *byte == b'.');
    Some((name.to_owned(), content.collect()))
}
