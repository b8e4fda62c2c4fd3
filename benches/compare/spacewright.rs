//! Counts the spaces of a server with spacewright, for `run.py`.

use futures_util::TryStreamExt;
use spacewright::{Auth, confluence_dc::Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("no URL")?;
    let wiki = Client::builder(url).auth(Auth::basic("admin", "secret")).build()?;
    let mut spaces = wiki.space().list().limit(100).items();
    let mut count = 0;
    while spaces.try_next().await?.is_some() {
        count += 1;
    }
    println!("{count}");
    Ok(())
}
