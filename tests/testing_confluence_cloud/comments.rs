//! Footer comments, inline comments and replies.

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
        .with_space(
            Space::new("READ")
                .id("71")
                .permission("user", "admin", "create", "comment"),
        )
        .with_page(
            Page::new("DOCS", "Top")
                .id("80")
                .body("<p>One <b>for</b> all, all for one</p>"),
        )
        .with_blog_post(BlogPost::new("DOCS", "News").id("81"))
        .with_attachment(Attachment::new("Top", "plan.txt", "").id("82"))
        .with_page(Page::new("READ", "Rules").id("83"));
    checked(server)
}

fn body(text: &str) -> Value {
    json!({ "representation": "storage", "value": text })
}

#[tokio::test]
async fn at_the_foot_are_made_answered_changed_and_deleted() {
    let server = site().await;
    let (admin, jane, joe) = (
        caller(&server, "admin"),
        caller(&server, "jane"),
        caller(&server, "joe"),
    );
    let all = "/api/v2/footer-comments";
    let mut made = Vec::new();
    for (name, id, list) in [
        ("pageId", "80", "pages/80"),
        ("blogPostId", "81", "blogposts/81"),
        ("attachmentId", "att82", "attachments/82"),
    ] {
        let new = json!({ name: id, "body": body("<p>Nice</p>") });
        let comment = jane.send("POST", all, Some(new)).await;
        assert_eq!(
            (comment.status, &comment.body[name]),
            (201, &json!(id)),
            "{}",
            comment.body
        );
        let path = format!("/api/v2/{list}/footer-comments?body-format=storage");
        assert_eq!(
            walk(&joe, &path).await[0][0]["body"]["storage"]["value"],
            json!("<p>Nice</p>")
        );
        made.push(comment.body);
    }
    assert_eq!(made[0]["title"], json!("Re: Top"));
    let id = made[0]["id"].as_str().expect("an id");
    let reply = json!({ "parentCommentId": id, "body": body("<p>Indeed</p>") });
    let reply = joe.send("POST", all, Some(reply)).await.body;
    assert_eq!(
        (&reply["pageId"], &reply["parentCommentId"]),
        (&json!("80"), &json!(id))
    );
    assert_eq!(
        walk(&joe, "/api/v2/pages/80/footer-comments")
            .await
            .concat()
            .len(),
        1
    );
    assert_eq!(
        walk(&joe, &format!("{all}/{id}/children")).await[0][0]["id"],
        reply["id"]
    );
    assert_eq!(walk(&joe, all).await.concat().len(), 4);

    let path = format!("{all}/{id}");
    let change =
        |number: u64| Some(json!({ "version": { "number": number }, "body": body("<p>Good</p>") }));
    assert_eq!(
        joe.send("PUT", &path, change(2)).await.status,
        404,
        "it is jane's"
    );
    assert_eq!(jane.send("PUT", &path, change(7)).await.status, 409);
    assert_eq!(
        jane.send("PUT", &path, Some(json!({ "version": { "number": 2 } })))
            .await
            .status,
        400
    );
    assert_eq!(jane.send("PUT", &path, change(2)).await.status, 200);
    let old = jane
        .get(&format!("{path}?version=1&body-format=storage"))
        .await
        .body;
    assert_eq!(old["body"]["storage"]["value"], json!("<p>Nice</p>"));
    assert_eq!(joe.send("DELETE", &path, None).await.status, 404);
    assert_eq!(admin.send("DELETE", &path, None).await.status, 204);
    assert_eq!(server.comments().len(), 2, "the reply went with it");
}

#[tokio::test]
async fn name_one_thing_that_the_caller_may_comment_on() {
    let server = site().await;
    let jane = caller(&server, "jane");
    let post = |kind: &'static str, mut new: Value| {
        new["body"] = body("<p>Hm</p>");
        let path = format!("/api/v2/{kind}-comments");
        let jane = &jane;
        async move { jane.send("POST", &path, Some(new)).await.status }
    };
    assert_eq!(post("footer", json!({})).await, 400);
    assert_eq!(
        post("footer", json!({ "pageId": "80", "blogPostId": "81" })).await,
        400
    );
    assert_eq!(
        post("footer", json!({ "customContentId": "80" })).await,
        404
    );
    assert_eq!(
        post("footer", json!({ "pageId": "81" })).await,
        404,
        "it is a blog post"
    );
    assert_eq!(
        post("footer", json!({ "pageId": "83" })).await,
        404,
        "jane may only read it"
    );
    assert_eq!(post("inline", json!({ "attachmentId": "82" })).await, 400);
    let footer = server.add_comment(Comment::new("Top", "<p>Nice</p>"));
    assert_eq!(
        post("inline", json!({ "parentCommentId": footer })).await,
        404,
        "it is at the foot"
    );
    let path = "/api/v2/footer-comments";
    let bare = Some(json!({ "pageId": "80" }));
    assert_eq!(jane.send("POST", path, bare).await.status, 400);
    assert_eq!(jane.get(&format!("{path}?sort=id")).await.status, 400);
}

#[tokio::test]
async fn beside_a_text_are_resolved_and_left_dangling() {
    let server = site().await;
    let (jane, joe) = (caller(&server, "jane"), caller(&server, "joe"));
    let all = "/api/v2/inline-comments";
    let new = |text: &str, count: u64| {
        let selected = json!({ "textSelection": text, "textSelectionMatchCount": count, "textSelectionMatchIndex": 0 });
        Some(
            json!({ "pageId": "80", "body": body("<p>Why?</p>"), "inlineCommentProperties": selected }),
        )
    };
    assert_eq!(jane.send("POST", all, new("for all", 2)).await.status, 400);
    assert_eq!(jane.send("POST", all, new("nobody", 0)).await.status, 400);
    let made = jane.send("POST", all, new("for all", 1)).await;
    assert_eq!(
        (made.status, &made.body["resolutionStatus"]),
        (201, &json!("open")),
        "{}",
        made.body
    );
    assert_eq!(
        made.body["properties"]["inlineOriginalSelection"],
        json!("for all")
    );
    let id = made.body["id"].as_str().expect("an id");
    let reply = json!({ "parentCommentId": id, "body": body("<p>Because</p>") });
    let reply = joe.send("POST", all, Some(reply)).await;
    assert_eq!(
        (reply.status, &reply.body["resolutionStatus"]),
        (201, &Value::Null)
    );

    let path = format!("{all}/{id}");
    for (number, resolved, status) in [(2, true, "resolved"), (3, false, "reopened")] {
        let change = json!({ "version": { "number": number }, "resolved": resolved });
        let change = joe.send("PUT", &path, Some(change)).await.body;
        assert_eq!(
            (
                &change["resolutionStatus"],
                &change["resolutionLastModifierId"]
            ),
            (&json!(status), &json!("joe"))
        );
    }
    let text = json!({ "version": { "number": 4 }, "body": body("<p>Joe was here</p>") });
    assert_eq!(joe.send("PUT", &path, Some(text)).await.status, 404);

    let page = json!({
        "id": "80", "title": "Top", "status": "current", "version": { "number": 2 }, "body": body("<p>Nothing</p>"),
    });
    assert_eq!(
        jane.send("PUT", "/api/v2/pages/80", Some(page))
            .await
            .status,
        200
    );
    let change = json!({ "version": { "number": 4 }, "resolved": true });
    assert_eq!(jane.send("PUT", &path, Some(change)).await.status, 400);
    let found =
        |status: &str| format!("/api/v2/pages/80/inline-comments?resolution-status={status}");
    assert_eq!(walk(&joe, &found("dangling,open")).await.concat().len(), 1);
    assert_eq!(walk(&joe, &found("open")).await.concat().len(), 0);
    assert_eq!(
        server.comment(id).map(|comment| comment.resolution),
        Some("reopened".to_owned())
    );
}

#[tokio::test]
async fn are_seen_by_who_sees_the_content() {
    let server = site().await;
    let page = server.add_page(Page::new("DOCS", "Secret").visible_to("joe"));
    let comment = server.add_comment(Comment::new(&page, "<p>Psst</p>").author("joe"));
    let reply = server.add_comment(Comment::new(&comment, "<p>What?</p>"));
    let (jane, joe) = (caller(&server, "jane"), caller(&server, "joe"));
    for id in [comment, reply] {
        let path = format!("/api/v2/footer-comments/{id}");
        assert_eq!(jane.get(&path).await.status, 404);
        assert_eq!(joe.get(&path).await.status, 200);
    }
    assert_eq!(
        walk(&jane, "/api/v2/footer-comments").await.concat().len(),
        0
    );
    let path = format!("/api/v2/pages/{page}/footer-comments");
    assert_eq!(jane.get(&path).await.status, 404);
}
