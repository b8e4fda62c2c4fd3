//! Presets, what is refused when an application is built, and the form of kept tokens.

use std::collections::HashMap;
use std::time::Duration;

use spacewright::auth::oauth2::{Application, MemoryStore, Provider, Tokens};
use spacewright::testing::wiremock::matchers::{method, path};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{Clock, ErrorKind};

use super::query;
use super::world::{CLIENT_SECRET, World, access, refresh};

#[test]
fn confluence_cloud_is_asked_for_offline_access() {
    let application = Application::builder(Provider::confluence_cloud(), "id")
        .redirect_uri("https://app.example.com")
        .scopes(["read:space:confluence"])
        .build()
        .expect("an application");
    let login = application.login().expect("a login");
    assert!(
        login
            .authorize_url()
            .starts_with("https://auth.atlassian.com/authorize?")
    );
    let asked = query(login.authorize_url());
    assert_eq!(asked["audience"], "api.atlassian.com");
    assert_eq!(asked["prompt"], "consent");
    assert_eq!(asked["scope"], "read:space:confluence offline_access");
    assert_eq!(
        asked["redirect_uri"], "https://app.example.com",
        "as it was written"
    );
    assert!(format!("{application:?}").contains("https://auth.atlassian.com"));

    let silent = Provider::confluence_cloud().authorize_parameter("prompt", "none");
    let application = Application::builder(silent, "id").redirect_uri("https://app.example.com");
    let login = application
        .build()
        .and_then(|application| application.login())
        .expect("a login");
    let prompts = query(login.authorize_url()).remove("prompt");
    assert_eq!(prompts.as_deref(), Some("none"));
    assert_eq!(login.authorize_url().matches("prompt=").count(), 1);
}

#[tokio::test]
async fn confluence_data_center_is_asked_under_its_context_path() {
    let world = World::new().await;
    let rest = "/wiki/rest/oauth2/latest/token";
    let tokens = serde_json::json!({"access_token": access(2), "token_type": "bearer"});
    let answer = ResponseTemplate::new(200).set_body_json(tokens);
    let tokens = Mock::given(method("POST")).and(path(rest));
    world.server.mount(tokens.respond_with(answer)).await;
    let application = world
        .builder_with(Provider::confluence_dc(world.url("/wiki/")))
        .build();
    let application = application.expect("an application");
    let login = application.login().expect("a login");
    assert!(
        login
            .authorize_url()
            .starts_with(&world.url("/wiki/rest/oauth2/latest/authorize?"))
    );
    assert_eq!(
        query(login.authorize_url())["code_challenge_method"],
        "S256"
    );

    world.turn(3600);
    let tokens = Tokens::new(access(1))
        .with_refresh_token(refresh(1))
        .with_expiry(world.clock.wall());
    application
        .session(MemoryStore::new(tokens))
        .access_token()
        .await
        .expect("a token");
    let asked = world.server.requests().assert_once();
    let form: HashMap<_, _> = url::form_urlencoded::parse(asked.body())
        .into_owned()
        .collect();
    assert_eq!(form["client_id"], "client-id");
    assert_eq!(form["client_secret"], CLIENT_SECRET);
    assert_eq!(form["redirect_uri"], "https://app.example.com/callback");
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    let build = |provider: Provider, redirect: &str| {
        Application::builder(provider, "id")
            .redirect_uri(redirect)
            .build()
    };
    let good = "https://app.example.com/callback";
    let cases = [
        (
            build(Provider::new("http://auth.example.com/token"), good),
            "plain http",
        ),
        (
            build(Provider::new("ftp://auth.example.com/token"), good),
            "neither https nor http",
        ),
        (
            build(Provider::new("https://user:pass@auth.example.com"), good),
            "password",
        ),
        (build(Provider::new("nonsense"), good), "no URL"),
        (
            build(
                Provider::new("https://a.example.com").authorize_url("http://a.example.com"),
                good,
            ),
            "authorize URL",
        ),
        (
            build(Provider::confluence_dc("http://wiki.example.com"), good),
            "plain http",
        ),
        (
            build(Provider::confluence_cloud(), "/callback"),
            "redirect URI",
        ),
        (
            build(Provider::confluence_cloud(), "http://app.example.com/"),
            "redirect URI",
        ),
        (
            build(Provider::confluence_cloud(), "https://app.example.com/#x"),
            "fragment",
        ),
        (
            Application::builder(Provider::confluence_cloud(), "").build(),
            "client id",
        ),
    ];
    for (built, expected) in cases {
        let error = built.expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(expected), "{error}");
    }
    for redirect in [
        "http://localhost:8080/callback",
        "http://127.0.0.1/",
        "myapp:/callback",
    ] {
        build(Provider::confluence_cloud(), redirect).expect(redirect);
    }
    Application::builder(Provider::new("http://auth.example.com/token"), "id")
        .allow_http("auth.example.com")
        .build()
        .expect("it was allowed by name");
    let incomplete = Application::builder(Provider::confluence_cloud(), "id").build();
    incomplete
        .expect("an application")
        .login()
        .expect_err("there is no redirect URI");
}

#[test]
fn tokens_are_kept_and_read() {
    let at = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let tokens = Tokens::new("a").with_refresh_token("r").with_expiry(at);
    let text = serde_json::to_string(&tokens).expect("JSON");
    assert_eq!(
        text,
        r#"{"access_token":"a","refresh_token":"r","expires_at":1800000000}"#
    );
    let read: Tokens = serde_json::from_str(&text).expect("tokens");
    assert_eq!(read.expires_at, Some(at));
    let read: Tokens =
        serde_json::from_str(r#"{"access_token": "a", "expires_at": null}"#).expect("tokens");
    assert!(read.refresh_token.is_none() && read.expires_at.is_none());
}
