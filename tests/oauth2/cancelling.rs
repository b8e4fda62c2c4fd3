//! Callers that go away, and runtimes that end.

use std::collections::HashMap;

use spacewright::testing::wiremock::matchers::path;
use spacewright::testing::wiremock::{Mock, Request, ResponseTemplate};

use super::world::{World, access, refresh};

#[tokio::test]
async fn a_renewal_is_finished_although_its_caller_went_away() {
    let world = World::new().await;
    let (session, store) = world.session();
    world.turn(3600);
    let (arrived, mut arrival) = tokio::sync::mpsc::unbounded_channel();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let state = world.state.clone();
    let slowly = move |_: &Request| {
        arrived.send(()).expect("somebody waits");
        held.lock()
            .expect("the only one")
            .recv()
            .expect("a release");
        state.lock().expect("state").asked.push(HashMap::new());
        let body = serde_json::json!({"access_token": access(2), "refresh_token": refresh(2), "token_type": "bearer", "expires_in": 3600});
        ResponseTemplate::new(200).set_body_json(body)
    };
    let tokens = Mock::given(path("/token")).respond_with(slowly);
    world.server.mount(tokens.with_priority(1)).await;

    let caller = tokio::spawn({
        let session = session.clone();
        async move { session.access_token().await }
    });
    arrival.recv().await.expect("the server was asked");
    caller.abort();
    assert!(caller.await.expect_err("it is gone").is_cancelled());
    release.send(()).expect("the server waits");
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(2)
    );
    assert_eq!(world.asked(), 1);
    assert_eq!(store.kept(), (access(2), Some(refresh(2))));
}

#[test]
fn a_session_outlives_the_runtime_that_renewed_it() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let first = runtime();
    let world = first.block_on(World::new());
    let (session, _) = world.session();
    world.turn(3600);
    // The renewal begins, and its runtime ends before the answer.
    let begun = session.clone();
    let begin = async {
        tokio::select! { biased; _ = begun.access_token() => {}, () = tokio::task::yield_now() => {} }
    };
    let second = runtime();
    second.block_on(begin);
    drop(second);
    world.state().keeps_refresh_token = true;
    assert!(runtime().block_on(session.access_token()).is_ok());
}
