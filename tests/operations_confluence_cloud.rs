//! Every operation of Confluence Cloud's interface v2 is called; requests and answers fit the description.

#![cfg(all(feature = "testing", feature = "confluence-cloud"))]
#![allow(clippy::unwrap_used)]

mod support;

use std::future::Future;
use std::pin::Pin;

use spacewright::confluence_cloud::Client;
use spacewright::{Auth, Retry};
use support::service::{CONFLUENCE_CLOUD, Calls};
// What the generated code calls; not every service downloads or has long tasks.
#[allow(unused_imports)]
use support::{Called, Sample, answer, download, task, unknown};

include!(concat!(env!("OUT_DIR"), "/calls_confluence_cloud.rs"));

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

fn connect(uri: &str) -> Caller {
    let client = Client::builder(uri)
        .auth(Auth::bearer("t"))
        .retry(Retry::none());
    Caller(client.build().unwrap())
}

#[tokio::test]
async fn requests_and_answers_fit_the_description() {
    CONFLUENCE_CLOUD.check_operations(connect).await;
}

#[test]
fn no_operation_is_left_out() {
    CONFLUENCE_CLOUD.check_operations_are_known(OPERATIONS, Client::operations());
}
