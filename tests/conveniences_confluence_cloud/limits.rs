//! Cloud's rate limits: what the site says is what is waited for, and nothing is done twice.

use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use serde_json::json;
use spacewright::confluence_cloud::Client;
use spacewright::testing::confluence_cloud::{ADMIN, Server, User};
use spacewright::testing::wiremock::matchers::method;
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::testing::{Misbehaviour, TestClock};
use spacewright::{Auth, ErrorKind, Retry};

use super::ACCOUNT;

const LIST: &str = "/wiki/rest/api/user/*/property";
const PROPERTY: &str = "/wiki/rest/api/user/*/property/settings";

struct Stage {
    server: Server,
    clock: TestClock,
    site: Client,
}

impl Stage {
    async fn new() -> Self {
        Self::retrying(Retry::default()).await
    }

    async fn retrying(retry: Retry) -> Self {
        let user = (0..60).fold(User::new(ACCOUNT), |user, n| {
            user.property(format!("key-{n}"), json!(n))
        });
        let server = Server::start().await.with_user(user);
        let clock = TestClock::default();
        let site = Client::builder(server.url())
            .auth(Auth::bearer(server.token(ADMIN)))
            .clock(clock.clone())
            .retry(retry)
            .build()
            .unwrap();
        Self {
            server,
            clock,
            site,
        }
    }

    fn waits_of(&self, seconds: u64) -> usize {
        let waits = self.clock.waits();
        let at_least = Duration::from_secs(seconds);
        waits.iter().filter(|wait| **wait >= at_least).count()
    }
}

#[tokio::test]
async fn a_list_goes_on_after_each_429_and_misses_nothing() {
    let stage = Stage::new().await;
    let limited = || Misbehaviour::rate_limited(7).on(LIST).once();
    stage.server.misbehave(limited());
    stage.server.misbehave(limited().after(2));
    let keys: Vec<String> = stage
        .site
        .user_property()
        .keys(ACCOUNT)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(keys.len(), 60);
    assert_eq!(stage.waits_of(7), 2, "{:?}", stage.clock.waits());
    // Not much longer than the site asked for: its word counts, and only some spread is added.
    assert_eq!(stage.waits_of(9), 0, "{:?}", stage.clock.waits());
    let requests = stage.server.requests().to(LIST);
    assert_eq!(requests.clone().with_status(429).len(), 2);
    assert_eq!(requests.with_status(200).len(), 3);
}

#[tokio::test]
async fn a_create_is_sent_again_after_429_and_after_a_503_that_says_when() {
    let stage = Stage::new().await;
    let create = |misbehaviour: Misbehaviour| misbehaviour.on(PROPERTY).for_method("POST").once();
    stage
        .server
        .misbehave(create(Misbehaviour::rate_limited(2)));
    let busy = Misbehaviour::status(503).with_header("Retry-After", "3");
    stage.server.misbehave(create(busy));
    let properties = stage.site.user_property();
    properties
        .set(ACCOUNT, "settings", &json!({}))
        .await
        .unwrap();
    assert_eq!((stage.waits_of(2), stage.waits_of(3)), (2, 1));
    let created = stage.server.requests().to(PROPERTY).with_method("POST");
    let statuses: Vec<_> = created.iter().map(|request| request.status()).collect();
    assert_eq!(statuses, [Some(429), Some(503), Some(201)]);
}

#[tokio::test]
async fn a_create_is_not_sent_again_after_a_503_that_says_nothing() {
    let stage = Stage::new().await;
    let busy = Misbehaviour::status(503).on(PROPERTY).for_method("POST");
    stage.server.misbehave(busy);
    let properties = stage.site.user_property();
    let error = properties.set(ACCOUNT, "settings", &1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    let created = stage.server.requests().to(PROPERTY).with_method("POST");
    assert_eq!(created.len(), 1);
}

#[tokio::test]
async fn a_limit_that_is_used_up_holds_back_until_its_reset() {
    let stage = Stage::retrying(Retry::default().total(Duration::from_secs(300))).await;
    let announced = Misbehaviour::announce_rate_limit(0).on(LIST).once();
    stage.server.misbehave(announced);
    let properties = stage.site.user_property();
    properties.list(ACCOUNT).await.unwrap();
    assert_eq!(stage.clock.waits(), []);
    properties.list(ACCOUNT).await.unwrap();
    // The site names the minute of the reset, so it is this long at most, and may be over already.
    let waited = stage.clock.waited();
    assert!(waited <= Duration::from_secs(62), "{waited:?}");
    stage.server.requests().to(LIST).assert_count(2);
}

#[tokio::test]
async fn a_429_without_retry_after_is_waited_for_until_the_minute_of_its_reset() {
    let stage = Stage::retrying(Retry::default().total(Duration::from_secs(300))).await;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let in_two_minutes = i64::try_from(now.unwrap().as_secs() + 120).unwrap();
    let in_two_minutes = chrono::DateTime::from_timestamp(in_two_minutes, 0).unwrap();
    let refusal = ResponseTemplate::new(429)
        .append_header("X-RateLimit-Limit", "100")
        .append_header("X-RateLimit-Remaining", "0")
        .append_header("X-RateLimit-NearLimit", "true")
        .append_header("RateLimit-Reason", "confluence-burst-based")
        .append_header(
            "X-RateLimit-Reset",
            in_two_minutes
                .format("%Y-%m-%dT%H:%MZ")
                .to_string()
                .as_str(),
        );
    let once = Mock::given(method("GET")).respond_with(refusal);
    stage.server.mount(once.up_to_n_times(1)).await;
    let properties = stage.site.user_property();
    assert_eq!(properties.list(ACCOUNT).await.unwrap().results.len(), 5);
    let waited = stage.clock.waited();
    let (least, most) = (Duration::from_secs(59), Duration::from_secs(122));
    assert!(least < waited && waited < most, "{waited:?}");
}

#[tokio::test]
async fn a_limit_that_is_only_near_holds_nobody_back() {
    let stage = Stage::new().await;
    stage
        .server
        .misbehave(Misbehaviour::announce_rate_limit(3).on(LIST));
    let keys = stage.site.user_property().keys(ACCOUNT);
    assert_eq!(keys.try_collect::<Vec<_>>().await.unwrap().len(), 60);
    assert_eq!(stage.clock.waits(), []);
    let near = stage.server.requests().to(LIST);
    assert_eq!(near.len(), 3);
}

#[tokio::test]
async fn a_wait_of_an_hour_is_told_and_not_made() {
    let stage = Stage::new().await;
    stage
        .server
        .misbehave(Misbehaviour::rate_limited(3600).on(LIST));
    let properties = stage.site.user_property();
    let error = properties.list(ACCOUNT).await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(stage.clock.waits(), []);
    stage.server.requests().to(LIST).assert_count(1);
}

#[tokio::test]
async fn without_retries_the_wait_that_was_asked_for_is_in_the_error() {
    let stage = Stage::retrying(Retry::none()).await;
    stage
        .server
        .misbehave(Misbehaviour::rate_limited(7).on(PROPERTY));
    let properties = stage.site.user_property();
    let error = properties.set(ACCOUNT, "settings", &1).await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.operation(), Some("user_property_update"));
    stage.server.requests().to(PROPERTY).assert_count(1);
}

#[tokio::test]
async fn an_error_tells_which_limit_was_reached() {
    let stage = Stage::retrying(Retry::none()).await;
    let list = || stage.site.user_property().list(ACCOUNT);
    stage.server.misbehave(Misbehaviour::rate_limited(7).once());
    let message = list().await.expect_err("a refusal").to_string();
    assert!(
        message.contains("confluence-quota-global-based"),
        "{message}"
    );

    // What is not plain is not repeated.
    let odd = Misbehaviour::status(429).with_header("RateLimit-Reason", "a quota; b");
    stage.server.misbehave(odd.once());
    let message = list().await.expect_err("a refusal").to_string();
    assert!(!message.contains("quota"), "{message}");
}
