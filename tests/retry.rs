//! Attempts and waits: when a request is sent again, how soon, and what bounds it. No test waits: time is
//! injected, or stands still.
#![cfg(feature = "confluence-dc")]
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "hostile/clock.rs"]
mod clock;
#[path = "hostile/server.rs"]
mod server;

use std::future::{Future, IntoFuture};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use clock::TestClock;
use server::{Server, Step, json, with};
use spacewright::auth::{Authorization, Credential, CredentialFuture};
use spacewright::confluence_dc::{Client, types::NewSpace};
use spacewright::{Auth, ClientBuilder, ErrorKind, Limits, Retry};

const SPACE: &str = r#"{"id": 7, "key": "TEST", "name": "A test", "type": "global"}"#;

fn ok() -> Vec<Step> {
    json("200 OK", SPACE)
}

fn busy(headers: &str) -> Vec<Step> {
    with("503 Service Unavailable", headers, "")
}

fn limited(headers: &str) -> Vec<Step> {
    with(
        "429 Too Many Requests",
        headers,
        r#"{"message":"Rate limit exceeded."}"#,
    )
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn builder(server: &Server, clock: &TestClock) -> ClientBuilder<Client> {
    Client::builder(server.url()).clock(clock.clone())
}

/// What a server that asks for a wait is waited for.
async fn waits(first: Vec<Step>) -> Vec<Duration> {
    let (server, clock) = (Server::playing(vec![first, ok()]).await, TestClock::new());
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
    let (server, clock) = (Server::playing(vec![busy("")]).await, TestClock::new());
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
    assert_one_wait(&waits(limited("Retry-After: 7\r\n")).await, seconds(7));
    assert_one_wait(&waits(busy("Retry-After: 7\r\n")).await, seconds(7));
    assert_one_wait(
        &waits(busy("retry-after:   0.25  \r\n")).await,
        Duration::from_millis(250),
    );
    assert_one_wait(
        &waits(busy("Retry-After: Mon, 02 Mar 2026 10:00:09 GMT\r\n")).await,
        seconds(9),
    );
    assert_one_wait(
        &waits(busy("Retry-After: Monday, 02-Mar-26 10:00:09 GMT\r\n")).await,
        seconds(9),
    );
    assert_one_wait(
        &waits(limited(
            "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 2026-03-02T10:00:30Z\r\n",
        ))
        .await,
        seconds(30),
    );
}

#[tokio::test]
async fn a_limit_that_is_used_up_slows_down_before_the_server_refuses() {
    let served = |headers: &str| with("200 OK", headers, SPACE);
    let bucket = "X-RateLimit-Limit: 10\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-FillRate: 2\r\nX-RateLimit-Interval-Seconds: 10\r\nretry-after: 0\r\n";
    assert_one_wait(&waits(served(bucket)).await, seconds(5));
    let reset = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 2026-03-02T10:01Z\r\n";
    assert_one_wait(&waits(served(reset)).await, seconds(60));
    for no_wait in [
        "retry-after: 0\r\n",
        "X-RateLimit-Remaining: 1\r\nX-RateLimit-Interval-Seconds: 10\r\n",
        "X-RateLimit-Remaining: 0\r\n",
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 2026-03-02T09:59Z\r\n",
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 9999-12-31T23:59Z\r\n",
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: soon\r\n",
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Interval-Seconds: -3\r\n",
        "X-RateLimit-Remaining: NaN\r\nX-RateLimit-Interval-Seconds: 10\r\n",
    ] {
        assert_eq!(waits(served(no_wait)).await, [], "{no_wait}");
    }
}

#[tokio::test]
async fn what_was_held_back_does_not_go_out_at_once() {
    let first = with(
        "200 OK",
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 2026-03-02T10:00:30Z\r\n",
        SPACE,
    );
    let server = Server::playing(vec![first, ok()]).await;
    // On this clock nobody's wait moves the others on.
    let clock = Frozen::default();
    let wiki = Client::builder(server.url())
        .clock(clock.clone())
        .build()
        .unwrap();
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
    assert!(waits[0] >= seconds(30) && server.seen().len() == 1);
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

    fn wall(&self) -> std::time::SystemTime {
        std::time::SystemTime::UNIX_EPOCH + seconds(clock::BEGIN)
    }

    fn sleep(&self, time: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.waits.lock().unwrap().push(time);
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_fails_at_once_and_is_told() {
    let (server, clock) = (
        Server::playing(vec![limited("Retry-After: 3600\r\n")]).await,
        TestClock::new(),
    );
    let wiki = builder(&server, &clock).build().unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(seconds(3600)));
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 1)
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert_eq!(error.request_id(), Some(server::REQUEST_ID));
    assert_eq!(
        error.api().and_then(|api| api.message()),
        Some("Rate limit exceeded.")
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
    let (server, clock) = (
        Server::playing(vec![limited("Retry-After: 60\r\n")]).await,
        TestClock::new(),
    );
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
    let used_up = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 2026-03-02T11:00Z\r\n";
    let (server, clock) = (
        Server::playing(vec![with("200 OK", used_up, SPACE)]).await,
        TestClock::new(),
    );
    let wiki = builder(&server, &clock).build().unwrap();
    wiki.space().get("TEST").await.unwrap();
    let error = wiki.clone().space().get("TEST").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::RateLimited, 0)
    );
    assert_eq!(error.retry_after(), Some(seconds(3600)));
    assert_eq!(server.seen().len(), 1);
    clock.advance(seconds(3600));
    wiki.space().get("TEST").await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

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

#[tokio::test]
async fn clones_share_a_budget_that_successes_fill_up() {
    let failing = |request: &server::Request, _| {
        if request.path().ends_with("/WELL") {
            ok()
        } else {
            busy("")
        }
    };
    let (server, clock) = (Server::answering(failing).await, TestClock::new());
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
    let (server, clock) = (Server::playing(vec![busy("")]).await, TestClock::new());
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
    let large = Server::playing(vec![ok()]).await;
    let wiki = Client::builder(large.url()).build().unwrap();
    assert_eq!(
        wiki.space()
            .get("TEST")
            .body_limit(9)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::TooLarge
    );
    wiki.space()
        .get("TEST")
        .body_limit(SPACE.len())
        .await
        .unwrap();
}

#[tokio::test]
async fn settings_without_bounds_do_no_harm() {
    let server = Server::playing(vec![busy(""), ok()]).await;
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
    let file = wiki.backup_restore().download(7).await.unwrap();
    assert_eq!(
        file.bytes_within(usize::MAX).await.unwrap().len(),
        SPACE.len()
    );
}

#[tokio::test]
async fn requests_under_way_are_bounded() {
    let server = Server::playing(vec![vec![Step::Stall]]).await;
    let wiki = Client::builder(server.url())
        .limits(Limits::default().concurrency(2))
        .build()
        .unwrap();
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let wiki = wiki.clone();
            tokio::spawn(async move { wiki.space().get("TEST").await })
        })
        .collect();
    until(|| server.seen().len() == 2).await;
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.seen().len(), 2);
    // What is dropped makes room for what waits.
    calls[0].abort();
    until(|| server.seen().len() == 3).await;
    calls.iter().for_each(tokio::task::JoinHandle::abort);
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

/// A credential that counts how often it is asked for, and can be renewed.
struct Renewable {
    asked: AtomicUsize,
    renewed: Arc<AtomicUsize>,
}

impl Credential for Renewable {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        self.asked.fetch_add(1, Ordering::SeqCst);
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
    let refusing = |request: &server::Request, _| match request.header("authorization") {
        Some("Bearer token-1") => ok(),
        _ => with("401 Unauthorized", "", ""),
    };
    let server = Server::answering(refusing).await;
    let renewed = Arc::new(AtomicUsize::new(0));
    let auth = Auth::custom(Renewable {
        asked: AtomicUsize::new(0),
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
    let refusing = |request: &server::Request, _| match request.header("authorization") {
        Some("Bearer token-1") => busy(""),
        _ => with("401 Unauthorized", "", ""),
    };
    let (server, clock) = (Server::answering(refusing).await, TestClock::new());
    let auth = Auth::custom(Renewable {
        asked: AtomicUsize::new(0),
        renewed: Arc::default(),
    });
    let wiki = builder(&server, &clock).auth(auth).build().unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 4));
    assert_eq!((server.seen().len(), clock.waits().len()), (4, 2));
}

/// A credential whose renewal brings the same again, or does not end.
struct Stubborn {
    hangs: bool,
}

impl Credential for Stubborn {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        Box::pin(async { Authorization::bearer("always-the-same") })
    }

    fn refresh<'a>(&'a self, _: &'a Authorization) -> CredentialFuture<'a, bool> {
        match self.hangs {
            true => Box::pin(std::future::pending()),
            false => Box::pin(async { Ok(true) }),
        }
    }
}

#[tokio::test]
async fn a_credential_that_stays_the_same_is_tried_once_more() {
    let refusal = with("401 Unauthorized", "", "");
    let (server, clock) = (Server::playing(vec![refusal]).await, TestClock::new());
    let auth = Auth::custom(Stubborn { hangs: false });
    let wiki = builder(&server, &clock).auth(auth).build().unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unauthorized, 2)
    );
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_hangs_ends_with_the_refusal() {
    let refusal = with("401 Unauthorized", "", r#"{"message":"no longer"}"#);
    let server = Server::playing(vec![refusal]).await;
    let auth = Auth::custom(Stubborn { hangs: true });
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

#[tokio::test]
async fn a_thousand_calls_at_once_all_come_through_a_narrow_door() {
    let server = Server::playing(vec![ok()]).await;
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

#[tokio::test]
async fn a_wait_beyond_all_clocks_is_too_long_however_patient_the_caller() {
    for wait in [
        "10000000000000000000",
        "18446744073709551615",
        "99999999999999999999",
    ] {
        let refusal = limited(&format!("Retry-After: {wait}\r\n"));
        let (server, clock) = (Server::playing(vec![refusal]).await, TestClock::new());
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
        assert_eq!(clock.waits(), []);
    }
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

/// An upload of these pieces, said to be of this length.
async fn upload(
    pieces: Vec<std::io::Result<&'static str>>,
    length: Option<u64>,
) -> Result<(), spacewright::Error> {
    let server = Server::playing(vec![json("200 OK", r#"{"results":[]}"#)]).await;
    let clock = TestClock::new();
    let wiki = builder(&server, &clock).build().unwrap();
    let pieces = pieces.into_iter().map(|piece| piece.map(Into::into));
    let file = spacewright::Upload::stream("a.txt", futures_util::stream::iter(pieces), length);
    wiki.attachments().create("7", file).await.map(drop)
}

#[tokio::test]
async fn an_upload_that_is_not_what_was_announced_is_no_success() {
    upload(vec![Ok("all"), Ok(" is well")], Some(11))
        .await
        .unwrap();
    upload(vec![Ok("all"), Ok(" is well")], None).await.unwrap();
    for (pieces, length, says) in [
        (
            vec![Ok("all"), Ok(" is well")],
            Some(10),
            "it is longer than the 10 bytes",
        ),
        (
            vec![Ok("all"), Ok(" is well")],
            Some(0),
            "it is longer than the 0 bytes",
        ),
        (vec![Ok("all")], Some(11), "it is shorter than the 11 bytes"),
        (vec![], Some(1), "it is shorter than the 1 bytes"),
        (
            vec![Ok("all"), Err(std::io::Error::other("the disk is gone"))],
            None,
            "the upload ended in an error (the disk is gone)",
        ),
    ] {
        let error = upload(pieces, length).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Interrupted, 1)
        );
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_no_attempt() {
    let (server, clock) = (Server::playing(vec![ok()]).await, TestClock::new());
    let wiki = builder(&server, &clock).build().unwrap();
    let file = spacewright::Upload::path("/no/such/file");
    let error = wiki.attachments().create("7", file).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::InvalidInput, 0)
    );
    assert!(error.to_string().contains("No such file"), "{error}");
    assert_eq!(server.seen().len(), 0);
}

struct Slow;

impl Credential for Slow {
    fn authorize(&self) -> CredentialFuture<'_, Authorization> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_never_comes_ends_in_time() {
    let server = Server::playing(vec![ok()]).await;
    let wiki = Client::builder(server.url())
        .auth(Auth::custom(Slow))
        .build()
        .unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
    assert_eq!(server.seen().len(), 0);
}

/// Polls until a condition holds; the test's own time limit is the runner's.
async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

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
        let wiki = builder(&server, &TestClock::new())
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
