//! OAuth 2.0 against an authorization server and a service that remember all that happened.
#![cfg(all(feature = "oauth2", feature = "workspaces"))]
#![allow(clippy::expect_used, clippy::panic)]

#[path = "oauth2/capture.rs"]
mod capture;
#[path = "oauth2/world.rs"]
mod world;

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use futures_util::future::join_all;
use spacewright::auth::oauth2::{Application, Login, MemoryStore, Provider, Tokens, cloud_url};
use spacewright::auth::{Authorization, Credential};
use spacewright::{Clock, Error, ErrorKind};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, Request, ResponseTemplate};

use world::{CLIENT_SECRET, MARK, World, access, refresh};

// ---- renewing ----

#[tokio::test]
async fn a_hundred_calls_wait_for_one_renewal() {
    let world = World::new().await;
    let (session, store) = world.session();
    let client = world.client(&session);
    world.clock.turn(3600);
    let calls = join_all((0..100).map(|_| client.workspaces().list())).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(world.asked(), 1);
    assert_eq!(store.kept(), (access(2), Some(refresh(2))));
    let served = format!("use {} 200", access(2));
    assert_eq!(
        world
            .events()
            .iter()
            .filter(|event| **event == served)
            .count(),
        100
    );
}

#[tokio::test]
async fn a_hundred_calls_share_a_failure_as_well() {
    let world = World::new().await;
    let (session, _) = world.session();
    world.clock.turn(3600);
    world.script(400, r#"{"error": "invalid_client"}"#);
    let client = world.client(&session);
    let calls = join_all((0..100).map(|_| client.workspaces().list())).await;
    assert!(
        calls
            .iter()
            .all(|call| kind(call) == Some(ErrorKind::Credential))
    );
    assert_eq!(world.asked(), 1);
    // Who comes later tries again.
    assert!(client.workspaces().list().await.is_ok());
}

#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_expiry() {
    for (margin, still, due) in [
        (None, 3539, 3540),
        (Some(600), 2999, 3000),
        (Some(0), 3599, 3600),
    ] {
        let world = World::new().await;
        let mut builder = world.builder();
        if let Some(margin) = margin {
            builder = builder.renew_before(Duration::from_secs(margin));
        }
        let session = builder
            .build()
            .expect("an application")
            .session(world.store(Some(world.tokens())));
        let client = world.client(&session);
        world.clock.turn(still);
        client.workspaces().list().await.expect("an answer");
        assert_eq!(world.asked(), 0, "margin {margin:?}");
        world.clock.turn(due - still);
        client.workspaces().list().await.expect("an answer");
        assert_eq!(world.asked(), 1, "margin {margin:?}");
        client.workspaces().list().await.expect("an answer");
        assert_eq!(world.asked(), 1, "margin {margin:?}");
    }
}

#[tokio::test]
async fn rotated_tokens_are_saved_before_they_are_used() {
    let world = World::new().await;
    let (session, _) = world.session();
    let client = world.client(&session);
    for round in 1..=3 {
        world.clock.turn(3600);
        client.workspaces().list().await.expect("an answer");
        let expected = [
            "load".to_owned(),
            format!("ask refresh_token {}", refresh(round)),
            format!("save {} {}", access(round + 1), refresh(round + 1)),
            format!("use {} 200", access(round + 1)),
        ];
        assert_eq!(world.events(), expected);
    }
}

#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_is_kept() {
    let world = World::new().await;
    world.state().keeps_refresh_token = true;
    let (session, store) = world.session();
    for round in 2..=3 {
        world.clock.turn(3600);
        session.access_token().await.expect("a token");
        assert_eq!(store.kept(), (access(round), Some(refresh(1))));
    }
    world.clock.turn(3600);
    let empty = format!(
        r#"{{"access_token": "{}", "token_type": "bearer", "refresh_token": ""}}"#,
        access(9)
    );
    world.script(200, &empty);
    session.access_token().await.expect("a token");
    assert_eq!(store.kept(), (access(9), Some(refresh(1))));
}

#[tokio::test]
async fn without_an_expiry_a_token_is_used_until_it_is_refused() {
    let world = World::new().await;
    world.state().lifetime = None;
    let tokens = Tokens::new(access(1)).with_refresh_token(refresh(1));
    let session = world.application().session(MemoryStore::new(tokens));
    let client = world.client(&session);
    world.clock.turn(10 * 365 * 24 * 3600);
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 0);
    world.state().valid.remove(&access(1));
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 1);
    world.clock.turn(10 * 365 * 24 * 3600);
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_short_lived_token_is_not_renewed_for_every_call() {
    let world = World::new().await;
    world.state().lifetime = Some(30);
    let (session, _) = world.session();
    world.clock.turn(3600);
    for (turn, asked) in [(0, 1), (0, 1), (14, 1), (1, 2), (14, 2), (1, 3)] {
        world.clock.turn(turn);
        session.access_token().await.expect("a token");
        assert_eq!(world.asked(), asked);
    }
}

#[tokio::test]
async fn an_endless_lifetime_is_no_overflow() {
    let world = World::new().await;
    world.state().lifetime = Some(u64::MAX);
    let (session, _) = world.session();
    world.clock.turn(3600);
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(2)
    );
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(2)
    );
    assert_eq!(world.asked(), 1);
}

// ---- 401 ----

#[tokio::test]
async fn a_401_renews_once_and_the_second_is_an_error() {
    let world = World::new().await;
    world.state().valid.clear();
    let (session, _) = world.session();
    let client = world.client(&session);
    client
        .workspaces()
        .list()
        .await
        .expect("the new token works");
    assert_eq!(world.asked(), 1);

    world.state().valid.clear();
    world.state().stillborn = true;
    world.events();
    let error = client.workspaces().list().await.expect_err("an error");
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((error.attempts(), world.asked()), (2, 2));
    let uses = world
        .events()
        .into_iter()
        .filter(|event| event.starts_with("use"))
        .collect::<Vec<_>>();
    assert_eq!(
        uses,
        [
            format!("use {} 401", access(2)),
            format!("use {} 401", access(3))
        ]
    );
}

#[tokio::test]
async fn concurrent_401s_renew_once() {
    let world = World::new().await;
    world.state().valid.clear();
    let (session, _) = world.session();
    let client = world.client(&session);
    let calls = join_all((0..100).map(|_| client.workspaces().list())).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_late_401_for_an_old_token_does_not_renew_the_new_one() {
    let world = World::new().await;
    let (session, _) = world.session();
    let old = session.authorize().await.expect("a credential");
    assert!(session.refresh(&old).await.expect("a renewal"));
    let new = session.authorize().await.expect("a credential");
    assert!(old != new && session.refresh(&old).await.expect("a renewal"));
    assert_eq!(session.authorize().await.expect("a credential"), new);
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_401_without_a_refresh_token_stays_a_401() {
    let world = World::new().await;
    world.state().valid.clear();
    let session = world
        .application()
        .session(MemoryStore::new(Tokens::new(access(1))));
    let error = world
        .client(&session)
        .workspaces()
        .list()
        .await
        .expect_err("an error");
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((error.attempts(), world.asked()), (1, 0));
}

#[tokio::test]
async fn an_expired_token_without_a_refresh_token_asks_for_a_login() {
    let world = World::new().await;
    let tokens = Tokens::new(access(1)).with_expiry(world.clock.wall() + Duration::from_secs(100));
    let session = world.application().session(MemoryStore::new(tokens));
    let client = world.client(&session);
    world.clock.turn(99);
    client.workspaces().list().await.expect("it is still good");
    world.clock.turn(1);
    let error = client.workspaces().list().await.expect_err("an error");
    assert!(error.is_login_required(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Credential);
    assert_eq!(world.asked(), 0);
}

// ---- the store ----

#[tokio::test]
async fn a_failing_store_is_an_error_that_loses_nothing() {
    let world = World::new().await;
    let (session, store) = world.session();
    let client = world.client(&session);
    world.clock.turn(3600);
    store.break_down(true);
    for _ in 0..2 {
        let error = client.workspaces().list().await.expect_err("an error");
        assert!(error.to_string().contains("the disk is full"), "{error}");
        assert!(!error.is_login_required());
    }
    assert_eq!(world.asked(), 1);
    assert!(!world.events().iter().any(|event| event.starts_with("use")));
    assert_eq!(store.kept(), (access(1), Some(refresh(1))));

    store.break_down(false);
    client.workspaces().list().await.expect("an answer");
    assert_eq!(world.asked(), 1);
    assert_eq!(store.kept(), (access(2), Some(refresh(2))));
    assert_eq!(
        world.events(),
        [
            format!("save {} {}", access(2), refresh(2)),
            format!("use {} 200", access(2))
        ]
    );
}

#[tokio::test]
async fn an_empty_store_asks_for_a_login_and_notices_it() {
    let world = World::new().await;
    let store = world.store(None);
    let session = world.application().session(store.clone());
    let error = session.access_token().await.expect_err("an error");
    assert!(error.is_login_required(), "{error}");
    store.replace(world.tokens()).await;
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(1)
    );
}

#[tokio::test]
async fn what_another_process_renewed_is_taken_over() {
    let world = World::new().await;
    let (session, store) = world.session();
    session.access_token().await.expect("a token");
    world.clock.turn(3600);
    world.state().number = 7;
    let renewed = Tokens::new(access(7)).with_refresh_token(refresh(7));
    store
        .replace(renewed.with_expiry(world.clock.wall() + Duration::from_secs(3600)))
        .await;
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(7)
    );
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn a_race_with_another_process_is_not_a_lost_login() {
    let world = World::new().await;
    let (session, store) = world.session();
    world.clock.turn(3600);
    // While this process asks, the other one saves what it got for the same refresh token.
    let (theirs, state) = (store.inner.clone(), world.state.clone());
    let tokens = Tokens::new(access(5)).with_refresh_token(refresh(5));
    world.server.reset().await;
    let refusal = move |_: &Request| {
        futures_util::FutureExt::now_or_never(spacewright::auth::oauth2::TokenStore::save(
            &theirs, &tokens,
        ));
        state.lock().expect("state").asked.push(HashMap::new());
        ResponseTemplate::new(403).set_body_string(r#"{"error": "invalid_grant"}"#)
    };
    Mock::given(path("/token"))
        .respond_with(refusal)
        .mount(&world.server)
        .await;
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(5)
    );
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn an_invalid_refresh_token_asks_for_a_login_and_is_not_tried_again() {
    let world = World::new().await;
    let (session, store) = world.session();
    let client = world.client(&session);
    world.clock.turn(3600);
    world.state().number = 50;
    for _ in 0..3 {
        let error = client.workspaces().list().await.expect_err("an error");
        assert!(error.is_login_required(), "{error}");
        assert_eq!(error.kind(), ErrorKind::Credential);
        let message = error.to_string();
        assert!(
            message.contains("invalid_grant") && message.contains("log in again"),
            "{message}"
        );
    }
    assert_eq!(world.asked(), 1);
    let new = Tokens::new(access(60)).with_refresh_token(refresh(50));
    store.replace(new.with_expiry(world.clock.wall())).await;
    client
        .workspaces()
        .list()
        .await
        .expect("the user has logged in");
    assert_eq!(world.asked(), 2);
}

// ---- the authorization server fails ----

#[tokio::test]
async fn while_the_old_token_is_good_an_outage_is_passed_over() {
    let world = World::new().await;
    let (session, _) = world.session();
    let client = world.client(&session);
    world.clock.turn(3550);
    world.script(503, "");
    for _ in 0..3 {
        client
            .workspaces()
            .list()
            .await
            .expect("the old token is good");
    }
    assert_eq!(world.asked(), 1, "it is left alone for a while");
    world.clock.turn(5);
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
    world.clock.turn(3600);
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
        world.clock.turn(3600);
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
async fn json_that_is_called_text_is_read() {
    let world = World::new().await;
    let (session, _) = world.session();
    world.clock.turn(3600);
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

// ---- cancelling ----

#[tokio::test]
async fn a_renewal_is_finished_although_its_caller_went_away() {
    let world = World::new().await;
    let (session, store) = world.session();
    world.clock.turn(3600);
    let (arrived, mut arrival) = tokio::sync::mpsc::unbounded_channel();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    world.server.reset().await;
    let state = world.state.clone();
    let slowly = move |_: &Request| {
        arrived.send(()).expect("somebody waits");
        held.lock()
            .expect("the only one")
            .recv()
            .expect("a release");
        state.lock().expect("state").asked.push(HashMap::new());
        let body = serde_json::json!({"access_token": access(2), "refresh_token": refresh(2), "token_type": "bearer", "expires_in": 3600});
        ResponseTemplate::new(200).set_body_json(body)
    };
    Mock::given(path("/token"))
        .respond_with(slowly)
        .mount(&world.server)
        .await;

    let caller = tokio::spawn({
        let session = session.clone();
        async move { session.access_token().await }
    });
    arrival.recv().await.expect("the server was asked");
    caller.abort();
    assert!(caller.await.expect_err("it is gone").is_cancelled());
    release.send(()).expect("the server waits");
    assert_eq!(
        session.access_token().await.expect("a token").expose(),
        access(2)
    );
    assert_eq!(world.asked(), 1);
    assert_eq!(store.kept(), (access(2), Some(refresh(2))));
}

#[test]
fn a_session_outlives_the_runtime_that_renewed_it() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let first = runtime();
    let world = first.block_on(World::new());
    let (session, _) = world.session();
    world.clock.turn(3600);
    // The renewal begins, and its runtime ends before the answer.
    let begun = session.clone();
    let begin = async {
        tokio::select! { biased; _ = begun.access_token() => {}, () = tokio::task::yield_now() => {} }
    };
    let second = runtime();
    second.block_on(begin);
    drop(second);
    world.state().keeps_refresh_token = true;
    assert!(runtime().block_on(session.access_token()).is_ok());
}

// ---- client credentials ----

#[tokio::test]
async fn client_credentials_are_renewed() {
    for in_body in [false, true] {
        let world = World::new().await;
        let mut provider = world
            .provider()
            .token_parameter("audience", "https://delay.example.com");
        if in_body {
            provider = provider.credentials_in_body();
        }
        let application = world
            .builder_with(provider)
            .build()
            .expect("an application");
        let client = world.client(&application.client_credentials().expect("a session"));
        for asked in [1, 1, 2] {
            let calls = join_all((0..10).map(|_| client.workspaces().list())).await;
            assert!(calls.iter().all(Result::is_ok));
            assert_eq!(world.asked(), asked);
            world.clock.turn(2000);
        }
        let state = world.state();
        let form = &state.asked[1];
        assert_eq!(form["grant_type"], "client_credentials");
        assert_eq!(form["scope"], "one two");
        assert_eq!(form["audience"], "https://delay.example.com");
        assert_eq!(
            form.get("client_secret").map(String::as_str),
            in_body.then_some(CLIENT_SECRET)
        );
        assert_eq!(state.basic[1].is_some(), !in_body);
    }
}

#[tokio::test]
async fn client_credentials_need_a_secret() {
    let world = World::new().await;
    let application = Application::builder(world.provider(), "public")
        .build()
        .expect("an application");
    let error = application.client_credentials().expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

// ---- logging in ----

fn query(url: &str) -> HashMap<String, String> {
    url::Url::parse(url)
        .expect("a URL")
        .query_pairs()
        .into_owned()
        .collect()
}

#[tokio::test]
async fn a_login_brings_tokens() {
    let world = World::new().await;
    let login = world.application().login().expect("a login");
    let asked = query(login.authorize_url());
    assert!(login.authorize_url().starts_with(&world.url("/authorize?")));
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], "client-id");
    assert_eq!(asked["redirect_uri"], "https://app.example.com/callback");
    assert_eq!(asked["scope"], "one two");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["state"], login.state().expose());
    assert!(!login.authorize_url().contains(login.verifier().expose()));

    let (state, verifier) = (login.state().clone(), login.verifier().expose().to_owned());
    let tokens = login
        .finish("the-code", state.expose())
        .await
        .expect("tokens");
    assert_eq!(tokens.access_token.expose(), access(2));
    assert_eq!(
        tokens.refresh_token.expect("a refresh token").expose(),
        refresh(2)
    );
    assert_eq!(
        tokens.expires_at,
        Some(world.clock.wall() + Duration::from_secs(3600))
    );
    let form = &world.state().asked[0];
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "the-code");
    assert_eq!(form["redirect_uri"], "https://app.example.com/callback");
    assert_eq!(form["code_verifier"], verifier);
}

#[tokio::test]
async fn the_challenge_is_that_of_the_standard() {
    // RFC 7636, appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let world = World::new().await;
    let login = world
        .application()
        .resume_login("0123456789abcdef", verifier)
        .expect("a login");
    let asked = query(login.authorize_url());
    assert_eq!(
        asked["code_challenge"],
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_eq!(asked["state"], "0123456789abcdef");
    for (state, verifier) in [
        ("short", verifier),
        ("0123456789abcdef", "short"),
        ("0123456789abcdef", &" ".repeat(50)),
        ("0123456789abcdef", &"v".repeat(129)),
    ] {
        let error = world
            .application()
            .resume_login(state, verifier)
            .expect_err("an error");
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}

#[tokio::test]
async fn no_two_logins_are_alike() {
    let world = World::new().await;
    let application = world.application();
    let logins: Vec<Login> = (0..50)
        .map(|_| application.login().expect("a login"))
        .collect();
    let states: std::collections::HashSet<_> =
        logins.iter().map(|login| login.state().expose()).collect();
    let verifiers: std::collections::HashSet<_> = logins
        .iter()
        .map(|login| login.verifier().expose())
        .collect();
    assert_eq!((states.len(), verifiers.len()), (50, 50));
    assert!(verifiers.iter().all(|verifier| verifier.len() >= 43));
}

#[tokio::test]
async fn a_login_taken_up_again_is_the_same() {
    let world = World::new().await;
    let login = world.application().login().expect("a login");
    let again = world
        .application()
        .resume_login(login.state().clone(), login.verifier().clone());
    let again = again.expect("a login");
    assert_eq!(again.authorize_url(), login.authorize_url());
    let back = format!("/callback?code=the-code&state={}", login.state().expose());
    assert_eq!(
        again
            .finish_redirect(back)
            .await
            .expect("tokens")
            .access_token
            .expose(),
        access(2)
    );
}

#[tokio::test]
async fn a_forged_answer_reaches_nobody() {
    let world = World::new().await;
    let login = || {
        world
            .application()
            .resume_login("a-state-of-a-login", "v".repeat(43))
            .expect("a login")
    };
    for state in [
        "",
        "a-state-of-a-logi",
        "a-state-of-a-logim",
        "a-state-of-a-login2",
        "A-STATE-OF-A-LOGIN",
    ] {
        let error = login()
            .finish("the-code", state)
            .await
            .expect_err("an error");
        assert!(error.to_string().contains("state"), "{error}");
    }
    let good = "code=the-code&state=a-state-of-a-login";
    let cases = [
        (
            format!("https://app.example.com/other?{good}"),
            "another URL",
        ),
        (
            format!("https://app.example.com:8443/callback?{good}"),
            "another URL",
        ),
        (
            format!("http://app.example.com/callback?{good}"),
            "another URL",
        ),
        (
            format!("https://evil.example.com/callback?{good}"),
            "another URL",
        ),
        (
            "/callback?code=the-code&state=another-state".to_owned(),
            "state",
        ),
        ("/callback?code=the-code".to_owned(), "without a state"),
        (
            format!("/callback?{good}&state=a-state-of-a-login"),
            "twice",
        ),
        (format!("/callback?{good}&code=other"), "twice"),
        (
            "/callback?state=a-state-of-a-login".to_owned(),
            "without a code",
        ),
        (
            "/callback?code=&state=a-state-of-a-login".to_owned(),
            "empty",
        ),
        (
            "/callback?error=access_denied&state=a-state-of-a-login".to_owned(),
            "access_denied",
        ),
        (
            "/callback?error=access_denied&state=another".to_owned(),
            "state",
        ),
        (
            "/callback?error=%0Aforged%20line&state=a-state-of-a-login".to_owned(),
            "without an error code",
        ),
    ];
    for (back, expected) in cases {
        let error = login().finish_redirect(&back).await.expect_err("an error");
        assert!(error.to_string().contains(expected), "{back}: {error}");
        assert_eq!(error.kind(), ErrorKind::Credential);
    }
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn a_used_code_begins_again() {
    let world = World::new().await;
    world.script(
        400,
        r#"{"error": "invalid_grant", "error_description": "s3cr3t"}"#,
    );
    let login = world.application().login().expect("a login");
    let state = login.state().clone();
    let error = login
        .finish("the-code", state.expose())
        .await
        .expect_err("an error");
    assert!(
        error.is_login_required() && error.to_string().contains("begin the login again"),
        "{error}"
    );
    assert_eq!(world.asked(), 1);
}

// ---- descriptions ----

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
}

#[tokio::test]
async fn confluence_data_center_is_asked_under_its_context_path() {
    let world = World::new().await;
    let rest = "/wiki/rest/oauth2/latest/token";
    let tokens = serde_json::json!({"access_token": access(2), "token_type": "bearer"});
    let answer = ResponseTemplate::new(200).set_body_json(tokens);
    Mock::given(method("POST"))
        .and(path(rest))
        .respond_with(answer)
        .mount(&world.server)
        .await;
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

    world.clock.turn(3600);
    let tokens = Tokens::new(access(1))
        .with_refresh_token(refresh(1))
        .with_expiry(world.clock.wall());
    application
        .session(MemoryStore::new(tokens))
        .access_token()
        .await
        .expect("a token");
    let requests = world.server.received_requests().await.expect("requests");
    let form: HashMap<_, _> = url::form_urlencoded::parse(&requests[0].body)
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

// ---- the sites of Confluence Cloud ----

const SITES: &str = "/oauth/token/accessible-resources";

async fn cloud(world: &World, sites: &str) -> spacewright::auth::oauth2::Session {
    let provider = Provider::confluence_cloud()
        .token_url(world.url("/token"))
        .api_url(world.server.uri());
    Mock::given(method("GET"))
        .and(path(SITES))
        .and(header(
            "authorization",
            format!("Bearer {}", access(2)).as_str(),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_raw(sites, "application/json"))
        .mount(&world.server)
        .await;
    Mock::given(path(SITES))
        .respond_with(ResponseTemplate::new(401))
        .mount(&world.server)
        .await;
    let application = world
        .builder_with(provider)
        .build()
        .expect("an application");
    application.session(MemoryStore::new(world.tokens()))
}

#[tokio::test]
async fn the_sites_of_a_login_are_listed_with_the_urls_of_their_clients() {
    let world = World::new().await;
    let session = cloud(&world, r#"[
        {"id": "1324a887-45db", "url": "https://one.atlassian.net", "name": "One", "scopes": ["read:space:confluence"], "avatarUrl": "x"},
        {"id": "77", "url": null, "name": null, "scopes": ["read:jira-work"]},
        {"id": "78"}
    ]"#).await;
    let sites = session.sites().await.expect("sites");
    assert_eq!(world.asked(), 1, "the first token was refused and renewed");
    assert_eq!(
        (sites[0].id.as_str(), sites[0].name.as_str()),
        ("1324a887-45db", "One")
    );
    assert_eq!(sites[0].url, "https://one.atlassian.net");
    assert_eq!(
        sites[0].client_url(),
        world.url("/ex/confluence/1324a887-45db")
    );
    assert_eq!(
        sites
            .iter()
            .map(|site| site.is_confluence())
            .collect::<Vec<_>>(),
        [true, false, false]
    );
}

#[cfg(feature = "confluence-cloud")]
#[tokio::test]
async fn a_client_of_a_site_goes_through_the_gateway() {
    let world = World::new().await;
    let session = cloud(&world, r#"[{"id": "c1"}]"#).await;
    let sites = session.sites().await.expect("sites");
    let spaces = "/ex/confluence/c1/wiki/api/v2/spaces";
    let answer = ResponseTemplate::new(200).set_body_raw(r#"{"results": []}"#, "application/json");
    Mock::given(method("GET"))
        .and(path(spaces))
        .respond_with(answer)
        .expect(1)
        .mount(&world.server)
        .await;
    let site = spacewright::confluence_cloud::Client::builder(sites[0].client_url())
        .auth(spacewright::Auth::oauth2(session))
        .build()
        .expect("a client");
    site.space().list().await.expect("an answer");
}

#[tokio::test]
async fn a_list_of_sites_that_is_none_is_an_error() {
    for (body, kind) in [
        ("{}", ErrorKind::Mismatch),
        ("<html>", ErrorKind::Html),
        (r#"[{"id": "../../admin"}]"#, ErrorKind::InvalidInput),
    ] {
        let world = World::new().await;
        let error = cloud(&world, body)
            .await
            .sites()
            .await
            .expect_err("an error");
        assert_eq!(error.kind(), kind, "{error}");
    }
    let world = World::new().await;
    world.state().number = 5;
    world.script(
        200,
        &format!(
            r#"{{"access_token": "{}", "token_type": "bearer"}}"#,
            access(3)
        ),
    );
    let error = cloud(&world, "[]")
        .await
        .sites()
        .await
        .expect_err("an error");
    assert!(error.is_unauthorized(), "a second 401: {error}");
    assert_eq!(world.asked(), 1);
    let (session, _) = world.session();
    assert_eq!(
        session.sites().await.expect_err("no Cloud").kind(),
        ErrorKind::Configuration
    );
    for id in ["", "..", "a\\b", "%2e%2e"] {
        assert!(cloud_url(id).expect_err("an error").is_invalid_input());
    }
    assert_eq!(
        cloud_url("a/b").expect("a URL"),
        "https://api.atlassian.com/ex/confluence/a%2Fb"
    );
}

// ---- secrets ----

#[tokio::test]
async fn nothing_secret_is_ever_shown() {
    let capture = capture::Capture::default();
    let _guard = tracing::subscriber::set_default(capture.clone());
    let world = World::new().await;
    let (session, store) = world.session();
    let client = world.client(&session);
    let login = world.application().login().expect("a login");
    let hidden = [
        login.state().expose().to_owned(),
        login.verifier().expose().to_owned(),
    ];
    let mut shown = format!(
        "{:?} {:?} {:?}",
        world.builder(),
        world.application(),
        login
    );
    shown += &format!(
        "{session:?} {client:?} {:?} {:?}",
        store.inner,
        world.tokens()
    );

    // Servers that repeat all they know, where they can.
    let echo = format!("{MARK} {CLIENT_SECRET} {} {}", refresh(1), access(1));
    for (status, body) in [
        (
            400,
            format!(r#"{{"error": "{echo}", "error_description": "{echo}"}}"#),
        ),
        (400, format!(r#"{{"error": "{}"}}"#, refresh(1))),
        (400, format!(r#"{{"error": "{CLIENT_SECRET}"}}"#)),
        (
            403,
            format!(r#"{{"error": "invalid_scope", "error_uri": "{echo}"}}"#),
        ),
        (200, format!(r#"{{"access_token": ["{echo}"]}}"#)),
        (
            200,
            format!(r#"{{"access_token": "{MARK}\n", "token_type": "bearer"}}"#),
        ),
        (200, echo.clone()),
        (500, echo.clone()),
        (200, format!("<html>{echo}")),
    ] {
        world.clock.turn(3600);
        world.script(status, &body);
        shown += &display(&client.workspaces().list().await.expect_err("an error"));
    }
    store.break_down(true);
    shown += &display(&client.workspaces().list().await.expect_err("an error"));
    store.break_down(false);
    client.workspaces().list().await.expect("an answer");
    world.script(400, &format!(r#"{{"error": "{MARK}-code"}}"#));
    let state = login.state().clone();
    let error = login
        .finish(format!("{MARK}-code"), state.expose())
        .await
        .expect_err("an error");
    shown += &display(&error);
    shown += &capture.text();

    assert!(capture.text().contains("renewed"), "tracing was captured");
    for hidden in hidden.iter().map(String::as_str).chain([MARK]) {
        let at = shown
            .find(hidden)
            .map(|at| &shown[at.saturating_sub(80)..at]);
        assert_eq!(at, None, "shown: {hidden}");
    }
}

/// All that an error says, and its causes.
fn display(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    text
}

fn kind<T>(result: &Result<T, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}
