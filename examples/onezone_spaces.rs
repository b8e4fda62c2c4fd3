//! A zone's spaces and the providers that support them, as a table.
//!
//! Without arguments it shows a zone of its own, inside this process:
//!
//! ```sh
//! cargo run --example onezone_spaces --features onezone,testing
//! ```
//!
//! With a URL and `SPACEWRIGHT_TOKEN` it shows a real one. All spaces are for administrators; `--mine`
//! shows those of the token's user:
//!
//! ```sh
//! cargo run --example onezone_spaces --features onezone,testing -- --url https://onezone.example.com --mine
//! ```

mod support;

use futures_util::TryStreamExt;
use serde_json::json;
use spacewright::onezone::Client;
use spacewright::onezone::types::Space;
use spacewright::testing::onezone::Server;
use spacewright::testing::wiremock::matchers::{method, path_regex};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{Auth, Details};
use support::{Outcome, argument, flag, variable};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    support::exit(run().await)
}

async fn run() -> Outcome {
    match argument("url") {
        Some(url) => {
            let auth = Auth::x_auth_token(variable("SPACEWRIGHT_TOKEN")?);
            show(&Client::builder(url).auth(auth).build()?, flag("mine")).await
        }
        None => {
            let server = simulated().await;
            println!(
                "No --url was given: this is a zone inside this process, at {}.\n",
                server.url()
            );
            show(&server.client(), false).await
        }
    }
}

/// Prints a row for each space.
async fn show(zone: &Client, mine: bool) -> Outcome {
    // The lists hold ids only. `details` reads the objects, eight at a time, in order.
    let mut spaces: Details<Space> = match mine {
        true => zone.me().list_effective_spaces().details(),
        false => zone.spaces().list().details(),
    };
    println!("{:<20} {:>10}  Supported by", "Space", "Size");
    while let Some(space) = spaces.try_next().await? {
        let supporters = supporters(zone, &space).await?;
        let size = space
            .providers
            .iter()
            .flatten()
            .map(|(_, bytes)| bytes)
            .sum::<i64>();
        let name = space.name.as_deref().unwrap_or(&space.space_id);
        println!(
            "{name:<20} {:>10}  {}",
            gibibytes(size),
            supporters.join(", ")
        );
    }
    Ok(())
}

/// The providers that hold a space's files, with the storage that each grants.
async fn supporters(zone: &Client, space: &Space) -> Outcome<Vec<String>> {
    let mut providers = zone
        .spaces()
        .list_providers(&space.space_id)
        .details()
        .with_ids();
    let mut supporters = Vec::new();
    while let Some((id, provider)) = providers.try_next().await? {
        let granted = space
            .providers
            .as_ref()
            .and_then(|sizes| sizes.get(&id))
            .copied()
            .unwrap_or_default();
        let offline = if provider.online == Some(false) {
            ", offline"
        } else {
            ""
        };
        supporters.push(format!(
            "{} ({}{offline})",
            provider.name.unwrap_or(id),
            gibibytes(granted)
        ));
    }
    match supporters.is_empty() {
        true => Ok(vec!["nobody: it cannot hold files yet".to_owned()]),
        false => Ok(supporters),
    }
}

fn gibibytes(bytes: i64) -> String {
    format!("{} GiB", bytes >> 30)
}

/// A zone with three spaces. Providers are not simulated: mocks stand in for those of one space.
async fn simulated() -> Server {
    use spacewright::testing::onezone::Space;

    let spaces =
        ["Telescope", "Genomes", "Archive"].map(|name| Space::new(name).id(name.to_lowercase()));
    let [telescope, genomes, archive] = spaces;
    let server = Server::start()
        .await
        .with_space(telescope)
        .with_space(genomes)
        .with_space(archive);
    let sizes = json!({ "p1": 500_i64 << 30, "p2": 120_i64 << 30 });
    let answers = [
        (
            "/spaces/telescope",
            json!({ "spaceId": "telescope", "name": "Telescope", "providers": sizes }),
        ),
        (
            "/spaces/telescope/providers",
            json!({ "providers": ["p1", "p2"] }),
        ),
        (
            "/spaces/telescope/providers/p1",
            json!({ "providerId": "p1", "name": "Krakow", "online": true }),
        ),
        (
            "/spaces/telescope/providers/p2",
            json!({ "providerId": "p2", "name": "Lisbon", "online": false }),
        ),
    ];
    for (path, body) in answers {
        let mock = Mock::given(method("GET")).and(path_regex(format!("{path}$")));
        server
            .mount(mock.respond_with(ResponseTemplate::new(200).set_body_json(body)))
            .await;
    }
    server
}
