//! When tokens are renewed, and how often.

use std::time::Duration;

use futures_util::future::join_all;
use spacewright::auth::oauth2::{MemoryStore, Tokens};
use spacewright::{Clock, ErrorKind};

use super::kind;
use super::world::{World, access, refresh};

#[tokio::test]
async fn a_hundred_calls_wait_for_one_renewal() {
    let world = World::new().await;
    let (session, store) = world.session();
    let client = world.client(&session);
    world.turn(3600);
    let calls = join_all((0..100).map(|_| client.workspaces().list().into_future())).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(world.asked(), 1);
    assert_eq!(store.kept(), (access(2), Some(refresh(2))));
    let served = format!("use {} 200", access(2));
    assert_eq!(
        world
            .events()
            .iter()
            .filter(|event| **event == served)
            .count(),
        100
    );
}

#[tokio::test]
async fn a_hundred_calls_share_a_failure_as_well() {
    let world = World::new().await;
    let (session, _) = world.session();
    world.turn(3600);
    world.script(400, r#"{"error": "invalid_client"}"#);
    let client = world.client(&session);
    let calls = join_all((0..100).map(|_| client.workspaces().list().into_future())).await;
    assert!(
        calls
            .iter()
            .all(|call| kind(call) == Some(ErrorKind::Credential))
    );
    assert_eq!(world.asked(), 1);
    // Who comes later tries again.
    assert!(client.workspaces().list().await.is_ok());
}

#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_expiry() {
    for (margin, still, due) in [
        (None, 3539, 3540),
        (Some(600), 2999, 3000),
        (Some(0), 3599, 3600),
    ] {
        let world = World::new().await;
        let mut builder = world.builder();
        if let Some(margin) = margin {
            builder = builder.renew_before(Duration::from_secs(margin));
        }
        let session = builder
            .build()
            .expect("an application")
            .session(world.store(Some(world.tokens())));
        let client = world.client(&session);
        world.turn(still);
        client.workspaces().list().await.expect("an answer");
        assert_eq!(world.asked(), 0, "margin {margin:?}");
        world.turn(due - still);
        client.workspaces().list().await.expect("an answer");
        assert_eq!(world.asked(), 1, "margin {margin:?}");
        client.workspaces().list().await.expect("an answer");
        assert_eq!(world.asked(), 1, "margin {margin:?}");
    }
}

#[tokio::test]
async fn rotated_tokens_are_saved_before_they_are_used() {
    let world = World::new().await;
    let (session, _) = world.session();
    let client = world.client(&session);
    for round in 1..=3 {
        world.turn(3600);
        client.workspaces().list().await.expect("an answer");
        let expected = [
            "load".to_owned(),
            format!("ask refresh_token {}", refresh(round)),
            format!("save {} {}", access(round + 1), refresh(round + 1)),
            format!("use {} 200", access(round + 1)),
        ];
        assert_eq!(world.events(), expected);
    }
}

#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_is_kept() {
    let world = World::new().await;
    world.state().keeps_refresh_token = true;
    let (session, store) = world.session();
    for round in 2..=3 {
        world.turn(3600);
        session.access_token().await.expect("a token");
        assert_eq!(store.kept(), (access(round), Some(refresh(1))));
    }
    world.turn(3600);
    let empty = format!(
        r#"{{"access_token": "{}", "token_type": "bearer", "refresh_token": ""}}"#,
        access(9)
    );
    world.script(200, &empty);
    session.access_token().await.expect("a token");
    assert_eq!(store.kept(), (access(9), Some(refresh(1))));
}

#[tokio::test]
async fn without_an_expiry_a_token_is_used_until_it_is_refused() {
    let world = World::new().await;
    world.state().lifetime = None;
    let tokens = Tokens::new(access(1)).with_refresh_token(refresh(1));
    let session = world.application().session(MemoryStore::new(tokens));
    let client = world.client(&session);
    world.turn(10 * 365 * 24 * 3600);
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 0);
    world.state().valid.remove(&access(1));
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 1);
    world.turn(10 * 365 * 24 * 3600);
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_short_lived_token_is_not_renewed_for_every_call() {
    let world = World::new().await;
    world.state().lifetime = Some(30);
    let (session, _) = world.session();
    world.turn(3600);
    for (turn, asked) in [(0, 1), (0, 1), (14, 1), (1, 2), (14, 2), (1, 3)] {
        world.turn(turn);
        session.access_token().await.expect("a token");
        assert_eq!(world.asked(), asked);
    }
}

#[tokio::test]
async fn an_endless_lifetime_is_no_overflow() {
    let world = World::new().await;
    world.state().lifetime = Some(u64::MAX);
    let (session, _) = world.session();
    world.turn(3600);
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(2)
    );
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(2)
    );
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_lifetime_in_another_form_loses_no_tokens() {
    for (lifetime, renewed_after) in [
        (r#""3600""#, Some(3600)),
        ("3600.5", Some(3600)),
        ("null", None),
        (r#""soon""#, None),
        ("-1", None),
        ("[]", None),
    ] {
        let world = World::new().await;
        let (session, store) = world.session();
        world.turn(3600);
        let answer = format!(
            r#"{{"access_token":"{}","token_type":"bearer","refresh_token":"{}","expires_in":{lifetime}}}"#,
            access(2),
            refresh(2)
        );
        world.script(200, &answer);
        session.access_token().await.expect("a token");
        assert_eq!(store.kept(), (access(2), Some(refresh(2))), "{lifetime}");
        let expiry = store.inner.tokens().and_then(|tokens| tokens.expires_at);
        let expected = renewed_after.map(|after| world.clock.wall() + Duration::from_secs(after));
        assert_eq!(expiry, expected, "{lifetime}");
    }
}
