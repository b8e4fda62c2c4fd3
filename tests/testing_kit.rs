//! What all simulated servers have in common: what they record, what they say of misbehaviours and of what
//! they do not simulate, and that no request is too strange for them.
#![cfg(all(feature = "testing", feature = "confluence-dc"))]
#![allow(clippy::expect_used, clippy::panic)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use spacewright::Clock;
use spacewright::testing::confluence_dc::{Server, Space};
use spacewright::testing::wiremock::matchers::{method, path};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::testing::{AnsweredBy, BareServer, Misbehaviour, SocketServer, Step, TestClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends bytes as they are; gives all that comes back until the server closes or says no more.
async fn raw(url: &str, request: &[u8]) -> String {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    stream.shutdown().await.expect("half closed");
    let mut answer = Vec::new();
    // The server may reset the connection after its answer.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("no answer")
}

fn message(failed: Result<(), Box<dyn std::any::Any + Send>>) -> String {
    let panic = failed.expect_err("a failed assertion");
    *panic.downcast::<String>().expect("a message")
}

#[tokio::test]
async fn a_socket_server_sends_what_it_is_told_to_and_keeps_secrets() {
    let nonsense = vec![Step::send("nonsense"), Step::send(" and more")];
    let server = SocketServer::playing(vec![nonsense]).await;
    let request = "PUT /a%2Fb?q=1+2 HTTP/1.1\r\nAuthorization: Bearer s3cret\r\n\
                   Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
    let answer = raw(&server.url(), request.as_bytes()).await;
    assert_eq!(answer, "nonsense and more");
    let seen = server.seen();
    let one = seen.first().expect("a request");
    assert_eq!((one.method.as_str(), one.path()), ("PUT", "/a%2Fb"));
    assert_eq!(one.query(), [("q".to_owned(), "1 2".to_owned())]);
    assert_eq!(one.header("authorization"), Some("Bearer s3cret"));
    assert_eq!(one.body, b"ab");
    assert!(!format!("{one:?}").contains("s3cret"));
}

#[tokio::test]
async fn what_is_no_http_is_a_400_and_never_the_end_of_the_server() {
    let server = Server::start().await;
    for request in [
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET relative HTTP/1.1\r\nhost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        "CONNECT elsewhere:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /rest/api/space HTTP/1.1\r\ncontent-length: many\r\n\r\n{}",
        "POST /rest/api/space HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "GET /\u{1} HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nbad name: x\r\n\r\n",
    ] {
        let answer = raw(&server.url(), request.as_bytes()).await;
        assert_eq!(status(&answer), "400", "{request:?}: {answer}");
    }
    let endless = format!("GET / HTTP/1.1\r\nx: {}", "y".repeat(400_000));
    assert_eq!(status(&raw(&server.url(), endless.as_bytes()).await), "400");
    let _ = raw(&server.url(), b"").await;
    let _ = raw(
        &server.url(),
        b"POST /rest/api/space HTTP/1.1\r\ncontent-length: 18446744073709551615\r\n\r\n{}",
    )
    .await;
    server
        .client()
        .server_information()
        .get()
        .await
        .expect("as well as ever");
}

#[tokio::test]
async fn strange_requests_are_refused_in_the_words_of_the_service() {
    let server = Server::start().await.with_space(Space::new("TEST"));
    let token = server.token("admin");
    let expand = "space.homepage.".repeat(4_000);
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (method, target, body, expected) in [
        ("GET", "/rest/api/space/%FF%00%", "", "404"),
        ("GET", "/rest/api/space/..%2F..%5C", "", "404"),
        (
            "GET",
            "/rest/api/space?start=18446744073709551615&limit=18446744073709551615",
            "",
            "200",
        ),
        ("GET", "/rest/api/space?start=-1", "", "400"),
        (
            "GET",
            "/rest/api/space?limit=99999999999999999999999",
            "",
            "400",
        ),
        (
            "GET",
            "/rest/api/content/scan?cursor=content:false:18446744073709551615",
            "",
            "200",
        ),
        (
            "GET",
            "/rest/api/content/99999999999999999999999",
            "",
            "404",
        ),
        (
            "GET",
            &format!("/rest/api/space/TEST?expand={expand}"),
            "",
            "200",
        ),
        ("HEAD", "/rest/api/space/TEST", "", "200"),
        ("OPTIONS", "/rest/api/space/TEST", "", "501"),
        ("BREW", "/rest/api/space/TEST", "", "501"),
        (
            "GET",
            "http://elsewhere.example/rest/api/space/TEST",
            "",
            "200",
        ),
        ("POST", "/rest/api/space", "{", "400"),
        ("POST", "/rest/api/space", &nested, "400"),
        ("POST", "/rest/api/space", "{\"key\": \"\\ud800\"}", "400"),
        (
            "POST",
            "/rest/api/content",
            "{\"type\":\"page\",\"space\":7,\"ancestors\":[[]]}",
            "400",
        ),
        (
            "POST",
            "/rest/api/backup-restore/backup/site",
            "{\"fileNamePrefix\":\"b\u{e4}ckup\\r\\nx: y\"}",
            "200",
        ),
    ] {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = raw(&server.url(), request.as_bytes()).await;
        let target: String = target.chars().take(80).collect();
        assert_eq!(status(&answer), expected, "{method} {target}: {answer}");
    }
    // The name of a backup is what somebody typed, and comes back in a header.
    server.finish_tasks();
    let jobs = server
        .client()
        .backup_restore()
        .list_jobs()
        .await
        .expect("jobs");
    let id = jobs[0].id;
    let request = format!(
        "GET /rest/api/backup-restore/jobs/{id}/download HTTP/1.1\r\nhost: x\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );
    let answer = raw(&server.url(), request.as_bytes()).await;
    assert_eq!(status(&answer), "200", "{answer}");
    assert!(!answer.contains("\r\nx: y"), "{answer}");
}

#[tokio::test]
async fn each_request_is_recorded_with_its_answer_and_who_gave_it() {
    let server = Server::start().await.with_space(Space::new("TEST"));
    let answer = ResponseTemplate::new(200).set_body_string("[]");
    let mock = Mock::given(method("GET")).and(path("/rest/api/cluster/nodes"));
    server.mount(mock.respond_with(answer)).await;
    server.misbehave(Misbehaviour::status(404).on("/rest/api/space/OTHER"));
    let wiki = server.client();
    let _ = wiki.space().get("TEST").await.expect("the space");
    let _ = wiki.space().get("OTHER").await.expect_err("a misbehaviour");
    let _ = wiki.cluster().list_nodes().await;
    let favourites = wiki.search().query("favourite = morgan").await;
    let _ = favourites.expect_err("not simulated");

    let requests = server.requests();
    let answers: Vec<_> = requests
        .iter()
        .filter_map(|request| request.answer())
        .collect();
    let by: Vec<_> = answers.iter().map(|answer| answer.by()).collect();
    assert_eq!(
        by,
        [
            AnsweredBy::Simulation,
            AnsweredBy::Misbehaviour,
            AnsweredBy::Mock,
            AnsweredBy::Simulation
        ]
    );
    assert_eq!(answers[0].json().expect("JSON")["key"], "TEST");
    assert_eq!(answers[0].header("content-type"), Some("application/json"));
    assert!(
        answers
            .iter()
            .all(|answer| answer.header("x-spacewright-simulated").is_none())
    );
    let lines: Vec<_> = requests.iter().map(ToString::to_string).collect();
    assert_eq!(lines[1], "GET /rest/api/space/OTHER → 404 (misbehaviour)");
    assert_eq!(lines[2], "GET /rest/api/cluster/nodes → 200 (mock)");
    assert!(lines[3].ends_with("→ 501 (not simulated)"), "{}", lines[3]);
    requests.answered_by(AnsweredBy::Mock).assert_once();

    assert_eq!(server.take_requests().len(), 4);
    server.requests().assert_none();
}

#[tokio::test]
async fn a_server_that_runs_for_long_keeps_the_latest_requests_only() {
    let server = Server::start().await;
    for number in 0..5 {
        get(&server, number).await;
    }
    server.requests().assert_count(5);
    server.keep_requests(3);
    server.requests().assert_count(3);
    get(&server, 5).await;
    let requests = server.requests().assert_count(3);
    let paths: Vec<&str> = requests.iter().map(|request| request.path()).collect();
    assert_eq!(paths, ["/3", "/4", "/5"]);
    assert!(requests.iter().all(|request| request.status() == Some(401)));
    server.keep_requests(0);
    get(&server, 6).await;
    server.requests().assert_none();
}

async fn get(server: &Server, number: u32) {
    let request = format!("GET /{number} HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(status(&raw(&server.url(), request.as_bytes()).await), "401");
}

#[tokio::test]
async fn requests_at_the_same_moment_are_counted() {
    let server = Server::start().await.with_space(Space::new("TEST"));
    assert_eq!(server.requests().most_at_once(), 0);
    let wiki = server.client();
    for _ in 0..4 {
        wiki.space().get("TEST").await.expect("a space");
    }
    assert_eq!(server.requests().most_at_once(), 1);
    server.misbehave(Misbehaviour::stall().on("/rest/api/space"));
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let wiki = wiki.clone();
            tokio::spawn(async move { wiki.space().list().await.map(drop) })
        })
        .collect();
    while server.requests().len() < 7 {
        tokio::task::yield_now().await;
    }
    wiki.space().get("TEST").await.expect("a space");
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(server.requests().most_at_once(), 4);
    assert_eq!(server.requests().to("/rest/api/space").most_at_once(), 3);
    assert_eq!(
        server.requests().to("/rest/api/space/TEST").most_at_once(),
        1
    );
}

#[tokio::test]
async fn a_bare_server_answers_by_its_mocks_and_misbehaves() {
    let files = BareServer::start().await;
    let picture = ResponseTemplate::new(200).set_body_raw("PNG", "image/png");
    files
        .mount(Mock::given(path("/picture")).respond_with(picture))
        .await;
    let get = async |at: &str| {
        raw(
            &files.url(),
            &format!("GET {at} HTTP/1.1\r\nconnection: close\r\n\r\n").into_bytes(),
        )
        .await
    };
    assert!(get("/picture").await.ends_with("\r\n\r\nPNG"));
    assert_eq!(status(&get("/text").await), "501");
    files.misbehave(Misbehaviour::rate_limited(7).on("/picture").once());
    let limited = get("/picture").await;
    assert_eq!(status(&limited), "429");
    assert!(limited.contains("retry-after: 7\r\n"), "{limited}");
    files.misbehave(Misbehaviour::extra_headers().with_header("age", "9"));
    let served = get("/picture").await;
    assert!(
        served.contains("age: 9\r\n") && served.ends_with("PNG"),
        "{served}"
    );
    files.misbehave(Misbehaviour::status(503));
    assert_eq!(status(&get("/picture").await), "503");
    files.assert_misbehaved();
    files
        .requests()
        .to("/picture")
        .answered_by(AnsweredBy::Mock)
        .assert_count(2);
}

#[tokio::test]
async fn on_a_test_clock_nobody_waits_and_all_waits_are_told() {
    let clock = TestClock::starting_at(SystemTime::UNIX_EPOCH);
    let (begin, hour) = (clock.now(), Duration::from_secs(3600));
    drop(clock.sleep(hour));
    assert_eq!(clock.waits(), []);
    clock.clone().sleep(hour).await;
    clock.advance(hour);
    assert_eq!((clock.waits(), clock.waited()), (vec![hour], hour));
    assert_eq!(clock.now() - begin, 2 * hour);
    assert_eq!(clock.wall(), SystemTime::UNIX_EPOCH + 2 * hour);
    // However long: a clock goes on.
    clock.sleep(Duration::MAX).await;
    clock.sleep(Duration::MAX).await;
    assert!(clock.now() > begin + 2 * hour && clock.wall() > SystemTime::UNIX_EPOCH);
    assert_eq!(clock.waited(), Duration::MAX);
}

#[tokio::test]
async fn assertions_tell_what_was_received_instead() {
    let server = Server::start().await;
    server.misbehave(
        Misbehaviour::reset()
            .for_method("PUT")
            .on("/rest/api/spaces")
            .after(1),
    );
    server.misbehave(Misbehaviour::status(503).on("/rest/api/space").once());
    let _ = server.client().space().list().await.expect("a list");

    let failed = catch_unwind(AssertUnwindSafe(|| server.assert_misbehaved()));
    let told = message(failed);
    assert!(
        told.contains("Reset for PUT on /rest/api/spaces after 1 that go well"),
        "{told}"
    );
    assert!(
        !told.contains("Status(503)") && told.contains("→ 503 (misbehaviour)"),
        "{told}"
    );

    server.requests().to("/rest/api/spaces").assert_none();
    let failed = catch_unwind(AssertUnwindSafe(|| {
        server
            .requests()
            .with_method("GET")
            .to("/rest/api/spaces")
            .assert_once();
    }));
    let told = message(failed);
    assert!(
        told.contains("0 received with method GET, to /rest/api/spaces"),
        "{told}"
    );
    assert!(
        told.contains("and besides them:\n  GET /rest/api/space"),
        "{told}"
    );
}

#[cfg(all(
    feature = "confluence-cloud",
    feature = "onezone",
    feature = "workspaces"
))]
mod every_service {
    use spacewright::testing::{confluence_cloud, onezone, workspaces};

    use super::*;

    #[tokio::test]
    async fn says_in_its_errors_what_is_not_simulated_and_what_to_do() {
        let site = confluence_cloud::Server::start().await;
        let zone = onezone::Server::start().await;
        let wiki = Server::start().await;
        let errors = [
            wiki.client()
                .search()
                .query("favourite = morgan")
                .await
                .expect_err("501"),
            site.client().admin_key().get().await.expect_err("501"),
            site.client()
                .v1()
                .analytics()
                .get_views("1")
                .await
                .expect_err("501"),
            zone.client().clusters().list().await.expect_err("501"),
        ];
        for error in errors {
            let told = error.to_string();
            assert!(told.contains("does not simulate GET /"), "{told}");
            let told = error
                .api()
                .map(|api| format!("{api:?}"))
                .unwrap_or_default();
            assert!(told.contains("server.mount("), "{told}");
        }
    }

    /// Requests that no client of ours would send; each is answered, and none with an error of the server's.
    #[tokio::test]
    async fn survives_what_is_sent_to_it() {
        let site = confluence_cloud::Server::start()
            .await
            .with_space(confluence_cloud::Space::new("DOCS").id("70"));
        let zone = onezone::Server::start().await.with_space(
            onezone::Space::new("Lab")
                .id("space0")
                .advertised("All", "a@example.com"),
        );
        let delay = workspaces::Server::start().await.with_workspaces(3);
        let huge = u64::MAX.to_string();
        let cursor = "eyJwb3NpdGlvbiI6MTg0NDY3NDQwNzM3MDk1NTE2MTV9"; // {"position":18446744073709551615}
        let email = site.user("admin").expect("the user").email;
        let pair = format!("{email}:{}", site.token("admin"));
        let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair);
        let (site_url, zone_url, delay_url) = (site.url(), zone.url(), delay.url());
        let site_auth = format!("authorization: Basic {basic}");
        let zone_auth = format!("x-auth-token: {}", zone.token("admin"));
        let delay_auth = format!("authorization: Bearer {}", delay.token("admin"));
        let requests = [
            (
                &site_url,
                &site_auth,
                "GET",
                format!("/wiki/api/v2/spaces?limit={huge}"),
                "",
            ),
            (
                &site_url,
                &site_auth,
                "GET",
                format!("/wiki/api/v2/spaces?cursor={cursor}"),
                "",
            ),
            (
                &site_url,
                &site_auth,
                "GET",
                "/wiki/api/v2/spaces?cursor=%FF".to_owned(),
                "",
            ),
            (
                &site_url,
                &site_auth,
                "GET",
                format!("/wiki/rest/api/group?start={huge}&limit={huge}"),
                "",
            ),
            (
                &site_url,
                &site_auth,
                "GET",
                "/wiki/api/v2/pages/%00%ZZ".to_owned(),
                "",
            ),
            (
                &site_url,
                &site_auth,
                "POST",
                "/wiki/api/v2/pages".to_owned(),
                "{\"spaceId\":[],\"title\":{}}",
            ),
            (
                &site_url,
                &site_auth,
                "POST",
                "/wiki/api/v2/spaces".to_owned(),
                "[[[[",
            ),
            (
                &zone_url,
                &zone_auth,
                "POST",
                "/api/v3/onezone/spaces/marketplace/list".to_owned(),
                "{\"limit\":1000,\"offset\":9223372036854775807}",
            ),
            (
                &zone_url,
                &zone_auth,
                "POST",
                "/api/v3/onezone/spaces/marketplace/list".to_owned(),
                "{\"offset\":-9223372036854775808,\"index\":\"\\u0000\"}",
            ),
            (
                &zone_url,
                &zone_auth,
                "GET",
                "/api/v3/onezone/spaces/%2E%2E/%FF".to_owned(),
                "",
            ),
            (
                &zone_url,
                &zone_auth,
                "POST",
                "/api/v3/onezone/spaces".to_owned(),
                "{\"name\":",
            ),
            (
                &zone_url,
                &zone_auth,
                "POST",
                "/api/v3/onezone/user/tokens/temporary".to_owned(),
                "{\"caveats\":[{\"type\":\"time\",\"validUntil\":9223372036854775807}]}",
            ),
            (
                &delay_url,
                &delay_auth,
                "GET",
                format!("/workspaces?page={huge}&per_page={huge}"),
                "",
            ),
            (
                &delay_url,
                &delay_auth,
                "GET",
                "/workspaces?page=0&sort_by=%FF".to_owned(),
                "",
            ),
            (
                &delay_url,
                &delay_auth,
                "POST",
                "/workspaces".to_owned(),
                "null",
            ),
            (
                &delay_url,
                &delay_auth,
                "DELETE",
                "/workspaces".to_owned(),
                "",
            ),
        ];
        for (url, auth, method, target, body) in requests {
            let request = format!(
                "{method} {target} HTTP/1.1\r\nhost: x\r\n{auth}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let answer = raw(url, request.as_bytes()).await;
            let status: u16 = status(&answer).parse().unwrap_or(0);
            let told = (200..500).contains(&status) || status == 501;
            assert!(told, "{method} {target} {body}: {answer:?}");
        }
    }
}
