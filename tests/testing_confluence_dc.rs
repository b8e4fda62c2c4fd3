//! The simulated Confluence Data Center, seen over plain HTTP: what any client of it would meet.
#![cfg(all(feature = "testing", feature = "confluence-dc"))]
#![allow(clippy::expect_used)]

#[path = "testing_confluence_dc/attachments.rs"]
mod attachments;
#[path = "testing_confluence_dc/audit.rs"]
mod audit;
#[path = "testing_confluence_dc/colours.rs"]
mod colours;
#[path = "testing_confluence_dc/labels.rs"]
mod labels;
#[path = "testing_confluence_dc/restrictions.rs"]
mod restrictions;
#[path = "testing_confluence_dc/search.rs"]
mod search;
#[path = "testing_confluence_dc/site.rs"]
mod site;
mod support;
#[path = "testing_confluence_dc/versions.rs"]
mod versions;
#[path = "testing_confluence_dc/webhooks.rs"]
mod webhooks;

use std::time::Duration;

use futures_util::TryStreamExt;

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{
    Content, Grant, Group, Server, Space, TaskEnding, TimeStyle, User,
};
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
async fn users_are_created_listed_and_deleted_by_a_task() {
    let server = checked(
        Server::start()
            .await
            .with_context_path("/confluence")
            .with_users(5_000),
    );
    let admin = Caller::new(&server, "admin");

    let (status, body) = admin
        .send("POST", "/rest/api/admin/user", Some(new_user("morgan")))
        .await;
    assert_eq!(status, 201);
    assert_eq!(
        body["userKey"],
        server.user("morgan").expect("the user").key
    );
    let (status, _) = admin
        .send("POST", "/rest/api/admin/user", Some(new_user("morgan")))
        .await;
    assert_eq!(status, 409);

    let pages = admin
        .walk("/rest/api/user/list?limit=200&expand=status", 100)
        .await;
    assert_eq!(pages.len(), 26);
    assert_eq!(pages.concat().len(), 5_002);
    assert!(
        pages
            .concat()
            .iter()
            .all(|user| user["status"] == "current")
    );

    let (status, task) = admin
        .send("DELETE", "/rest/api/admin/user/morgan", None)
        .await;
    assert_eq!(status, 202);
    let path = format!("/rest/api/longtask/{}", task["id"].as_str().expect("an id"));
    for percentage in [25, 50, 75, 100] {
        assert!(server.user("morgan").is_some());
        assert_eq!(admin.get(&path).await.1["percentageComplete"], percentage);
    }
    assert!(server.user("morgan").is_none());
    server.requests().to("/rest/api/longtask/*").assert_count(4);
}

#[tokio::test]
async fn the_rules_for_users_are_the_servers() {
    let server = checked(Server::start().await);
    let admin = Caller::new(&server, "admin");
    for (field, value, message) in [
        ("userName", "Morgan", "lower case"),
        ("userName", "a b", "not allowed"),
        ("userName", "anonymous", "anonymous"),
        ("fullName", "<b>", "not allowed"),
        ("email", "nobody", "valid email"),
        ("password", " ", "blank"),
    ] {
        let mut body = new_user("morgan");
        body[field] = json!(value);
        let (status, answer) = admin.send("POST", "/rest/api/admin/user", Some(body)).await;
        assert_eq!(status, 400, "{field}={value}");
        assert!(
            answer["message"]
                .as_str()
                .expect("a message")
                .contains(message),
            "{answer}"
        );
        assert!(answer["data"]["errors"][0]["message"]["translation"].is_string());
    }
    assert_eq!(server.users().len(), 1);
}

#[tokio::test]
async fn an_ordinary_user_meets_403_and_a_stranger_401() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("morgan"))
            .with_space(Space::new("TEST").private()),
    );
    let morgan = Caller::new(&server, "morgan");
    assert_eq!(
        morgan
            .send("POST", "/rest/api/admin/user", Some(new_user("kim")))
            .await
            .0,
        403
    );
    assert_eq!(
        morgan
            .send(
                "PUT",
                "/rest/api/user/morgan/group/confluence-administrators",
                None
            )
            .await
            .0,
        403
    );
    let (status, body) = morgan.get("/rest/api/space/TEST").await;
    assert_eq!(
        (status, body["message"].as_str()),
        (404, Some("No space with key : TEST"))
    );

    server.expire_token(&morgan.token);
    assert_eq!(morgan.get("/rest/api/user/current").await.0, 401);
    let stranger = Caller {
        token: "guess".to_owned(),
        ..morgan
    };
    assert_eq!(stranger.get("/rest/api/user/current").await.0, 401);
    let shown = format!("{:?} {:?}", server.requests(), server.requests().last());
    assert!(!shown.contains("guess"), "{shown}");
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
async fn tasks_end_as_told() {
    let server = checked(
        Server::start()
            .await
            .with_task_polls(2)
            .with_space(Space::new("A"))
            .with_space(Space::new("B")),
    );
    server.next_task(TaskEnding::Fails("The space is locked.".to_owned()));
    server.next_task(TaskEnding::Vanishes);
    server.every_task(TaskEnding::Stalls);
    let admin = Caller::new(&server, "admin");
    let mut paths = Vec::new();
    for key in ["A", "B", "B"] {
        let (_, task) = admin
            .send("DELETE", &format!("/rest/api/space/{key}"), None)
            .await;
        paths.push(format!(
            "/rest/api/longtask/{}",
            task["id"].as_str().expect("an id")
        ));
    }
    let mut last = Vec::new();
    for path in &paths {
        admin.get(path).await;
        admin.get(path).await;
        last.push(admin.get(path).await);
    }
    assert_eq!((last[0].0, &last[0].1["successful"]), (200, &json!(false)));
    assert_eq!(
        last[0].1["messages"][0]["translation"],
        "The space is locked."
    );
    assert_eq!(last[1].0, 404);
    assert_eq!(last[2].1["percentageComplete"], 50);
    assert_eq!(server.spaces().len(), 2);
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
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, ResponseTemplate};

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
async fn backups_are_jobs_with_a_file_at_the_end() {
    let server = checked(
        Server::start()
            .await
            .with_task_polls(2)
            .with_space(Space::new("TEST")),
    );
    let admin = Caller::new(&server, "admin");
    let settings = json!({ "spaceKeys": ["TEST"] });
    let (_, job) = admin
        .send(
            "POST",
            "/rest/api/backup-restore/backup/space",
            Some(settings),
        )
        .await;
    let path = format!("/rest/api/backup-restore/jobs/{}", job["id"]);
    assert_eq!(admin.get(&path).await.1["jobState"], "PROCESSING");
    assert_eq!(admin.get(&format!("{path}/download")).await.0, 404);
    assert_eq!(admin.get(&path).await.1["jobState"], "FINISHED");
    assert_eq!(admin.get(&format!("{path}/download")).await.0, 200);
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

#[tokio::test]
async fn groups_hold_users_and_groups() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("morgan"))
            .with_group(Group::new("a/b"))
            .with_group(Group::new("all").group("a/b"))
            .with_licence_for(2),
    );
    let admin = Caller::new(&server, "admin");
    assert_eq!(
        admin
            .send("PUT", "/rest/api/user/morgan/group/a%2Fb", None)
            .await
            .0,
        204
    );
    assert!(server.is_member("a/b", "morgan"));
    assert_eq!(
        admin
            .send("PUT", "/rest/api/user/nobody/group/all", None)
            .await
            .0,
        404
    );
    let (_, groups) = admin.get("/rest/api/user/memberof?username=morgan").await;
    let names: Vec<_> = groups["results"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|group| &group["name"])
        .collect();
    assert_eq!(names, ["a/b", "all", "confluence-users"]);
    let (_, above) = admin
        .get("/rest/api/group/groupancestor?groupName=a/b")
        .await;
    assert_eq!(above["results"][0]["name"], "all");

    assert_eq!(
        admin
            .send("POST", "/rest/api/admin/user", Some(new_user("kim")))
            .await
            .0,
        402
    );
    assert_eq!(
        admin
            .send("PUT", "/rest/api/admin/user/morgan/disable", None)
            .await
            .0,
        204
    );
    assert_eq!(
        admin
            .send("POST", "/rest/api/admin/user", Some(new_user("kim")))
            .await
            .0,
        201
    );
}
