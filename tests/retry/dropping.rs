//! A call that is dropped at any point leaves nothing behind.

use std::future::IntoFuture;
use std::task::{Context, Poll, Waker};

use spacewright::Auth;
use spacewright::confluence_dc::{Client, types::NewSpace};

use super::server::{Server, Step};
use super::until;

#[tokio::test]
async fn dropping_a_call_before_its_answer_leaves_nothing_behind() {
    dropped_at_any_point(vec![Step::Stall]).await;
}

#[tokio::test]
async fn dropping_a_call_within_its_body_leaves_nothing_behind() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{".to_vec();
    dropped_at_any_point(vec![Step::Send(head), Step::Stall]).await;
}

async fn dropped_at_any_point(script: Vec<Step>) {
    let server = Server::playing(vec![script]).await;
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    tokio::task::yield_now().await;
    let before = tasks();
    for polls in 0..40 {
        let wiki = Client::builder(server.url())
            .auth(Auth::bearer("t0ken"))
            .build()
            .unwrap();
        let mut call = Box::pin(
            wiki.space()
                .create(NewSpace::new("TEST", "A test"))
                .into_future(),
        );
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..polls {
            if let Poll::Ready(outcome) = call.as_mut().poll(&mut context) {
                panic!("it ended: {outcome:?}");
            }
            tokio::task::yield_now().await;
        }
        drop(call);
        // No place is taken, and with the client its connections go.
        drop(wiki);
        until(|| server.open() == 0 && tasks() == before).await;
    }
    assert!(
        server.seen().len() >= 10,
        "no call came far: {}",
        server.seen().len()
    );
}
