//! By way of Atlassian's OAuth gateway: everything stays below its path, and the token goes nowhere else.

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use spacewright::Auth;
use spacewright::confluence_cloud::Client;
use spacewright::testing::confluence_cloud::{ADMIN, Server};
use spacewright::testing::wiremock::matchers::{method, path, query_param, query_param_is_missing};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::testing::{BareServer, Misbehaviour};

const GATEWAY: &str = "/ex/confluence/1324a887-45db-1bf4-1e99-ef0ff456d421";

fn client(server: &Server) -> Client {
    Client::builder(format!("{}{GATEWAY}", server.url()))
        .auth(Auth::bearer("t0ken-of-the-gateway"))
        .build()
        .unwrap()
}

/// Two pages of a list. The first names the second by a link that is followed by nobody.
async fn two_pages(server: &Server, list: &str, rows: [Value; 2], links: Value) {
    let list = format!("{GATEWAY}{list}");
    let [one, another] = rows;
    let first = json!({ "results": [one], "_links": links });
    let last = json!({ "results": [another], "_links": {} });
    let page = |body| ResponseTemplate::new(200).set_body_json(body);
    let asked = || Mock::given(method("GET")).and(path(list.as_str()));
    let one = asked().and(query_param_is_missing("cursor"));
    server.mount(one.respond_with(page(first)).expect(1)).await;
    let another = asked().and(query_param("cursor", "eyJpZCI6NDJ9="));
    server
        .mount(another.respond_with(page(last)).expect(1))
        .await;
}

#[tokio::test]
async fn lists_of_both_versions_stay_below_the_gateway() {
    let server = Server::start().await.with_spaces(60).with_groups(60);
    let site = Client::builder(server.gateway_url())
        .auth(Auth::bearer(server.token(ADMIN)))
        .build()
        .unwrap();
    let spaces = site.space().list().limit(25).items();
    let groups = site.v1().group().list().limit(25).items();
    assert_eq!(spaces.try_collect::<Vec<_>>().await.unwrap().len(), 60);
    assert_eq!(groups.try_collect::<Vec<_>>().await.unwrap().len(), 60);
    let requests = server.requests();
    assert!(requests.len() >= 6);
    for request in requests.iter() {
        assert!(request.path().starts_with("/ex/confluence/"), "{request:?}");
    }
}

#[tokio::test]
async fn only_the_cursor_is_taken_from_a_link() {
    for links in [
        // As sites send it, whose own address is not the gateway's.
        json!({
            "next": "/wiki/api/v2/pages?limit=1&cursor=eyJpZCI6NDJ9%3D",
            "base": "https://example.atlassian.net/wiki",
        }),
        json!({ "next": "https://evil.example/wiki/api/v2/pages?cursor=eyJpZCI6NDJ9%3D" }),
        json!({ "next": "?cursor=eyJpZCI6NDJ9%3D", "base": "https://evil.example" }),
    ] {
        let server = Server::start().await;
        two_pages(
            &server,
            "/wiki/api/v2/pages",
            [json!({ "id": "7" }), json!({ "id": "8" })],
            links,
        )
        .await;
        let pages = client(&server).page().list().limit(1).items();
        let pages: Vec<_> = pages.try_collect().await.unwrap();
        assert_eq!(pages.len(), 2);
    }
}

#[tokio::test]
async fn a_cursor_in_the_body_is_as_good_as_one_in_a_link() {
    let server = Server::start().await;
    let list = "/wiki/api/v2/space-permissions/transition/combinations";
    let row = |id: &str| json!({ "combinationId": id });
    for (cursor, body) in [
        (
            None,
            json!({ "results": [row("c-1")], "generatedAt": null, "cursor": "a b=" }),
        ),
        (
            Some("a b="),
            json!({ "results": [row("c-2")], "cursor": null }),
        ),
    ] {
        let page = ResponseTemplate::new(200).set_body_json(body);
        let mock = Mock::given(path(format!("{GATEWAY}{list}")));
        let mock = match cursor {
            Some(cursor) => mock.and(query_param("cursor", cursor)),
            None => mock.and(query_param_is_missing("cursor")),
        };
        server.mount(mock.respond_with(page).expect(1)).await;
    }
    let combinations = client(&server).space_permission_transition();
    let combinations = combinations.list_combinations().limit(1).items();
    assert_eq!(combinations.try_collect::<Vec<_>>().await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_media_service_is_not_shown_the_token() {
    let media = BareServer::start().await;
    let file = Mock::given(path("/file/9f/binary")).and(query_param("token", "for-this-file-only"));
    let picture = ResponseTemplate::new(200).set_body_raw("PNG", "image/png");
    media.mount(file.respond_with(picture)).await;
    let server = Server::start().await;
    let file = format!("{GATEWAY}/wiki/rest/api/content/7/child/attachment/att9/download");
    let there = format!("{}/file/9f/binary?token=for-this-file-only", media.url());
    server.misbehave(Misbehaviour::redirect(302, there).on(file));
    let download = client(&server)
        .v1()
        .attachment()
        .download("7", "att9")
        .await
        .unwrap();
    assert_eq!(&download.bytes().await.unwrap()[..], b"PNG");
    let asked = server.requests().assert_once();
    assert!(asked.header("authorization").is_some());
    let strange = media.requests().assert_once();
    assert_eq!(strange.status(), Some(200));
    for header in ["authorization", "cookie", "referer", "x-atlassian-token"] {
        assert_eq!(strange.header(header), None, "{header}");
    }
}
