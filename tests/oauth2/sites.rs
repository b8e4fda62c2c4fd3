//! The sites of Confluence Cloud.

use spacewright::ErrorKind;
use spacewright::auth::oauth2::{MemoryStore, Provider, cloud_url};
use spacewright::testing::wiremock::matchers::{header, path};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};

use super::world::{World, access};

const SITES: &str = "/oauth/token/accessible-resources";

async fn cloud(world: &World, sites: &str) -> spacewright::auth::oauth2::Session {
    let provider = Provider::confluence_cloud()
        .token_url(world.url("/token"))
        .api_url(world.server.url());
    let bearer = format!("Bearer {}", access(2));
    let known = Mock::given(path(SITES)).and(header("authorization", bearer.as_str()));
    let sites = ResponseTemplate::new(200).set_body_raw(sites, "application/json");
    world.server.mount(known.respond_with(sites)).await;
    let unknown = Mock::given(path(SITES)).respond_with(ResponseTemplate::new(401));
    world.server.mount(unknown).await;
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
    let get = spacewright::testing::wiremock::matchers::method("GET");
    let asked = Mock::given(get).and(path(spaces));
    world
        .server
        .mount(asked.respond_with(answer).expect(1))
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
