//! Sessions of the application itself.

use futures_util::future::join_all;
use spacewright::ErrorKind;
use spacewright::auth::oauth2::Application;

use super::world::{CLIENT_SECRET, World};

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
            let calls = join_all((0..10).map(|_| client.workspaces().list().into_future())).await;
            assert!(calls.iter().all(Result::is_ok));
            assert_eq!(world.asked(), asked);
            world.turn(2000);
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
