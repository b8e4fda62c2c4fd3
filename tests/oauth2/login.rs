//! Logins: PKCE, the state, the redirect URI.

use std::time::Duration;

use spacewright::auth::oauth2::Login;
use spacewright::{Clock, ErrorKind};

use super::query;
use super::world::{World, access, refresh};

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
