//! Webhooks: what would have been called, and how that would have gone.

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Content, Receiver, Server, Space, User};

use super::{Caller, new_user};
use crate::support::served::{Checked, checked};

const GOOD: &str = "https://good.example/hook";
const BROKEN: &str = "https://broken.example/hook";
const GONE: &str = "https://gone.example/hook";

async fn wiki() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_user(User::new("morgan"))
        .with_space(Space::new("TEST"))
        .with_content(Content::page("TEST", "Plan").id(7))
        .with_webhook_receiver(BROKEN, Receiver::Answers(503))
        .with_webhook_receiver(GONE, Receiver::Unreachable);
    checked(server)
}

/// The path of a new webhook.
async fn hook(caller: &Caller, url: &str, events: &[&str]) -> String {
    let body = json!({
        "name": "Watcher", "url": url, "events": events,
        "configuration": { "secret": "s3cret" },
        "credentials": { "username": "hook", "password": "s3cret" },
    });
    let (status, hook) = caller.send("POST", "/rest/api/webhooks", Some(body)).await;
    assert_eq!(status, 201, "{hook}");
    assert_eq!(hook["credentials"], json!({ "username": "hook" }));
    assert!(!hook.to_string().contains("s3cret"));
    format!("/rest/api/webhooks/{}", hook["id"])
}

/// The event of the latest call, and what its body says.
async fn latest(caller: &Caller, path: &str) -> (Value, Value) {
    let (status, call) = caller.get(path).await;
    assert_eq!(status, 200, "{call}");
    let body = call["request"]["body"].as_str().expect("a body");
    (
        call["event"]["id"].clone(),
        serde_json::from_str(body).expect("JSON"),
    )
}

#[tokio::test]
async fn are_called_for_their_events_alone() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let hook = hook(
        &admin,
        GOOD,
        &["user_created", "page_trashed", "label_added"],
    )
    .await;
    let path = format!("{hook}/latest");
    assert_eq!(admin.get(&path).await.0, 404);

    admin
        .send(
            "POST",
            "/rest/api/admin/group",
            Some(json!({ "name": "writers" })),
        )
        .await;
    assert_eq!(admin.get(&path).await.0, 404);
    admin
        .send("POST", "/rest/api/admin/user", Some(new_user("kim")))
        .await;
    let (event, body) = latest(&admin, &path).await;
    let key = server.user("kim").expect("the user").key;
    assert_eq!(event, "user_created");
    assert_eq!(body["userProfile"]["userKey"], json!(key));
    assert_eq!(
        body["userKey"],
        json!(server.user("admin").expect("the user").key)
    );

    let label = Some(json!([{ "name": "new" }]));
    admin.send("POST", "/rest/api/content/7/label", label).await;
    admin.send("DELETE", "/rest/api/content/7", None).await;
    assert_eq!(latest(&admin, &path).await.1["page"], json!({ "id": 7 }));
    let of_label = format!("{path}?event=label_added&outcome=SUCCESS");
    let (_, body) = latest(&admin, &of_label).await;
    assert_eq!(
        (&body["label"]["name"], &body["labeled"]["id"]),
        (&json!("new"), &json!(7))
    );
    assert_eq!(admin.get(&format!("{path}?outcome=ERROR")).await.0, 404);

    let (_, statistics) = admin.get(&format!("{hook}/statistics/summary")).await;
    let counts = json!({ "errors": 0, "failures": 0, "successes": 3 });
    assert_eq!(statistics["counts"], counts);
    let (_, statistics) = admin
        .get(&format!("{hook}/statistics?event=label_added"))
        .await;
    assert_eq!(statistics["counts"]["successes"], 1);
    let (_, shown) = admin.get(&format!("{hook}?statistics=true")).await;
    assert_eq!(shown["statistics"]["counts"], counts);
    assert_eq!(admin.get(&hook).await.1.get("statistics"), None);
}

#[tokio::test]
async fn fail_as_their_receivers_do() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let broken = hook(&admin, BROKEN, &["space_updated", "content_updated"]).await;
    let gone = hook(&admin, GONE, &["content_updated"]).await;
    let update = json!({ "type": "page", "title": "Plan", "version": { "number": 2 } });
    admin.send("PUT", "/rest/api/content/7", Some(update)).await;
    for (hook, outcome, description) in [
        (&broken, "FAILURE", "503"),
        (&gone, "ERROR", "Connection refused"),
    ] {
        let (_, call) = admin
            .get(&format!("{hook}/latest?outcomes={outcome}"))
            .await;
        let result = json!({ "outcome": outcome, "description": description });
        assert_eq!(call["result"], result);
    }
    // One that is not active is not called.
    let off = json!({ "name": "Off", "url": BROKEN, "events": ["space_updated"], "active": false });
    assert_eq!(admin.send("PUT", &broken, Some(off)).await.0, 200);
    let renamed = json!({ "name": "Test" });
    assert_eq!(
        admin
            .send("PUT", "/rest/api/space/TEST", Some(renamed))
            .await
            .0,
        200
    );
    let (_, statistics) = admin.get(&format!("{broken}/statistics")).await;
    assert_eq!(statistics["counts"]["failures"], 1);
    assert_eq!(statistics["lastFailure"]["request"]["url"], BROKEN);
}

#[tokio::test]
async fn tell_where_a_page_was_and_where_it_is() {
    let server = wiki().await;
    server.add_content(Content::page("TEST", "Detail").id(8).parent(7));
    server.add_content(Content::page("TEST", "Other").id(9));
    let admin = Caller::new(&server, "admin");
    let hook = hook(&admin, GOOD, &["page_moved"]).await;
    let update = |number: u32, parent: &str| {
        Some(json!({
            "type": "page", "title": "Detail", "version": { "number": number },
            "ancestors": [{ "id": parent }],
        }))
    };
    admin
        .send("PUT", "/rest/api/content/8", update(2, "7"))
        .await;
    assert_eq!(admin.get(&format!("{hook}/latest")).await.0, 404);
    admin
        .send("PUT", "/rest/api/content/8", update(3, "9"))
        .await;
    let (_, body) = latest(&admin, &format!("{hook}/latest")).await;
    assert_eq!(
        (&body["oldParent"]["id"], &body["newParent"]["id"]),
        (&json!(7), &json!(9))
    );
}

#[tokio::test]
async fn are_tried_out_by_administrators() {
    let server = wiki().await;
    let admin = Caller::new(&server, "admin");
    let morgan = Caller::new(&server, "morgan");
    let test = |url: &str| format!("/rest/api/webhooks/test?url={url}");
    assert_eq!(morgan.send("POST", &test(GOOD), None).await.0, 403);
    assert_eq!(admin.send("POST", &test("ftp://a"), None).await.0, 400);
    for (url, outcome) in [(GOOD, "SUCCESS"), (BROKEN, "FAILURE"), (GONE, "ERROR")] {
        let (status, tried) = admin.send("POST", &test(url), None).await;
        assert_eq!(
            (status, &tried["result"]["outcome"]),
            (200, &json!(outcome))
        );
        assert_eq!(tried["request"]["url"], url);
    }
    for path in ["latest", "statistics", "statistics/summary"] {
        let path = format!("/rest/api/webhooks/9/{path}");
        assert_eq!(morgan.get(&path).await.0, 403);
        assert_eq!(admin.get(&path).await.0, 404);
    }
}
