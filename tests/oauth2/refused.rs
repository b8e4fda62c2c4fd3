//! What happens when the service refuses a token.

use std::time::Duration;

use futures_util::future::join_all;
use spacewright::auth::Credential;
use spacewright::auth::oauth2::{MemoryStore, Tokens};
use spacewright::{Clock, ErrorKind};

use super::world::{World, access};

#[tokio::test]
async fn a_401_renews_once_and_the_second_is_an_error() {
    let world = World::new().await;
    world.state().valid.clear();
    let (session, _) = world.session();
    let client = world.client(&session);
    client
        .workspaces()
        .list()
        .await
        .expect("the new token works");
    assert_eq!(world.asked(), 1);

    world.state().valid.clear();
    world.state().stillborn = true;
    world.events();
    let error = client.workspaces().list().await.expect_err("an error");
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((error.attempts(), world.asked()), (2, 2));
    let uses = world
        .events()
        .into_iter()
        .filter(|event| event.starts_with("use"))
        .collect::<Vec<_>>();
    assert_eq!(
        uses,
        [
            format!("use {} 401", access(2)),
            format!("use {} 401", access(3))
        ]
    );
}

#[tokio::test]
async fn concurrent_401s_renew_once() {
    let world = World::new().await;
    world.state().valid.clear();
    let (session, _) = world.session();
    let client = world.client(&session);
    let calls = join_all((0..100).map(|_| client.workspaces().list().into_future())).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_late_401_for_an_old_token_does_not_renew_the_new_one() {
    let world = World::new().await;
    let (session, _) = world.session();
    let old = session.authorize().await.expect("a credential");
    assert!(session.refresh(&old).await.expect("a renewal"));
    let new = session.authorize().await.expect("a credential");
    assert!(old != new && session.refresh(&old).await.expect("a renewal"));
    assert_eq!(session.authorize().await.expect("a credential"), new);
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_401_without_a_refresh_token_stays_a_401() {
    let world = World::new().await;
    world.state().valid.clear();
    let session = world
        .application()
        .session(MemoryStore::new(Tokens::new(access(1))));
    let error = world
        .client(&session)
        .workspaces()
        .list()
        .await
        .expect_err("an error");
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((error.attempts(), world.asked()), (1, 0));
}

#[tokio::test]
async fn an_expired_token_without_a_refresh_token_asks_for_a_login() {
    let world = World::new().await;
    let tokens = Tokens::new(access(1)).with_expiry(world.clock.wall() + Duration::from_secs(100));
    let session = world.application().session(MemoryStore::new(tokens));
    let client = world.client(&session);
    world.turn(99);
    client.workspaces().list().await.expect("it is still good");
    world.turn(1);
    let error = client.workspaces().list().await.expect_err("an error");
    assert!(error.is_login_required(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Credential);
    assert_eq!(world.asked(), 0);
}
