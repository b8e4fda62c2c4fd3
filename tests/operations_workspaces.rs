//! Every operation of Delay Workspaces is called; requests and answers fit the description. Then its
//! list as a caller uses it.

#![cfg(all(feature = "testing", feature = "workspaces"))]
#![allow(clippy::unwrap_used)]

mod support;

use std::future::Future;
use std::pin::Pin;

use futures_util::TryStreamExt;
use spacewright::testing::workspaces::{Server, User, Workspace};
use spacewright::workspaces::Client;
use spacewright::workspaces::types::{SortOrder, WorkspaceType};
use spacewright::{Auth, Retry};
use support::service::{Calls, WORKSPACES};
// What the generated code calls; not every service downloads or has long tasks.
#[allow(unused_imports)]
use support::{Called, Sample, answer, download, task, unknown};

include!(concat!(env!("OUT_DIR"), "/calls_workspaces.rs"));

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
    WORKSPACES.check_operations(connect).await;
}

#[test]
fn no_operation_is_left_out() {
    WORKSPACES.check_operations_are_known(OPERATIONS, Client::operations());
}

#[tokio::test]
async fn the_version_is_always_asked_for() {
    let server = Server::start().await;
    let delay = server.client();
    delay.workspaces().list().await.unwrap();
    let list = server.requests().last().unwrap().clone();
    assert_eq!(list.header("x-api-version"), Some("v1"));
    let refused = delay.workspaces().list().x_api_version("v9").await;
    let error = refused.unwrap_err();
    assert!(error.to_string().contains("no such version"), "{error}");
    let list = server.requests().last().unwrap().clone();
    assert_eq!(list.header("x-api-version"), Some("v9"));
}

#[tokio::test]
async fn a_sorted_list_is_walked_and_its_filters_stay() {
    let server = Server::start().await.with_workspaces(7);
    let delay = server.client();
    let list = delay
        .workspaces()
        .list()
        .sort_by("identifier")
        .sort_order(SortOrder::Desc)
        .per_page(3);
    let found: Vec<_> = list.items().try_collect().await.unwrap();
    let found: Vec<_> = found.into_iter().map(|one| one.identifier).collect();
    let expected: Vec<_> = (1..=7).rev().map(|n| format!("workspace-{n:05}")).collect();
    assert_eq!(found, expected);
    for request in server.requests().iter() {
        for (name, value) in [("sort_by", "identifier"), ("sort_order", "desc")] {
            assert_eq!(request.query_value(name).as_deref(), Some(value));
        }
        assert_eq!(request.header("x-api-version"), Some("v1"));
    }
}

#[tokio::test]
async fn who_may_not_see_the_metadata_gets_the_rest() {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_workspace(Workspace::new("atelier").author("jane"));
    let whole = server.client().workspaces().list().await.unwrap();
    assert!(whole[0].created_by.is_some());
    let hers = server.client_as("jane").workspaces().list().await.unwrap();
    assert_eq!(hers[0].id, whole[0].id);
    assert_eq!((&hers[0].created_by, &hers[0].updated_by), (&None, &None));
    let unknown: spacewright::workspaces::types::Workspace =
        serde_json::from_value(serde_json::json!({
            "id": whole[0].id, "identifier": "atelier", "name": "Atelier",
            "workspace_type": "of_the_whole_town", "created_at": "2026-03-02T10:15:00Z",
            "updated_at": "2026-03-02T10:15:00Z", "domain_name": null, "colour": "red",
        }))
        .unwrap();
    assert_eq!(
        unknown.workspace_type,
        WorkspaceType::from("of_the_whole_town")
    );
    assert_eq!((unknown.created_by, unknown.updated_by), (None, None));
}
