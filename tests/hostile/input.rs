//! A careless caller: the request is exactly right, or nothing is sent.

use percent_encoding::percent_decode_str;
use spacewright::ErrorKind;
use spacewright::confluence_dc::Client;

use super::server::{Server, json};

async fn echo() -> Server {
    Server::playing(vec![json(
        "200 OK",
        r#"{"id":7,"key":"TEST","name":"A test","type":"global"}"#,
    )])
    .await
}

fn client(url: &str) -> Client {
    Client::builder(url).build().unwrap()
}

#[tokio::test]
async fn a_path_value_arrives_as_one_segment() {
    let long = "ä".repeat(5 * 1024);
    let fine = [
        "a/b",
        "a?b#c",
        "100%",
        "%41",
        "a%2Fb",
        "a;b=c",
        "a+b c",
        "...",
        "a..b",
        ".hidden",
        "-",
        "~",
        "🙂🏳️‍🌈",
        "שלום",
        "\u{202e}gnp",
        "a\u{a0}b",
        "e\u{301}",
        "'\"<>^`{|}",
        "@:!$&()*,=",
        long.as_str(),
    ];
    let server = echo().await;
    for prefix in ["", "/context", "/a/b%20c/", "/a%2Fb"] {
        let wiki = client(&format!("{}{prefix}", server.url()));
        for value in fine {
            wiki.group().get(value).send().await.unwrap();
            let request = server.seen().pop().unwrap();
            let before = format!("{}/rest/api/group/", prefix.trim_end_matches('/'));
            let segment = request
                .target
                .strip_prefix(&before)
                .unwrap_or_else(|| panic!("{}", request.target));
            assert!(
                !segment.contains(['/', '?', '#', '\\']),
                "{value:?} became {segment}"
            );
            assert_eq!(percent_decode_str(segment).decode_utf8().unwrap(), value);
        }
    }
}

#[tokio::test]
async fn a_path_value_that_could_become_another_path_is_not_sent() {
    let enormous = "🙂".repeat(10 * 1024);
    let refused = [
        "",
        ".",
        "..",
        "../x",
        "a/../b",
        "a/./b",
        "a\\b",
        "..\\x",
        "%2e",
        "%2E%2e",
        "..%2Fx",
        "%2e%2e%2fx",
        "%252e%252e",
        "%25252e%25252e/",
        "..;x",
        "a/..;x=1/b",
        " .. ",
        "a\nb",
        "a\r\nHost: evil",
        "\0",
        "\u{7f}",
        "\u{85}",
        "..%5cx",
        "..%255cx",
        enormous.as_str(),
    ];
    let server = echo().await;
    let wiki = client(&server.url());
    for value in refused {
        let error = wiki
            .group()
            .get(value)
            .await
            .expect_err(&format!("{value:?} is sent"));
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{value:?}: {error}");
        assert_eq!((error.attempts(), error.status()), (0, None));
        assert!(error.to_string().contains("nothing was sent"), "{error}");
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
        assert!(error.to_string().len() < 1000, "{error}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn headers_are_right_or_nothing_is_sent() {
    let server = echo().await;
    let wiki = client(&server.url());
    wiki.space()
        .get("TEST")
        .header("X-Note", "gr\u{fc}n\tund blau")
        .await
        .unwrap();
    assert_eq!(server.seen()[0].header("x-note"), Some("grün\tund blau"));
    for (name, value) in [
        ("X-Note", "a\r\nX-Evil: 1"),
        ("X-Note", "a\nb"),
        ("X-Note", "a\0"),
        ("X-Note\r\nX-Evil", "a"),
        ("X Note", "a"),
        ("", "a"),
        ("Host", "evil.example"),
        ("Authorization", "Bearer other"),
        ("Cookie", "a=b"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Accept-Encoding", "br"),
    ] {
        let error = wiki
            .space()
            .get("TEST")
            .header(name, value)
            .await
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
        assert!(!error.to_string().contains("Evil: 1"), "{error}");
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_request_is_made_of_what_was_set() {
    let server = echo().await;
    let wiki = Client::builder(server.url())
        .user_agent("examiner/1")
        .build()
        .unwrap();
    wiki.space()
        .get("TEST")
        .header("X-Note", "a")
        .await
        .unwrap();
    let request = server.seen().pop().unwrap();
    let mut names: Vec<&str> = request
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.retain(|name| *name != "accept-encoding");
    names.sort_unstable();
    assert_eq!(names, ["accept", "host", "user-agent", "x-note"]);
    assert_eq!(request.header("user-agent"), Some("examiner/1"));
    assert_eq!(request.target, "/rest/api/space/TEST");
}

#[test]
fn a_url_is_taken_with_any_slash_and_context_path() {
    for url in [
        "https://wiki.example.com",
        "https://wiki.example.com/",
        "https://wiki.example.com///",
        "https://wiki.example.com/confluence",
        "https://wiki.example.com/a/b/",
        "HTTPS://WIKI.example.com:8443",
        "https://192.0.2.1:8443/x",
        "https://[2001:db8::1]/x",
        "https://wíki.example.com",
        "https://wiki.example.com/a%2Fb",
        "http://localhost:8090",
        "HTTP://LOCALHOST",
        "http://127.1",
        "http://127.0.0.7/x",
        "http://[::1]:8090",
        "http://wiki.localhost",
    ] {
        assert!(Client::builder(url).build().is_ok(), "{url} is refused");
    }
}

#[test]
fn a_url_that_is_none_is_refused() {
    for url in [
        "",
        " ",
        "wiki.example.com",
        "wiki.example.com:443",
        "/rest",
        "//wiki.example.com",
        "https://",
        "https:///",
        "https:///wiki.example.com",
        "https:wiki.example.com",
        "https:/wiki.example.com",
        "https:wiki.example.com/at://else.example",
        "https:wiki.example.com/..;x/y://z",
        "https:/wiki.example.com/..;x/y://z/",
        "https:localhost//6\u{feff}t:ps://.;iknce/",
        "ftp://wiki.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://morgan@wiki.example.com",
        "https://@wiki.example.com",
        "https://morgan:s3cret@wiki.example.com",
        "https://:s3cret@wiki.example.com",
        "https://wiki.example.com?x=1",
        "https://wiki.example.com/?",
        "https://wiki.example.com#x",
        "https://wiki.example.com/a/../b",
        "https://wiki.example.com/%2e%2e/b",
        "https://wiki.example.com\\a",
        "https://wiki.example.com/a b",
        "https://wiki.example.com/\r\nX: 1",
        "https://wiki.example.com:99999",
        "https://wiki..example.com:x",
        "https://[::1",
        "https://exa mple.com",
        "http://wiki.example.com",
        "http://192.168.0.1",
        "http://0.0.0.0",
        "http://localhost.example.com",
        "http://localhost.",
        "http://127.0.0.1.example.com",
        "http://[::ffff:127.0.0.1]",
        "https://wiki.example.com:0",
        "https://wiki.example.com/..%2Fx",
        "https://wiki.example.com/%252e%252e/x",
        "http://[::ffff:192.0.2.1]",
    ] {
        let error = Client::builder(url)
            .build()
            .map(|_| ())
            .expect_err(&format!("{url:?} is taken"));
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url:?}: {error}");
        assert!(
            !format!("{error} {error:?}").contains("s3cret"),
            "{error:?}"
        );
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}

#[test]
fn plain_http_is_allowed_by_name_only() {
    let allowed = |url: &str, host: &str| Client::builder(url).allow_http(host).build().is_ok();
    assert!(allowed("http://wiki.example.com/x", "Wiki.Example.com"));
    assert!(allowed("http://[2001:db8::1]:80", "2001:db8::1"));
    assert!(allowed("http://[2001:db8::1]:80", "[2001:db8::1]"));
    assert!(!allowed("http://other.example.com", "example.com"));
    assert!(!allowed(
        "http://wiki.example.com.evil.example",
        "wiki.example.com"
    ));
}

#[test]
fn settings_that_cannot_be_used_are_refused() {
    let error = Client::builder("https://wiki.example.com")
        .user_agent("a\r\nX: 1")
        .build()
        .map(|_| ());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Configuration);
    use spacewright::Auth;
    let tokens = ["", " ", "a\nb", "\0", "a ", "a\r\n"].map(Auth::bearer);
    let others = [
        Auth::x_auth_token(" a"),
        Auth::basic("morgan:x", "s3cret"),
        Auth::api_token("a:b@example.com", "s3cret"),
    ];
    for auth in tokens.into_iter().chain(others) {
        let token = format!("{auth:?}");
        let error = Client::builder("https://wiki.example.com")
            .auth(auth)
            .build()
            .map(|_| ())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{token:?}");
        assert!(!format!("{error} {token}").contains("s3cret"), "{error}");
    }
}
