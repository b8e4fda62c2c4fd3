//! How many requests are under way at the same time.

use std::future::IntoFuture;

use spacewright::Limits;
use spacewright::confluence_dc::Client;
use spacewright::testing::{Misbehaviour, TestClock};

use super::server::{Server, json};
use super::stage::{builder, start};
use super::until;

#[tokio::test]
async fn requests_under_way_are_bounded() {
    let server = start().await;
    server.misbehave(Misbehaviour::stall());
    let wiki = builder(&server, &TestClock::new())
        .limits(Limits::default().concurrency(2))
        .build()
        .unwrap();
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let wiki = wiki.clone();
            tokio::spawn(async move { wiki.space().get("TEST").await })
        })
        .collect();
    until(|| server.requests().len() == 2).await;
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.requests().len(), 2);
    // What is dropped makes room for what waits.
    calls[0].abort();
    until(|| server.requests().len() == 3).await;
    calls.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_thousand_calls_at_once_all_come_through_a_narrow_door() {
    // At socket level, where connections can be counted.
    let space = r#"{"id": 7, "key": "TEST", "name": "A test", "type": "global"}"#;
    let server = Server::playing(vec![json("200 OK", space)]).await;
    let wiki = Client::builder(server.url())
        .limits(Limits::default().concurrency(4))
        .build()
        .unwrap();
    let calls = (0..1000).map(|_| wiki.space().get("TEST").into_future());
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    let seen = server.seen();
    let connections = seen.iter().map(|request| request.connection).max();
    // The door is as wide as the connections; a second one may be begun while the first is just given back.
    assert!(
        seen.len() == 1000 && connections < Some(8),
        "{connections:?}"
    );
}
