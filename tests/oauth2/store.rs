//! What the store is asked, and what its failures cost.

use std::collections::HashMap;
use std::time::Duration;

use spacewright::auth::oauth2::Tokens;
use spacewright::testing::wiremock::matchers::path;
use spacewright::testing::wiremock::{Mock, Request, ResponseTemplate};
use spacewright::{Clock, ErrorKind};

use super::world::{World, access, refresh};

#[tokio::test]
async fn a_failing_store_is_an_error_that_loses_nothing() {
    let world = World::new().await;
    let (session, store) = world.session();
    let client = world.client(&session);
    world.turn(3600);
    store.break_down(true);
    for _ in 0..2 {
        let error = client.workspaces().list().await.expect_err("an error");
        assert!(error.to_string().contains("the disk is full"), "{error}");
        assert!(!error.is_login_required());
    }
    assert_eq!(world.asked(), 1);
    assert!(!world.events().iter().any(|event| event.starts_with("use")));
    assert_eq!(store.kept(), (access(1), Some(refresh(1))));

    store.break_down(false);
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 1);
    assert_eq!(store.kept(), (access(2), Some(refresh(2))));
    assert_eq!(
        world.events(),
        [
            format!("save {} {}", access(2), refresh(2)),
            format!("use {} 200", access(2))
        ]
    );
}

#[tokio::test]
async fn an_empty_store_asks_for_a_login_and_notices_it() {
    let world = World::new().await;
    let store = world.store(None);
    let session = world.application().session(store.clone());
    let error = session.access_token().await.expect_err("an error");
    assert!(error.is_login_required(), "{error}");
    store.replace(world.tokens()).await;
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(1)
    );
}

#[tokio::test]
async fn what_another_process_renewed_is_taken_over() {
    let world = World::new().await;
    let (session, store) = world.session();
    session.access_token().await.expect("a token");
    world.turn(3600);
    world.state().number = 7;
    let renewed = Tokens::new(access(7)).with_refresh_token(refresh(7));
    store
        .replace(renewed.with_expiry(world.clock.wall() + Duration::from_secs(3600)))
        .await;
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(7)
    );
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn a_race_with_another_process_is_not_a_lost_login() {
    let world = World::new().await;
    let (session, store) = world.session();
    world.turn(3600);
    // While this process asks, the other one saves what it got for the same refresh token.
    let (theirs, state) = (store.inner.clone(), world.state.clone());
    let tokens = Tokens::new(access(5)).with_refresh_token(refresh(5));
    let refusal = move |_: &Request| {
        futures_util::FutureExt::now_or_never(spacewright::auth::oauth2::TokenStore::save(
            &theirs, &tokens,
        ));
        state.lock().expect("state").asked.push(HashMap::new());
        ResponseTemplate::new(403).set_body_string(r#"{"error": "invalid_grant"}"#)
    };
    let tokens = Mock::given(path("/token")).respond_with(refusal);
    world.server.mount(tokens.with_priority(1)).await;
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(5)
    );
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn atlassians_other_name_for_a_spent_refresh_token_is_known() {
    let world = World::new().await;
    let (session, _) = world.session();
    world.turn(3600);
    world.script(403, r#"{"error": "unauthorized_client"}"#);
    let error = session.access_token().await.expect_err("an error");
    assert!(error.is_login_required(), "{error}");
}

#[tokio::test]
async fn an_invalid_refresh_token_asks_for_a_login_and_is_not_tried_again() {
    let world = World::new().await;
    let (session, store) = world.session();
    let client = world.client(&session);
    world.turn(3600);
    world.state().number = 50;
    for _ in 0..3 {
        let error = client.workspaces().list().await.expect_err("an error");
        assert!(error.is_login_required(), "{error}");
        assert_eq!(error.kind(), ErrorKind::Credential);
        let message = error.to_string();
        assert!(
            message.contains("invalid_grant") && message.contains("log in again"),
            "{message}"
        );
    }
    assert_eq!(world.asked(), 1);
    let new = Tokens::new(access(60)).with_refresh_token(refresh(50));
    store.replace(new.with_expiry(world.clock.wall())).await;
    client
        .workspaces()
        .list()
        .await
        .expect("the user has logged in");
    assert_eq!(world.asked(), 2);
}
