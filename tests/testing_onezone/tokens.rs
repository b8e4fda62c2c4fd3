//! Tokens: made, confined, judged by their caveats, revoked.

use serde_json::{Value, json};
use spacewright::testing::onezone::{NamedToken, Server, Space, User};

use super::{caller, error_id, with_token};
use crate::support::caller::{Caller, Reply};
use crate::support::served::checked;

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

/// Why the server did not take the credential.
fn reason(reply: &Reply) -> &str {
    assert_eq!(error_id(reply), (401, "unauthorized"), "{}", reply.body);
    let error = &reply.body["error"]["details"]["authError"];
    error["id"].as_str().unwrap_or_default()
}

/// The text of a token with one caveat, made of one without.
async fn confined(jane: &Caller, token: &str, caveat: Value) -> String {
    let body = json!({ "token": token, "caveats": [caveat] });
    let reply = jane.send("POST", "/tokens/confine", Some(body)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_call_is_held_against_the_caveats_of_its_token() {
    let server = Server::start().await.with_user(User::new("jane"));
    let server = checked(server.with_named_token(NamedToken::new("plain", "jane")));
    let jane = caller(&server, "jane");
    let plain = server.named_token_text("plain").expect("a token");
    for (caveat, status) in [
        (json!({ "type": "ip", "whitelist": ["127.0.0.0/8"] }), 200),
        (json!({ "type": "ip", "whitelist": ["189.34.0.0/16"] }), 401),
        (json!({ "type": "interface", "interface": "rest" }), 200),
        (
            json!({ "type": "interface", "interface": "graphsync" }),
            401,
        ),
        (
            json!({ "type": "service", "whitelist": ["ozw-onezone"] }),
            200,
        ),
        (json!({ "type": "service", "whitelist": ["opw-*"] }), 401),
        (json!({ "type": "consumer", "whitelist": ["usr-*"] }), 401),
        (json!({ "type": "data.readonly" }), 401),
        (
            json!({ "type": "geo.country", "filter": "whitelist", "list": ["PL"] }),
            401,
        ),
    ] {
        let token = confined(&jane, &plain, caveat.clone()).await;
        let reply = with_token(&server, token).get("/user").await;
        assert_eq!(reply.status, status, "{caveat}");
        if status == 401 {
            assert_eq!(reason(&reply), "tokenCaveatUnverified");
            let details = &reply.body["error"]["details"]["authError"]["details"];
            assert_eq!(details["caveat"], caveat);
        }
    }
    let wrong = json!({ "token": plain, "caveats": [{ "type": "tiem" }] });
    let wrong = jane.send("POST", "/tokens/confine", Some(wrong)).await;
    assert_eq!(error_id(&wrong), (400, "badValueCaveat"));
    let wrong = json!({ "token": plain, "caveats": "time" });
    let wrong = jane.send("POST", "/tokens/confine", Some(wrong)).await;
    assert_eq!(error_id(&wrong), (400, "badData"));
}

#[tokio::test]
async fn a_token_is_verified_under_the_circumstances_that_are_told() {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_named_token(NamedToken::new("plain", "jane"))
        .with_named_token(NamedToken::new("me", "jane").identity());
    let server = checked(server);
    let jane = caller(&server, "jane");
    let plain = server.named_token_text("plain").expect("a token");
    let identity = server.named_token_text("me").expect("a token");
    let cases = [
        (
            json!({ "type": "ip", "whitelist": ["10.1.0.0/16"] }),
            json!({ "peerIp": "10.1.2.3" }),
        ),
        (
            json!({ "type": "interface", "interface": "oneclient" }),
            json!({ "interface": "oneclient" }),
        ),
        (
            json!({ "type": "consumer", "whitelist": ["usr-*"] }),
            json!({ "consumerToken": identity }),
        ),
        (
            json!({ "type": "data.readonly" }),
            json!({ "allowDataAccessCaveats": true }),
        ),
    ];
    for (caveat, told) in cases {
        let token = confined(&jane, &plain, caveat.clone()).await;
        let mut body = told;
        body["token"] = json!(token);
        let path = "/tokens/verify_access_token";
        let good = jane.send("POST", path, Some(body)).await;
        assert_eq!(good.status, 200, "{caveat}: {}", good.body);
        let untold = jane
            .send("POST", path, Some(json!({ "token": token })))
            .await;
        assert_eq!(reason(&untold), "tokenCaveatUnverified", "{caveat}");
    }
    let other_kind = json!({ "token": identity });
    let other_kind = jane
        .send("POST", "/tokens/verify_access_token", Some(other_kind))
        .await;
    assert_eq!(reason(&other_kind), "notAnAccessToken");
    let service = json!({ "token": plain, "serviceToken": identity });
    let service = jane
        .send("POST", "/tokens/verify_access_token", Some(service))
        .await;
    assert_eq!(reason(&service), "badServiceToken");
}

#[tokio::test]
async fn the_scope_of_a_token_is_what_its_caveats_leave() {
    let server = Server::start().await.with_user(User::new("jane"));
    let server = server
        .with_space(Space::new("Alpha").id("alpha").owner("jane"))
        .with_space(Space::new("Beta").id("beta").owner("jane"))
        .with_named_token(NamedToken::new("plain", "jane"));
    let server = checked(server);
    let jane = caller(&server, "jane");
    let plain = server.named_token_text("plain").expect("a token");
    // `/beta/dir` in base64.
    let path = json!({ "type": "data.path", "whitelist": ["L2JldGEvZGly"] });
    let token = confined(&jane, &plain, path).await;
    let token = confined(&jane, &token, json!({ "type": "data.readonly" })).await;
    let scope = |token: String| {
        let body = Some(json!({ "token": token }));
        jane.send("POST", "/tokens/infer_access_token_scope", body)
    };
    let whole = scope(plain).await.body["dataAccessScope"].clone();
    assert_eq!(whole["spaces"].as_object().map(|all| all.len()), Some(2));
    let part = scope(token).await.body["dataAccessScope"].clone();
    assert_eq!(
        (&part["readonly"], &part["spaces"]),
        (
            &json!(true),
            &json!({ "beta": { "name": "Beta", "supports": {} } })
        )
    );
}

#[tokio::test]
async fn a_token_ends_with_its_time_its_generation_and_its_owner() {
    let server = Server::start()
        .await
        .with_user(User::new("jane"))
        .with_token("jane", "from the settings");
    let server = checked(server);
    let jane = caller(&server, "jane");
    let in_an_hour = std::time::SystemTime::now() + std::time::Duration::from_secs(3_600);
    let end = in_an_hour
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    let body = json!({ "caveats": [{ "type": "time", "validUntil": end }] });
    let path = "/user/tokens/temporary";
    let make = || async {
        let made = jane.send("POST", path, Some(body.clone())).await;
        let token = made.body["token"].as_str().expect("a token").to_owned();
        with_token(&server, token)
    };
    let first = make().await;
    assert_eq!(first.get("/user").await.status, 200);
    assert_eq!(jane.send("DELETE", path, None).await.status, 204);
    assert_eq!(reason(&first.get("/user").await), "tokenInvalid");
    let second = make().await;
    server.advance(std::time::Duration::from_secs(3_601));
    assert_eq!(reason(&second.get("/user").await), "tokenCaveatUnverified");

    let seeded = with_token(&server, "from the settings".to_owned());
    assert_eq!(seeded.get("/user").await.status, 200);
    server.remove_user(&server.user("jane").expect("jane").id);
    assert_eq!(seeded.get("/user").await.status, 401);
    assert_eq!(jane.get("/user").await.status, 401);
}

#[tokio::test]
async fn what_is_noted_on_a_token_is_an_object() {
    let server = checked(Server::start().await.with_user(User::new("jane")));
    let jane = caller(&server, "jane");
    let make = |body: Value| jane.send("POST", "/user/tokens/named", Some(body));
    let noted = json!({ "name": "a name of any kind: 1/2", "customMetadata": { "for": "ci" } });
    assert_eq!(make(noted).await.status, 201);
    let wrong = json!({ "name": "other", "customMetadata": "for ci" });
    assert_eq!(error_id(&make(wrong).await), (400, "badValueJSON"));
    let invitation = json!({
        "name": "none", "usageLimit": 0,
        "type": { "inviteToken": { "inviteType": "supportSpace", "spaceId": "s" } },
    });
    assert_eq!(error_id(&make(invitation).await), (400, "badValueTooLow"));
    let unknown = json!({ "name": "none", "type": "access" });
    assert_eq!(error_id(&make(unknown).await), (400, "badValueTokenType"));
}
