//! The simulated Onezone, seen over plain HTTP: what any client of it would meet.
#![cfg(all(feature = "testing", feature = "onezone"))]
#![allow(clippy::expect_used)]

mod support;

use serde_json::{Value, json};
use spacewright::testing::onezone::{Group, NamedToken, Server, Space, User};
use spacewright::testing::{Misbehaviour, PageBehaviour};
use support::caller::{Caller, Reply};
use support::served::checked;

fn caller(server: &Server, user: &str) -> Caller {
    with_token(server, server.token(user))
}

fn with_token(server: &Server, token: String) -> Caller {
    let base = format!("{}/api/v3/onezone", server.url());
    Caller::new(base, ("x-auth-token", token))
}

/// The id in `Location`.
fn created(reply: &Reply) -> String {
    assert_eq!(
        (reply.status, &reply.body),
        (201, &json!("")),
        "{}",
        reply.body
    );
    reply
        .header("location")
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn error_id(reply: &Reply) -> (u16, &str) {
    (
        reply.status,
        reply.body["error"]["id"].as_str().unwrap_or_default(),
    )
}

#[tokio::test]
async fn privileges_decide_in_the_zone_in_a_space_and_through_groups() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("jane"))
            .with_user(User::new("maker").privilege("oz_spaces_create"))
            .with_group(Group::new("Inner").user("jane"))
            .with_group(Group::new("Outer").child("Inner"))
            .with_space(
                Space::new("Telescope")
                    .owner("maker")
                    .group_with("Outer", &["space_view", "space_update"]),
            ),
    );
    let (jane, maker) = (caller(&server, "jane"), caller(&server, "maker"));
    let space = server.space("Telescope").expect("the space").id;

    assert_eq!(error_id(&jane.get("/spaces").await), (403, "forbidden"));
    assert_eq!(
        jane.get("/user/effective_spaces").await.body,
        json!({ "spaces": [space] })
    );
    assert_eq!(jane.get("/user/spaces").await.body, json!({ "spaces": [] }));
    let change = json!({ "name": "Big Telescope" });
    assert_eq!(
        jane.send("PATCH", &format!("/spaces/{space}"), Some(change))
            .await
            .status,
        204
    );
    assert_eq!(
        error_id(&jane.send("DELETE", &format!("/spaces/{space}"), None).await).0,
        403
    );
    let jane_id = server.user("jane").expect("jane").id;
    let via = jane
        .get(&format!(
            "/spaces/{space}/effective_users/{jane_id}/membership"
        ))
        .await
        .body;
    let outer = server.group("Outer").expect("a group").id;
    assert_eq!(
        via,
        json!({ "intermediaries": [{ "type": "group", "id": outer }] })
    );

    let id = created(
        &maker
            .send("POST", "/spaces", Some(json!({ "name": "Second" })))
            .await,
    );
    assert_eq!(
        server.space(&id).map(|space| space.name),
        Some("Second".to_owned())
    );
    let anonymous = Caller {
        header: ("x-nothing", String::new()),
        ..caller(&server, "jane")
    };
    assert_eq!(
        error_id(&anonymous.get("/user").await),
        (401, "unauthorized")
    );
    assert_eq!(anonymous.get("/configuration").await.status, 200);
}

#[tokio::test]
async fn users_are_created_by_the_rules_and_sign_in() {
    let server = checked(Server::start().await);
    let admin = caller(&server, "admin");
    let post = |body: Value| admin.send("POST", "/users", Some(body));
    assert_eq!(
        error_id(&post(json!({ "username": "-x-" })).await),
        (400, "badValueUsername")
    );
    assert_eq!(
        error_id(&post(json!({ "password": "long enough" })).await),
        (400, "missingRequiredValue")
    );
    assert_eq!(
        error_id(&post(json!({ "username": "joe", "password": "short" })).await),
        (400, "badValuePassword")
    );
    let id = created(&post(json!({ "username": "joe", "password": "long enough" })).await);
    assert_eq!(
        error_id(&post(json!({ "username": "joe" })).await),
        (400, "badValueIdentifierOccupied")
    );

    let basic = ("authorization", "Basic am9lOmxvbmcgZW5vdWdo".to_owned());
    let joe = Caller {
        header: basic,
        ..caller(&server, "admin")
    };
    assert_eq!(joe.get("/user").await.body["userId"], json!(id));
    let block = json!({ "blocked": true });
    assert_eq!(
        admin
            .send("PATCH", &format!("/users/{id}/access_block"), Some(block))
            .await
            .status,
        204
    );
    let refused = joe.get("/user").await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.body["error"]["details"]["authError"]["id"],
        json!("userBlocked")
    );
    assert!(!format!("{:?}", server.user("joe")).contains("long enough"));
}

#[tokio::test]
async fn an_invitation_works_once_and_the_last_owner_stays() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new("owner"))
            .with_user(User::new("guest"))
            .with_user(User::new("late"))
            .with_space(Space::new("Telescope").owner("owner")),
    );
    let space = server.space("Telescope").expect("the space").id;
    let (owner, guest, late) = (
        caller(&server, "owner"),
        caller(&server, "guest"),
        caller(&server, "late"),
    );

    let invitation = owner
        .send("POST", &format!("/spaces/{space}/users/token"), None)
        .await
        .body;
    let joined = guest
        .send("POST", "/user/spaces/join", Some(invitation.clone()))
        .await;
    assert_eq!(created(&joined), space);
    let again = late
        .send("POST", "/user/spaces/join", Some(invitation))
        .await;
    assert_eq!(error_id(&again), (400, "badValueToken"));
    assert_eq!(
        again.body["error"]["details"]["tokenError"]["id"],
        json!("inviteTokenUsageLimitReached")
    );

    let leaves = owner
        .send("DELETE", &format!("/user/spaces/{space}"), None)
        .await;
    assert_eq!(error_id(&leaves), (400, "cannotRemoveLastOwner"));
    let guest_id = server.user("guest").expect("the guest").id;
    let path = format!("/spaces/{space}/users/{guest_id}/privileges");
    let grant = json!({ "grant": ["space_update"], "revoke": ["space_write_data"] });
    assert_eq!(owner.send("PATCH", &path, Some(grant)).await.status, 204);
    let held = guest.get(&path).await.body["privileges"].clone();
    assert_eq!(
        held,
        json!([
            "space_read_data",
            "space_update",
            "space_view",
            "space_view_transfers"
        ])
    );
    let wrong = owner
        .send("PATCH", &path, Some(json!({ "grant": ["fly"] })))
        .await;
    assert_eq!(error_id(&wrong), (400, "badValueListNotAllowed"));

    // Who is a member already cannot be added.
    let admin = caller(&server, "admin");
    let added = admin
        .send("PUT", &format!("/spaces/{space}/users/{guest_id}"), None)
        .await;
    assert_eq!(error_id(&added), (409, "relationAlreadyExists"));
}

#[tokio::test]
async fn tokens_are_made_confined_revoked_and_forgotten() {
    let server = Server::start().await.with_user(User::new("jane"));
    let server = checked(server.with_named_token(NamedToken::new("seeded", "jane").revoked()));
    let jane = caller(&server, "jane");
    let made = jane
        .send("POST", "/user/tokens/named", Some(json!({ "name": "ci" })))
        .await;
    assert_eq!(made.status, 201);
    let (id, token) = (
        made.body["tokenId"].clone(),
        made.body["token"].as_str().expect("a token").to_owned(),
    );
    assert!(
        made.header("location")
            .ends_with(id.as_str().expect("an id"))
    );
    assert_eq!(
        with_token(&server, token.clone()).get("/user").await.status,
        200
    );
    let twice = jane
        .send("POST", "/user/tokens/named", Some(json!({ "name": "ci" })))
        .await;
    assert_eq!(error_id(&twice), (400, "badValueIdentifierOccupied"));

    let past = json!([{ "type": "time", "validUntil": 1 }]);
    let confined = jane
        .send(
            "POST",
            "/tokens/confine",
            Some(json!({ "token": token, "caveats": past })),
        )
        .await;
    let confined = confined.body["token"].as_str().expect("a token").to_owned();
    let refused = with_token(&server, confined).get("/user").await;
    assert_eq!(
        refused.body["error"]["details"]["authError"]["id"],
        json!("tokenCaveatUnverified")
    );

    let seeded = server.named_token_text("seeded").expect("a token");
    let refused = with_token(&server, seeded).get("/user").await;
    assert_eq!(
        refused.body["error"]["details"]["authError"]["id"],
        json!("tokenRevoked")
    );
    let path = format!("/tokens/named/{}", id.as_str().expect("an id"));
    assert_eq!(jane.send("DELETE", &path, None).await.status, 204);
    assert_eq!(with_token(&server, token).get("/user").await.status, 401);
    let temporary = jane
        .send(
            "POST",
            "/user/tokens/temporary",
            Some(json!({ "caveats": [] })),
        )
        .await;
    assert_eq!(error_id(&temporary), (400, "tokenTimeCaveatRequired"));
}

#[tokio::test]
async fn the_marketplace_is_walked_by_tokens() {
    let mut server = Server::start().await;
    for name in ["Gamma", "Alpha", "Beta"] {
        server = server.with_space(
            Space::new(name)
                .advertised("Observatory", "ask@example.com")
                .tag("demo"),
        );
    }
    let server = checked(server.with_space(Space::new("Hidden")));
    let admin = caller(&server, "admin");
    let list = |body: Value| admin.send("POST", "/spaces/marketplace/list", Some(body));
    let first = list(json!({ "limit": 2 })).await.body;
    let ids = |names: &[&str]| -> Vec<Value> {
        names
            .iter()
            .filter_map(|name| server.space(name))
            .map(|space| json!(space.id))
            .collect()
    };
    let shown = |page: &Value| -> Vec<Value> {
        page["spaces"]
            .as_array()
            .expect("spaces")
            .iter()
            .map(|one| one["spaceId"].clone())
            .collect()
    };
    assert_eq!(
        (shown(&first), &first["isLast"]),
        (ids(&["Alpha", "Beta"]), &json!(false))
    );
    let rest = list(json!({ "limit": 2, "token": first["nextPageToken"] }))
        .await
        .body;
    assert_eq!(
        (shown(&rest), &rest["isLast"]),
        (ids(&["Gamma"]), &json!(true))
    );
    assert_eq!(rest["nextPageToken"], Value::Null);
    assert_eq!(
        error_id(&list(json!({ "limit": 1001 })).await),
        (400, "badValueNotInRange")
    );
    server.misbehave(Misbehaviour::paging(PageBehaviour::Repeat));
    let again = list(json!({ "limit": 2 })).await.body;
    let once_more = list(json!({ "limit": 2, "token": again["nextPageToken"] }))
        .await
        .body;
    assert_eq!(shown(&once_more), shown(&again));
}

#[tokio::test]
async fn the_address_of_what_is_created_begins_as_the_version_wants() {
    let server = Server::start()
        .await
        .with_location_base("https://zone.example.com/api/v3/onezone/user/");
    let server = checked(server);
    let admin = caller(&server, "admin");
    let reply = admin
        .send("POST", "/spaces", Some(json!({ "name": "Lab" })))
        .await;
    let id = server.space("Lab").expect("the space").id;
    let expected = format!("https://zone.example.com/api/v3/onezone/user/spaces/{id}");
    assert_eq!(reply.header("location"), expected);
    // The client takes the last segment, whatever comes before it.
    let spaces = server.client().spaces();
    let made = spaces.create(serde_json::from_value(json!({ "name": "Other" })).expect("a space"));
    let made = made.await.expect("a space");
    assert_eq!(
        made.to_string(),
        server.space("Other").expect("the space").id
    );
}
