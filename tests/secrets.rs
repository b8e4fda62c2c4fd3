//! No secret is ever shown: every operation of every service is called with marked secrets, a server
//! repeats them in every place that an answer has, and all that is printed is searched for them.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "secrets/echo.rs"]
mod echo;
#[path = "secrets/marks.rs"]
mod marks;
#[path = "secrets/output.rs"]
mod output;
#[path = "hostile/server.rs"]
mod server;
mod support;

use std::error::Error as _;
use std::fmt::{Debug, Write};
use std::future::Future;
use std::pin::Pin;

use marks::{Sample, samples};
use output::Output;
use spacewright::testing::TestClock;
use spacewright::{
    Answer, Auth, ClientBuilder, Download, Error, LongTask, Retry, ServiceClient, TaskStatus,
};

/// All that a call shows of itself.
pub type Called = String;

fn answer<T: Debug>(result: Result<Answer<T>, Error>) -> Called {
    // Where an operation answers free JSON, that is what the caller asked for: it is shown as it came.
    let free = std::any::type_name::<T>().contains("serde_json");
    match result {
        Ok(_) if free => String::new(),
        result => shown(result),
    }
}

#[allow(dead_code)] // not every service has long tasks
fn task<S: TaskStatus>(result: Result<Answer<LongTask<S>>, Error>) -> Called {
    shown(result)
}

#[allow(dead_code)] // not every service has downloads
async fn download(result: Result<Download, Error>) -> Called {
    match result {
        Ok(download) => {
            let text = format!("{download:?}");
            text + &shown(download.bytes_within(9).await.map(drop))
        }
        Err(error) => shown(Err::<(), _>(error)),
    }
}

fn unknown(id: &str) -> Pin<Box<dyn Future<Output = Called> + '_>> {
    Box::pin(async move { panic!("{id} is not generated") })
}

/// An outcome in every way in which it can be printed.
fn shown<T: Debug>(result: Result<T, Error>) -> String {
    let error = match result {
        Ok(value) => return format!("{value:?} {value:#?}"),
        Err(error) => error,
    };
    let mut text = format!("{error} {error:?} {error:#?} {:?}", error.api());
    write!(
        text,
        " {:?} {:?}",
        error.request_id(),
        error.api().map(|api| api.messages().to_vec())
    )
    .unwrap();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, " {error} {error:?} {error:#?}").unwrap();
        cause = error.source();
    }
    text
}

const TOKEN: &str = "tok3n+Of/the=Caller~9";

/// A client for a server that repeats what it is sent.
fn connect<C: ServiceClient>(builder: ClientBuilder<C>, auth: Auth) -> C {
    let builder = builder
        .clock(TestClock::new())
        .retry(Retry::default().attempts(2));
    Output::note(&format!("{builder:?} {auth:?}"));
    builder.auth(auth).build().unwrap()
}

/// The ways to identify oneself, with all that must not be shown of them.
fn credentials() -> Vec<(Auth, Vec<String>)> {
    let custom = Custom(TOKEN);
    vec![
        (Auth::bearer(TOKEN), vec![TOKEN.to_owned()]),
        (
            Auth::basic("morgan", TOKEN),
            vec![TOKEN.to_owned(), "bW9yZ2FuOnRvazNu".to_owned()],
        ),
        (Auth::x_auth_token(TOKEN), vec![TOKEN.to_owned()]),
        (Auth::custom(custom), vec![TOKEN.to_owned()]),
    ]
}

struct Custom(&'static str);

impl spacewright::auth::Credential for Custom {
    fn authorize(
        &self,
    ) -> spacewright::auth::CredentialFuture<'_, spacewright::auth::Authorization> {
        Box::pin(async { spacewright::auth::Authorization::bearer(self.0) })
    }
}

/// Calls every operation of a service with every credential while the server plays every echo.
macro_rules! searched {
    ($name:ident, $calls:literal, $folder:literal, $client:path, $narrow:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::{Called, Sample, answer, download, task, unknown};

            include!(concat!(env!("OUT_DIR"), $calls));

            #[tokio::test]
            async fn no_output_holds_a_secret() {
                let output = super::Output::capture();
                let server = super::echo::server().await;
                let samples = super::samples($folder);
                let mut calls = 0;
                for (auth, mut secrets) in super::credentials() {
                    let all = super::connect(<$client>::builder(server.url()), auth);
                    let client = $narrow(&all);
                    output.add(&format!("{all:?} {client:?}"));
                    for sample in &samples {
                        for echo in super::echo::ECHOES {
                            server.play(echo);
                            output.add(&call(&client, &sample.operation, sample).await);
                            calls += 1;
                        }
                        secrets.extend(sample.secrets.iter().cloned());
                        output.search(&secrets, &sample.operation);
                        secrets.truncate(secrets.len() - sample.secrets.len());
                    }
                }
                let marked: usize = samples.iter().map(|sample| sample.secrets.len()).sum();
                println!(
                    "{}: {} operations, {calls} calls, {marked} secrets in bodies",
                    $folder,
                    samples.len()
                );
                assert!(samples.len() == OPERATIONS.len() && server.requests() >= calls / 2);
            }
        }
    };
}

#[cfg(feature = "confluence-dc")]
searched!(
    confluence_dc,
    "/calls_confluence_dc.rs",
    "confluence-dc",
    spacewright::confluence_dc::Client,
    Clone::clone
);
#[cfg(feature = "confluence-cloud")]
searched!(
    confluence_cloud,
    "/calls_confluence_cloud.rs",
    "confluence-cloud/v2",
    spacewright::confluence_cloud::Client,
    Clone::clone
);
#[cfg(feature = "confluence-cloud")]
searched!(
    confluence_cloud_v1,
    "/calls_confluence_cloud_v1.rs",
    "confluence-cloud/v1",
    spacewright::confluence_cloud::Client,
    spacewright::confluence_cloud::Client::v1
);
#[cfg(feature = "onezone")]
searched!(
    onezone,
    "/calls_onezone.rs",
    "onezone",
    spacewright::onezone::Client,
    Clone::clone
);
#[cfg(feature = "workspaces")]
searched!(
    workspaces,
    "/calls_workspaces.rs",
    "workspaces",
    spacewright::workspaces::Client,
    Clone::clone
);

/// The search finds what it is to find.
#[test]
fn the_search_is_not_blind() {
    let echoes = [
        "password=s3cret%22+x",
        r#"{"a":"s3cret\" x"}"#,
        "s3cret\" x",
    ];
    for echo in echoes {
        assert!(
            output::finds(echo, &["s3cret\" x".to_owned()]).is_some(),
            "{echo}"
        );
    }
    assert!(output::finds("s3cre", &["s3cret".to_owned()]).is_none());
}
