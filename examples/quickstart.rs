//! The main job, on all four services, told line by line.
//!
//! Without arguments it starts servers of its own that behave like the real ones:
//!
//! ```sh
//! cargo run --example quickstart --all-features
//! ```
//!
//! With a service and its URL it does the read-only part against a real server. Credentials come from
//! the environment: `SPACEWRIGHT_TOKEN`, or `SPACEWRIGHT_USER` and `SPACEWRIGHT_PASSWORD`:
//!
//! ```sh
//! SPACEWRIGHT_TOKEN=… cargo run --example quickstart --all-features -- \
//!     --service confluence-dc --url https://wiki.example.com/confluence
//! ```

#[path = "quickstart/real.rs"]
mod real;
#[path = "quickstart/simulated.rs"]
mod simulated;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [] => simulated::run().await,
        [service_flag, service, url_flag, url] if service_flag == "--service" && url_flag == "--url" => {
            real::run(service, url).await
        }
        _ => Err("usage: quickstart [--service confluence-dc|confluence-cloud|onezone|workspaces --url URL]".into()),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// A heading between the services.
fn title(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.chars().count()));
}
