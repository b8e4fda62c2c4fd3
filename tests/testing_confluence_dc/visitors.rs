//! Requests without credentials: refused, unless the site lets visitors in.

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{Content, Grant, Server, Space, Subject};

use crate::support::served::{Checked, checked};

async fn wiki() -> Server {
    Server::start()
        .await
        .with_space(Space::new("OPEN").public())
        .with_space(Space::new("CLOSED"))
        .with_content(Content::page("OPEN", "For all").id(7))
        .with_content(Content::page("OPEN", "For some").id(8).only_for("admin"))
        .with_content(Content::page("CLOSED", "For users").id(9))
}

async fn send(server: &Checked<Server>, method: &str, path: &str) -> (u16, Value) {
    let method = method.parse().expect("a method");
    let request = reqwest::Client::new().request(method, format!("{}{path}", server.url()));
    let body = json!({ "type": "page", "title": "New", "space": { "key": "OPEN" } });
    let request = request.header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await;
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn keys(list: &Value, name: &str) -> Vec<String> {
    let rows = list["results"].as_array().expect("results").iter();
    rows.map(|row| row[name].as_str().expect("a text").to_owned())
        .collect()
}

#[tokio::test]
async fn are_answered_with_401_where_no_visitor_may_come() {
    let server = checked(wiki().await);
    for path in [
        "/rest/api/space",
        "/rest/api/space/OPEN",
        "/rest/api/content/7",
        "/rest/api/user/current",
        "/rest/api/search?cql=type=page",
        "/rest/api/server-information",
        "/rest/api/admin/users/list/active",
    ] {
        let (status, answer) = send(&server, "GET", path).await;
        assert_eq!(
            (status, &answer["statusCode"]),
            (401, &json!(401)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn see_what_is_public_where_visitors_may_come() {
    let server = checked(wiki().await.with_anonymous_access());
    let (status, who) = send(&server, "GET", "/rest/api/user/current").await;
    assert_eq!((status, &who["type"]), (200, &json!("anonymous")));
    let (_, spaces) = send(&server, "GET", "/rest/api/space").await;
    assert_eq!(keys(&spaces, "key"), ["OPEN"]);
    let (_, pages) = send(&server, "GET", "/rest/api/content").await;
    assert_eq!(keys(&pages, "title"), ["For all", "OPEN Home"]);
    let (_, found) = send(&server, "GET", "/rest/api/search?cql=type=page").await;
    assert_eq!(keys(&found, "title"), ["For all", "OPEN Home"]);
    for (path, status) in [
        ("/rest/api/space/OPEN", 200),
        ("/rest/api/space/CLOSED", 404),
        ("/rest/api/content/7", 200),
        ("/rest/api/content/8", 404),
        ("/rest/api/content/9", 404),
        ("/rest/api/admin/users/list/active", 403),
        ("/rest/api/audit", 403),
    ] {
        assert_eq!(send(&server, "GET", path).await.0, status, "{path}");
    }
    let wrong = reqwest::Client::new().get(format!("{}/rest/api/space", server.url()));
    let wrong = wrong.bearer_auth("expired").send().await;
    assert_eq!(wrong.expect("an answer").status().as_u16(), 401);
}

#[tokio::test]
async fn change_nothing() {
    let server = checked(wiki().await.with_anonymous_access());
    for (method, path) in [
        ("POST", "/rest/api/content"),
        ("POST", "/rest/api/space"),
        ("PUT", "/rest/api/content/7"),
        ("DELETE", "/rest/api/content/7"),
        ("DELETE", "/rest/api/space/OPEN"),
        ("PUT", "/rest/api/space/OPEN/archive"),
        ("POST", "/rest/api/admin/user"),
        ("POST", "/rest/api/user/watch/content/7"),
        ("POST", "/rest/api/user/current/password"),
        ("POST", "/rest/api/backup-restore/backup/site"),
        ("PUT", "/rest/api/color-scheme/reset"),
    ] {
        let status = send(&server, method, path).await.0;
        assert!([401, 403].contains(&status), "{method} {path}: {status}");
    }
    assert_eq!(server.audit_records(), [] as [Value; 0]);
    assert_eq!(server.content(7).expect("the page").version, 1);
}

#[tokio::test]
async fn are_let_in_and_shut_out_by_an_administrator() {
    let server = checked(wiki().await);
    let admin = super::Caller::new(&server, "admin");
    let using = json!([{ "targetType": "application", "operationKey": "use" }]);
    for (verb, status) in [("grant", 200), ("revoke", 401)] {
        let path = format!("/rest/api/permissions/anonymous/{verb}");
        assert_eq!(admin.send("PUT", &path, Some(using.clone())).await.0, 204);
        assert_eq!(send(&server, "GET", "/rest/api/space").await.0, status);
    }
    let open = server.space("OPEN").expect("the space");
    let reads = Grant::new(Subject::Anonymous, "space", "read");
    assert!(open.permissions.contains(&reads));
}
