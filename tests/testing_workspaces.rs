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

/// The identifiers in a list.
async fn identifiers(caller: &Caller, path: &str) -> Vec<String> {
    let reply = caller.get(path).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let rows = reply.body.as_array().expect("an array");
    rows.iter()
        .filter_map(|row| row["identifier"].as_str().map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_list_is_sorted_and_filtered() {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_workspace(Workspace::new("b").name("Gamma").author("jane"))
        .with_workspace(Workspace::new("c").name("Alpha"))
        .with_workspace(Workspace::new("a").name("Beta").author("jane"));
    let server = checked(server);
    let admin = caller(&server, "admin");
    for (query, expected) in [
        ("", ["b", "c", "a"]),
        ("?sort_order=desc", ["a", "c", "b"]),
        ("?sort_by=identifier", ["a", "b", "c"]),
        ("?sort_by=name", ["c", "a", "b"]),
        ("?sort_by=name&sort_order=desc", ["b", "a", "c"]),
    ] {
        let listed = identifiers(&admin, &format!("/workspaces{query}")).await;
        assert_eq!(listed, expected, "{query}");
    }
    for query in ["sort_by=colour", "sort_order=up", "page=0", "per_page=x"] {
        let reply = admin.get(&format!("/workspaces?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
    }

    let jane = server.user_id("jane").expect("jane");
    let id = server.workspace("c").expect("a workspace").id;
    for (filter, expected) in [
        (format!("created_by={jane}"), vec!["b", "a"]),
        (format!("updated_by={jane}"), vec!["b", "a"]),
        (format!("id={id}"), vec!["c"]),
        (format!("id={id}&created_by={jane}"), vec![]),
    ] {
        let listed = identifiers(&admin, &format!("/workspaces?{filter}")).await;
        assert_eq!(listed, expected, "{filter}");
    }
    // The links keep the filter and the order.
    let path = format!("/workspaces?created_by={jane}&sort_by=identifier&per_page=1");
    assert_eq!(walk(&server, &admin, &path).await, [["a"], ["b"]]);
}

#[tokio::test]
async fn a_page_has_twenty_workspaces_and_a_hundred_at_most() {
    let server = checked(Server::start().await.with_workspaces(120));
    let admin = caller(&server, "admin");
    for (query, rows) in [("", 20), ("?per_page=100", 100), ("?per_page=1000", 100)] {
        let path = format!("/workspaces{query}");
        assert_eq!(identifiers(&admin, &path).await.len(), rows, "{query}");
    }
}

#[tokio::test]
async fn metadata_is_for_those_who_may_see_it() {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_user(User::new("clerk").sees_all().sees_metadata())
        .with_workspace(Workspace::new("docs").owner("jane"));
    let server = checked(server);
    let jane = server.user_id("jane").expect("jane");
    for (user, seen) in [("jane", None), ("clerk", Some(json!(jane)))] {
        let row = caller(&server, user).get("/workspaces").await.body[0].clone();
        for key in ["created_by", "updated_by"] {
            assert_eq!(row.get(key), seen.as_ref(), "{key} for {user}");
        }
    }
}

#[tokio::test]
async fn what_is_created_follows_the_rules() {
    let server = checked(Server::start().await.with_user(User::new("jane")));
    let admin = caller(&server, "admin");
    let new = |key: &str, value: serde_json::Value| {
        let mut body = json!({ "identifier": "a", "name": "A", "workspace_type": "single_user" });
        body[key] = value;
        body
    };
    for (key, value) in [
        ("identifier", json!("")),
        ("name", json!(null)),
        ("name", json!(1)),
        ("workspace_type", json!("crowd")),
        ("owner_id", json!("jane")),
        ("domain_name", json!(["docs.example.com"])),
    ] {
        let reply = admin
            .send("POST", "/workspaces", Some(new(key, value)))
            .await;
        assert_eq!(reply.status, 400, "{key}: {}", reply.body);
    }
    assert!(server.workspaces().is_empty());
    let owner = json!(server.user_id("jane"));
    let made = admin
        .send("POST", "/workspaces", Some(new("owner_id", owner.clone())))
        .await;
    assert_eq!((made.status, &made.body["owner_id"]), (201, &owner));
    assert_eq!(made.body["created_by"], json!(server.user_id("admin")));
}

#[tokio::test]
async fn a_call_names_a_version_that_there_is_and_a_method_that_there_is() {
    let server = checked(Server::start().await);
    let admin = caller(&server, "admin");
    let reply = admin.send("DELETE", "/workspaces", None).await;
    assert_eq!((reply.status, reply.header("allow")), (405, "GET, POST"));
    let ask = |version| {
        let token = server.token("admin");
        let request = admin.http.get(format!("{}/workspaces", server.url()));
        let request = request.bearer_auth(token).header("x-api-version", version);
        async move { request.send().await.expect("an answer").status().as_u16() }
    };
    assert_eq!((ask("v1").await, ask("v2").await), (200, 400));
    let nobody = Caller {
        header: ("x-nothing", String::new()),
        ..caller(&server, "admin")
    };
    let refused = nobody.get("/workspaces").await;
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (401, "Bearer")
    );
}

#[tokio::test]
async fn a_user_who_is_replaced_keeps_the_token() {
    let server = checked(Server::start().await.with_user(User::new("jane")));
    let before = caller(&server, "jane");
    let new = json!({ "identifier": "a", "name": "A", "workspace_type": "single_user" });
    let refused = before.send("POST", "/workspaces", Some(new.clone())).await;
    assert_eq!(refused.status, 403);
    server.add_user(User::new("jane").may_create());
    let made = before.send("POST", "/workspaces", Some(new)).await;
    assert_eq!(made.status, 201);
}
