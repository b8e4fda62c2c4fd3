//! Secrets that a server repeats where they are hard to recognise.

use spacewright::confluence_dc::{Client, types::NewUser};
use spacewright::{Auth, Error};

use super::server::{Server, json, with};

/// What is said of a refusal in these words, to a caller with this token and this password.
async fn refused(message: &str, token: &str, password: &str) -> Error {
    let body = serde_json::json!({ "message": message }).to_string();
    let server = Server::playing(vec![json("400 Bad Request", body)]).await;
    let wiki = Client::builder(server.url())
        .auth(Auth::bearer(token))
        .build()
        .unwrap();
    let user = NewUser::new("morgan", "Morgan Lee", "morgan@example.com").password(password);
    wiki.admin_user().create(user).await.unwrap_err()
}

#[tokio::test]
async fn no_part_of_a_secret_is_left_where_a_message_is_cut() {
    let password = "correct-horse-battery-staple";
    for before in 360..420 {
        let message = format!("{}{password}", "x".repeat(before));
        let error = refused(&message, "t0ken", password).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("corr"), "{shown}");
    }
}

#[tokio::test]
async fn a_secret_with_control_characters_is_recognised() {
    let password = "tab\tbell\u{7}line\nright\u{202e}";
    let error = refused(&format!("no: {password}"), "t0ken", password).await;
    assert!(error.to_string().contains("no: [hidden]"), "{error}");
}

#[tokio::test]
async fn a_token_that_is_no_ascii_is_recognised() {
    let error = refused("bad token: Bearer gr\u{fc}n-7", "gr\u{fc}n-7", "-").await;
    assert!(error.to_string().contains("[hidden]"), "{error}");
    assert!(!format!("{error} {error:?}").contains("n-7"), "{error:?}");
}

#[tokio::test]
async fn a_long_secret_as_a_key_is_left_out_whole() {
    let token = "t0ken".repeat(20);
    let body = format!(r#"{{"permissions":[{{"{token}":[}}"#);
    let server = Server::playing(vec![json("200 OK", body)]).await;
    let wiki = Client::builder(server.url()).auth(Auth::bearer(token.as_str()));
    let error = wiki.build().unwrap().space().get("TEST").await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("t0ken"), "{error}");
}

#[tokio::test]
async fn a_request_id_is_cleaned_before_it_is_cut() {
    let token = format!("{}{}", "a".repeat(60), "b".repeat(60));
    let headers = format!("X-Request-Id: {token}\r\n");
    let server = Server::playing(vec![with("404 Not Found", &headers, "{}")]).await;
    let wiki = Client::builder(server.url()).auth(Auth::bearer(token.as_str()));
    let error = wiki.build().unwrap().space().get("TEST").await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("aaa"), "{error}");
}
