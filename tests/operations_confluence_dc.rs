//! Every operation of Confluence Data Center is called; requests and answers fit the description.

#![cfg(all(feature = "testing", feature = "confluence-dc"))]
#![allow(clippy::unwrap_used)]

mod support;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;
use spacewright::confluence_dc::Client;
use spacewright::testing::wiremock::ResponseTemplate;
use spacewright::{Auth, Retry};
use support::called::Taken;
use support::declared::declared;
use support::findings::Findings;
use support::follow::Follows;
use support::operation::operations;
use support::service::{CONFLUENCE_DC, Calls};
use support::spec::Spec;
use support::stage::Stage;
use support::values::Mode;
// What the generated code calls; not every service downloads or has long tasks.
#[allow(unused_imports)]
use support::{Called, Sample, answer, download, task, unknown};

include!(concat!(env!("OUT_DIR"), "/calls_confluence_dc.rs"));

struct Caller(Client);

impl Calls for Caller {
    fn call<'a>(
        &'a self,
        id: &'a str,
        sample: &'a Sample,
    ) -> Pin<Box<dyn Future<Output = Called> + 'a>> {
        call(&self.0, id, sample)
    }
}

impl Follows for Caller {
    fn follow<'a>(
        &'a self,
        id: &'a str,
        sample: &'a Sample,
    ) -> Option<Pin<Box<dyn Future<Output = ()> + 'a>>> {
        follow(&self.0, id, sample)
    }
}

fn connect(uri: &str) -> Caller {
    let client = Client::builder(uri)
        .auth(Auth::bearer("t"))
        .retry(Retry::none());
    Caller(client.build().unwrap())
}

#[tokio::test]
async fn requests_and_answers_fit_the_description() {
    CONFLUENCE_DC.check_operations(connect).await;
}

#[test]
fn no_operation_is_left_out() {
    CONFLUENCE_DC.check_operations_are_known(OPERATIONS, Client::operations());
}

/// Answers of the forms that servers of several versions send: all that is in them is declared, and
/// nothing of it gets lost.
#[tokio::test]
async fn answers_of_real_forms_lose_nothing() {
    let text = include_str!("fixtures/confluence_dc/answers.json");
    let answers: Vec<(String, Value)> = serde_json::from_str(text).unwrap();
    let (spec, stage) = (Spec::load(CONFLUENCE_DC.folder), Stage::open().await);
    let operations = operations(&spec);
    let client = connect(&stage.uri());
    let mut findings = Findings::default();
    for (id, body) in answers {
        findings.at(&id, "real");
        let operation = operations.iter().find(|other| other.id == id).unwrap();
        let success = &operation.success[0];
        let (_, schema) = success.content.as_ref().unwrap();
        findings.same_json("what is declared", &body, &declared(&spec, schema, &body));
        let template = ResponseTemplate::new(success.status);
        stage.play(template.set_body_json(&body));
        let sample = Sample::new(&spec, operation, Mode::Full, 0);
        match client.call(&id, &sample).await.outcome.unwrap().value {
            Taken::Json(value) => findings.same_json("the answer", &body, &value),
            other => findings.fail(format!("the answer is {other:?}")),
        }
    }
    assert_eq!(findings.lines(), [""; 0]);
}

#[tokio::test]
async fn what_follows_a_first_answer_fits_the_description() {
    CONFLUENCE_DC.check_followed(connect).await;
}

#[tokio::test]
async fn what_may_be_sent_again_is_and_nothing_else() {
    let connect = |uri: &str| {
        let retry = Retry::default().attempts(2).first_delay(Duration::ZERO);
        let client = Client::builder(uri).auth(Auth::bearer("t")).retry(retry);
        Caller(client.build().unwrap())
    };
    CONFLUENCE_DC.check_attempts(connect).await;
}

/// A value that is added to those of a comma-separated list, wherever the description knows values.
#[tokio::test]
async fn expansions_add_up() {
    let stage = Stage::open().await;
    let wiki = connect(&stage.uri()).0;
    let storage = spacewright::confluence_dc::content::expand::BODY_STORAGE;
    let request = wiki.content().list().expand(storage).expand("version.by");
    let _ = request.await;
    let query = stage.take().remove(0).query;
    assert_eq!(query, "expand=body.storage,version.by");
}
