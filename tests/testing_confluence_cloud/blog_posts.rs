//! Blog posts: what they share with pages, and where they differ.

use serde_json::{Value, json};
use spacewright::testing::confluence_cloud::{BlogPost, Page, Server, Space, User};

use super::{caller, walk};
use crate::support::served::{Checked, checked};

/// A space with a blog post, where only the administrator and morgan write blog posts.
async fn site() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_user(User::new("morgan"))
        .with_space(
            Space::new("NEWS")
                .id("70")
                .permission("user", "morgan", "create", "blogpost"),
        )
        .with_space(Space::new("INNER").id("71").private())
        .with_page(Page::new("NEWS", "Release"))
        .with_blog_post(BlogPost::new("NEWS", "Release").id("80").label("news"))
        .with_blog_post(BlogPost::new("INNER", "Secret").id("81"));
    checked(server)
}

fn update(title: &str, version: u64) -> Option<Value> {
    Some(json!({
        "id": "80", "title": title, "status": "current", "version": { "number": version, "message": "why" },
        "body": { "representation": "storage", "value": format!("<p>{title}</p>") },
    }))
}

#[tokio::test]
async fn are_written_read_and_deleted() {
    let server = site().await;
    let admin = caller(&server, "admin");
    let new = json!({
        "spaceId": "70", "title": "Party", "body": { "storage": { "value": "<p>Cake</p>", "representation": "storage" } },
    });
    let made = admin.send("POST", "/api/v2/blogposts", Some(new)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.body["parentId"], Value::Null);
    let path = format!(
        "/api/v2/blogposts/{}",
        made.body["id"].as_str().expect("an id")
    );
    let shown = admin.get(&format!("{path}?body-format=storage")).await.body;
    assert_eq!(shown["body"]["storage"]["value"], json!("<p>Cake</p>"));

    let path = "/api/v2/blogposts/80";
    assert_eq!(
        admin.send("PUT", path, update("Release", 1)).await.status,
        409
    );
    assert_eq!(
        admin.send("PUT", path, update("Party", 2)).await.status,
        400
    );
    assert_eq!(admin.send("PUT", path, update("Done", 2)).await.status, 200);
    let versions = admin.get(&format!("{path}/versions")).await.body;
    assert_eq!(versions["results"][0]["message"], json!("why"));
    let first = admin.get(&format!("{path}/versions/1")).await.body;
    assert_eq!(
        (&first["nextVersion"], &first["prevVersion"]),
        (&json!(2), &Value::Null)
    );
    let old = admin
        .get(&format!("{path}?version=1&include-versions=true"))
        .await
        .body;
    assert_eq!(old["title"], json!("Release"));

    let purge = format!("{path}?purge=true");
    assert_eq!(admin.send("DELETE", &purge, None).await.status, 400);
    assert_eq!(admin.send("DELETE", path, None).await.status, 204);
    let trashed = admin.get("/api/v2/blogposts?status=trashed").await.body;
    assert_eq!(trashed["results"][0]["id"], json!("80"));
    assert_eq!(admin.send("DELETE", &purge, None).await.status, 204);
    assert!(server.blog_post("80").is_none());
    assert!(server.page("Release").is_some());
}

#[tokio::test]
async fn of_one_day_have_different_titles() {
    let server = site().await;
    let admin = caller(&server, "admin");
    let new = |date: Value| json!({ "spaceId": "70", "title": "Release", "createdAt": date });
    let post = |date: Value| admin.send("POST", "/api/v2/blogposts", Some(new(date)));
    assert_eq!(post(Value::Null).await.status, 400);
    assert_eq!(post(json!("yesterday")).await.status, 400);
    let made = post(json!("2020-02-29T10:00:00+01:00")).await;
    assert_eq!(made.body["createdAt"], json!("2020-02-29T09:00:00.000Z"));
    let oldest = "/api/v2/spaces/70/blogposts?sort=created-date&limit=1";
    assert_eq!(walk(&admin, oldest).await[0][0]["id"], made.body["id"]);
    assert_eq!(admin.get("/api/v2/blogposts?sort=title").await.status, 400);
    assert_eq!(
        admin.get("/api/v2/blogposts?status=archived").await.status,
        400
    );
}

#[tokio::test]
async fn are_drafts_until_they_are_published() {
    let server = site().await;
    let admin = caller(&server, "admin");
    let draft = json!({ "spaceId": "70", "status": "draft" });
    let draft = admin
        .send("POST", "/api/v2/blogposts?private=true", Some(draft))
        .await
        .body;
    assert_eq!(
        (&draft["title"], &draft["status"]),
        (&json!(""), &json!("draft"))
    );
    let id = draft["id"].as_str().expect("an id");
    let path = format!("/api/v2/blogposts/{id}");
    assert_eq!(caller(&server, "jane").get(&path).await.status, 404);
    let mut published = update("Party", 1).expect("a body");
    published["id"] = json!(id);
    let published = admin.send("PUT", &path, Some(published)).await.body;
    assert_eq!(
        (&published["status"], &published["version"]["number"]),
        (&json!("current"), &json!(1))
    );
    assert_eq!(
        admin
            .send("DELETE", &format!("{path}?draft=true"), None)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn are_hidden_or_closed_as_their_space_is() {
    let server = site().await;
    let (jane, morgan) = (caller(&server, "jane"), caller(&server, "morgan"));
    assert_eq!(jane.get("/api/v2/blogposts/81").await.status, 404);
    assert_eq!(jane.get("/api/v2/spaces/71/blogposts").await.status, 404);
    assert_eq!(walk(&jane, "/api/v2/blogposts").await.concat().len(), 1);
    let new = || Some(json!({ "spaceId": "70", "title": "Mine" }));
    assert_eq!(jane.get("/api/v2/blogposts/80").await.status, 200);
    let path = "/api/v2/blogposts/80";
    for (method, path, body) in [
        ("POST", "/api/v2/blogposts", new()),
        ("PUT", path, update("Mine", 2)),
        ("DELETE", path, None),
        (
            "POST",
            "/api/v2/blogposts/80/properties",
            Some(json!({ "key": "k", "value": 1 })),
        ),
    ] {
        assert_eq!(
            jane.send(method, path, body).await.status,
            404,
            "{method} {path}"
        );
    }
    let label = || Some(json!([{ "prefix": "global", "name": "old" }]));
    let labels = "/rest/api/content/80/label";
    assert_eq!(jane.send("POST", labels, label()).await.status, 403);
    assert_eq!(morgan.send("POST", labels, label()).await.status, 200);
    assert_eq!(
        morgan.send("POST", "/api/v2/blogposts", new()).await.status,
        200
    );
    assert_eq!(morgan.send("DELETE", path, None).await.status, 204);
    let purge = format!("{path}?purge=true");
    assert_eq!(morgan.send("DELETE", &purge, None).await.status, 404);
}
