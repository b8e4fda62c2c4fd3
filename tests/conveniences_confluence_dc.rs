//! What Data Center has beside its operations: CQL, uploads that are tried again, webhooks.
#![cfg(all(feature = "confluence-dc", feature = "testing"))]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use futures_util::{TryStreamExt, stream};
use serde_json::json;
use spacewright::confluence_dc::Client;
use spacewright::confluence_dc::content;
use spacewright::testing::confluence_dc::{Content, Server, Space};
use spacewright::testing::wiremock::matchers::{body_string_contains, header, method, path};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{Auth, Clock, Cql, Upload};
use support::served::{Checked, checked};

/// A clock that passes over every wait at once.
struct NoWait {
    start: Instant,
    waited: Arc<Mutex<Duration>>,
}

impl Clock for NoWait {
    fn now(&self) -> Instant {
        self.start + *self.waited.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        *self.waited.lock().unwrap() += time;
        Box::pin(std::future::ready(()))
    }
}

fn client(server: &Server) -> (Client, Arc<Mutex<Duration>>) {
    let waited = Arc::new(Mutex::new(Duration::ZERO));
    let clock = NoWait {
        start: Instant::now(),
        waited: Arc::clone(&waited),
    };
    let client = Client::builder(server.url())
        .auth(Auth::personal_access_token(server.token("admin")))
        .clock(clock)
        .build()
        .expect("a client");
    (client, waited)
}

mod cql {
    use super::*;

    #[tokio::test]
    async fn finds_what_it_says_and_no_more() {
        let server = checked(
            Server::start()
                .await
                .with_space(Space::new("TEST"))
                .with_space(Space::new("OTHER"))
                .with_content(Content::page("TEST", "Welcome"))
                .with_content(Content::page("OTHER", "Welcome")),
        );
        let wiki = server.client();
        let in_test = Cql::field("space")
            .equals("TEST")
            .and(Cql::field("title").equals("Welcome"));

        let hits: Vec<_> = wiki
            .search()
            .query(&in_test)
            .items()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(hits.len(), 1);
        let pages = wiki
            .content()
            .search(&in_test)
            .expand(content::expand::SPACE)
            .items();
        let pages: Vec<_> = pages.try_collect().await.unwrap();
        assert_eq!(pages.len(), 1);
        let sent = server.requests().to("/rest/api/content/search");
        let cql = sent.first().and_then(|request| request.query_value("cql"));
        assert_eq!(
            cql.as_deref(),
            Some(r#"space = "TEST" and title = "Welcome""#)
        );
    }
}

mod uploads {
    use super::*;

    const ATTACHMENTS: &str = "/rest/api/content/1/child/attachment";

    /// A server that refuses the first upload with 429 and takes the second.
    async fn busy_once() -> Checked<Server> {
        let server = checked(Server::start().await);
        let uploads = || {
            Mock::given(method("POST"))
                .and(path(ATTACHMENTS))
                .and(header("x-atlassian-token", "no-check"))
        };
        let busy = ResponseTemplate::new(429).insert_header("retry-after", "7");
        let busy = busy.set_body_json(json!({ "message": "Rate limit exceeded." }));
        server
            .mount(
                uploads()
                    .respond_with(busy)
                    .up_to_n_times(1)
                    .with_priority(1),
            )
            .await;
        let stored =
            json!({ "results": [{ "id": "att2", "type": "attachment", "title": "report.txt" }] });
        let stored = uploads()
            .and(body_string_contains("all is well"))
            .respond_with(ResponseTemplate::new(200).set_body_json(stored))
            .with_priority(2);
        server.mount(stored).await;
        server
    }

    #[tokio::test]
    async fn from_memory_are_sent_again_with_all_that_belongs_to_them() {
        let server = busy_once().await;
        let (wiki, waited) = client(&server);
        let progress = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&progress);
        let file = Upload::bytes("report.txt", "all is well").content_type("text/plain");
        let file = file.on_progress(move |sent| seen.lock().unwrap().push(sent));

        let stored = wiki
            .attachments()
            .create("1", file)
            .comment("weekly")
            .minor_edit(true)
            .send()
            .await
            .unwrap();

        assert_eq!(stored.attempts(), 2);
        // As long as the server asked for, and a little so that not all clients come at once.
        assert!((7..8).contains(&waited.lock().unwrap().as_secs()));
        let bodies: Vec<String> = server
            .requests()
            .iter()
            .map(|request| String::from_utf8_lossy(request.body()).into_owned())
            .collect();
        assert_eq!(bodies.len(), 2);
        for body in &bodies {
            for part in [
                "name=\"file\"; filename=\"report.txt\"",
                "text/plain",
                "all is well",
                "weekly",
                "minorEdit",
            ] {
                assert!(body.contains(part), "{part:?} is missing in {body}");
            }
        }
        // Each attempt counts from the beginning and up to the whole file.
        assert_eq!(
            progress
                .lock()
                .unwrap()
                .iter()
                .filter(|sent| **sent == 11)
                .count(),
            2
        );
    }

    #[tokio::test]
    async fn from_disk_are_read_again() {
        let server = busy_once().await;
        let (wiki, _) = client(&server);
        let file = tempfile("report.txt", "all is well");
        let stored = wiki
            .attachments()
            .create("1", file.as_path())
            .send()
            .await
            .unwrap();
        assert_eq!(stored.attempts(), 2);
        std::fs::remove_file(file).expect("the file is removed");
    }

    #[tokio::test]
    async fn from_a_stream_are_sent_once_and_the_error_says_why() {
        let server = busy_once().await;
        let (wiki, waited) = client(&server);
        let pieces = stream::iter([Ok("all is ".into()), Ok("well".into())]);
        let error = wiki
            .attachments()
            .create("1", Upload::stream("report.txt", pieces, None))
            .await
            .unwrap_err();
        assert!(error.is_rate_limited(), "{error}");
        assert!(
            error.to_string().contains("cannot be sent again"),
            "{error}"
        );
        assert_eq!(
            (error.attempts(), *waited.lock().unwrap()),
            (1, Duration::ZERO)
        );
        server.requests().assert_count(1);
    }

    #[tokio::test]
    async fn of_files_that_are_not_there_send_nothing() {
        let server = checked(Server::start().await);
        let (wiki, _) = client(&server);
        let error = wiki
            .attachments()
            .create("1", Upload::path("/no/such/file.txt"))
            .await
            .unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        server.requests().assert_count(0);
    }

    /// Several processes may run this test at once: each has a file of its own.
    fn tempfile(name: &str, text: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("spacewright-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(name);
        std::fs::write(&file, text).expect("a file");
        file
    }
}

#[cfg(feature = "webhooks")]
mod webhooks {
    use spacewright::Secret;
    use spacewright::confluence_dc::types::WebhookEvent;
    use spacewright::confluence_dc::webhook_delivery::{Delivery, DeliveryError, verify};

    const BODY: &[u8] =
        br#"{"timestamp":1596182511300,"event":"page_created","userKey":"ff80","page":{"id":65591,"title":"Notes"}}"#;
    /// Made by another implementation of HMAC-SHA256, with the secret below.
    const SIGNATURE: &str =
        "sha256=82fbaa7bb2485da1944f5cc57c76489fd825f557f62ceca36bb22dd068048dfd";

    fn secret() -> Secret {
        Secret::from("It's a Secret")
    }

    #[test]
    fn a_genuine_delivery_is_opened() {
        #[derive(serde::Deserialize)]
        struct Page {
            id: i64,
            title: String,
        }
        let delivery = Delivery::open(&secret(), Some(SIGNATURE), BODY).unwrap();
        assert_eq!(delivery.event, Some(WebhookEvent::PageCreated));
        assert_eq!(delivery.user_key.as_deref(), Some("ff80"));
        assert_eq!(
            delivery.timestamp.and_then(|time| time.milliseconds()),
            Some(1_596_182_511_300)
        );
        let page: Page = Delivery::unsigned(BODY)
            .unwrap()
            .part("page")
            .unwrap()
            .unwrap();
        assert_eq!((page.id, page.title.as_str()), (65591, "Notes"));
        assert!(delivery.rest.contains_key("page") && delivery.rest.len() == 1);
    }

    #[test]
    fn the_digits_may_be_upper_case() {
        let (name, digits) = SIGNATURE.split_once('=').unwrap();
        assert!(
            verify(
                &secret(),
                Some(&format!("{name}={}", digits.to_uppercase())),
                BODY
            )
            .is_ok()
        );
    }

    #[test]
    fn a_signature_that_does_not_fit_is_refused() {
        let digits = SIGNATURE.trim_start_matches("sha256=");
        let last_digit_wrong = format!("sha256={}e", &digits[..63]);
        let (short, long) = (&SIGNATURE[..SIGNATURE.len() - 2], format!("{SIGNATURE}00"));
        let sha1 = format!("sha1={digits}");
        let wide = format!("sha256={}é", &digits[..62]);
        for wrong in [
            "",
            "sha256=",
            digits,
            short,
            &long,
            &sha1,
            &wide,
            &last_digit_wrong,
            "sha256=zz",
        ] {
            let outcome = verify(&secret(), Some(wrong), BODY);
            assert!(
                matches!(outcome, Err(DeliveryError::WrongSignature)),
                "{wrong:?}: {outcome:?}"
            );
        }
        for (secret, body) in [
            (secret(), &BODY[1..]),
            (secret(), b""),
            (Secret::from("another"), BODY),
        ] {
            let outcome = Delivery::open(&secret, Some(SIGNATURE), body);
            assert!(matches!(outcome, Err(DeliveryError::WrongSignature)));
        }
    }

    #[test]
    fn an_unsigned_delivery_and_an_empty_secret_prove_nothing() {
        assert!(matches!(
            verify(&secret(), None, BODY),
            Err(DeliveryError::Unsigned)
        ));
        assert!(matches!(
            verify(&Secret::from(""), Some(SIGNATURE), BODY),
            Err(DeliveryError::EmptySecret)
        ));
    }

    #[test]
    fn what_is_unknown_today_is_kept() {
        let delivery = Delivery::unsigned(
            br#"{"event":"whiteboard_created","whiteboard":{"id":1},"extra":[]}"#,
        )
        .unwrap();
        assert_eq!(
            delivery.event.as_ref().map(|event| event.as_str()),
            Some("whiteboard_created")
        );
        assert_eq!(delivery.rest.len(), 2);
        // The server's test call.
        let test = Delivery::unsigned(br#"{"test":true}"#).unwrap();
        assert_eq!(test.part::<bool>("test").unwrap(), Some(true));
        assert_eq!(test.event, None);
        assert!(matches!(
            Delivery::unsigned(b"[]"),
            Err(DeliveryError::Unreadable(_))
        ));
        assert!(matches!(
            Delivery::unsigned(b"<html>"),
            Err(DeliveryError::Unreadable(_))
        ));
    }
}
