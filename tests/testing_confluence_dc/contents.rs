//! Pages, blog posts and comments.

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Content, Server, Space, TimeStyle};

use super::Caller;
use crate::support::served::checked;

#[tokio::test]
async fn contents_have_children_labels_versions_and_a_trash() {
    let server = checked(
        Server::start()
            .await
            .with_time_style(TimeStyle::Older)
            .with_space(Space::new("TEST"))
            .with_content(Content::page("TEST", "Top").id(7).label("draft")),
    );
    let admin = Caller::new(&server, "admin");
    let child = json!({
        "type": "page", "title": "Child", "space": { "key": "TEST" }, "ancestors": [{ "id": "7" }],
        "body": { "storage": { "value": "<p>hi</p>", "representation": "storage" } },
    });
    let (status, child) = admin
        .send(
            "POST",
            "/rest/api/content?expand=history,ancestors",
            Some(child),
        )
        .await;
    assert_eq!(
        (status, child["ancestors"][0]["id"].as_str()),
        (200, Some("7"))
    );
    let created = child["history"]["createdDate"].as_str().expect("a time");
    assert!(created.ends_with("+0100"), "{created}");

    let pages = admin.walk("/rest/api/content/7/child/page", 9).await;
    assert_eq!(pages[0][0]["title"], "Child");
    let labels = json!([{ "name": "New" }]);
    assert_eq!(
        admin
            .send("POST", "/rest/api/content/7/label", Some(labels))
            .await
            .1["size"],
        2
    );

    let path = format!("/rest/api/content/{}", child["id"].as_str().expect("an id"));
    assert_eq!(admin.send("DELETE", &path, None).await.0, 204);
    let (_, trash) = admin.get("/rest/api/space/TEST/trash").await;
    assert_eq!(
        (trash["results"][0]["title"].as_str(), &trash["nextCursor"]),
        (Some("Child"), &Value::Null)
    );
    assert_eq!(admin.get(&path).await.0, 404);
}

#[tokio::test]
async fn comments_answer_each_other_and_belong_to_their_page() {
    let server = checked(
        Server::start()
            .await
            .with_space(Space::new("TEST"))
            .with_content(Content::page("TEST", "Plan").id(7))
            .with_content(Content::page("TEST", "Detail").id(8).parent(7)),
    );
    let admin = Caller::new(&server, "admin");
    let comment = |on: &str, above: Option<&str>| {
        let above: Vec<Value> = above.iter().map(|id| json!({ "id": id })).collect();
        Some(json!({ "type": "comment", "container": { "id": on }, "ancestors": above }))
    };
    let path = "/rest/api/content?expand=container";
    let (_, first) = admin.send("POST", path, comment("7", None)).await;
    let first = first["id"].as_str().expect("an id");
    let (status, answer) = admin.send("POST", path, comment("7", Some(first))).await;
    assert_eq!((status, &answer["container"]["id"]), (200, &json!("7")));
    assert_eq!(
        admin.send("POST", path, comment("8", Some(first))).await.0,
        400
    );
    assert_eq!(admin.send("POST", path, comment("8", None)).await.0, 200);
    for (path, count) in [
        ("/rest/api/content/7/child/comment", 1),
        ("/rest/api/content/7/child/comment?depth=all", 2),
        ("/rest/api/content/7/descendant/comment", 2),
        ("/rest/api/content/8/descendant/comment", 1),
    ] {
        assert_eq!(admin.get(path).await.1["size"], count, "{path}");
    }
    let replies = format!("/rest/api/content/{first}/child/comment");
    assert_eq!(
        admin.get(&replies).await.1["results"][0]["id"],
        answer["id"]
    );
}

#[tokio::test]
async fn blog_posts_are_found_by_their_day() {
    let server = Server::start()
        .await
        .with_space(Space::new("TEST"))
        .with_content(Content::blog_post("TEST", "News").id(7).only_for("admin"));
    let server = checked(server);
    let admin = Caller::new(&server, "admin");
    for (day, count) in [("2026-01-05", 1), ("2026-01-06", 0)] {
        let path = format!("/rest/api/content?type=blogpost&postingDay={day}");
        assert_eq!(admin.get(&path).await.1["size"], count, "{day}");
    }
    let path = "/rest/api/content/7?expand=relevantViewRestrictions.restrictions.user,metadata.currentuser";
    let (_, post) = admin.get(path).await;
    let restriction = &post["relevantViewRestrictions"]["viewContentRestrictions"]["results"][0];
    assert_eq!(
        restriction["restrictions"]["user"]["results"][0]["username"],
        "admin"
    );
}
