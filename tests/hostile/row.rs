//! A row of the table: what a server does, and what the caller is to be told.

use std::error::Error as _;
use std::time::Duration;

use spacewright::confluence_dc::{Client, types};
use spacewright::{Auth, Error, ErrorKind, Limits, Upload};

use super::clock::clock;
use super::server::{REQUEST_ID, Server, Step};

/// The operation that a row calls; each is a generated one.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// Reads JSON.
    Get,
    /// Creates, and reads JSON.
    Create,
    /// Replaces, and reads nothing.
    Put,
    /// Deletes, and reads nothing.
    Delete,
    /// Reads a file.
    Download,
    /// Creates, with a body that can be read once.
    Upload,
}

impl Op {
    fn id(self) -> &'static str {
        match self {
            Self::Get => "space_get",
            Self::Create => "space_create",
            Self::Put => "admin_user_enable",
            Self::Delete => "content_delete",
            Self::Download => "backup_restore_download",
            Self::Upload => "attachments_create",
        }
    }

    /// Calls it; gives the attempts where they are known.
    async fn call(self, wiki: &Client) -> Result<Option<u32>, Error> {
        match self {
            Self::Get => wiki
                .space()
                .get("TEST")
                .send()
                .await
                .map(|answer| Some(answer.attempts())),
            Self::Create => {
                let space = types::NewSpace::new("TEST", "A test");
                wiki.space()
                    .create(space)
                    .send()
                    .await
                    .map(|answer| Some(answer.attempts()))
            }
            Self::Put => wiki
                .admin_user()
                .enable("morgan")
                .send()
                .await
                .map(|answer| Some(answer.attempts())),
            Self::Delete => wiki
                .content()
                .delete("7")
                .send()
                .await
                .map(|answer| Some(answer.attempts())),
            Self::Download => wiki
                .backup_restore()
                .download(7)
                .await?
                .bytes()
                .await
                .map(|_| None),
            Self::Upload => {
                let piece = futures_util::stream::once(async { Ok("all is well".into()) });
                let file = Upload::stream("report.txt", piece, None);
                wiki.attachments()
                    .create("7", file)
                    .send()
                    .await
                    .map(|answer| Some(answer.attempts()))
            }
        }
    }
}

/// A row.
pub struct Row {
    name: &'static str,
    op: Op,
    scripts: Vec<Vec<Step>>,
    gives: Gives,
    requests: usize,
    stalls: bool,
}

enum Gives {
    Value,
    Error {
        kind: ErrorKind,
        status: Option<u16>,
        says: &'static str,
    },
}

/// The server plays one script.
pub fn row(name: &'static str, op: Op, script: Vec<Step>) -> Row {
    rows(name, op, vec![script])
}

/// The server plays one script after the other.
pub fn rows(name: &'static str, op: Op, scripts: Vec<Vec<Step>>) -> Row {
    let stalls = scripts
        .iter()
        .flatten()
        .any(|step| matches!(step, Step::Stall));
    Row {
        name,
        op,
        scripts,
        gives: Gives::Value,
        requests: 1,
        stalls,
    }
}

impl Row {
    /// The call succeeds with the request number `requests`.
    pub fn succeeds(self, requests: usize) -> Self {
        Self {
            gives: Gives::Value,
            requests,
            ..self
        }
    }

    /// The call fails like this, after so many requests; a status of zero is none.
    pub fn fails(self, kind: ErrorKind, status: u16, requests: usize, says: &'static str) -> Self {
        let status = (status > 0).then_some(status);
        Self {
            gives: Gives::Error { kind, status, says },
            requests,
            ..self
        }
    }

    /// Whether time has to be moved on for the row to end.
    pub fn stalls(&self) -> bool {
        self.stalls
    }

    /// Plays the row; gives what is wrong.
    pub async fn play(self) -> Vec<String> {
        let server = Server::playing(self.scripts.clone()).await;
        let limits = Limits::default().body(64 << 10).error_body(4 << 10);
        let mut builder = Client::builder(server.url())
            .auth(Auth::bearer("t0ken-marked"))
            .limits(limits);
        if !self.stalls {
            builder = builder.clock(clock());
        }
        let wiki = builder.build().unwrap();
        let called = tokio::time::timeout(Duration::from_secs(600), self.op.call(&wiki)).await;
        let mut findings = Vec::new();
        match called {
            Err(_) => findings.push("it never ends".to_owned()),
            Ok(result) => self.check(result, &mut findings),
        }
        let sent = server.seen().len();
        if sent != self.requests {
            findings.push(format!("{sent} requests instead of {}", self.requests));
        }
        findings
            .into_iter()
            .map(|finding| format!("{}: {finding}", self.name))
            .collect()
    }

    fn check(&self, result: Result<Option<u32>, Error>, findings: &mut Vec<String>) {
        match (&self.gives, result) {
            (Gives::Value, Ok(attempts)) => {
                let attempts = attempts.map_or(self.requests, |attempts| attempts as usize);
                if attempts != self.requests {
                    findings.push(format!("{attempts} attempts instead of {}", self.requests));
                }
            }
            (Gives::Value, Err(error)) => findings.push(format!("fails: {}", chain(&error))),
            (Gives::Error { .. }, Ok(_)) => findings.push("succeeds".to_owned()),
            (Gives::Error { kind, status, says }, Err(error)) => {
                self.check_error(&error, *kind, *status, says, findings);
            }
        }
    }

    fn check_error(
        &self,
        error: &Error,
        kind: ErrorKind,
        status: Option<u16>,
        says: &str,
        findings: &mut Vec<String>,
    ) {
        let text = error.to_string();
        let mut expect = |right: bool, what: &str| {
            if !right {
                findings.push(format!("{what}: {error:?} caused by {}", chain(error)));
            }
        };
        expect(error.kind() == kind, "another kind");
        expect(
            error.status().map(|status| status.as_u16()) == status,
            "another status",
        );
        expect(error.operation() == Some(self.op.id()), "another operation");
        expect(text.contains(says), "the message lacks what it is to say");
        expect(
            !text.contains(char::is_control),
            "the message has control characters",
        );
        expect(text.chars().count() < 1200, "the message is too long");
        expect(
            !format!("{text} {error:?} {}", chain(error)).contains("t0ken"),
            "a secret is shown",
        );
        // A redirected download is one attempt of several requests.
        if !matches!(self.op, Op::Download) {
            expect(error.attempts() as usize == self.requests, "other attempts");
        }
        let named = self
            .scripts
            .last()
            .is_some_and(|script| names_request(script));
        expect(
            status.is_none() || error.request_id() == named.then_some(REQUEST_ID),
            "another request id",
        );
    }
}

fn names_request(script: &[Step]) -> bool {
    let name = b"X-Request-Id";
    script.iter().any(|step| match step {
        Step::Send(bytes) => bytes.windows(name.len()).any(|part| part == name),
        _ => false,
    })
}

fn chain(error: &Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
