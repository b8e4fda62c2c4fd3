//! Users and groups, and what is refused to whom.

use serde_json::json;
use spacewright::testing::confluence_dc::{Group, Server, Space, User};

use super::{Caller, new_user};
use crate::support::served::checked;

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
