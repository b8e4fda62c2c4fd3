//! What an authorization server can do wrong.

use std::time::Duration;

use spacewright::auth::oauth2::Provider;
use spacewright::auth::{Authorization, Credential};
use spacewright::testing::wiremock::ResponseTemplate;
use spacewright::{ErrorKind, Retry};

use super::world::{World, access, refresh};

#[tokio::test]
async fn while_the_old_token_is_good_an_outage_is_passed_over() {
    let world = World::new().await;
    let (session, _) = world.session();
    let client = world.client(&session);
    world.turn(3550);
    world.script(503, "");
    for _ in 0..3 {
        client
            .workspaces()
            .list()
            .await
            .expect("the old token is good");
    }
    assert_eq!(world.asked(), 1, "it is left alone for a while");
    world.turn(5);
    client.workspaces().list().await.expect("an answer");
    assert_eq!(
        (
            world.asked(),
            session.access_token().await.expect("a token").expose()
        ),
        (2, access(2).as_str())
    );
}

#[tokio::test]
async fn an_outage_after_the_expiry_is_an_error_after_some_attempts() {
    let world = World::new().await;
    let (session, _) = world.session();
    world.turn(3600);
    for _ in 0..3 {
        world.script(503, "<html>busy</html>");
    }
    let error = session.access_token().await.expect_err("an error");
    assert!(
        error.to_string().contains("503") && !error.is_login_required(),
        "{error}"
    );
    assert_eq!(world.asked(), 3);
    world.script(429, "");
    session
        .access_token()
        .await
        .expect("the second attempt succeeds");
    assert_eq!(world.asked(), 5);
}

#[tokio::test]
async fn what_may_have_rotated_a_token_is_not_sent_twice() {
    let world = World::new().await;
    for status in [500, 502, 504] {
        let (session, _) = world.session();
        let before = world.asked();
        world.script(status, "");
        session
            .refresh(&Authorization::bearer(access(1)).expect("a header"))
            .await
            .expect_err("an error");
        assert_eq!(world.asked() - before, 1, "{status}");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_an_authorization_server_is_explained() {
    let huge = format!(
        r#"{{"access_token": "{}", "token_type": "bearer"}}"#,
        "x".repeat(2 << 20)
    );
    let cases: &[(u16, &str, &str, &str)] = &[
        (200, "text/html", "<!doctype html><p>Log in", "HTML page"),
        (401, "text/html", "<html>", "HTML page"),
        (200, "text/plain", "<html>", "HTML page"),
        (
            200,
            "application/json",
            "gibberish",
            "not the JSON of a token",
        ),
        (200, "application/json", "[]", "not the JSON of a token"),
        (
            200,
            "application/json",
            r#"{"access_token": null}"#,
            "not the JSON of a token",
        ),
        (
            200,
            "application/json",
            r#"{"access_token": " ", "token_type": "bearer"}"#,
            "empty",
        ),
        (
            200,
            "application/json",
            r#"{"access_token": "a\nb", "token_type": "bearer"}"#,
            "cannot carry",
        ),
        (200, "application/json", "", "empty"),
        (200, "application/json", &huge, "larger than"),
        (204, "application/json", "", "204"),
        (302, "text/plain", "", "redirect"),
        (404, "application/json", "{}", "check its URL"),
        (
            400,
            "application/json",
            r#"{"error": "invalid_scope"}"#,
            "invalid_scope",
        ),
        (
            401,
            "application/json",
            r#"{"error": "invalid_client"}"#,
            "id and secret",
        ),
        (
            200,
            "application/json",
            r#"{"error": "slow_down"}"#,
            "slow_down",
        ),
        (
            400,
            "application/json",
            r#"{"error": "two\nlines"}"#,
            "cannot be shown",
        ),
    ];
    for (status, kind, body, expected) in cases {
        let world = World::new().await;
        let (session, _) = world.session();
        world.turn(3600);
        let answer = ResponseTemplate::new(*status).set_body_raw(body.as_bytes(), kind);
        world
            .state()
            .script
            .push_back(answer.insert_header("location", "http://127.0.0.1:1/"));
        let error = session.access_token().await.expect_err("an error");
        assert!(
            error.to_string().contains(expected),
            "{status} {body:.40}: {error}"
        );
        assert_eq!(error.kind(), ErrorKind::Credential);
        assert!(!error.is_login_required() && world.asked() == 1);
    }
}

#[tokio::test]
async fn a_refresh_token_beside_an_access_token_that_cannot_be_sent_is_kept() {
    let world = World::new().await;
    let (session, store) = world.session();
    world.turn(3600);
    let body = format!(
        r#"{{"access_token": "a\nb", "token_type": "bearer", "refresh_token": "{}"}}"#,
        refresh(2)
    );
    world.script(200, &body);
    world.state().number = 2;
    let error = session.access_token().await.expect_err("an error");
    assert!(error.to_string().contains("cannot carry"), "{error}");
    assert_eq!(store.kept(), (access(1), Some(refresh(2))));
    let token = session.access_token().await.expect("a token");
    assert_eq!(token.expose(), access(3));
    assert_eq!(world.state().asked[1]["refresh_token"], refresh(2));
}

#[tokio::test]
async fn json_that_is_called_text_is_read() {
    let world = World::new().await;
    let (session, _) = world.session();
    world.turn(3600);
    let body = format!(
        r#"{{"access_token": "{}", "token_type": "Bearer"}}"#,
        access(8)
    );
    world
        .state()
        .script
        .push_back(ResponseTemplate::new(200).set_body_raw(body.as_bytes(), "text/plain"));
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(8)
    );
}

#[tokio::test]
async fn the_policies_cannot_be_undone() {
    let world = World::new().await;
    let elsewhere = World::new().await;
    let moved = ResponseTemplate::new(307).insert_header("location", elsewhere.url("/token"));
    world.state().script.push_back(moved);
    let application = world.builder().http(|http| {
        http.redirect(reqwest::redirect::Policy::limited(9))
            .referer(true)
            .connection_verbose(true)
    });
    let application = application.build().expect("an application");
    let session = application.client_credentials().expect("a session");
    let error = session.access_token().await.expect_err("an error");
    assert!(error.to_string().contains("redirect"), "{error}");
    assert_eq!((world.asked(), elsewhere.asked()), (1, 0));
}

#[tokio::test]
async fn settings_without_bounds_do_no_harm() {
    let world = World::new().await;
    let application = world
        .builder()
        .timeout(Duration::MAX)
        .renew_before(Duration::MAX)
        .retry(Retry::default().total(Duration::MAX).attempts(u32::MAX))
        .build()
        .expect("an application");
    let session = application.session(world.store(Some(world.tokens())));
    let late = ResponseTemplate::new(429).insert_header("retry-after", "18446744073709551615");
    world.turn(3600);
    world.state().script.push_back(late);
    let error = session.access_token().await.expect_err("an error");
    assert!(error.to_string().contains("429"), "{error}");
    session.access_token().await.expect("a token");
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn nobody_there_and_no_answer_are_told_apart() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let cases = [
        (silent.local_addr().expect("an address"), "no whole answer"),
        (closed.expect("an address"), "no connection"),
    ];
    for (address, expected) in cases {
        let world = World::new().await;
        let application = world
            .builder_with(Provider::new(format!("http://{address}/token")))
            .timeout(Duration::from_millis(200))
            .build()
            .expect("an application");
        let session = application.client_credentials().expect("a session");
        let error = session.access_token().await.expect_err("an error");
        assert!(error.to_string().contains(expected), "{error}");
    }
}
