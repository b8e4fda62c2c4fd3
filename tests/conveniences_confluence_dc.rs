//! What Data Center has beside its operations: CQL, files of attachments, webhooks, and names of things
//! that are words of the server's own.
#![cfg(all(feature = "confluence-dc", feature = "testing"))]
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{TryStreamExt, stream};
use serde_json::json;
use spacewright::confluence_dc::Client;
use spacewright::confluence_dc::content;
use spacewright::testing::TestClock;
use spacewright::testing::confluence_dc::{Content, Server, Space};
use spacewright::testing::wiremock::matchers::{
    body_string_contains, header, method, path, path_regex,
};
use spacewright::testing::wiremock::{Mock, ResponseTemplate};
use spacewright::{Cql, Upload};
use support::served::{Checked, checked};

fn client(server: &Server) -> (Client, TestClock) {
    let clock = TestClock::new();
    let client = Client::builder(server.url())
        .auth(server.auth("admin"))
        .clock(clock.clone())
        .build()
        .expect("a client");
    (client, clock)
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
        let (wiki, clock) = client(&server);
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
        assert!((7..8).contains(&clock.waited().as_secs()));
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
        let (wiki, clock) = client(&server);
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
        assert_eq!((error.attempts(), clock.waited()), (1, Duration::ZERO));
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

    /// The body of the only upload that a server got.
    async fn uploaded(server: &Server) -> String {
        server.requests().assert_count(1);
        let requests = server.requests();
        let upload = requests.first().expect("there is one");
        String::from_utf8_lossy(upload.body()).into_owned()
    }

    async fn takes_all() -> Server {
        let server = Server::start().await;
        let taken = ResponseTemplate::new(200).set_body_json(json!({ "results": [] }));
        let uploads = Mock::given(method("POST")).and(path(ATTACHMENTS));
        server.mount(uploads.respond_with(taken)).await;
        server
    }

    #[tokio::test]
    async fn take_several_files_with_a_comment_each() {
        let server = takes_all().await;
        let (wiki, _) = client(&server);
        let last = stream::iter([Ok("third".into())]);
        wiki.attachments()
            .create("1", Upload::bytes("a.txt", "first"))
            .comment("taken back")
            .and_file(Upload::bytes("b.txt", "second"))
            .and_file(Upload::stream("c.txt", last, Some(5)))
            .comments(["one", "two", "three"])
            .await
            .unwrap();
        let body = uploaded(&server).await;
        let at = |part: &str| {
            body.find(part)
                .unwrap_or_else(|| panic!("{part} in {body}"))
        };
        let order = ["first", "second", "third", "one", "two", "three"].map(at);
        assert!(order.is_sorted(), "{body}");
        assert_eq!(body.matches("name=\"file\"").count(), 3);
        assert_eq!(body.matches("name=\"comment\"").count(), 3);
        assert!(!body.contains("taken back"));
    }

    #[tokio::test]
    async fn keep_the_names_of_their_files() {
        let long = format!("{}.txt", "ü".repeat(300));
        let sent_as = [
            ("quarterly report.txt", "quarterly report.txt"),
            ("日本 ä.txt", "日本 ä.txt"),
            ("100%.txt", "100%.txt"),
            ("a;b=c.txt", "a;b=c.txt"),
            // A quoted string: what would end it has a backslash before it.
            ("say \"hi\".txt", "say \\\"hi\\\".txt"),
            ("c:\\temp\\x", "c:\\\\temp\\\\x"),
            ("../up/x.txt", "../up/x.txt"),
            (long.as_str(), long.as_str()),
        ];
        for (name, sent) in sent_as {
            let server = takes_all().await;
            let (wiki, _) = client(&server);
            let file = Upload::bytes(name, "");
            wiki.attachments().create("1", file).await.unwrap();
            let body = uploaded(&server).await;
            let part = format!("name=\"file\"; filename=\"{sent}\"\r\n");
            assert!(body.contains(&part), "{part:?} is not in {body:?}");
        }
    }

    #[tokio::test]
    async fn without_a_good_name_send_nothing() {
        let server = takes_all().await;
        let (wiki, _) = client(&server);
        for name in ["", "a\nX-Evil: 1", "a\r\n\r\n", "\0", "tab\t", "\u{85}"] {
            let file = Upload::bytes(name, "all is well");
            let error = wiki.attachments().create("1", file).await.unwrap_err();
            assert!(error.is_invalid_input(), "{name:?}: {error}");
            assert!(error.to_string().contains("nothing was sent"), "{error}");
        }
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

mod downloads {
    use super::*;

    async fn server_with(file: ResponseTemplate) -> Server {
        let server = Server::start().await.with_context_path("/confluence");
        let files = Mock::given(method("GET")).and(path_regex("/download/attachments/"));
        server.mount(files.respond_with(file)).await;
        server
    }

    #[tokio::test]
    async fn ask_for_the_file_by_its_name() {
        let server = server_with(ResponseTemplate::new(200).set_body_string("all is well")).await;
        let (wiki, _) = client(&server);
        let file = wiki
            .attachments()
            .download("65591", "a b/ü+%.txt")
            .version(3);
        let file = file.await.unwrap();
        assert_eq!(file.length(), Some(11));
        assert_eq!(&file.bytes_within(11).await.unwrap()[..], b"all is well");
        let sent = server.requests();
        let sent = sent.first().expect("there is one");
        assert_eq!(
            sent.path(),
            "/confluence/download/attachments/65591/a%20b%2F%C3%BC%2B%25.txt"
        );
        assert_eq!(sent.query_value("version").as_deref(), Some("3"));
    }

    #[tokio::test]
    async fn end_where_their_limit_is() {
        let server = server_with(ResponseTemplate::new(200).set_body_string("all is well")).await;
        let (wiki, _) = client(&server);
        let file = wiki.attachments().download("1", "x").await.unwrap();
        let error = file.bytes_within(10).await.unwrap_err();
        assert!(error.to_string().contains("limit of 10 bytes"), "{error}");
        assert_eq!(error.operation(), Some("attachments_download"));
    }

    #[tokio::test]
    async fn may_be_empty() {
        let server = server_with(ResponseTemplate::new(200)).await;
        let (wiki, _) = client(&server);
        let file = wiki.attachments().download("1", "x").await.unwrap();
        assert!(file.bytes().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn that_are_not_there_or_have_no_name_are_errors() {
        let page = "<html><title>Page Not Found</title></html>";
        let page = ResponseTemplate::new(404).set_body_raw(page, "text/html");
        let server = server_with(page).await;
        let (wiki, _) = client(&server);
        let error = wiki.attachments().download("1", "x").await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
        for name in ["", "..", "a\\b", "../x"] {
            let error = wiki.attachments().download("1", name).await.unwrap_err();
            assert!(error.is_invalid_input(), "{name:?}: {error}");
        }
        server.requests().assert_count(1);
    }
}

/// The server's own rules, which are kept before anything is sent.
mod rules {
    use spacewright::confluence_dc::types::{NewPassword, NewUser, UserUpdate};

    use super::*;

    #[tokio::test]
    async fn are_kept_by_every_operation_that_they_are_for() {
        let server = Server::start().await;
        let wiki = server.client();
        let email = || UserUpdate::new().email("nowhere");
        let refused = [
            wiki.admin_user()
                .create(NewUser::new("Morgan", "Morgan Lee", "m@example.com").password("s"))
                .await
                .err(),
            wiki.admin_user().update("morgan", email()).await.err(),
            wiki.user().update_current(email()).await.err(),
            wiki.admin_user()
                .change_password("morgan", NewPassword::new(" "))
                .await
                .err(),
        ];
        for error in refused {
            let error = error.expect("the rule is broken");
            assert!(error.is_invalid_input(), "{error}");
        }
        server.requests().assert_count(0);
    }
}

/// Things whose names are words of the server's paths.
mod names {
    use spacewright::confluence_dc::types::ContentType;

    use super::*;

    #[tokio::test]
    async fn that_lead_elsewhere_send_nothing_and_say_what_does() {
        let server = Server::start().await;
        let wiki = server.client();
        for name in [
            "info",
            "member",
            "groupmember",
            "groupparent",
            "groupancestor",
        ] {
            let error = wiki.group().get(name).await.unwrap_err();
            assert!(error.is_invalid_input(), "{name}: {error}");
            let text = error.to_string();
            assert!(
                text.contains(&format!("GET /rest/api/group/{name}")),
                "{text}"
            );
            assert!(text.contains("use `group_get_by_name`"), "{text}");
        }
        for id in ["scan", "search"] {
            let error = wiki.content().get(id).await.unwrap_err();
            assert!(
                error.to_string().contains(&format!("`content_{id}`")),
                "{error}"
            );
        }
        server.requests().assert_count(0);
    }

    #[tokio::test]
    async fn that_lead_nowhere_else_go_out() {
        let server = Server::start().await;
        let wiki = server.client();
        // In the query every name is good; in a path one that is not quite the word, or another method's.
        let _ = wiki.group().get_by_name("member").await;
        let _ = wiki.group().get("Member").await;
        let _ = wiki.group().get("member ").await;
        let _ = wiki.group().get("%6dember").await;
        let _ = wiki.group().list_members("member").await;
        let _ = wiki.space().get("personal").await;
        let _ = wiki.content().delete("search").await;
        // A kind of children is meant, whichever of the server's paths has it.
        let _ = wiki
            .child_content()
            .list_of_type("1", ContentType::Attachment)
            .await;
        let sent: Vec<String> = server
            .requests()
            .iter()
            .map(|request| request.path().to_owned())
            .collect();
        let below = |path: &str| format!("/rest/api/{path}");
        let expected = [
            "group/info",
            "group/Member",
            "group/member%20",
            "group/%256dember",
            "group/member/member",
            "space/personal",
            "content/search",
            "content/1/child/attachment",
        ];
        assert_eq!(sent, expected.map(below));
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
        assert_eq!(
            delivery.user_key.as_ref().map(|key| key.as_str()),
            Some("ff80")
        );
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

    /// The deliveries in `tests/fixtures`, by the event.
    fn deliveries() -> std::collections::BTreeMap<String, Delivery> {
        let text = include_str!("fixtures/confluence_dc/deliveries.json");
        let bodies: Vec<serde_json::Value> = serde_json::from_str(text).expect("it is JSON");
        let read = |body: serde_json::Value| {
            let name = body["event"].as_str().unwrap_or("test").to_owned();
            let name = match body["updateTrigger"].as_str() {
                Some(trigger) => format!("{name} {trigger}"),
                None => name,
            };
            (
                name,
                Delivery::unsigned(body.to_string().as_bytes()).unwrap(),
            )
        };
        bodies.into_iter().map(read).collect()
    }

    #[test]
    fn what_a_delivery_is_about_is_read() {
        let all = deliveries();
        let content = |event: &str| all[event].content().expect("it is about a content");
        // A server that sends ids only: with them the rest can be read.
        let page = content("page_created");
        assert_eq!(page.id.as_ref().map(|id| id.as_str()), Some("65591"));
        assert!(page.title.is_none() && page.space_key.is_none() && page.rest.is_empty());

        let page = content("page_updated edit_page");
        assert_eq!(page.title.as_deref(), Some("Notes"));
        assert_eq!(page.content_type, Some("page".into()));
        assert_eq!(page.space_key, Some("TEST".into()));
        assert_eq!(page.version, Some(4));
        assert_eq!(page.creator_key, Some("ff80".into()));
        assert_eq!(page.last_modifier_key, None, "an empty key is none");
        let made = page.creation_date.and_then(|time| time.milliseconds());
        assert_eq!(made, Some(1_596_182_500_000));
        assert!(page.modification_date.is_none(), "an empty time is none");

        let comment = content("comment_created");
        let answered = comment.in_reply_to.expect("it is an answer");
        assert_eq!(answered.id, Some("98309".into()));
        assert_eq!(content("blog_removed").id, Some("70001".into()));
        assert_eq!(
            content("content_permissions_updated").id,
            Some("65591".into())
        );

        let moved = &all["page_moved"];
        assert!(moved.old_parent().is_none());
        assert_eq!(
            moved.new_parent().and_then(|page| page.id),
            Some("65500".into())
        );
    }

    #[test]
    fn what_else_a_delivery_is_about_is_read() {
        let all = deliveries();
        let files = all["attachment_created"].attachments();
        assert_eq!(files.len(), 2);
        assert_eq!(files[0].file_name.as_deref(), Some("plan.pdf"));
        assert_eq!(files[0].file_size, Some(5_000_000_000));
        assert_eq!(files[1].id, Some("98312".into()));
        let page = all["attachment_created"].attached_to();
        assert_eq!(page.and_then(|page| page.id), Some("65591".into()));
        assert!(all["attachment_created"].content().is_none());

        let label = all["label_added"].label().and_then(|label| label.name);
        assert_eq!(label.as_deref(), Some("start"));
        let labeled = all["label_added"].labeled().expect("it got the label");
        assert_eq!(
            (labeled.labels.len(), labeled.id),
            (2, Some("65591".into()))
        );

        let space = all["space_updated"].space().expect("it is about a space");
        assert_eq!((space.id, space.key), (Some(98_306), Some("TEST".into())));
        assert_eq!(space.is_personal_space, Some(false));
        assert_eq!(
            space.home_page.and_then(|page| page.id),
            Some("65592".into())
        );

        let user = all["user_created"].user().expect("it is about a user");
        assert_eq!(user.user_key, Some("ff81".into()));
        assert_eq!(user.full_name.as_deref(), Some("Morgan Lee"));
        assert_eq!(all["group_created"].group(), Some("team".into()));
        assert_eq!(all["theme_enabled"].user_key, None);
        let theme: Option<String> = all["theme_enabled"].part("newThemeKey").unwrap();
        assert!(theme.is_some_and(|key| key.ends_with("global-theme")));
    }

    #[test]
    fn parts_of_another_form_are_none_and_stay_in_the_rest() {
        for value in ["null", "7", "\"text\"", "[]", "{\"id\":{}}", "true"] {
            let names = [
                "page",
                "oldParent",
                "newParent",
                "attachments",
                "attachedTo",
                "label",
                "labeled",
                "space",
                "userProfile",
            ];
            let parts = names.map(|name| format!("\"{name}\":{value}")).join(",");
            let body = format!("{{\"timestamp\":{{}},\"userKey\":[],{parts}}}");
            let delivery = Delivery::unsigned(body.as_bytes()).unwrap();
            assert!(delivery.timestamp.is_none() && delivery.user_key.is_none());
            assert_eq!(delivery.content().and_then(|page| page.id), None);
            assert_eq!(delivery.space().and_then(|space| space.id), None);
            assert!(delivery.attachments().is_empty() && delivery.group().is_none());
            assert_eq!(delivery.rest.len(), names.len());
        }
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
