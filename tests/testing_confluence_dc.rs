//! The simulated Confluence Data Center, seen over plain HTTP: what any client of it would meet.
#![cfg(all(feature = "testing", feature = "confluence-dc"))]
#![allow(clippy::expect_used)]

#[path = "testing_confluence_dc/attachments.rs"]
mod attachments;
#[path = "testing_confluence_dc/audit.rs"]
mod audit;
#[path = "testing_confluence_dc/colours.rs"]
mod colours;
#[path = "testing_confluence_dc/contents.rs"]
mod contents;
#[path = "testing_confluence_dc/jobs.rs"]
mod jobs;
#[path = "testing_confluence_dc/labels.rs"]
mod labels;
#[path = "testing_confluence_dc/not_simulated.rs"]
mod not_simulated;
#[path = "testing_confluence_dc/oauth.rs"]
mod oauth;
#[path = "testing_confluence_dc/people.rs"]
mod people;
#[path = "testing_confluence_dc/requirements.rs"]
mod requirements;
#[path = "testing_confluence_dc/restrictions.rs"]
mod restrictions;
#[path = "testing_confluence_dc/search.rs"]
mod search;
#[path = "testing_confluence_dc/site.rs"]
mod site;
mod support;
#[path = "testing_confluence_dc/versions.rs"]
mod versions;
#[path = "testing_confluence_dc/visitors.rs"]
mod visitors;
#[path = "testing_confluence_dc/webhooks.rs"]
mod webhooks;

use std::time::Duration;

use futures_util::TryStreamExt;

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Grant, Server, Space, User};
use spacewright::testing::{Honesty, Misbehaviour, NextLink, PageBehaviour};
use support::served::checked;

/// Sends requests with the token of one user.
struct Caller {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Caller {
    fn new(server: &Server, user: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: server.url(),
            token: server.token(user),
        }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, None).await
    }

    /// Walks a list by its `next` links; gives the rows of each page.
    async fn walk(&self, path: &str, most: usize) -> Vec<Vec<Value>> {
        let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next.filter(|_| pages.len() < most) {
            let (status, page) = self.get(&path).await;
            assert_eq!(status, 200, "{page}");
            pages.push(page["results"].as_array().expect("results").clone());
            next = page["_links"]["next"].as_str().map(str::to_owned);
        }
        pages
    }
}

fn new_user(name: &str) -> Value {
    json!({ "userName": name, "fullName": "Morgan Lee", "email": "morgan@example.com", "password": "s3cret" })
}

#[tokio::test]
async fn spaces_permissions_and_properties_are_kept() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("morgan").key("ff80")),
    );
    let admin = Caller::new(&server, "admin");
    let space = json!({ "key": "TEST", "name": "Test" });
    assert_eq!(
        admin
            .send("POST", "/rest/api/space", Some(space.clone()))
            .await
            .0,
        200
    );
    assert_eq!(
        admin.send("POST", "/rest/api/space", Some(space)).await.0,
        400
    );

    let grant = json!([{ "targetType": "space", "operationKey": "administer" }]);
    let path = "/rest/api/space/TEST/permissions/user/ff80/grant";
    assert_eq!(admin.send("PUT", path, Some(grant)).await.0, 204);
    let expected = Grant::to_user("morgan", "space", "administer");
    assert!(
        server
            .space("TEST")
            .expect("the space")
            .permissions
            .contains(&expected)
    );

    let morgan = Caller::new(&server, "morgan");
    let path = "/rest/api/space/TEST/property/colour";
    assert_eq!(
        morgan
            .send("POST", path, Some(json!({ "value": "blue" })))
            .await
            .0,
        200
    );
    let stale = json!({ "value": "red", "version": { "number": 1 } });
    assert_eq!(morgan.send("PUT", path, Some(stale)).await.0, 409);
    let next = json!({ "value": "red", "version": { "number": 2 } });
    assert_eq!(
        morgan.send("PUT", path, Some(next)).await.1["version"]["number"],
        2
    );
    assert_eq!(server.space_properties("TEST")["colour"], "red");
}

#[tokio::test]
async fn pages_misbehave_as_told() {
    let server = checked(
        Server::start()
            .await
            .with_context_path("wiki")
            .with_spaces(10),
    );
    let admin = Caller::new(&server, "admin");
    let path = "/rest/api/space?limit=4";

    server.misbehave(Misbehaviour::paging(PageBehaviour::Cap {
        cap: 3,
        echo: Honesty::AsAsked,
        next: Honesty::AsAsked,
    }));
    let (_, page) = admin.get(path).await;
    assert_eq!((&page["limit"], &page["size"]), (&json!(4), &json!(3)));
    assert_eq!(admin.walk(path, 9).await.concat().len(), 8);

    server.behave();
    server.misbehave(Misbehaviour::paging(PageBehaviour::Hide(2..8)));
    server.misbehave(Misbehaviour::paging(PageBehaviour::NoSize));
    let pages = admin.walk(path, 9).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 2]);

    server.behave();
    let elsewhere = "https://elsewhere.example".to_owned();
    server.misbehave(Misbehaviour::paging(PageBehaviour::Link(
        NextLink::OtherHost(elsewhere),
    )));
    let (_, page) = admin.get(path).await;
    let next = page["_links"]["next"].as_str().expect("a link");
    assert_eq!(
        next,
        "https://elsewhere.example/wiki/rest/api/space?limit=4&start=4"
    );
}

#[tokio::test]
async fn connections_and_answers_misbehave_as_told() {
    let server = checked(Server::start().await);
    let admin = Caller::new(&server, "admin");
    let url = format!("{}/rest/api/user/current", server.url());
    let send = || async { admin.http.get(&url).bearer_auth(&admin.token).send().await };

    server.misbehave(Misbehaviour::rate_limited(7).once());
    let limited = send().await.expect("an answer");
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (429, &"7".parse().expect("a value"))
    );
    assert_eq!(limited.headers()["x-ratelimit-remaining"], "0");

    server.misbehave(Misbehaviour::login_page(200).once());
    assert!(
        send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("a body")
            .contains("<form")
    );

    server.misbehave(Misbehaviour::redirect(302, "/login").once());
    server.misbehave(Misbehaviour::status(418).on("/login"));
    assert_eq!(send().await.expect("an answer").status().as_u16(), 418);

    server.misbehave(Misbehaviour::reset().once());
    assert!(send().await.is_err());
    for damage in [
        Misbehaviour::truncated(10),
        Misbehaviour::wrong_content_length(5),
    ] {
        server.misbehave(damage.once());
        assert!(send().await.expect("a head").bytes().await.is_err());
    }
    server.misbehave(Misbehaviour::broken_json().once());
    let text = send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(serde_json::from_str::<Value>(&text).is_err());

    server.misbehave(Misbehaviour::stall().once());
    let patience = Duration::from_millis(100);
    let stalled = admin
        .http
        .get(&url)
        .bearer_auth(&admin.token)
        .timeout(patience)
        .send()
        .await;
    assert!(stalled.expect_err("no answer").is_timeout());

    // The work is done although its answer is lost.
    server.misbehave(Misbehaviour::lost_answer().for_method("POST").once());
    let post = admin
        .http
        .post(format!("{}/rest/api/admin/user", server.url()))
        .bearer_auth(&admin.token);
    assert!(
        post.body(new_user("morgan").to_string())
            .send()
            .await
            .is_err()
    );
    assert!(server.user("morgan").is_some());
    assert_eq!(send().await.expect("an answer").status().as_u16(), 200);
}

#[tokio::test]
async fn what_is_not_simulated_can_be_mocked() {
    use spacewright::testing::wiremock::matchers::{method, path};
    use spacewright::testing::wiremock::{Mock, ResponseTemplate};

    let server = checked(Server::start().await);
    let admin = Caller::new(&server, "admin");
    let (status, body) = admin.get("/rest/auditing/1.0/events").await;
    assert_eq!(status, 501);
    assert!(
        body["message"]
            .as_str()
            .expect("a message")
            .contains("server.mount(")
    );

    let answer = ResponseTemplate::new(200).set_body_json(json!([]));
    server
        .mount(
            Mock::given(method("GET"))
                .and(path("/rest/auditing/1.0/events"))
                .respond_with(answer),
        )
        .await;
    assert_eq!(
        admin.get("/rest/auditing/1.0/events").await,
        (200, json!([]))
    );
    let request = server.requests().with_status(200).assert_once();
    assert_eq!(request.path(), "/rest/auditing/1.0/events");
}

#[tokio::test]
async fn bodies_arrive_whole_however_they_are_sent() {
    let server = checked(Server::start().await.with_space(Space::new("TEST")));
    let admin = Caller::new(&server, "admin");
    let large = json!({ "value": "x".repeat(100_000) });
    let path = "/rest/api/space/TEST/property/large";
    assert_eq!(admin.send("POST", path, Some(large.clone())).await.0, 413);
    assert_eq!(
        server.requests().with_status(413).assert_once().json(),
        Some(large)
    );

    let head = admin
        .http
        .head(format!("{}/rest/api/space/TEST", server.url()));
    let answer = head
        .bearer_auth(&admin.token)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.text().await.expect("no body"), "");
    assert_eq!(admin.get("/rest/api/space/TEST").await.0, 200);
}

#[tokio::test]
async fn the_ready_client_is_let_in() {
    let server = checked(
        Server::start()
            .await
            .with_context_path("/confluence")
            .with_users(250),
    );
    let wiki = server.client();
    let users: Vec<_> = wiki
        .admin_users()
        .list_active()
        .limit(100)
        .items()
        .try_collect()
        .await
        .expect("the users");
    assert_eq!(users.len(), 251);
    server
        .requests()
        .to("/rest/api/admin/users/list/active")
        .assert_count(3);

    let refused = server
        .client_as("user00001")
        .admin_users()
        .list_active()
        .await;
    assert!(refused.expect_err("no administrator").is_forbidden());
}
