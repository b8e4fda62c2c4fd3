//! The simulated Onezone, seen over plain HTTP: what any client of it would meet.
#![cfg(all(feature = "testing", feature = "onezone"))]
#![allow(clippy::expect_used)]

#[path = "testing_onezone/marketplace.rs"]
mod marketplace;
#[path = "testing_onezone/members.rs"]
mod members;
#[path = "testing_onezone/privileges.rs"]
mod privileges;
mod support;
#[path = "testing_onezone/tokens.rs"]
mod tokens;

use serde_json::{Value, json};
use spacewright::testing::onezone::Server;
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
    let change = json!({ "oldPassword": "wrong", "newPassword": "even longer" });
    let refused = joe.send("PATCH", "/user/password", Some(change)).await;
    assert_eq!(error_id(&refused), (400, "badBasicCredentials"));
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
