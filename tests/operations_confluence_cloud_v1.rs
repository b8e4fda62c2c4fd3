//! Every operation of Confluence Cloud's interface v1 is called; requests and answers fit the description.

#![cfg(all(feature = "testing", feature = "confluence-cloud"))]
#![allow(clippy::unwrap_used)]

mod support;

use std::future::Future;
use std::pin::Pin;

use spacewright::confluence_cloud::v1::Client;
use spacewright::{Auth, Retry};
use support::service::{CONFLUENCE_CLOUD_V1, Calls};
// What the generated code calls; not every service downloads or has long tasks.
#[allow(unused_imports)]
use support::{Called, Sample, answer, download, task, unknown};

include!(concat!(env!("OUT_DIR"), "/calls_confluence_cloud_v1.rs"));

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
    let builder = spacewright::confluence_cloud::Client::builder(uri).auth(Auth::bearer("t"));
    Caller(builder.retry(Retry::none()).build().unwrap().v1())
}

#[tokio::test]
async fn requests_and_answers_fit_the_description() {
    CONFLUENCE_CLOUD_V1.check_operations(connect).await;
}

#[test]
fn no_operation_is_left_out() {
    CONFLUENCE_CLOUD_V1.check_operations_are_known(OPERATIONS, Client::operations());
}
