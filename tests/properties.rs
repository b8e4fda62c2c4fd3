//! Properties that hold for whatever a caller passes and whatever a server sends.
#![cfg(all(feature = "confluence-dc", feature = "workspaces", feature = "testing"))]
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "hostile/clock.rs"]
mod clock;
#[path = "hostile/server.rs"]
mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use futures_util::StreamExt;
use percent_encoding::percent_decode_str;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use server::{Server, Step, json, with};
use spacewright::{Auth, ErrorKind, Retry, Timestamp, confluence_dc, workspaces};

const SPACE: &str = r#"{"id": 7, "key": "TEST", "name": "A test", "type": "global"}"#;

/// A server whose next answer the test sets, and clients of it.
struct Stage {
    runtime: tokio::runtime::Runtime,
    server: Server,
    next: Arc<Mutex<Vec<Step>>>,
    wiki: confluence_dc::Client,
    workspaces: workspaces::Client,
}

impl Stage {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let next = Arc::new(Mutex::new(json("200 OK", SPACE)));
        let playing = next.clone();
        let server = runtime.block_on(Server::answering(move |_, _| {
            playing.lock().unwrap().clone()
        }));
        let (url, retry) = (server.url(), Retry::none());
        let auth = Auth::bearer("t0ken-marked");
        let wiki = confluence_dc::Client::builder(url.as_str())
            .auth(auth.clone())
            .retry(retry.clone());
        let workspaces = workspaces::Client::builder(url.as_str())
            .auth(auth)
            .retry(retry);
        let clock = clock::clock();
        let wiki = wiki.clock(clock.clone()).build().unwrap();
        let workspaces = workspaces.clock(clock.clone()).build().unwrap();
        Self {
            runtime,
            server,
            next,
            wiki,
            workspaces,
        }
    }

    fn play(&self, answer: Vec<Step>) {
        *self.next.lock().unwrap() = answer;
    }

    /// Reads a space; gives the error.
    fn fails(&self) -> spacewright::Error {
        self.runtime
            .block_on(async { self.wiki.space().get("TEST").await })
            .unwrap_err()
    }
}

/// Runs a property over many values, all with one stage.
fn holds<S: Strategy>(
    strategy: S,
    property: impl Fn(&Stage, S::Value) -> Result<(), TestCaseError>,
) {
    let stage = Stage::open();
    let config = Config {
        cases: 256,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&strategy, |value| property(&stage, value))
        .unwrap();
}

/// Texts with all that URLs, paths and headers give a meaning to.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        any::<String>(),
        "[./\\\\%?#&=+; a2eEfF5cC]{1,6}",
        Just("..".to_owned()),
        Just("%2e".to_owned()),
        Just("\u{202e}🙂".to_owned()),
    ];
    vec(pieces, 1..4).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_path_value_arrives_or_nothing_is_sent() {
    holds(text(), |stage, value| {
        let before = stage.server.seen().len();
        let outcome = stage
            .runtime
            .block_on(async { stage.wiki.group().get(value.as_str()).send().await });
        let seen = stage.server.seen().split_off(before);
        if let Err(error) = outcome.as_ref().map(drop).map_err(spacewright::Error::kind)
            && error == ErrorKind::InvalidInput
        {
            prop_assert!(seen.is_empty());
            return Ok(());
        }
        let segment = seen[0]
            .target
            .strip_prefix("/rest/api/group/")
            .unwrap_or("none");
        prop_assert!(!segment.contains(['/', '\\', '?', '#']), "{}", segment);
        let decoded = percent_decode_str(segment).decode_utf8().unwrap();
        prop_assert_eq!(&*decoded, value.as_str());
        prop_assert!(!matches!(&*decoded, "." | ".."));
        Ok(())
    });
}

#[test]
fn a_query_value_arrives() {
    holds(text(), |stage, value| {
        let before = stage.server.seen().len();
        let outcome = stage
            .runtime
            .block_on(async { stage.wiki.group().get_by_name(value.as_str()).send().await });
        // The answer is a space and not a group: what counts is what went out.
        drop(outcome);
        let seen = stage.server.seen().split_off(before);
        prop_assert_eq!(seen[0].path(), "/rest/api/group/info");
        prop_assert_eq!(seen[0].query(), [("groupName".to_owned(), value)]);
        Ok(())
    });
}

#[test]
fn retry_after_is_read_in_all_its_forms() {
    holds(0u64..4_000_000_000, |stage, seconds| {
        let date = clock::begin() + Duration::from_secs(seconds);
        for text in [seconds.to_string(), httpdate::fmt_http_date(date)] {
            stage.play(with(
                "429 Too Many Requests",
                &format!("Retry-After: {text}\r\n"),
                "",
            ));
            let error = stage.fails();
            let wait = (seconds > 0).then(|| Duration::from_secs(seconds));
            prop_assert_eq!(
                (error.kind(), error.retry_after()),
                (ErrorKind::RateLimited, wait),
                "{}",
                text
            );
        }
        Ok(())
    });
}

#[test]
fn whatever_waits_are_asked_for_a_refusal_is_one() {
    let value = "[ -~]{0,40}";
    holds(
        (value, value, value, value),
        |stage, (after, remaining, reset, interval)| {
            let headers = format!(
                "Retry-After: {after}\r\nX-RateLimit-Remaining: {remaining}\r\nX-RateLimit-Reset: {reset}\r\nX-RateLimit-Interval-Seconds: {interval}\r\n"
            );
            stage.play(with("429 Too Many Requests", &headers, ""));
            let error = stage.fails();
            prop_assert_eq!(
                (error.kind(), error.attempts()),
                (ErrorKind::RateLimited, 1)
            );
            Ok(())
        },
    );
}

const WORKSPACE: &str = r#"{"id":"ID","identifier":"i","name":"n","workspace_type":"single_user","created_at":"2024-10-09T11:51:59Z","updated_at":"2024-10-09T11:51:59Z"}"#;

#[test]
fn the_next_page_is_found_among_links_and_no_link_is_followed() {
    let relation = prop_oneof![
        Just("next"),
        Just("prev"),
        Just("first"),
        Just("last"),
        Just("NEXT"),
        Just("\"last next\"")
    ];
    let link = (
        relation,
        2u64..9,
        prop_oneof![
            Just("https://evil.example"),
            Just(""),
            Just("http://127.0.0.1:1")
        ],
    );
    holds(vec(link, 0..5), |stage, links| {
        let texts = links.iter().map(|(relation, page, host)| {
            let relation = if relation.starts_with('"') {
                (*relation).to_owned()
            } else {
                format!("\"{relation}\"")
            };
            format!("<{host}/workspaces?per_page=1&page={page}>; title=\"a, b; c\"; rel={relation}")
        });
        let header = format!("Link: {}\r\n", texts.collect::<Vec<_>>().join(", "));
        stage.play(with("200 OK", &header, format!("[{WORKSPACE}]")));
        let before = stage.server.seen().len();
        let pages = stage.workspaces.workspaces().list().pages().take(2);
        let pages: Vec<_> = stage.runtime.block_on(pages.collect());
        let seen = stage.server.seen().split_off(before);
        let next = links
            .iter()
            .find(|(relation, ..)| relation.to_ascii_lowercase().contains("next"));
        prop_assert_eq!(pages.len() > 1, next.is_some(), "{}", header);
        if let Some(second) = seen.get(1) {
            let asked = second
                .query()
                .into_iter()
                .find(|(name, _)| name == "page")
                .map(|(_, page)| page);
            // A link that jumps over pages is not believed: they are read one after the other.
            prop_assert_eq!(asked.as_deref(), Some("2"));
        }
        Ok(())
    });
}

#[test]
fn whatever_the_links_the_first_page_is_given() {
    holds("[ -~]{0,80}", |stage, link| {
        stage.play(with(
            "200 OK",
            &format!("Link: {link}\r\n"),
            format!("[{WORKSPACE}]"),
        ));
        let pages = stage.workspaces.workspaces().list().pages().take(1);
        let pages: Vec<_> = stage.runtime.block_on(pages.collect());
        prop_assert!(
            matches!(pages.as_slice(), [Ok(page)] if page.items.len() == 1),
            "{:?}",
            pages
        );
        Ok(())
    });
}

#[test]
fn a_time_is_read_in_all_its_forms() {
    let milliseconds = -2_000_000_000_000i64..20_000_000_000_000;
    let config = Config {
        cases: 2000,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(
        &(milliseconds, -14 * 60..14 * 60i32),
        |(milliseconds, minutes)| {
            let offset = FixedOffset::east_opt(minutes * 60).unwrap();
            let time: DateTime<FixedOffset> = DateTime::<Utc>::from_timestamp_millis(milliseconds)
                .unwrap()
                .with_timezone(&offset);
            let texts = ["%Y-%m-%dT%H:%M:%S%.3f%z", "%Y-%m-%dT%H:%M:%S%.3f%:z", "%+"]
                .map(|form| time.format(form).to_string());
            for text in texts.into_iter().chain([milliseconds.to_string()]) {
                let read = Timestamp::from(text.as_str());
                prop_assert_eq!(read.milliseconds(), Some(milliseconds), "{}", &text);
                prop_assert_eq!(read.as_sent(), text);
            }
            Ok(())
        },
    );
    outcome.unwrap();
}

proptest! {
    #[test]
    fn a_time_that_is_none_stays_what_it_was(text in ".*") {
        let read = Timestamp::from(text.as_str());
        prop_assert_eq!(read.as_sent(), text);
    }
}

/// JSON of any shape, with the names that error bodies use.
fn anything() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        Just("message"),
        Just("error"),
        Just("errors"),
        Just("data"),
        Just("translation"),
        Just("statusCode"),
        Just("reason"),
        Just("title"),
        Just("id"),
        Just("description"),
        Just("key"),
        Just("results"),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        Just("Bearer t0ken-marked".into()),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Into::into),
            vec((name.clone(), inner), 0..4).prop_map(|fields| {
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

fn is_one_plain_line(error: &spacewright::Error) -> Result<(), TestCaseError> {
    let text = error.to_string();
    prop_assert!(
        !text.contains(char::is_control) && text.chars().count() < 1200,
        "{:?}",
        text
    );
    prop_assert!(
        !format!("{text} {error:?}").contains("t0ken-marked"),
        "{:?}",
        error
    );
    Ok(())
}

#[test]
fn whatever_an_error_says_it_is_told_in_one_plain_line() {
    holds((anything(), 400u16..600), |stage, (body, status)| {
        let text = body.to_string();
        stage.play(with(&format!("{status} X"), "", &text));
        let error = stage.fails();
        prop_assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        let expected = match status {
            400 | 422 => ErrorKind::BadRequest,
            401 => ErrorKind::Unauthorized,
            403 => ErrorKind::Forbidden,
            404 | 410 => ErrorKind::NotFound,
            409 | 412 => ErrorKind::Conflict,
            429 => ErrorKind::RateLimited,
            500.. => ErrorKind::Server,
            _ => ErrorKind::Status,
        };
        prop_assert_eq!(error.kind(), expected);
        prop_assert_eq!(
            error.api().map(|api| api.raw().to_vec()),
            Some(text.into_bytes())
        );
        is_one_plain_line(&error)
    });
}

#[test]
fn whatever_the_body_it_is_a_value_or_an_error() {
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..200),
        anything().prop_map(|body| body.to_string().into_bytes()),
        (0..SPACE.len(), any::<u8>()).prop_map(|(at, byte)| {
            let mut body = SPACE.as_bytes().to_vec();
            body[at] = byte;
            body
        }),
    ];
    holds(bytes, |stage, body| {
        stage.play(json("200 OK", &body));
        let outcome = stage
            .runtime
            .block_on(async { stage.wiki.space().get("TEST").send().await });
        match outcome {
            Ok(answer) => prop_assert_eq!(&answer.body()[..], &body[..]),
            Err(error) => {
                prop_assert_eq!(
                    (
                        error.status().map(|status| status.as_u16()),
                        error.attempts()
                    ),
                    (Some(200), 1)
                );
                is_one_plain_line(&error)?;
            }
        }
        Ok(())
    });
}

#[test]
fn whatever_comes_for_http_the_call_ends() {
    let good = server::answer("200 OK", "Content-Type: application/json\r\n", SPACE);
    let broken = prop_oneof![
        vec(any::<u8>(), 0..200),
        (0..good.len(), vec(any::<u8>(), 0..4), 0..8usize).prop_map(move |(at, with, cut)| {
            let mut answer = good.clone();
            answer.splice(at..(at + cut).min(answer.len()), with);
            answer
        }),
    ];
    holds(broken, |stage, answer| {
        stage.play(server::raw(answer));
        let outcome = stage
            .runtime
            .block_on(async { stage.wiki.space().get("TEST").await });
        outcome
            .err()
            .map_or(Ok(()), |error| is_one_plain_line(&error))
    });
}
