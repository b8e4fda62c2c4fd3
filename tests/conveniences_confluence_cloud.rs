//! What a Cloud site asks of its clients: user properties as values of one's own types, conditions for
//! the search, rate limits, the OAuth gateway, and answers as real sites give them.
#![cfg(all(feature = "confluence-cloud", feature = "testing"))]
#![allow(clippy::expect_used, clippy::unwrap_used, unreachable_pub)]

#[path = "conveniences_confluence_cloud/answers.rs"]
mod answers;
#[path = "conveniences_confluence_cloud/gateway.rs"]
mod gateway;
#[path = "conveniences_confluence_cloud/limits.rs"]
mod limits;

mod support;

use std::collections::BTreeSet;
use std::error::Error as _;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use spacewright::confluence_cloud::Client;
use spacewright::testing::Misbehaviour;
use spacewright::testing::confluence_cloud::{ADMIN, Server, User};
use spacewright::testing::wiremock::matchers::{method, path, query_param};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{Auth, Cql, ErrorKind, Retry};
use support::served::{Checked, checked};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    columns: u8,
    theme: Option<String>,
}

const ACCOUNT: &str = "5b10ac8d82e05b22cc7d4ef5";
const PROPERTY: &str = "/wiki/rest/api/user/*/property/settings";

async fn site() -> Checked<Server> {
    checked(Server::start().await.with_user(User::new(ACCOUNT)))
}

#[tokio::test]
async fn a_property_is_created_when_it_is_missing_and_updated_when_it_is_there() {
    let server = site().await;
    let properties = server.client().user_property();
    assert_eq!(
        properties
            .get_as::<Settings>(ACCOUNT, "settings")
            .await
            .unwrap(),
        None
    );

    let first = Settings {
        columns: 2,
        theme: None,
    };
    properties.set(ACCOUNT, "settings", &first).await.unwrap();
    assert_eq!(
        properties.get_as(ACCOUNT, "settings").await.unwrap(),
        Some(first)
    );

    server.forget_requests();
    let second = Settings {
        columns: 3,
        theme: Some("dark".into()),
    };
    properties.set(ACCOUNT, "settings", &second).await.unwrap();
    // One call is all that an existing property costs.
    server
        .requests()
        .to(PROPERTY)
        .with_method("PUT")
        .assert_count(1);
    server
        .requests()
        .to(PROPERTY)
        .with_method("POST")
        .assert_count(0);
    assert_eq!(
        properties.get_as(ACCOUNT, "settings").await.unwrap(),
        Some(second)
    );
}

#[tokio::test]
async fn a_property_that_somebody_else_creates_in_between_is_updated() {
    let server = checked(
        Server::start()
            .await
            .with_user(User::new(ACCOUNT).property("settings", json!({"columns": 1}))),
    );
    // The first update comes too early, so to speak; the create is then refused with 409.
    server.misbehave(
        Misbehaviour::status(404)
            .on(PROPERTY)
            .for_method("PUT")
            .once(),
    );
    let mine = Settings {
        columns: 9,
        theme: None,
    };
    let properties = server.client().user_property();
    properties.set(ACCOUNT, "settings", &mine).await.unwrap();
    let calls = server.requests().to(PROPERTY);
    let calls: Vec<&str> = calls.iter().map(|request| request.method()).collect();
    assert_eq!(calls, ["PUT", "POST", "PUT"]);
    assert_eq!(
        properties.get_as(ACCOUNT, "settings").await.unwrap(),
        Some(mine)
    );
}

#[tokio::test]
async fn an_error_that_is_no_absence_is_told() {
    let server = site().await;
    server.misbehave(Misbehaviour::status(403).on(PROPERTY));
    let properties = server.client().user_property();
    assert!(
        properties
            .get_as::<Settings>(ACCOUNT, "settings")
            .await
            .unwrap_err()
            .is_forbidden()
    );
    assert!(
        properties
            .set(ACCOUNT, "settings", &1)
            .await
            .unwrap_err()
            .is_forbidden()
    );
    server
        .requests()
        .to(PROPERTY)
        .with_method("POST")
        .assert_count(0);
}

#[tokio::test]
async fn a_user_who_is_not_there_gets_no_property() {
    let server = site().await;
    let error = server
        .client()
        .user_property()
        .set("nobody", "settings", &1)
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.operation(), Some("user_property_create"));
}

#[tokio::test]
async fn keys_are_judged_before_anything_is_sent() {
    let server = site().await;
    let properties = server.client().user_property();
    for key in ["", "a b", "a.b", "a/b", "..", "ключ", "a\n"] {
        let read = properties
            .get_as::<Settings>(ACCOUNT, key)
            .await
            .unwrap_err();
        let written = properties.set(ACCOUNT, key, &1).await.unwrap_err();
        assert!(
            read.is_invalid_input() && written.is_invalid_input(),
            "{key:?}: {read}; {written}"
        );
    }
    server.requests().assert_count(0);
}

#[tokio::test]
async fn a_value_without_a_json_form_is_not_sent() {
    let server = site().await;
    let no_json = std::collections::BTreeMap::from([((1, 2), 3)]);
    let error = server
        .client()
        .user_property()
        .set(ACCOUNT, "settings", &no_json)
        .await
        .unwrap_err();
    assert!(
        error.is_invalid_input() && error.source().is_some(),
        "{error}"
    );
    server.requests().assert_count(0);
}

#[tokio::test]
async fn a_value_of_another_type_is_named_by_its_place_and_not_shown() {
    let user =
        User::new(ACCOUNT).property("settings", json!({ "columns": "hunter2", "theme": null }));
    let server = checked(Server::start().await.with_user(user));
    let error = server
        .client()
        .user_property()
        .get_as::<Settings>(ACCOUNT, "settings")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    assert!(error.to_string().contains("value.columns"), "{error}");
    assert!(
        !format!("{error} {error:?}").contains("hunter2"),
        "{error:?}"
    );
}

#[tokio::test]
async fn every_json_value_comes_back_as_it_was_set() {
    let server = site().await;
    let properties = server.client().user_property();
    for value in [
        json!(null),
        json!([]),
        json!([1, [null, "two"], { "three": 3.5 }]),
        json!({}),
        json!({ "Größe": "ключ 🚀", "": "\u{0}\u{7f}\u{2028}" }),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("x".repeat(100_000)),
    ] {
        properties.set(ACCOUNT, "settings", &value).await.unwrap();
        let sent = server.requests().to(PROPERTY).last().unwrap().json();
        assert_eq!(sent, Some(json!({ "value": value })));
        let read: Option<serde_json::Value> = properties.get_as(ACCOUNT, "settings").await.unwrap();
        assert_eq!(read, Some(value));
    }
    // The value that is null is not the property that is missing.
    properties.set(ACCOUNT, "settings", &()).await.unwrap();
    let read = |key| properties.get_as::<Option<u8>>(ACCOUNT, key);
    assert_eq!(read("settings").await.unwrap(), Some(None));
    assert_eq!(read("another").await.unwrap(), None);
    // A property that is answered without a value has none.
    let bare = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "key": "settings" })));
    server.mount(bare).await;
    assert_eq!(read("settings").await.unwrap(), Some(None));
    let error = properties
        .get_as::<Settings>(ACCOUNT, "settings")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch, "{error}");
}

#[tokio::test]
async fn what_the_site_says_of_a_key_or_a_value_is_in_the_error() {
    let server = site().await;
    for (status, title) in [
        (400, "The property key cannot be longer than 255 characters"),
        (413, "The value is too large"),
    ] {
        let refusal = ResponseTemplate::new(status).set_body_json(json!({
            "statusCode": status,
            "data": { "authorized": true, "valid": false, "errors": [], "successful": false },
            "message": title,
        }));
        let put = Mock::given(method("PUT")).respond_with(refusal);
        server.mount(put.up_to_n_times(1)).await;
        let (key, value) = ("k".repeat(300), "x".repeat(1 << 20));
        let error = server
            .client()
            .user_property()
            .set(ACCOUNT, &key, &value)
            .await
            .unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.to_string().contains(title), "{error}");
        assert!(!format!("{error:?}").contains("xxxx"), "{error:?}");
    }
}

#[tokio::test]
async fn a_page_to_log_in_on_is_neither_a_value_nor_an_absence() {
    let server = site().await;
    for status in [200, 401, 403, 503] {
        server.behave();
        server.misbehave(Misbehaviour::login_page(status).on(PROPERTY));
        let site = Client::builder(server.url()).retry(Retry::none());
        let site = site
            .auth(Auth::bearer(server.token(ADMIN)))
            .build()
            .unwrap();
        let properties = site.user_property();
        let read = properties.get_as::<Settings>(ACCOUNT, "settings").await;
        let read = read.unwrap_err();
        let written = properties.set(ACCOUNT, "settings", &1).await.unwrap_err();
        assert!(read.is_html() && written.is_html(), "{read}; {written}");
    }
    server
        .requests()
        .to(PROPERTY)
        .with_method("POST")
        .assert_count(0);
}

#[tokio::test]
async fn all_keys_come_in_the_largest_pages() {
    let user = (0..60).fold(User::new(ACCOUNT), |user, n| {
        user.property(format!("key-{n}"), json!(n))
    });
    let server = checked(Server::start().await.with_user(user));
    let keys: BTreeSet<String> = server
        .client()
        .user_property()
        .keys(ACCOUNT)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(keys, (0..60).map(|n| format!("key-{n}")).collect());
    let requests = server.requests().to("/wiki/rest/api/user/*/property");
    assert!(requests.len() <= 4, "{} requests", requests.len());
    assert!(
        requests
            .iter()
            .all(|request| request.query_value("limit").as_deref() == Some("25"))
    );
}

#[tokio::test]
async fn a_search_gets_the_condition_as_it_was_meant() {
    let server = site().await;
    let cql = Cql::field("title")
        .equals(r#"x" or space = "SECRET"#)
        .and(Cql::field("type").equals("page"));
    let found = Mock::given(method("GET"))
        .and(path("/wiki/rest/api/search"))
        .and(query_param(
            "cql",
            r#"title = "x\" or space = \"SECRET" and type = "page""#,
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "results": [] })))
        .expect(1);
    server.mount(found).await;
    let results: Vec<_> = server
        .client()
        .v1()
        .search()
        .by_cql(cql)
        .items()
        .try_collect()
        .await
        .unwrap();
    assert!(results.is_empty());
}
