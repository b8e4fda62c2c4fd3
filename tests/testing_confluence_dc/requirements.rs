//! Who may do what: each operation is for those that its description names, and for nobody else.

use serde_json::json;
use spacewright::testing::confluence_dc::{Content, Grant, Group, Server, Space, Subject, User};

use super::Caller;
use crate::support::operation::{Operation, operations};
use crate::support::sample::Sample;
use crate::support::served::checked;
use crate::support::spec::Spec;
use crate::support::values::Mode;

/// A site with a user of each rank: `reader` sees the space, `keeper` administers it, `clerk` administers
/// Confluence, and `admin` the whole system.
async fn site() -> Server {
    let may = |user: &str, target, operation| {
        Grant::new(Subject::User(user.to_owned()), target, operation)
    };
    Server::start()
        .await
        .with_user(User::new("reader"))
        .with_user(User::new("keeper"))
        .with_user(User::new("clerk"))
        .with_user(User::new("lee"))
        .with_group(Group::new("writers"))
        .with_global_permission(may("clerk", "application", "administer"))
        .with_space(Space::new("TEST").grant(may("keeper", "space", "administer")))
        .with_content(Content::page("TEST", "Page").id(7))
}

/// The path of an operation about what is on the site.
fn path(server: &Server, operation: &Operation) -> String {
    let mut path = operation.path_with(|name| match name {
        "username" | "user" => "lee".to_owned(),
        "userKey" => server.user("lee").expect("a user").key,
        "groupName" => "writers".to_owned(),
        "spaceKey" => "TEST".to_owned(),
        "id" | "contentId" => "7".to_owned(),
        _ => "1".to_owned(),
    });
    if operation.id.ends_with("_by_name") {
        path += "?groupName=writers";
    }
    path
}

async fn status(server: &Server, operation: &Operation, spec: &Spec, user: &str) -> u16 {
    let body = Sample::new(spec, operation, Mode::Minimal, 0).body;
    let body = body.or_else(|| operation.body.as_ref().map(|_| json!({})));
    let path = path(server, operation);
    let caller = Caller::new(server, user);
    caller.send(&operation.method, &path, body).await.0
}

/// The rank that an operation is for, and the one below it.
fn ranks(requires: &str) -> Option<(&'static str, &'static str)> {
    // What a job or a watcher is about decides in these.
    if requires.contains(", for a watcher") || requires.contains(" or ") {
        return None;
    }
    match requires {
        text if text.starts_with("system administrator") => Some(("admin", "clerk")),
        text if text.starts_with("Confluence administrator") => Some(("clerk", "keeper")),
        text if text.starts_with("space administrator") => Some(("keeper", "reader")),
        _ => None,
    }
}

#[tokio::test]
async fn an_operation_is_for_the_rank_that_its_description_names() {
    let spec = Spec::load("confluence-dc");
    let quiet = checked(site().await);
    let mut judged = 0;
    for operation in operations(&spec) {
        let Some((rank, below)) = ranks(&operation.requires) else {
            continue;
        };
        judged += 1;
        let id = &operation.id;
        let refused = status(&quiet, &operation, &spec, below).await;
        // One operation refuses in its own way.
        let refusal = match id.as_str() {
            "backup_restore_list_files" => 400,
            _ => 403,
        };
        assert_eq!(refused, refusal, "{id} by {below}");
        // An upload takes a form and a header that are tested elsewhere.
        if operation.is_upload() {
            continue;
        }
        let served = status(&site().await, &operation, &spec, rank).await;
        assert!(![401, 403].contains(&served), "{id} by {rank}: {served}");
    }
    assert!(judged >= 75, "only {judged} operations were judged");
    assert_eq!(quiet.spaces().len(), 1, "a refusal changes nothing");
}

#[tokio::test]
async fn nothing_is_for_those_without_credentials() {
    let spec = Spec::load("confluence-dc");
    let server = site().await;
    let http = reqwest::Client::new();
    for operation in operations(&spec) {
        let url = format!("{}{}", server.url(), path(&server, &operation));
        let method = operation.method.parse().expect("a method");
        let answer = http.request(method, url).send().await.expect("an answer");
        assert_eq!(answer.status(), 401, "{}", operation.id);
    }
}
