//! Logins by OAuth 2.0: codes, tokens, and what an application may do with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use spacewright::testing::confluence_dc::{OAuthApp, OAuthScope, Server, Space, User};

use super::{Caller, new_user};
use crate::support::served::{Checked, checked};

const ID: &str = "my-app";
const SECRET: &str = "s3cr3t-of-my-app";
const CALLBACK: &str = "https://app.example.com/callback";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

type Pairs<'a> = &'a [(&'a str, &'a str)];

async fn wiki() -> Checked<Server> {
    let server = Server::start()
        .await
        .with_context_path("/wiki")
        .with_user(User::new("morgan").password("s3cret"))
        .with_space(Space::new("TEST"))
        .with_oauth_app(OAuthApp::new(ID, SECRET, CALLBACK).scope(OAuthScope::SystemAdmin))
        .with_oauth_app(OAuthApp::new("reader", SECRET, CALLBACK));
    checked(server)
}

/// Some pairs with others in the place of those of the same name; an empty value leaves a name out.
fn encoded(pairs: Pairs<'_>, changes: Pairs<'_>) -> String {
    let mut all: BTreeMap<&str, &str> = pairs.iter().copied().collect();
    all.extend(changes.iter().copied());
    let all = all.into_iter().filter(|(_, value)| !value.is_empty());
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(all)
        .finish()
}

fn authorize_url(server: &Server, changes: Pairs<'_>) -> String {
    let asked = [
        ("response_type", "code"),
        ("client_id", ID),
        ("redirect_uri", CALLBACK),
        ("scope", "READ"),
        ("state", "a state & more"),
    ];
    let query = encoded(&asked, changes);
    format!("{}/rest/oauth2/latest/authorize?{query}", server.url())
}

/// What came back to the application.
fn arrived(location: &str) -> BTreeMap<String, String> {
    assert!(location.starts_with(CALLBACK), "{location}");
    let url = url::Url::parse(location).expect("a URL");
    let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "a state & more");
    pairs
}

/// A code for `morgan` or another user.
fn code(server: &Server, user: &str, changes: Pairs<'_>) -> String {
    let location = server.authorize_as(user, &authorize_url(server, changes));
    arrived(&location)["code"].clone()
}

async fn ask(server: &Server, form: Pairs<'_>) -> (u16, Value) {
    let asked = [
        ("client_id", ID),
        ("client_secret", SECRET),
        ("redirect_uri", CALLBACK),
    ];
    let request = reqwest::Client::new()
        .post(format!("{}/rest/oauth2/latest/token", server.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded(&asked, form));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

async fn ask_for_code(server: &Server, code: &str, changes: Pairs<'_>) -> (u16, Value) {
    let mut form = vec![("grant_type", "authorization_code"), ("code", code)];
    form.extend(changes);
    ask(server, &form).await
}

async fn refresh(server: &Server, token: &str, changes: Pairs<'_>) -> (u16, Value) {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    form.extend(changes);
    ask(server, &form).await
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Who comes with an access token of this scope.
async fn caller(server: &Server, user: &str, scope: &str) -> Caller {
    let code = code(server, user, &[("scope", scope)]);
    let (status, tokens) = ask_for_code(server, &code, &[]).await;
    assert_eq!(status, 200, "{tokens}");
    Caller {
        http: reqwest::Client::new(),
        base: server.url(),
        token: text(&tokens["access_token"]).to_owned(),
    }
}

/// Opens the authorize URL as a browser would that follows nothing.
async fn browse(url: &str, password: Option<&str>) -> reqwest::Response {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let request = http.build().expect("a client").get(url);
    let request = match password {
        Some(password) => request.basic_auth("morgan", Some(password)),
        None => request,
    };
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn a_browser_comes_back_with_a_code_that_brings_tokens_once() {
    let server = wiki().await;
    let url = authorize_url(&server, &[]);
    let answer = browse(&url, Some("s3cret")).await;
    assert_eq!(answer.status().as_u16(), 302);
    let code = arrived(answer.headers()["location"].to_str().expect("a text"))["code"].clone();
    let (status, tokens) = ask_for_code(&server, &code, &[]).await;
    assert_eq!((status, &tokens["token_type"]), (200, &json!("bearer")));
    assert_eq!(tokens["expires_in"], 3600);
    let (status, refused) = ask_for_code(&server, &code, &[]).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));

    // Nobody is sent away who is not logged in, nor to a place that is not the application's.
    assert_eq!(browse(&url, None).await.status().as_u16(), 401);
    assert_eq!(browse(&url, Some("wrong")).await.status().as_u16(), 401);
    for change in [
        ("client_id", "another"),
        ("client_id", ""),
        ("redirect_uri", "https://app.example.com/callback/"),
        ("redirect_uri", ""),
    ] {
        let url = authorize_url(&server, &[change]);
        let answer = browse(&url, Some("s3cret")).await;
        assert_eq!(answer.status().as_u16(), 400, "{change:?}");
        assert!(!answer.headers().contains_key("location"));
    }
}

#[tokio::test]
async fn what_an_application_may_not_have_is_told_at_its_redirect_uri() {
    let server = wiki().await;
    for (changes, error) in [
        (
            &[("response_type", "token")][..],
            "unsupported_response_type",
        ),
        (&[("scope", "")], "invalid_scope"),
        (&[("scope", "READ EVERYTHING")], "invalid_scope"),
        (
            &[("client_id", "reader"), ("scope", "WRITE")],
            "invalid_scope",
        ),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("code_challenge_method", "S256")], "invalid_request"),
        (
            &[
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S512"),
            ],
            "invalid_request",
        ),
    ] {
        let location = server.authorize_as("morgan", &authorize_url(&server, changes));
        let arrived = arrived(&location);
        assert_eq!(arrived["error"], error, "{changes:?}");
        assert!(!arrived.contains_key("code"));
    }
}

#[tokio::test]
async fn refusals_have_the_form_of_the_standard() {
    let server = wiki().await;
    let new = || code(&server, "morgan", &[]);
    for (status, error, changes) in [
        (401, "invalid_client", &[("client_secret", "wrong")][..]),
        (401, "invalid_client", &[("client_id", "another")]),
        (401, "invalid_client", &[("client_secret", "")]),
        (400, "invalid_grant", &[("client_id", "reader")]),
        (
            400,
            "invalid_grant",
            &[("redirect_uri", "https://else.example.com/")],
        ),
        (400, "invalid_request", &[("redirect_uri", "")]),
        (400, "invalid_request", &[("grant_type", "")]),
        (400, "invalid_request", &[("code", "")]),
        (400, "invalid_grant", &[("code", "made-up")]),
        (400, "unsupported_grant_type", &[("grant_type", "password")]),
        (
            400,
            "unsupported_grant_type",
            &[("grant_type", "client_credentials")],
        ),
    ] {
        let (got, answer) = ask_for_code(&server, &new(), changes).await;
        assert_eq!(
            (got, text(&answer["error"])),
            (status, error),
            "{changes:?}"
        );
        assert!(answer["error_description"].is_string());
    }
    // A code that expired, or whose user is gone.
    let (late, gone) = (new(), new());
    server.expire_token(&late);
    server.remove_user("morgan");
    for code in [late, gone] {
        let (_, answer) = ask_for_code(&server, &code, &[]).await;
        assert_eq!(answer["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn a_code_needs_the_verifier_of_its_challenge() {
    let server = wiki().await;
    let s256 = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let plain = [
        ("code_challenge", VERIFIER),
        ("code_challenge_method", "plain"),
    ];
    let unnamed = [("code_challenge", VERIFIER)];
    for (challenge, verifier, status) in [
        (&s256[..], VERIFIER, 200),
        (&s256, CHALLENGE, 400),
        (&s256, "", 400),
        (&plain, VERIFIER, 200),
        (&plain, CHALLENGE, 400),
        (&unnamed, VERIFIER, 200),
        (&[], "", 200),
        (&[], VERIFIER, 400),
    ] {
        let code = code(&server, "morgan", challenge);
        let (got, answer) = ask_for_code(&server, &code, &[("code_verifier", verifier)]).await;
        assert_eq!(got, status, "{challenge:?} {verifier:?}: {answer}");
        if status == 400 {
            assert_eq!(answer["error"], "invalid_grant");
        }
    }
}

#[tokio::test]
async fn a_refresh_token_is_replaced_when_it_is_used() {
    let server = wiki().await;
    let code = code(&server, "morgan", &[]);
    let (_, first) = ask_for_code(&server, &code, &[]).await;
    let token = text(&first["refresh_token"]);
    let (_, missing) = refresh(&server, token, &[("redirect_uri", "")]).await;
    assert_eq!(missing["error"], "invalid_request");
    let (_, stolen) = refresh(&server, token, &[("client_id", "reader")]).await;
    assert_eq!(stolen["error"], "invalid_grant");

    let (status, second) = refresh(&server, token, &[]).await;
    assert_eq!(status, 200, "{second}");
    let (status, again) = refresh(&server, token, &[]).await;
    assert_eq!((status, &again["error"]), (400, &json!("invalid_grant")));
    for (tokens, status) in [(&first, 401), (&second, 200)] {
        let caller = Caller {
            http: reqwest::Client::new(),
            base: server.url(),
            token: text(&tokens["access_token"]).to_owned(),
        };
        assert_eq!(caller.get("/rest/api/user/current").await.0, status);
    }

    // The tokens of a login expire one by one.
    server.expire_token(text(&second["access_token"]));
    let (status, third) = refresh(&server, text(&second["refresh_token"]), &[]).await;
    assert_eq!(status, 200, "{third}");
    server.expire_token(text(&third["refresh_token"]));
    let (_, answer) = refresh(&server, text(&third["refresh_token"]), &[]).await;
    assert_eq!(answer["error"], "invalid_grant");
}

#[tokio::test]
async fn an_access_token_acts_as_its_user_within_its_scope() {
    let server = wiki().await;
    let page = json!({ "type": "page", "title": "New", "space": { "key": "TEST" } });
    let list = "/rest/api/admin/users/list/active";
    let backup = json!({ "fileNamePrefix": "all" });
    for (user, scope, statuses) in [
        ("admin", "READ", [200, 403, 403, 403, 403]),
        ("admin", "READ WRITE", [200, 200, 403, 403, 403]),
        ("admin", "ADMIN", [200, 200, 200, 201, 403]),
        ("admin", "SYSTEM_ADMIN READ", [200, 200, 200, 201, 200]),
        // Nobody may do more through an application than without it.
        ("morgan", "SYSTEM_ADMIN", [200, 200, 403, 403, 403]),
    ] {
        let caller = caller(&server, user, scope).await;
        let (status, who) = caller.get("/rest/api/user/current").await;
        assert_eq!((status, &who["username"]), (200, &json!(user)));
        let mut page = page.clone();
        page["title"] = json!(format!("{user} {scope}"));
        let name = format!("by-{}", scope.to_lowercase().replace(' ', "-"));
        let got = [
            caller.get("/rest/api/space/TEST").await.0,
            caller.send("POST", "/rest/api/content", Some(page)).await.0,
            caller.get(list).await.0,
            caller
                .send("POST", "/rest/api/admin/user", Some(new_user(&name)))
                .await
                .0,
            caller
                .send(
                    "POST",
                    "/rest/api/backup-restore/backup/site",
                    Some(backup.clone()),
                )
                .await
                .0,
        ];
        assert_eq!(got, statuses, "{user} {scope}");
    }
}

#[tokio::test]
async fn an_access_token_brings_none_that_may_do_more() {
    let server = wiki().await;
    let reader = caller(&server, "admin", "READ").await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let http = http.build().expect("a client");
    for (scope, denied) in [("READ", false), ("ADMIN", true)] {
        let url = authorize_url(&server, &[("scope", scope)]);
        let answer = http.get(url).bearer_auth(&reader.token).send().await;
        let answer = answer.expect("an answer");
        let arrived = arrived(answer.headers()["location"].to_str().expect("a text"));
        let error = arrived.get("error").map(String::as_str);
        assert_eq!(error == Some("access_denied"), denied, "{arrived:?}");
    }
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let server = wiki().await;
    let app = OAuthApp::new(ID, SECRET, CALLBACK);
    assert!(app.has_secret(SECRET));
    let url = authorize_url(&server, &[]);
    let answer = browse(&url, Some("s3cret")).await;
    let code = arrived(answer.headers()["location"].to_str().expect("a text"))["code"].clone();
    let (_, tokens) = ask_for_code(&server, &code, &[]).await;
    let requests = server.requests();
    let mut shown = format!("{app:?} {server:?} {requests:?}", server = *server);
    for request in &requests {
        shown += &format!("{request:?} {request}");
    }
    for secret in [
        SECRET,
        &code,
        text(&tokens["access_token"]),
        text(&tokens["refresh_token"]),
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// With the crate's own client, as an application's test has it.
#[cfg(feature = "oauth2")]
mod with_the_client {
    use std::time::Duration;

    use spacewright::auth::oauth2::{Application, MemoryStore, Provider, Tokens};
    use spacewright::confluence_dc::Client;
    use spacewright::testing::{Misbehaviour, TestClock};
    use spacewright::{Auth, Error};

    use super::*;

    fn application(server: &Server, clock: &TestClock) -> Application {
        Application::builder(Provider::confluence_dc(server.url()), ID)
            .client_secret(SECRET)
            .redirect_uri(CALLBACK)
            .scopes(["WRITE"])
            .clock(clock.clone())
            .build()
            .expect("an application")
    }

    fn kept(store: &MemoryStore) -> (String, String) {
        let Tokens {
            access_token,
            refresh_token,
            ..
        } = store.tokens().expect("tokens");
        let refresh_token = refresh_token.expect("a refresh token");
        (
            access_token.expose().to_owned(),
            refresh_token.expose().to_owned(),
        )
    }

    /// A user who has logged in by a browser, the store of their tokens, and the client on it.
    async fn logged_in(server: &Server, clock: &TestClock) -> (MemoryStore, Client) {
        let application = application(server, clock);
        let login = application.login().expect("a login");
        let answer = browse(login.authorize_url(), Some("s3cret")).await;
        let location = answer.headers()["location"].to_str().expect("a text");
        let tokens = login.finish_redirect(location).await.expect("tokens");
        let store = MemoryStore::new(tokens);
        let client = Client::builder(server.url())
            .auth(Auth::oauth2(application.session(store.clone())))
            .clock(clock.clone())
            .build();
        (store, client.expect("a client"))
    }

    async fn who(wiki: &Client) -> Result<String, Error> {
        let user = wiki.user().get_current().await?;
        Ok(user.username.clone().expect("a name"))
    }

    #[tokio::test]
    async fn a_login_goes_the_whole_way() {
        let (server, clock) = (wiki().await, TestClock::new());
        let (store, wiki) = logged_in(&server, &clock).await;
        let first = kept(&store);
        assert_eq!(who(&wiki).await.expect("an answer"), "morgan");
        server
            .requests()
            .to("/rest/oauth2/latest/token")
            .assert_count(1);

        // Ahead of the expiry that the server told of.
        clock.advance(Duration::from_secs(3600));
        who(&wiki).await.expect("an answer");
        let second = kept(&store);
        assert!(first.0 != second.0 && first.1 != second.1);
        server.requests().with_status(401).assert_none();

        // When the server refuses it before its time.
        server.expire_token(&second.0);
        who(&wiki).await.expect("an answer");
        let third = kept(&store);
        assert!(second.0 != third.0 && second.1 != third.1);
        server.requests().with_status(401).assert_count(1);
        server
            .requests()
            .to("/rest/oauth2/latest/token")
            .assert_count(3);

        // Without a refresh token that is good the user has to log in.
        server.expire_token(&third.0);
        server.expire_token(&third.1);
        let error = who(&wiki).await.expect_err("nothing to renew it with");
        assert!(error.is_login_required(), "{error}");
    }

    #[tokio::test]
    async fn calls_at_the_same_time_share_one_renewal() {
        let (server, clock) = (wiki().await, TestClock::new());
        let (store, wiki) = logged_in(&server, &clock).await;
        server.expire_token(&kept(&store).0);
        let calls = (0..20).map(|_| who(&wiki));
        for outcome in futures_util::future::join_all(calls).await {
            assert_eq!(outcome.expect("an answer"), "morgan");
        }
        server
            .requests()
            .to("/rest/oauth2/latest/token")
            .assert_count(2);
    }

    #[tokio::test]
    async fn an_endpoint_that_is_down_for_a_moment_is_asked_again() {
        let (server, clock) = (wiki().await, TestClock::new());
        let (store, wiki) = logged_in(&server, &clock).await;
        server.expire_token(&kept(&store).0);
        let down = Misbehaviour::status(503).on("/rest/oauth2/latest/token");
        server.misbehave(down.times(2));
        assert_eq!(who(&wiki).await.expect("an answer"), "morgan");
        server.assert_misbehaved();
    }

    #[tokio::test]
    async fn the_scope_of_the_login_is_that_of_its_client() {
        let (server, clock) = (wiki().await, TestClock::new());
        let application = application(&server, &clock);
        let login = application.login().expect("a login");
        let arrived_at = server.authorize_as("admin", login.authorize_url());
        let tokens = login.finish_redirect(arrived_at).await.expect("tokens");
        let session = application.session(MemoryStore::new(tokens));
        let wiki = server.client_with(Auth::oauth2(session));
        wiki.space().archive("TEST").await.expect("a change");
        let refused = wiki.admin_users().list_active().await;
        assert!(refused.expect_err("no administrator").is_forbidden());
    }
}
