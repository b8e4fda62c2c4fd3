//! Credentials are bound to one origin, whatever a server or a proxy says.

use futures_util::TryStreamExt;
use spacewright::confluence_dc::Client;
use spacewright::{Auth, ErrorKind};

use super::clock::clock;
use super::server::{Request, Server, json, with};
use super::table::SPACE;

const TOKEN: &str = "t0ken-of-the-origin";

fn client(server: &Server) -> Client {
    let builder = Client::builder(server.url()).auth(Auth::personal_access_token(TOKEN));
    builder.clock(clock()).build().unwrap()
}

async fn other() -> Server {
    Server::playing(vec![with(
        "200 OK",
        "Content-Type: application/zip\r\n",
        "PK",
    )])
    .await
}

#[tokio::test]
async fn a_name_of_this_machine_is_looked_up_nowhere() {
    let (server, elsewhere) = (
        Server::playing(vec![json("200 OK", SPACE)]).await,
        other().await,
    );
    for name in ["localhost", "wiki.localhost", "a.wiki.localhost"] {
        let url = format!("http://{name}:{}", server.address().port());
        let astray = elsewhere.address();
        let wiki = Client::builder(url)
            .auth(Auth::personal_access_token(TOKEN))
            // Stands for a resolver that has another idea of the name.
            .http(move |http| http.resolve(name, ([127, 0, 0, 2], astray.port()).into()))
            .build()
            .unwrap();
        wiki.space().get("TEST").await.unwrap();
    }
    assert_eq!((server.seen().len(), elsewhere.seen().len()), (3, 0));
}

fn knows(request: &Request) -> bool {
    let Request {
        method,
        target,
        headers,
        body,
        ..
    } = request;
    // All of it: what `Debug` shows has no secrets.
    let body = String::from_utf8_lossy(body);
    format!("{method} {target} {headers:?} {body}").contains(TOKEN)
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = other().await;
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = format!("Location: {}/rest/api/space/TEST\r\n", elsewhere.url());
        let server = Server::playing(vec![with(status, &location, "")]).await;
        let error = client(&server).space().get("TEST").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect);
        assert!(error.to_string().contains(&elsewhere.url()), "{error}");
    }
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn a_link_to_the_next_page_is_not_followed() {
    let elsewhere = other().await;
    let next = format!("{}/rest/api/space?start=2&limit=2", elsewhere.url());
    let first = format!(
        r#"{{"results":[{{"id":1,"key":"A","name":"A","type":"global"}},{{"id":2,"key":"B","name":"B","type":"global"}}],
            "start":0,"limit":2,"size":2,"_links":{{"base":"{}","next":"{next}"}}}}"#,
        elsewhere.url()
    );
    let last = r#"{"results":[],"start":2,"limit":2,"size":0,"_links":{}}"#;
    let link = format!("Link: <{next}>; rel=\"next\"\r\n");
    let server = Server::playing(vec![with("200 OK", &link, first), json("200 OK", last)]).await;
    let spaces: Vec<_> = client(&server)
        .space()
        .list()
        .limit(2)
        .items()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(spaces.len(), 2);
    assert_eq!(elsewhere.seen().len(), 0);
    assert!(server.seen().len() >= 2);
}

#[tokio::test]
async fn a_file_kept_elsewhere_is_asked_for_without_the_credential() {
    let elsewhere = other().await;
    let location = format!("Location: {}/files/7?signature=abc\r\n", elsewhere.url());
    let server = Server::playing(vec![with("302 Found", &location, "")]).await;
    let wiki = client(&server);
    let file = wiki
        .backup_restore()
        .download(7)
        .header("X-Private", "yes")
        .await
        .unwrap();
    assert_eq!(&file.bytes().await.unwrap()[..], b"PK");
    let request = elsewhere.seen().pop().unwrap();
    assert_eq!(request.target, "/files/7?signature=abc");
    assert!(
        !knows(&request) && request.header("authorization").is_none(),
        "{request:?}"
    );
    assert_eq!(request.header("x-private"), None);
    assert_eq!(request.header("referer"), None);
    assert!(knows(&server.seen()[0]));
}

#[tokio::test]
async fn a_stranger_cannot_hold_the_client_back() {
    let used_up = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 2026-03-02T11:00Z\r\n";
    let elsewhere = Server::playing(vec![with("200 OK", used_up, "PK")]).await;
    let location = format!("Location: {}/files/7\r\n", elsewhere.url());
    let server = Server::playing(vec![with("302 Found", &location, "")]).await;
    let wiki = client(&server);
    for _ in 0..2 {
        let file = wiki.backup_restore().download(7).await.unwrap();
        assert_eq!(&file.bytes().await.unwrap()[..], b"PK");
    }
    assert_eq!((server.seen().len(), elsewhere.seen().len()), (2, 2));
}

#[tokio::test]
async fn a_stranger_cannot_send_the_client_back_with_its_credential() {
    let home = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let back = home.clone();
    let stranger = Server::answering(move |_, _| {
        with(
            "302 Found",
            &format!("Location: {}/rest/api/logout\r\n", back.get().unwrap()),
            "",
        )
    })
    .await;
    let location = format!("Location: {}/x\r\n", stranger.url());
    let file = with("200 OK", "Content-Type: application/zip\r\n", "PK");
    let server = Server::playing(vec![with("302 Found", &location, ""), file]).await;
    home.set(server.url()).unwrap();
    client(&server)
        .backup_restore()
        .download(7)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let seen = server.seen();
    assert_eq!(seen[1].target, "/rest/api/logout");
    assert!(knows(&seen[0]) && !knows(&seen[1]), "{seen:?}");
}

#[tokio::test]
async fn a_proxy_is_used_where_it_is_named_and_asks_for_its_own_credential() {
    let proxy = Server::playing(vec![with(
        "407 Proxy Authentication Required",
        "Proxy-Authenticate: Basic\r\n",
        "",
    )])
    .await;
    let address = proxy.url();
    let wiki = Client::builder("http://127.0.0.1:9/wiki")
        .auth(Auth::personal_access_token(TOKEN))
        .http(move |builder| builder.proxy(reqwest::Proxy::http(address).unwrap()))
        .build()
        .unwrap();
    let error = wiki.space().get("TEST").await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(407));
    assert!(
        error.to_string().contains("the proxy asks for credentials"),
        "{error}"
    );
    assert_eq!(
        proxy.seen()[0].target,
        "http://127.0.0.1:9/wiki/rest/api/space/TEST"
    );
}

#[tokio::test]
async fn the_policies_of_the_client_cannot_be_undone() {
    let elsewhere = other().await;
    let location = format!("Location: {}/x\r\n", elsewhere.url());
    let server = Server::playing(vec![with("302 Found", &location, "")]).await;
    let wiki = Client::builder(server.url())
        .auth(Auth::personal_access_token(TOKEN))
        .http(|builder| {
            builder
                .redirect(reqwest::redirect::Policy::limited(9))
                .referer(true)
                .connection_verbose(true)
        })
        .build()
        .unwrap();
    assert_eq!(
        wiki.space().get("TEST").await.unwrap_err().kind(),
        ErrorKind::Redirect
    );
    assert_eq!(elsewhere.seen().len(), 0);
}
