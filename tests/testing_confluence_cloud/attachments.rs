//! Attachments: uploaded by v1, listed by v2, and fetched from elsewhere.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use spacewright::testing::confluence_cloud::{Attachment, BlogPost, Page, Server, Space, User};
use spacewright::{Auth, Upload};

use super::{caller, walk};
use crate::support::caller::Caller;
use crate::support::served::{Checked, checked};

const PAGE: &str = "/rest/api/content/80/child/attachment";

/// A space where only the administrator attaches files.
async fn site() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_space(
            Space::new("DOCS")
                .id("70")
                .permission("user", "admin", "create", "attachment"),
        )
        .with_page(Page::new("DOCS", "Top").id("80"))
        .with_blog_post(BlogPost::new("DOCS", "News").id("81"));
    checked(server)
}

impl Caller {
    /// Uploads files of one text with this value of the header against forged requests.
    async fn upload(&self, method: &str, path: &str, header: &str, names: &[&str]) -> (u16, Value) {
        let mut form = Form::new().text("comment", "weekly");
        for name in names {
            let part = Part::text("text").file_name((*name).to_owned());
            form = form.part("file", part.mime_str("text/plain").expect("a media type"));
        }
        let request = self
            .http
            .request(
                method.parse().expect("a method"),
                format!("{}{path}", self.base),
            )
            .header(self.header.0, &self.header.1)
            .header("x-atlassian-token", header)
            .multipart(form);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).expect("JSON"))
    }
}

#[tokio::test]
async fn are_uploaded_renewed_and_downloaded_by_the_client() {
    let server = site().await;
    let files = server.client().v1().attachment();
    let name = "na\u{ef}ve \"plan\".txt";
    let stored = files
        .create("80", Upload::bytes(name, "one"))
        .comment("first")
        .await;
    let id = stored.expect("an upload").results[0]
        .id
        .clone()
        .expect("an id");
    assert!(id.as_str().starts_with("att"), "{id:?}");
    let held = || server.attachment(name).expect("the attachment");
    assert_eq!(
        (held().file.bytes.as_ref(), held().file.comment.as_str()),
        (b"one".as_slice(), "first")
    );
    assert!(
        files
            .create("80", Upload::bytes(name, "two"))
            .await
            .is_err(),
        "the name is taken"
    );
    files
        .create_or_update("80", Upload::bytes(name, "two"))
        .await
        .expect("a new version");
    assert_eq!(held().versions.len(), 2);

    server.forget_requests();
    let file = files.download("80", id.as_str()).await.expect("a file");
    assert_eq!(file.bytes().await.expect("bytes").as_ref(), b"two");
    let old = files
        .download("80", id.as_str())
        .version(1)
        .await
        .expect("a file");
    assert_eq!(old.bytes().await.expect("bytes").as_ref(), b"one");
    let fetched = server.requests().to("/file/*/binary");
    fetched.assert_count(2);

    let renewed = files.update_data("80", id.as_str(), Upload::bytes("other.txt", "three"));
    renewed.await.expect("a new version");
    assert_eq!(
        server
            .attachment("other.txt")
            .map(|file| file.versions.len()),
        Some(3)
    );
}

#[tokio::test]
async fn are_uploaded_by_hand_as_the_rules_are() {
    let server = site().await;
    let (admin, jane) = (caller(&server, "admin"), caller(&server, "jane"));
    assert_eq!(admin.upload("POST", PAGE, "check", &["a.txt"]).await.0, 403);
    assert_eq!(
        jane.upload("POST", PAGE, "nocheck", &["a.txt"]).await.0,
        403
    );
    let (status, body) = admin
        .upload("POST", PAGE, "nocheck", &["a.txt", "b.txt"])
        .await;
    assert_eq!((status, &body["size"]), (200, &json!(2)), "{body}");
    assert_eq!(body["results"][0]["extensions"]["comment"], json!("weekly"));
    assert_eq!(
        admin.upload("POST", PAGE, "no-check", &["b.txt"]).await.0,
        400
    );
    let (status, body) = admin.upload("PUT", PAGE, "no-check", &["b.txt"]).await;
    assert_eq!(
        (status, &body["results"][0]["version"]["number"]),
        (200, &json!(2))
    );
    assert_eq!(admin.upload("POST", PAGE, "no-check", &[]).await.0, 400);
    assert_eq!(
        admin
            .upload(
                "POST",
                &format!("{PAGE}?status=draft"),
                "no-check",
                &["c.txt"]
            )
            .await
            .0,
        404
    );
    let id = body["results"][0]["id"].as_str().expect("an id");
    let data = format!("{PAGE}/{id}/data");
    assert_eq!(
        jane.upload("POST", &data, "no-check", &["b.txt"]).await.0,
        404
    );
    assert_eq!(
        admin.upload("POST", &data, "no-check", &["a.txt"]).await.0,
        400
    );
}

#[tokio::test]
async fn are_described_moved_and_deleted() {
    let server = site().await;
    let id =
        server.add_attachment(Attachment::new("Top", "plan.txt", "one").media_type("text/plain"));
    let (admin, jane) = (caller(&server, "admin"), caller(&server, "jane"));
    let path = format!("{PAGE}/{id}");
    let change = |version: u64| {
        Some(json!({
            "id": id, "type": "attachment", "version": { "number": version }, "title": "old.txt",
            "metadata": { "comment": "stale" }, "container": { "id": "81", "type": "blogpost" },
        }))
    };
    assert_eq!(jane.send("PUT", &path, change(1)).await.status, 403);
    assert_eq!(admin.send("PUT", &path, change(2)).await.status, 409);
    assert_eq!(admin.send("PUT", &path, change(1)).await.status, 200);
    let found = "/api/v2/blogposts/81/attachments?filename=old.txt&mediaType=text/plain";
    let found = walk(&jane, found).await.concat();
    assert_eq!(
        (&found[0]["comment"], &found[0]["version"]["number"]),
        (&json!("stale"), &json!(1))
    );
    assert_eq!(found[0]["blogPostId"], json!("81"));

    let path = format!("/api/v2/attachments/{}", id.trim_start_matches("att"));
    assert_eq!(jane.get(&path).await.body["id"], json!(id));
    assert_eq!(jane.send("DELETE", &path, None).await.status, 404);
    assert_eq!(
        admin
            .send("DELETE", &format!("{path}?purge=true"), None)
            .await
            .status,
        400
    );
    assert_eq!(admin.send("DELETE", &path, None).await.status, 204);
    assert_eq!(walk(&jane, "/api/v2/attachments").await.concat().len(), 0);
    assert_eq!(
        walk(&jane, "/api/v2/attachments?status=trashed")
            .await
            .concat()
            .len(),
        1
    );
    assert_eq!(
        admin
            .send("DELETE", &format!("{path}?purge=true"), None)
            .await
            .status,
        204
    );
    assert!(server.attachments().is_empty());
}

#[tokio::test]
async fn come_fifty_a_page() {
    let server = site().await;
    for number in 0..60 {
        server.add_attachment(Attachment::new("80", format!("{number}.txt"), "").label("many"));
    }
    let jane = caller(&server, "jane");
    let sizes = |pages: Vec<Vec<Value>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(walk(&jane, "/api/v2/attachments").await), [50, 10]);
    assert_eq!(
        sizes(walk(&jane, "/api/v2/pages/80/attachments?limit=40").await),
        [40, 20]
    );
    let label = walk(&jane, "/api/v2/labels").await[0][0]["id"].clone();
    let label = format!(
        "/api/v2/labels/{}/attachments",
        label.as_str().expect("an id")
    );
    assert_eq!(sizes(walk(&jane, &label).await), [25, 25, 10]);
}

#[tokio::test]
async fn are_fetched_where_no_credential_belongs() {
    let server = site().await;
    let id = server
        .add_attachment(Attachment::new("80", "dot \u{e4}.png", "PNG").media_type("image/png"));
    let jane = caller(&server, "jane");
    let here = Caller {
        http: reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client"),
        ..caller(&server, "jane")
    };
    let link = jane.get(&format!("/api/v2/attachments/{id}")).await.body["downloadLink"].clone();
    let link = link.as_str().expect("a link").to_owned();
    let thumbnail = format!("/api/v2/attachments/{id}/thumbnail/download");
    for path in [format!("{PAGE}/{id}/download"), link, thumbnail] {
        let sent_on = here.get(&path).await;
        assert_eq!(sent_on.status, 302, "{path}: {}", sent_on.body);
        let target = sent_on.header("location").to_owned();
        assert!(target.starts_with("http://localhost:"), "{target}");
        let fetch = |url: &str| here.http.get(url);
        let file = fetch(&target).send().await.expect("an answer");
        assert_eq!(
            (
                file.status().as_u16(),
                file.headers()["content-type"].to_str().ok()
            ),
            (200, Some("image/png"))
        );
        let with_credential = fetch(&target).bearer_auth(server.token("jane"));
        assert_eq!(
            with_credential.send().await.expect("an answer").status(),
            400
        );
        let guessed = target.replace("token=", "token=x");
        assert_eq!(
            fetch(&guessed).send().await.expect("an answer").status(),
            403
        );
    }
    let none = server.client_with(Auth::bearer("wrong")).v1().attachment();
    assert!(none.download("80", id.as_str()).await.is_err());
    let text = server.add_attachment(Attachment::new("80", "a.txt", ""));
    assert_eq!(
        jane.get(&format!("/api/v2/attachments/{text}/thumbnail/download"))
            .await
            .status,
        404
    );
}
