//! Who may do what: what takes an administrator is refused to others, and nothing is for strangers.

use serde_json::json;
use spacewright::testing::confluence_cloud::{ADMIN, Group, Page, Server, Space, User};

use super::caller;
use crate::support::caller::Caller;
use crate::support::operation::{Operation, operations};
use crate::support::sample::Sample;
use crate::support::served::checked;
use crate::support::spec::Spec;
use crate::support::values::Mode;

async fn site() -> Server {
    Server::start()
        .await
        .with_user(User::new("jane"))
        .with_group(Group::new("writers").id("7"))
        .with_space(Space::new("DOCS").id("70"))
        .with_page(Page::new("DOCS", "Page").id("80"))
}

/// The path of an operation about what is on the site, without `/wiki`.
fn path(operation: &Operation) -> String {
    let spaces = operation.path.contains("/spaces/");
    let path = operation.path_with(|name| {
        let value = match name {
            "spaceKey" => "DOCS",
            "space-id" => "70",
            "id" if spaces => "70",
            "id" => "80",
            _ => "1",
        };
        value.to_owned()
    });
    path.replacen("/wiki", "", 1) + "?id=7&groupId=7&accountId=jane"
}

async fn status(spec: &Spec, operation: &Operation, who: &Caller) -> u16 {
    let body = Sample::new(spec, operation, Mode::Minimal, 0).body;
    let body = body.or_else(|| operation.body.as_ref().map(|_| json!({})));
    let path = path(operation);
    who.send(&operation.method, &path, body).await.status
}

#[tokio::test]
async fn what_takes_an_administrator_is_refused_to_others() {
    let quiet = checked(site().await);
    let jane = caller(&quiet, "jane");
    let stranger = Caller {
        header: ("x-nothing", String::new()),
        ..caller(&quiet, "jane")
    };
    let mut judged = 0;
    for folder in ["confluence-cloud/v1", "confluence-cloud/v2"] {
        let spec = Spec::load(folder);
        for operation in operations(&spec) {
            let id = &operation.id;
            let server = site().await;
            let admin = status(&spec, &operation, &caller(&server, ADMIN)).await;
            if admin == 501 {
                continue;
            }
            // An upload takes a header that is tested elsewhere.
            let forbidden = admin == 401 || (admin == 403 && !operation.is_upload());
            assert!(!forbidden, "{id} by an administrator: {admin}");
            let nobody = status(&spec, &operation, &stranger).await;
            assert_eq!(nobody, 401, "{id} by nobody");
            let whose = operation.requires.split(';').next().unwrap_or_default();
            if whose.contains("administrator") {
                judged += 1;
                let refused = status(&spec, &operation, &jane).await;
                assert!([403, 404].contains(&refused), "{id} by jane: {refused}");
            }
        }
    }
    assert!(judged >= 10, "only {judged} operations were judged");
    let before = site().await;
    assert_eq!(quiet.groups(), before.groups(), "a refusal changes nothing");
    assert_eq!(quiet.spaces(), before.spaces(), "a refusal changes nothing");
}
