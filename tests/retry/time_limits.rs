//! What bounds the time of a call, against a server at socket level: the test's clock stands still but
//! for its waits, so the server has to live by the same clock.

use std::time::Duration;

use spacewright::auth::{Authorization, Credential, CredentialFuture};
use spacewright::confluence_dc::Client;
use spacewright::{Auth, ErrorKind, Limits, Retry};

use super::seconds;
use super::server::{Server, Step, json, with};

#[tokio::test(start_paused = true)]
async fn slow_attempts_count_into_the_total() {
    let server = Server::playing(vec![vec![Step::Stall]]).await;
    let limits = Limits::default().attempt(seconds(30));
    let wiki = Client::builder(server.url())
        .limits(limits)
        .build()
        .unwrap();
    for total in [seconds(1), seconds(45), seconds(60), seconds(500)] {
        let begun = tokio::time::Instant::now();
        let retry = Retry::default().attempts(3).total(total);
        let error = wiki.space().get("TEST").retry(retry).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        // A timer fires up to a millisecond late.
        assert!(
            begun.elapsed() <= total + Duration::from_millis(3),
            "{total:?}: {:?}",
            begun.elapsed()
        );
        assert!(
            error.attempts() <= 3
                && begun.elapsed() >= total.min(seconds(90)).saturating_sub(seconds(4))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_dripping_body_counts_into_the_attempt() {
    let server = Server::playing(vec![vec![
        Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{".to_vec()),
        Step::Stall,
    ]])
    .await;
    let wiki = Client::builder(server.url()).build().unwrap();
    let begun = tokio::time::Instant::now();
    let request = wiki
        .space()
        .get("TEST")
        .retry(Retry::none())
        .timeout(seconds(5));
    let error = request.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(begun.elapsed() < seconds(6), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn waiting_for_room_counts_into_the_total() {
    let server = Server::playing(vec![with("200 OK", "", "PK")]).await;
    let limits = Limits::default().concurrency(1);
    let wiki = Client::builder(server.url())
        .limits(limits)
        .build()
        .unwrap();
    let unread = wiki.backup_restore().download(7).await.unwrap();
    let begun = tokio::time::Instant::now();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    assert!(
        error.to_string().contains("concurrency") && begun.elapsed() <= seconds(61),
        "{error}"
    );
    assert_eq!(unread.bytes().await.unwrap().len(), 2);
    // The file has ended: there is room again.
    assert_eq!(wiki.space().get("TEST").await.unwrap_err().attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_time_at_all_is_a_time_limit_too() {
    let server = Server::playing(vec![vec![Step::Stall]]).await;
    let client = |limits, total| {
        let builder = Client::builder(server.url()).limits(limits);
        let retry = Retry::default().total(total);
        builder.retry(retry).build().unwrap()
    };
    let none = client(Limits::default(), Duration::ZERO);
    let error = none.space().get("TEST").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    assert!(
        error.to_string().contains("before it could be sent"),
        "{error}"
    );
    let file = none.backup_restore().download(7).await.unwrap_err();
    assert_eq!((file.kind(), server.seen().len()), (ErrorKind::Timeout, 0));
    let limits = Limits::default().attempt(Duration::ZERO);
    let error = client(limits, seconds(60)).space().get("TEST").await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Timeout);
    let limits = Limits::default().connect(Duration::ZERO);
    let error = client(limits, seconds(60)).space().get("TEST").await;
    assert!(
        error.is_err_and(|error| matches!(error.kind(), ErrorKind::Connect | ErrorKind::Timeout))
    );
}

/// A body that comes a byte at a time, with a pause before each.
fn dripping(pause: Duration, bytes: usize) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nContent-Length: {bytes}\r\n\r\n"
    );
    let mut steps = vec![Step::Send(head.into_bytes())];
    for _ in 0..bytes {
        steps.extend([Step::Pause(pause), Step::Send(b" ".to_vec())]);
    }
    steps
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_bounded_by_the_attempt_and_by_the_total() {
    let server = Server::playing(vec![dripping(seconds(1), 500)]).await;
    let wiki = Client::builder(server.url()).build().unwrap();
    for (attempt, total, attempts) in [(30, 60, 2), (400, 10, 1), (20, 600, 3)] {
        let begun = tokio::time::Instant::now();
        let retry = Retry::default().total(seconds(total));
        let request = wiki.space().get("TEST").timeout(seconds(attempt));
        let error = request.retry(retry).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Timeout, attempts)
        );
        let status = error.status().map(|status| status.as_u16());
        assert_eq!(status, Some(200), "{error}");
        assert!(begun.elapsed() <= seconds(total.min(70)) + Duration::from_millis(10));
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_may_drip_for_as_long_as_it_moves() {
    let server = Server::playing(vec![dripping(seconds(20), 30)]).await;
    let wiki = Client::builder(server.url()).build().unwrap();
    let file = wiki.backup_restore().download(7).await.unwrap();
    assert_eq!(file.bytes().await.unwrap().len(), 30);
}

/// A credential that does not come.
struct Slow;

impl Credential for Slow {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_never_comes_ends_in_time() {
    let server = Server::playing(vec![json("200 OK", "{}")]).await;
    let wiki = Client::builder(server.url())
        .auth(Auth::custom(Slow))
        .build()
        .unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    assert_eq!(server.seen().len(), 0);
}

/// A credential whose renewal does not end.
struct Hanging;

impl Credential for Hanging {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        Box::pin(async { Authorization::bearer("no-longer-good") })
    }

    fn refresh<'a>(&'a self, _: &'a Authorization) -> CredentialFuture<'a, bool> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_hangs_ends_with_the_refusal() {
    let refusal = with("401 Unauthorized", "", r#"{"message":"no longer"}"#);
    let server = Server::playing(vec![refusal]).await;
    let auth = Auth::custom(Hanging);
    let wiki = Client::builder(server.url()).auth(auth).build().unwrap();
    let begun = tokio::time::Instant::now();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 1)
    );
    assert!(error.to_string().contains("no longer"), "{error}");
    assert!(begun.elapsed() <= seconds(61), "{:?}", begun.elapsed());
}
