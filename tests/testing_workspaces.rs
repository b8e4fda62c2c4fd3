//! The simulated Workspaces deployment, seen over plain HTTP: what any client of it would meet.
#![cfg(all(feature = "testing", feature = "workspaces"))]
#![allow(clippy::expect_used)]

mod support;

use serde_json::json;
use spacewright::testing::workspaces::{Server, User, Workspace};
use spacewright::testing::{Honesty, Misbehaviour, NextLink, PageBehaviour};
use support::caller::{Caller, Reply};
use support::served::checked;

fn caller(server: &Server, user: &str) -> Caller {
    let header = ("authorization", format!("Bearer {}", server.token(user)));
    Caller::new(server.url(), header)
}

/// The address that a `link` header gives for a relation.
fn link(reply: &Reply, rel: &str) -> Option<String> {
    let links = reply.header("link");
    let one = links
        .split(", ")
        .find(|one| one.ends_with(&format!("rel=\"{rel}\"")))?;
    Some(one.split(['<', '>']).nth(1)?.to_owned())
}

/// Walks a list by its links; gives the identifiers of each page.
async fn walk(server: &Server, caller: &Caller, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next.filter(|_| pages.len() < 9) {
        let reply = caller.get(&path).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let rows = reply.body.as_array().expect("an array");
        pages.push(
            rows.iter()
                .filter_map(|row| row["identifier"].as_str().map(str::to_owned))
                .collect(),
        );
        next = link(&reply, "next").map(|url| url.replace(&server.url(), ""));
    }
    pages
}

#[tokio::test]
async fn a_workspace_is_created_once_by_who_may() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_user(User::new("maker").may_create()),
    );
    let new = json!({ "identifier": "atelier", "name": "Atelier", "workspace_type": "multi_user" });
    assert_eq!(
        caller(&server, "jane")
            .send("POST", "/workspaces", Some(new.clone()))
            .await
            .status,
        403
    );
    let maker = caller(&server, "maker");
    let made = maker.send("POST", "/workspaces", Some(new.clone())).await;
    assert_eq!(
        (made.status, &made.body["identifier"]),
        (201, &json!("atelier"))
    );
    assert!(
        made.body.get("created_by").is_none(),
        "metadata is for those who may see it"
    );
    assert_eq!(
        maker.send("POST", "/workspaces", Some(new)).await.status,
        409
    );
    let bad = json!({ "identifier": "b", "name": "B", "workspace_type": "crowd" });
    assert_eq!(
        maker.send("POST", "/workspaces", Some(bad)).await.status,
        400
    );
    let held = server.workspace("atelier").expect("the workspace");
    assert_eq!(held.owner_id, server.user_id("maker"));
    server
        .requests()
        .with_method("POST")
        .to("/workspaces")
        .assert_count(4);
}

#[tokio::test]
async fn a_list_has_links_where_it_does_not_fit_on_a_page() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_workspaces(5),
    );
    let admin = caller(&server, "admin");
    let whole = admin.get("/workspaces").await;
    assert_eq!(
        (whole.body.as_array().map(Vec::len), whole.header("link")),
        (Some(5), "")
    );
    let pages = walk(
        &server,
        &admin,
        "/workspaces?per_page=2&sort_by=identifier&sort_order=desc",
    )
    .await;
    assert_eq!(
        pages.concat(),
        (1..=5)
            .rev()
            .map(|n| format!("workspace-{n:05}"))
            .collect::<Vec<_>>()
    );
    let middle = admin.get("/workspaces?per_page=2&page=2").await;
    for (rel, page) in [("next", 3), ("prev", 1), ("first", 1), ("last", 3)] {
        let url = format!("{}/workspaces?page={page}&per_page=2", server.url());
        assert_eq!(link(&middle, rel), Some(url));
    }
    assert_eq!(
        caller(&server, "jane").get("/workspaces").await.body,
        json!([])
    );
    assert_eq!(admin.get("/workspaces?page=0").await.status, 400);
}

#[tokio::test]
async fn paging_can_go_wrong() {
    let server = checked(Server::start().await.with_workspaces(5));
    let admin = caller(&server, "admin");
    let cap = |next| PageBehaviour::Cap {
        cap: 2,
        echo: Honesty::AsAsked,
        next,
    };
    server.misbehave(Misbehaviour::paging(cap(Honesty::Capped)));
    assert_eq!(
        walk(&server, &admin, "/workspaces?per_page=3")
            .await
            .concat()
            .len(),
        5
    );
    server.behave();
    server.misbehave(Misbehaviour::paging(cap(Honesty::AsAsked)));
    assert_eq!(
        walk(&server, &admin, "/workspaces?per_page=3")
            .await
            .concat()
            .len(),
        4,
        "one is jumped over"
    );
    server.behave();
    server.misbehave(Misbehaviour::paging(PageBehaviour::Repeat));
    assert_eq!(
        walk(&server, &admin, "/workspaces?per_page=2").await.len(),
        9
    );
    server.behave();
    let elsewhere = NextLink::OtherHost("https://elsewhere.example".to_owned());
    server.misbehave(Misbehaviour::paging(PageBehaviour::Link(elsewhere)));
    let first = admin.get("/workspaces?per_page=2").await;
    assert_eq!(
        link(&first, "next").as_deref(),
        Some("https://elsewhere.example/workspaces?page=2&per_page=2")
    );
}

#[tokio::test]
async fn tokens_expire_and_what_is_not_there_says_so() {
    let server = checked(
        Server::start()
            .await
            .with_token("admin", "mine")
            .with_workspace(Workspace::new("one")),
    );
    let mine = Caller {
        header: ("authorization", "Bearer mine".to_owned()),
        ..caller(&server, "admin")
    };
    assert_eq!(mine.get("/workspaces").await.status, 200);
    server.expire_token("mine");
    assert_eq!(mine.get("/workspaces").await.status, 401);
    assert_eq!(caller(&server, "admin").get("/teams").await.status, 501);
}
