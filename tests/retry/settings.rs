//! The settings of a client, what a request overrides, and the budget that all clones share.

use std::time::Duration;

use spacewright::testing::TestClock;
use spacewright::testing::confluence_dc::Space;
use spacewright::testing::wiremock::matchers::path;
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{ErrorKind, Limits, Retry};

use super::stage::{builder, busy, start};

#[tokio::test]
async fn clones_share_a_budget_that_successes_fill_up() {
    let (server, clock) = (start().await, TestClock::new());
    let server = server.with_space(Space::new("WELL"));
    server.misbehave(busy().on("/rest/api/space/TEST"));
    let wiki = builder(&server, &clock).retry_budget(10).build().unwrap();
    let first = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(first.attempts(), 3);
    let other = wiki.clone();
    let second = other.space().get("TEST").await.unwrap_err();
    assert_eq!(second.attempts(), 1);
    assert!(
        second
            .to_string()
            .contains("too many of the client's requests fail"),
        "{second}"
    );
    for _ in 0..5 {
        other.space().get("WELL").await.unwrap();
    }
    assert_eq!(wiki.space().get("TEST").await.unwrap_err().attempts(), 2);
    let none = builder(&server, &clock).retry_budget(0).build().unwrap();
    assert_eq!(none.space().get("TEST").await.unwrap_err().attempts(), 1);
}

#[tokio::test]
async fn a_request_overrides_its_client() {
    let (server, clock) = (start().await, TestClock::new());
    server.misbehave(busy());
    let wiki = builder(&server, &clock)
        .retry(Retry::default().attempts(2))
        .build()
        .unwrap();
    assert_eq!(wiki.space().get("TEST").await.unwrap_err().attempts(), 2);
    assert_eq!(
        wiki.space()
            .get("TEST")
            .retry(Retry::none())
            .await
            .unwrap_err()
            .attempts(),
        1
    );
    assert_eq!(
        wiki.space()
            .get("TEST")
            .retry(Retry::default().attempts(4))
            .await
            .unwrap_err()
            .attempts(),
        4
    );
    let mut retry = Retry::default();
    retry.attempts = 0;
    assert_eq!(
        wiki.space()
            .get("TEST")
            .retry(retry)
            .await
            .unwrap_err()
            .attempts(),
        1
    );
    server.behave();
    assert_eq!(
        wiki.space()
            .get("TEST")
            .body_limit(9)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::TooLarge
    );
    let length = server
        .requests()
        .last()
        .unwrap()
        .answer()
        .unwrap()
        .body()
        .len();
    wiki.space().get("TEST").body_limit(length).await.unwrap();
}

#[tokio::test]
async fn settings_without_bounds_do_no_harm() {
    let server = start().await;
    server.misbehave(busy().once());
    let mut limits = Limits::default()
        .attempt(Duration::MAX)
        .connect(Duration::MAX)
        .body(usize::MAX)
        .error_body(usize::MAX);
    limits.concurrency = 0;
    let retry = Retry::default()
        .attempts(u32::MAX)
        .total(Duration::MAX)
        .max_delay(Duration::MAX);
    let clock = TestClock::new();
    let wiki = builder(&server, &clock)
        .limits(limits)
        .retry(retry)
        .retry_budget(u32::MAX)
        .build()
        .unwrap();
    wiki.space().get("TEST").await.unwrap();
    let download = Mock::given(path("/rest/api/backup-restore/jobs/7/download"));
    let file = ResponseTemplate::new(200).set_body_bytes("PK");
    server.mount(download.respond_with(file)).await;
    let file = wiki.backup_restore().download(7).await.unwrap();
    assert_eq!(file.bytes_within(usize::MAX).await.unwrap(), "PK");
}
