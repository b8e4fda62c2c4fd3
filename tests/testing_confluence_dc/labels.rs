//! The labels in use: those that most contents have, the latest, and those that go together.

use serde_json::json;
use spacewright::testing::confluence_dc::{Content, Server, Space, User};

use super::Caller;
use crate::support::served::{Checked, checked};

async fn wiki() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_space(Space::new("DOCS"))
        .with_space(Space::new("HR").private())
        .with_content(
            Content::page("DOCS", "A")
                .id(1)
                .label("plan")
                .label("draft"),
        )
        .with_content(
            Content::page("DOCS", "B")
                .id(2)
                .label("plan")
                .label("old")
                .label("draft"),
        )
        .with_content(
            Content::page("DOCS", "C")
                .id(3)
                .label("plan")
                .label("my:favourite"),
        )
        .with_content(Content::page("HR", "D").id(4).label("pay").label("plan"));
    checked(server)
}

async fn names(caller: &Caller, path: &str) -> Vec<String> {
    let (status, page) = caller.get(path).await;
    assert_eq!(status, 200, "{path}: {page}");
    let rows = page["results"].as_array().expect("rows");
    rows.iter()
        .map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test]
async fn come_in_the_order_that_is_asked_for() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let popular = ["plan", "draft", "favourite", "old"];
    assert_eq!(
        names(&morgan, "/rest/api/space/DOCS/labels/popular").await,
        popular
    );
    assert_eq!(
        names(&morgan, "/rest/api/label/popular?limit=2").await,
        popular[..2]
    );

    let new = Some(json!([{ "name": "new" }]));
    assert_eq!(
        morgan
            .send("POST", "/rest/api/content/1/label", new)
            .await
            .0,
        200
    );
    let recent = names(&admin, "/rest/api/label/recent").await;
    assert_eq!(recent[..2], ["new", "pay"]);
    let recent = names(&morgan, "/rest/api/space/DOCS/labels/recent?limit=3").await;
    assert_eq!(recent, ["new", "favourite", "plan"]);
}

#[tokio::test]
async fn are_related_when_the_same_contents_have_them() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let of_plan = names(&admin, "/rest/api/label/plan/related").await;
    assert_eq!(of_plan, ["draft", "favourite", "old", "pay"]);
    let in_docs = names(&admin, "/rest/api/space/DOCS/labels/plan/related").await;
    assert_eq!(in_docs, ["draft", "favourite", "old"]);
    // What the caller may not see counts for nothing.
    assert_eq!(
        names(&morgan, "/rest/api/label/plan/related").await,
        in_docs
    );
    assert_eq!(morgan.get("/rest/api/label/pay/related").await.0, 404);
    for kind in ["popular", "recent", "plan/related"] {
        let path = format!("/rest/api/space/HR/labels/{kind}");
        assert_eq!(morgan.get(&path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn are_found_by_name_namespace_space_and_owner() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let own = Some(json!([{ "name": "later", "prefix": "my" }]));
    assert_eq!(
        morgan
            .send("POST", "/rest/api/content/1/label", own)
            .await
            .0,
        200
    );
    for (query, expected) in [
        ("labelName=plan", vec!["plan"]),
        ("namespace=my", vec!["favourite", "later"]),
        ("owner=morgan", vec!["later"]),
        ("spaceKey=HR", vec!["pay", "plan"]),
    ] {
        let path = format!("/rest/api/label/labels?{query}");
        assert_eq!(names(&admin, &path).await, expected, "{query}");
    }
    assert_eq!(
        admin.get("/rest/api/label/labels?owner=nobody").await.0,
        404
    );
    assert_eq!(
        morgan.get("/rest/api/label/labels?spaceKey=HR").await.0,
        404
    );
}

#[tokio::test]
async fn fill_a_page_of_the_length_that_is_published() {
    let mut page = Content::page("TEST", "All").id(1);
    for number in 0..250 {
        page = page.label(format!("label{number:03}"));
    }
    let server = Server::start().await.with_space(Space::new("TEST"));
    let server = checked(server.with_content(page));
    let admin = Caller::new(&server, "admin");
    for (path, rows) in [
        ("/rest/api/content/1/label", 200),
        ("/rest/api/space/TEST/labels", 25),
        ("/rest/api/space/TEST/labels/recent", 25),
        ("/rest/api/label/labels", 100),
        ("/rest/api/label/popular", 100),
    ] {
        assert_eq!(admin.get(path).await.1["size"], rows, "{path}");
    }
}
