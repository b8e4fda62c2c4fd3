//! What content of all kinds has: labels, likes, properties, operations, and an id that tells its kind.

use serde_json::{Value, json};
use spacewright::testing::confluence_cloud::{
    Attachment, BlogPost, Comment, Page, Server, Space, User,
};

use super::{caller, walk};
use crate::support::served::{Checked, checked};

async fn site() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_user(User::new("joe"))
        .with_space(Space::new("DOCS").id("70"))
        .with_space(Space::new("INNER").id("71").private())
        .with_page(
            Page::new("DOCS", "Top")
                .id("80")
                .body("<p>All <b>for</b> one</p>")
                .label("draft")
                .liked_by("jane")
                .liked_by("joe"),
        )
        .with_blog_post(
            BlogPost::new("DOCS", "News")
                .id("81")
                .label("draft")
                .label("new"),
        )
        .with_comment(Comment::new("Top", "<p>Nice</p>").id("82").author("jane"))
        .with_comment(Comment::inline("Top", "for one", "<p>Why?</p>").id("83"))
        .with_attachment(
            Attachment::new("80", "plan.txt", "one")
                .id("84")
                .label("draft"),
        )
        .with_page(Page::new("INNER", "Secret").id("85").label("hidden"));
    checked(server)
}

const KINDS: [(&str, &str); 5] = [
    ("pages", "80"),
    ("blogposts", "81"),
    ("footer-comments", "82"),
    ("inline-comments", "83"),
    ("attachments", "att84"),
];

#[tokio::test]
async fn every_kind_has_versions_operations_and_properties() {
    let server = site().await;
    let admin = caller(&server, "admin");
    for (kind, id) in KINDS {
        let path = format!("/api/v2/{kind}/{id}");
        let shown = admin
            .get(&format!(
                "{path}?include-versions=true&include-operations=true&include-properties=true"
            ))
            .await;
        assert_eq!(
            shown.body["versions"]["results"][0]["number"],
            json!(1),
            "{}",
            shown.body
        );
        assert_eq!(
            shown.body["properties"]["results"],
            json!([]),
            "{}",
            shown.body
        );
        assert_eq!(
            walk(&admin, &format!("{path}/versions"))
                .await
                .concat()
                .len(),
            1
        );
        assert_eq!(admin.get(&format!("{path}/versions/2")).await.status, 404);
        let operations = admin.get(&format!("{path}/operations")).await.body;
        assert_eq!(operations["operations"].as_array().map(Vec::len), Some(3));

        let owner = if kind.ends_with("comments") {
            "comments"
        } else {
            kind
        };
        let path = format!("/api/v2/{owner}/{id}/properties");
        let new = json!({ "key": "colour", "value": "blue" });
        let made = admin.send("POST", &path, Some(new)).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let path = format!("{path}/{}", made.body["id"].as_str().expect("an id"));
        let new = json!({ "key": "colour", "value": "red", "version": { "number": 2 } });
        assert_eq!(
            admin.send("PUT", &path, Some(new)).await.body["value"],
            json!("red")
        );
        assert_eq!(admin.send("DELETE", &path, None).await.status, 204);
    }
}

#[tokio::test]
async fn likes_are_counted_and_listed() {
    let server = site().await;
    let admin = caller(&server, "admin");
    for (kind, id) in &KINDS[..4] {
        let count = if *kind == "pages" { 2 } else { 0 };
        let likes = format!("/api/v2/{kind}/{id}/likes");
        assert_eq!(
            admin.get(&format!("{likes}/count")).await.body["count"],
            json!(count)
        );
        assert_eq!(
            walk(&admin, &format!("{likes}/users")).await.concat().len(),
            count
        );
    }
    let shown = admin.get("/api/v2/pages/80?include-likes=true").await.body;
    assert_eq!(shown["likes"]["results"][1]["accountId"], json!("joe"));
}

#[tokio::test]
async fn labels_lead_to_what_carries_them() {
    let server = site().await;
    let (admin, jane) = (caller(&server, "admin"), caller(&server, "jane"));
    let names = |rows: Vec<Vec<Value>>| {
        rows.concat()
            .iter()
            .map(|row| row["name"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(walk(&admin, "/api/v2/labels").await),
        ["draft", "hidden", "new"]
    );
    assert_eq!(names(walk(&jane, "/api/v2/labels").await), ["draft", "new"]);
    assert_eq!(
        names(walk(&jane, "/api/v2/spaces/70/content/labels?limit=1").await),
        ["draft", "new"]
    );
    let label = walk(&jane, "/api/v2/blogposts/81/labels").await[0][0]["id"].clone();
    let label = label.as_str().expect("an id");
    for (kind, id) in [KINDS[0], KINDS[1], KINDS[4]] {
        let rows = walk(&jane, &format!("/api/v2/labels/{label}/{kind}"))
            .await
            .concat();
        assert_eq!(rows.iter().map(|row| &row["id"]).collect::<Vec<_>>(), [id]);
    }
}

#[tokio::test]
async fn ids_tell_kinds() {
    let server = site().await;
    let ids = json!({ "contentIds": ["80", "81", "82", "83", "att84", "85", "9"] });
    let kinds = caller(&server, "jane")
        .send("POST", "/api/v2/content/convert-ids-to-types", Some(ids))
        .await;
    assert_eq!(
        kinds.body["results"],
        json!({
            "80": "page", "81": "blogpost", "82": "footer-comment", "83": "inline-comment",
            "att84": "attachment", "85": null, "9": null,
        })
    );
}

#[tokio::test]
async fn what_hangs_on_content_goes_with_it() {
    let server = site().await;
    let reply = server.add_comment(Comment::new("82", "<p>Indeed</p>"));
    server.remove_comment("82");
    assert!(server.comment(&reply).is_none());
    server.remove_page("80");
    assert_eq!(
        (server.comments().len(), server.attachments().len()),
        (0, 0)
    );
    server.remove_space("70");
    assert!(server.blog_posts().is_empty());
}
