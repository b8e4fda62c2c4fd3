//! How long a call waits between attempts.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use spacewright::testing::{BareServer, Misbehaviour};
use spacewright::{ErrorKind, Retry};

use super::clock::{begin, clock};
use super::seconds;
use super::stage::{builder, busy, limited, served, start};

/// What a server that asks for a wait is waited for.
async fn waits(first: Misbehaviour) -> Vec<Duration> {
    let (server, clock) = (start().await, clock());
    server.misbehave(first.once());
    let wiki = builder(&server, &clock)
        .retry(Retry::default().total(seconds(90)))
        .build()
        .unwrap();
    wiki.space().get("TEST").await.unwrap();
    wiki.space().get("TEST").await.unwrap();
    clock.waits()
}

/// One wait of `least`, with the part that spreads requests on top.
fn assert_one_wait(waits: &[Duration], least: Duration) {
    let [wait] = waits else {
        panic!("{waits:?} instead of one wait of {least:?}")
    };
    assert!(
        (least..=least + Duration::from_millis(500)).contains(wait),
        "{wait:?} instead of {least:?}"
    );
}

#[tokio::test]
async fn the_wait_doubles_under_its_bound_with_full_jitter() {
    let (server, clock) = (start().await, clock());
    server.misbehave(busy());
    let retry = Retry::default()
        .attempts(9)
        .total(seconds(600))
        .max_delay(seconds(8));
    let wiki = builder(&server, &clock)
        .retry(retry)
        .retry_budget(10_000)
        .build()
        .unwrap();
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let before = clock.waits().len();
        let error = wiki.space().get("TEST").await.unwrap_err();
        assert_eq!(error.attempts(), 9);
        let waits = clock.waits().split_off(before);
        assert_eq!(waits.len(), 8);
        for (index, wait) in waits.iter().enumerate() {
            let bound = (Duration::from_millis(500) * 2u32.pow(index as u32)).min(seconds(8));
            assert!(*wait <= bound, "wait {index} is {wait:?}");
            longest = longest.max(*wait);
        }
    }
    // Of eighty waits under eight seconds one is above four, but for one chance in 10^24.
    assert!(longest > seconds(4), "{longest:?}");
}

#[tokio::test]
async fn the_server_sets_the_wait() {
    for (refusal, wait) in [
        (limited("7"), seconds(7)),
        (busy().with_header("Retry-After", "7"), seconds(7)),
        (
            busy().with_header("retry-after", "  0.25  "),
            Duration::from_millis(250),
        ),
        (limited("Mon, 02 Mar 2026 10:00:09 GMT"), seconds(9)),
        (limited("Monday, 02-Mar-26 10:00:09 GMT"), seconds(9)),
        (
            Misbehaviour::status(429)
                .with_header("X-RateLimit-Remaining", "0")
                .with_header("X-RateLimit-Reset", "2026-03-02T10:00:30Z"),
            seconds(30),
        ),
    ] {
        assert_one_wait(&waits(refusal).await, wait);
    }
}

const REMAINING: &str = "X-RateLimit-Remaining";
const RESET: &str = "X-RateLimit-Reset";
const INTERVAL: &str = "X-RateLimit-Interval-Seconds";

#[tokio::test]
async fn a_limit_that_is_used_up_slows_down_before_the_server_refuses() {
    let bucket = served(&[
        ("X-RateLimit-Limit", "10"),
        (REMAINING, "0"),
        ("X-RateLimit-FillRate", "2"),
        (INTERVAL, "10"),
        ("retry-after", "0"),
    ]);
    assert_one_wait(&waits(bucket).await, seconds(5));
    let reset = served(&[(REMAINING, "0"), (RESET, "2026-03-02T10:01Z")]);
    assert_one_wait(&waits(reset).await, seconds(60));
    let no_waits: [&[(&str, &str)]; 8] = [
        &[("retry-after", "0")],
        &[(REMAINING, "1"), (INTERVAL, "10")],
        &[(REMAINING, "0")],
        &[(REMAINING, "0"), (RESET, "2026-03-02T09:59Z")],
        &[(REMAINING, "0"), (RESET, "9999-12-31T23:59Z")],
        &[(REMAINING, "0"), (RESET, "soon")],
        &[(REMAINING, "0"), (INTERVAL, "-3")],
        &[(REMAINING, "NaN"), (INTERVAL, "10")],
    ];
    for headers in no_waits {
        assert!(waits(served(headers)).await.is_empty(), "{headers:?}");
    }
}

#[tokio::test]
async fn what_was_held_back_does_not_go_out_at_once() {
    let server = start().await;
    let used_up = served(&[(REMAINING, "0"), (RESET, "2026-03-02T10:00:30Z")]);
    server.misbehave(used_up.once());
    // On this clock nobody's wait moves the others on.
    let clock = Frozen::default();
    let wiki = builder(&server, &clock).build().unwrap();
    wiki.space().get("TEST").await.unwrap();
    let calls = (0..20).map(|_| {
        let wiki = wiki.clone();
        tokio::spawn(async move { wiki.space().get("TEST").await })
    });
    let calls: Vec<_> = calls.collect();
    while clock.waits.lock().unwrap().len() < 20 {
        tokio::task::yield_now().await;
    }
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    let mut waits = clock.waits.lock().unwrap().clone();
    waits.sort();
    waits.dedup();
    assert!(waits.len() > 10, "they would wake together: {waits:?}");
    assert!(waits[0] >= seconds(30) && server.requests().len() == 1);
}

#[tokio::test]
async fn another_server_holds_back_only_the_call_that_went_there() {
    let (server, files) = (start().await, BareServer::start().await);
    files.misbehave(Misbehaviour::rate_limited(30));
    let there = format!("{}/files/7", files.url());
    server.misbehave(Misbehaviour::redirect(302, there).on("/rest/api/backup-restore/**"));
    let clock = Frozen::default();
    let wiki = builder(&server, &clock).build().unwrap();
    let other = wiki.clone();
    let download = tokio::spawn(async move { other.backup_restore().download(7).await.map(drop) });
    while clock.waits.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    // A call that had to wait as well would not end.
    wiki.space().get("TEST").await.unwrap();
    assert_eq!(*clock.waits.lock().unwrap(), [seconds(30)]);
    download.abort();
}

/// A clock on which no wait ends.
#[derive(Clone)]
struct Frozen {
    begin: std::time::Instant,
    waits: Arc<std::sync::Mutex<Vec<Duration>>>,
}

impl Default for Frozen {
    fn default() -> Self {
        Self {
            begin: std::time::Instant::now(),
            waits: Arc::default(),
        }
    }
}

impl spacewright::Clock for Frozen {
    fn now(&self) -> std::time::Instant {
        self.begin
    }

    fn wall(&self) -> SystemTime {
        begin()
    }

    fn sleep(&self, time: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.waits.lock().unwrap().push(time);
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_fails_at_once_and_is_told() {
    let (server, clock) = (start().await, clock());
    server.misbehave(limited("3600").with_header("X-Request-Id", "req-7"));
    let wiki = builder(&server, &clock).build().unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(seconds(3600)));
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 1)
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert_eq!(error.request_id(), Some("req-7"));
    assert_eq!(
        error.api().and_then(|api| api.message()),
        Some("Too Many Requests: as the test wanted it")
    );
    assert!(clock.waits().is_empty());
    // More time is all that it takes.
    let patient = Retry::default().total(seconds(9000)).attempts(2);
    let error = wiki.space().get("TEST").retry(patient).await.unwrap_err();
    assert_eq!(error.attempts(), 2);
    assert_one_wait(&clock.waits(), seconds(3600));
}

#[tokio::test]
async fn a_wait_that_leaves_no_time_for_the_attempt_is_too_long() {
    let (server, clock) = (start().await, clock());
    server.misbehave(limited("60"));
    let wiki = builder(&server, &clock)
        .retry(Retry::default().total(seconds(60)))
        .build()
        .unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 1)
    );
    assert_eq!(error.retry_after(), Some(seconds(60)));
}

#[tokio::test]
async fn a_limit_known_to_be_used_up_for_too_long_fails_without_sending() {
    let (server, clock) = (start().await, clock());
    server.misbehave(served(&[(REMAINING, "0"), (RESET, "2026-03-02T11:00Z")]));
    let wiki = builder(&server, &clock).build().unwrap();
    wiki.space().get("TEST").await.unwrap();
    let error = wiki.clone().space().get("TEST").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 0)
    );
    assert_eq!(error.retry_after(), Some(seconds(3600)));
    assert_eq!(server.requests().len(), 1);
    clock.advance(seconds(3600));
    wiki.space().get("TEST").await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_wait_beyond_all_clocks_is_too_long_however_patient_the_caller() {
    for wait in [
        "10000000000000000000",
        "18446744073709551615",
        "99999999999999999999",
    ] {
        let (server, clock) = (start().await, clock());
        server.misbehave(limited(wait));
        let patient = Retry::default().total(Duration::MAX);
        let wiki = builder(&server, &clock).retry(patient).build().unwrap();
        let error = wiki.space().get("TEST").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::RateLimited, 1)
        );
        assert!(
            error.retry_after() >= Some(seconds(u64::MAX / 2)),
            "{error}"
        );
        assert!(clock.waits().is_empty());
    }
}
