//! Nothing secret is shown.

use super::capture;
use super::display;
use super::world::{CLIENT_SECRET, MARK, World, access, refresh};

#[tokio::test]
async fn nothing_secret_is_ever_shown() {
    let capture = capture::Capture::default();
    // For all threads: what the other tests cause is looked through as well.
    tracing::subscriber::set_global_default(capture.clone()).expect("the only subscriber");
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
        world.turn(3600);
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
