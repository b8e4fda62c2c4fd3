//! A credential that the server refuses is renewed, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use spacewright::auth::{Authorization, Credential, CredentialFuture};
use spacewright::confluence_dc::types::NewSpace;
use spacewright::testing::confluence_dc::Server;
use spacewright::testing::{Misbehaviour, TestClock};
use spacewright::{Auth, ErrorKind, Retry};

use super::stage::builder;

/// A credential that can be renewed, and counts how often it was.
struct Renewable {
    renewed: Arc<AtomicUsize>,
}

impl Credential for Renewable {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        Box::pin(async {
            Authorization::bearer(format!("token-{}", self.renewed.load(Ordering::SeqCst)))
        })
    }

    fn refresh<'a>(&'a self, _: &'a Authorization) -> CredentialFuture<'a, bool> {
        self.renewed.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(true) })
    }
}

#[tokio::test]
async fn a_refused_credential_is_renewed_once_and_counted() {
    let server = Server::start().await.with_token("admin", "token-1");
    let renewed = Arc::new(AtomicUsize::new(0));
    let auth = Auth::custom(Renewable {
        renewed: renewed.clone(),
    });
    let clock = TestClock::new();
    let wiki = builder(&server, &clock)
        .auth(auth)
        .retry(Retry::none())
        .build()
        .unwrap();
    // What a 401 answers was not done: a create is sent again as well.
    let answer = wiki
        .space()
        .create(NewSpace::new("TEST", "A test"))
        .send()
        .await
        .unwrap();
    assert_eq!((answer.attempts(), renewed.load(Ordering::SeqCst)), (2, 1));
    assert!(clock.waits().is_empty());
    server.expire_token("token-1");
    renewed.store(5, Ordering::SeqCst);
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 2)
    );
    assert_eq!(renewed.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_renewed_credential_costs_none_of_the_attempts() {
    let (server, clock) = (Server::start().await, TestClock::new());
    server.misbehave(Misbehaviour::expired_token().once());
    server.misbehave(Misbehaviour::status(503));
    let auth = Auth::custom(Renewable {
        renewed: Arc::default(),
    });
    let wiki = builder(&server, &clock).auth(auth).build().unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 4));
    assert_eq!((server.requests().len(), clock.waits().len()), (4, 2));
}

/// A credential whose renewal brings the same again.
struct Stubborn;

impl Credential for Stubborn {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        Box::pin(async { Authorization::bearer("always-the-same") })
    }

    fn refresh<'a>(&'a self, _: &'a Authorization) -> CredentialFuture<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}

#[tokio::test]
async fn a_credential_that_stays_the_same_is_tried_once_more() {
    let (server, clock) = (Server::start().await, TestClock::new());
    let auth = Auth::custom(Stubborn);
    let wiki = builder(&server, &clock).auth(auth).build().unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 2)
    );
    assert_eq!(server.requests().len(), 2);
}
