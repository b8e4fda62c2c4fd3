//! The site itself, and how long pages are when nothing is said.

use serde_json::json;
use spacewright::testing::confluence_dc::{Content, Server, Space, User};

use super::Caller;
use crate::support::operation::operations;
use crate::support::served::checked;
use crate::support::spec::Spec;

#[tokio::test]
async fn its_size_and_nodes_are_for_administrators() {
    let server = Server::start()
        .await
        .with_users(3)
        .with_space(Space::new("TEST"))
        .with_pages("TEST", 4)
        .with_content(Content::page("TEST", "Gone").status("trashed"));
    let server = checked(server);
    let admin = Caller::new(&server, "admin");
    let (_, metrics) = admin.get("/rest/api/instance-metrics").await;
    assert_eq!(metrics, json!({ "pages": 5, "spaces": 1, "users": 4 }));
    let (_, nodes) = admin.get("/rest/api/cluster/nodes").await;
    assert_eq!((&nodes["size"], &nodes["limit"]), (&json!(1), &json!(100)));
    assert_eq!(nodes["results"][0]["buildStats"]["version"], "10.2.0");
    let user = Caller::new(&server, "user00001");
    for path in ["instance-metrics", "cluster/nodes"] {
        assert_eq!(
            user.get(&format!("/rest/api/{path}")).await.0,
            403,
            "{path}"
        );
    }
    assert_eq!(
        user.get("/rest/api/accessmode").await,
        (200, json!("READ_WRITE"))
    );
}

#[tokio::test]
async fn pages_have_the_published_length_when_nothing_is_said() {
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_space(Space::new("TEST"))
        .with_content(Content::page("TEST", "Plan").id(7).position(2));
    let server = checked(server);
    let admin = Caller::new(&server, "admin");
    for (path, limit) in [
        ("/rest/api/longtask", 100),
        ("/rest/api/content/7/watchers", 25),
        ("/rest/api/space/TEST/watchers", 25),
        ("/rest/api/content/7/property", 10),
        ("/rest/api/content/7/child/attachment", 50),
        ("/rest/api/content/7/child/page", 25),
        ("/rest/api/webhooks", 100),
        ("/rest/api/group", 200),
        ("/rest/api/user/list", 100),
        ("/rest/api/space", 25),
    ] {
        let (status, page) = admin.get(path).await;
        assert_eq!((status, &page["limit"]), (200, &json!(limit)), "{path}");
    }
    let (_, relevant) = admin
        .get("/rest/api/content/7/restriction/relevantViewRestrictions")
        .await;
    assert_eq!(relevant["viewContentRestrictions"]["limit"], 50);
    // A page that was put in order has a number where others have a text, or -1.
    let (_, page) = admin.get("/rest/api/content/7").await;
    assert_eq!(
        (&page["position"], &page["extensions"]["position"]),
        (&json!(2), &json!(2))
    );
    let home = server
        .content_titled("TEST", "TEST Home")
        .expect("the home page")
        .id;
    let (_, home) = admin.get(&format!("/rest/api/content/{home}")).await;
    assert_eq!(
        (&home["position"], &home["extensions"]["position"]),
        (&json!(-1), &json!("none"))
    );
}

#[tokio::test]
async fn all_operations_are_simulated_but_one_that_has_another_in_its_place() {
    let server = checked(Server::start().await);
    let admin = Caller::new(&server, "admin");
    let mut missing = Vec::new();
    for operation in operations(&Spec::load("confluence-dc")) {
        let parts = operation.path.split('/');
        let parts: Vec<&str> = parts
            .map(|part| if part.starts_with('{') { "0" } else { part })
            .collect();
        let path = parts.join("/");
        if admin.send(&operation.method, &path, None).await.0 == 501 {
            missing.push(operation.id);
        }
    }
    assert_eq!(missing, ["content_get_macro_by_hash"]);
}
