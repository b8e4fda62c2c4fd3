//! The simulated Confluence Cloud site, seen over plain HTTP: what any client of it would meet.
#![cfg(all(feature = "testing", feature = "confluence-cloud"))]
#![allow(clippy::expect_used)]

#[path = "testing_confluence_cloud/attachments.rs"]
mod attachments;
#[path = "testing_confluence_cloud/blog_posts.rs"]
mod blog_posts;
#[path = "testing_confluence_cloud/comments.rs"]
mod comments;
#[path = "testing_confluence_cloud/requirements.rs"]
mod requirements;
#[path = "testing_confluence_cloud/shared.rs"]
mod shared;
mod support;

use serde_json::{Value, json};
use spacewright::testing::confluence_cloud::{Group, Page, Server, Space, TaskEnding, User};
use spacewright::testing::{Misbehaviour, NextLink, PageBehaviour};
use support::caller::Caller;
use support::served::checked;

fn caller(server: &Server, user: &str) -> Caller {
    let header = ("authorization", format!("Bearer {}", server.token(user)));
    Caller::new(format!("{}/wiki", server.url()), header)
}

/// Walks a list of v2 by its cursors; gives the rows of each page.
async fn walk(caller: &Caller, path: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next.filter(|_| pages.len() < 9) {
        let reply = caller.get(&path).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        pages.push(reply.body["results"].as_array().expect("results").clone());
        next = reply.body["_links"]["next"]
            .as_str()
            .map(|next| next.replacen("/wiki", "", 1));
    }
    pages
}

#[tokio::test]
async fn user_properties_follow_the_rules_of_their_lists() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_user(User::new("557058:joe")),
    );
    let jane = caller(&server, "jane");
    for number in 0..30 {
        let path = format!("/rest/api/user/jane/property/key-{number}");
        assert_eq!(
            jane.send("POST", &path, Some(json!({ "value": { "n": number } })))
                .await
                .status,
            201
        );
    }
    let key = "/rest/api/user/jane/property/key-0";
    let value = || Some(json!({ "value": {} }));
    assert_eq!(jane.send("POST", key, value()).await.status, 409);
    assert_eq!(jane.send("PUT", key, value()).await.status, 204);
    assert_eq!(
        jane.send("POST", "/rest/api/user/jane/property/a.b", value())
            .await
            .status,
        400
    );
    assert_eq!(
        jane.send("POST", "/rest/api/user/557058%3Ajoe/property/k", value())
            .await
            .status,
        403
    );
    let (default, most) = (
        "/rest/api/user/jane/property",
        "/rest/api/user/jane/property?limit=100",
    );
    assert_eq!(jane.get(default).await.body["size"], json!(5));
    let most = jane.get(most).await.body;
    assert_eq!((&most["size"], &most["limit"]), (&json!(25), &json!(25)));
    assert_eq!(
        most["_links"]["next"],
        json!("/rest/api/user/jane/property?start=25&limit=25")
    );
    assert_eq!(
        server.user("jane").map(|jane| jane.properties.len()),
        Some(30)
    );
}

#[tokio::test]
async fn spaces_are_created_found_and_deleted_by_a_task() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_task_polls(2),
    );
    let (admin, jane) = (caller(&server, "admin"), caller(&server, "jane"));
    let new = || Some(json!({ "key": "DOCS", "name": "Documentation" }));
    let refused = jane.send("POST", "/api/v2/spaces", new()).await;
    assert_eq!(
        (refused.status, &refused.body["errors"][0]["code"]),
        (403, &json!("FORBIDDEN"))
    );
    let made = admin.send("POST", "/api/v2/spaces", new()).await;
    assert_eq!((made.status, &made.body["key"]), (201, &json!("DOCS")));
    let twice = admin.send("POST", "/rest/api/space", new()).await;
    assert_eq!(
        (twice.status, &twice.body["data"]["valid"]),
        (400, &json!(false))
    );
    assert_eq!(
        jane.get("/api/v2/spaces?keys=DOCS,OTHER").await.body["results"][0]["id"],
        made.body["id"]
    );

    assert_eq!(
        jane.send("DELETE", "/rest/api/space/DOCS", None)
            .await
            .status,
        403
    );
    server.next_task(TaskEnding::Fails("Locked".to_owned()));
    for (ending, left) in [("FAILED", 1), ("SUCCESS", 0)] {
        let task = admin.send("DELETE", "/rest/api/space/DOCS", None).await;
        assert_eq!(task.status, 202);
        let path = format!(
            "/rest/api/longtask/{}",
            task.body["id"].as_str().expect("an id")
        );
        let running = admin.get(&path).await.body;
        assert_eq!(
            (&running["finished"], &running["percentageComplete"]),
            (&json!(false), &json!(50))
        );
        assert_eq!(admin.get(&path).await.body["status"], json!(ending));
        assert_eq!(server.spaces().len(), left);
    }
    assert!(server.pages().is_empty());
}

#[tokio::test]
async fn pages_are_walked_by_cursor_and_hidden_ones_left_out() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_space(Space::new("DOCS"))
            .with_pages("DOCS", 5)
            .with_page(Page::new("DOCS", "Secret").visible_to("admin")),
    );
    let (admin, jane) = (caller(&server, "admin"), caller(&server, "jane"));
    let space = server.space("DOCS").expect("the space").id;
    let path = format!("/api/v2/spaces/{space}/pages?limit=3&sort=-title");
    let sizes = |pages: &[Vec<Value>]| pages.iter().map(Vec::len).collect::<Vec<_>>();
    // The home page is one of them.
    assert_eq!(sizes(&walk(&admin, &path).await), [3, 3, 1]);
    assert_eq!(sizes(&walk(&jane, &path).await), [2, 3, 1]);
    let first = admin.get(&path).await;
    assert!(
        first.header("link").contains("rel=\"next\""),
        "{}",
        first.header("link")
    );

    server.misbehave(Misbehaviour::paging(PageBehaviour::Link(NextLink::MissingContext)).once());
    let next = admin.get(&path).await.body["_links"]["next"]
        .as_str()
        .expect("a link")
        .to_owned();
    assert!(
        next.starts_with(&format!("{}/api/v2/", server.url())),
        "{next}"
    );
    assert_eq!(
        admin.get(&format!("{path}&cursor=nonsense")).await.status,
        400
    );
}

#[tokio::test]
async fn a_page_has_versions_properties_and_a_tree() {
    let server = checked(
        Server::start()
            .await
            .with_space(Space::new("DOCS"))
            .with_page(Page::new("DOCS", "Top").label("draft"))
            .with_page(Page::new("DOCS", "Below").parent("Top")),
    );
    let admin = caller(&server, "admin");
    let top = server.page("Top").expect("the page");
    let body = json!({ "representation": "storage", "value": "<p>2</p>" });
    let update = |title: &str, version: u64| {
        Some(
            json!({ "id": top.id, "title": title, "status": "current", "body": body, "version": { "number": version } }),
        )
    };
    let path = format!("/api/v2/pages/{}", top.id);
    assert_eq!(admin.send("PUT", &path, update("Top", 7)).await.status, 409);
    assert_eq!(
        admin.send("PUT", &path, update("Below", 2)).await.status,
        400
    );
    assert_eq!(admin.send("PUT", &path, update("Top", 2)).await.status, 200);
    let shown = admin
        .get(&format!("{path}?body-format=storage&include-labels=true"))
        .await
        .body;
    assert_eq!(shown["body"]["storage"]["value"], json!("<p>2</p>"));
    assert_eq!(shown["labels"]["results"][0]["name"], json!("draft"));
    assert_eq!(
        admin.get(&format!("{path}?version=1")).await.body["version"]["number"],
        json!(1)
    );
    let below = admin.get(&format!("{path}/descendants")).await.body["results"].take();
    assert_eq!(
        (&below[0]["title"], &below[0]["depth"], &below[1]),
        (&json!("Below"), &json!(1), &Value::Null)
    );
    let property = Some(json!({ "key": "k", "value": [1] }));
    assert_eq!(
        admin
            .send("POST", &format!("{path}/properties"), property)
            .await
            .status,
        200
    );

    let task = admin
        .send(
            "DELETE",
            &format!("/rest/api/content/{}/pageTree", top.id),
            None,
        )
        .await;
    assert_eq!(task.status, 202);
    server.finish_tasks();
    let trashed = server
        .pages()
        .iter()
        .filter(|page| page.status == "trashed")
        .count();
    assert_eq!(trashed, 2);
}

#[tokio::test]
async fn groups_permissions_and_the_gateway() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_group(Group::new("writers").member("jane"))
            .with_space(Space::new("INNER").private()),
    );
    let (admin, jane) = (caller(&server, "admin"), caller(&server, "jane"));
    let space = server.space("INNER").expect("the space").id;
    let gateway = Caller {
        base: format!("{}/wiki", server.gateway_url()),
        ..caller(&server, "jane")
    };
    assert_eq!(
        gateway.get(&format!("/api/v2/spaces/{space}")).await.status,
        404
    );
    let group = server.group("writers").expect("the group").id;
    let grant = |key: &str| {
        Some(json!({
            "subject": { "type": "group", "identifier": group },
            "operation": { "key": key, "target": "space" },
        }))
    };
    let path = "/rest/api/space/INNER/permission";
    assert_eq!(
        admin.send("POST", path, grant("administer")).await.status,
        400,
        "reading comes first"
    );
    let granted = admin.send("POST", path, grant("read")).await.body;
    assert_eq!(
        gateway.get(&format!("/api/v2/spaces/{space}")).await.status,
        200
    );
    assert_eq!(
        admin.send("POST", path, grant("administer")).await.status,
        200
    );
    assert_eq!(
        jane.send("DELETE", &format!("{path}/{}", granted["id"]), None)
            .await
            .status,
        204
    );
    assert_eq!(
        server.space("INNER").map(|space| space.permissions.len()),
        Some(0)
    );
    assert_eq!(
        jane.send("POST", "/rest/api/group", Some(json!({ "name": "x" })))
            .await
            .status,
        403
    );

    server.misbehave(Misbehaviour::rate_limited(7).once());
    let limited = jane.get("/rest/api/user/current").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "7"));
    assert_eq!(
        limited.header("x-ratelimit-reset").len(),
        "2026-03-02T10:15Z".len()
    );
    assert_eq!(jane.get("/rest/api/template/page").await.status, 501);
}
