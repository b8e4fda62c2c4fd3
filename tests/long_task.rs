//! Long tasks, by a clock that stands still until it is waited for: every way in which they end.
#![cfg(all(feature = "testing", feature = "confluence-dc"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Mutex;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use spacewright::confluence_dc::{Client, types::LongTaskStatus};
use spacewright::testing::TestClock;
use spacewright::testing::confluence_dc::Server;
use spacewright::testing::wiremock::matchers::{method, path};
use spacewright::testing::wiremock::{Mock, Request, ResponseTemplate};
use spacewright::{ErrorKind, LongTask, PollSettings, Retry, TaskStatus};

/// A server that takes on a deletion and answers polls one after another; the last answer stays.
struct Stage {
    server: Server,
    clock: TestClock,
    wiki: Client,
}

fn status(percent: u8, successful: bool) -> ResponseTemplate {
    let messages = if successful {
        json!([])
    } else {
        json!([{ "translation": "no space left" }, { "key": "x.y" }])
    };
    ResponseTemplate::new(200).set_body_json(json!({
        "id": "77", "name": { "key": "delete.user" }, "elapsedTime": 5,
        "percentageComplete": percent, "successful": successful, "messages": messages,
    }))
}

fn refused(code: u16) -> ResponseTemplate {
    ResponseTemplate::new(code).set_body_json(json!({ "statusCode": code, "message": "refused" }))
}

impl Stage {
    async fn new(polls: Vec<ResponseTemplate>) -> Self {
        let server = Server::start().await.with_context_path("/confluence");
        let taken = json!({ "id": "77", "links": { "status": "http://elsewhere.invalid:8080/rest/api/longtask/78" } });
        let deletion =
            Mock::given(method("DELETE")).and(path("/confluence/rest/api/admin/user/morgan"));
        let taken = ResponseTemplate::new(202).set_body_json(taken);
        server.mount(deletion.respond_with(taken)).await;
        answer(&server, "/confluence/rest/api/longtask/77", polls).await;
        let clock = TestClock::new();
        let wiki = Client::builder(server.url())
            .retry(Retry::default().attempts(1))
            .clock(clock.clone())
            .build()
            .unwrap();
        Self {
            server,
            clock,
            wiki,
        }
    }

    async fn task(&self) -> LongTask<LongTaskStatus> {
        self.wiki.admin_user().delete("morgan").await.unwrap()
    }

    fn polls(&self) -> usize {
        self.server.requests().with_method("GET").len()
    }

    /// The waits so far, in seconds.
    fn waits(&self) -> Vec<f64> {
        let waits = self.clock.waits();
        waits.iter().map(Duration::as_secs_f64).collect()
    }
}

async fn answer(server: &Server, at: &str, answers: Vec<ResponseTemplate>) {
    let left = Mutex::new(answers);
    let next = move |_: &Request| {
        let mut left = left.lock().unwrap();
        if left.len() > 1 {
            left.remove(0)
        } else {
            left[0].clone()
        }
    };
    let polled = Mock::given(method("GET")).and(path(at));
    server.mount(polled.respond_with(next)).await;
}

#[tokio::test]
async fn polls_back_off_until_the_end() {
    let mut polls = vec![status(10, true); 7];
    polls.push(status(100, true));
    let stage = Stage::new(polls).await;
    let task = stage.task().await;
    assert_eq!(task.id(), "77");
    let last = task.wait().await.unwrap();
    assert_eq!(last.percentage_complete, Some(100));
    assert_eq!(stage.waits(), [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]);
    assert_eq!(stage.polls(), 8);
}

#[tokio::test]
async fn every_number_can_be_set() {
    let stage = Stage::new(vec![
        status(1, true),
        status(2, true),
        status(3, true),
        status(100, true),
    ])
    .await;
    let settings = PollSettings::default()
        .first_delay(Duration::from_secs(3))
        .max_delay(Duration::from_secs(5));
    stage.task().await.polling(settings).wait().await.unwrap();
    assert_eq!(stage.waits(), [3.0, 5.0, 5.0, 5.0]);

    let stage = Stage::new(vec![status(1, true), status(2, true), status(100, true)]).await;
    let settings = PollSettings::default().first_delay(Duration::ZERO);
    stage.task().await.polling(settings).wait().await.unwrap();
    assert_eq!(stage.waits(), [0.0, 0.002, 0.004]);
}

#[tokio::test]
async fn updates_are_the_statuses_ending_with_the_last() {
    let stage = Stage::new(vec![
        status(0, true),
        status(40, true),
        status(40, true),
        status(100, true),
    ])
    .await;
    let seen: Vec<LongTaskStatus> = stage.task().await.updates().try_collect().await.unwrap();
    let percent: Vec<_> = seen
        .iter()
        .map(|status| status.percentage_complete)
        .collect();
    assert_eq!(percent, [Some(0), Some(40), Some(40), Some(100)]);
}

#[tokio::test]
async fn all_done_without_success_has_failed() {
    let stage = Stage::new(vec![status(50, true), status(100, false)]).await;
    let mut updates = stage.task().await.updates();
    assert_eq!(
        updates.next().await.unwrap().unwrap().percentage_complete,
        Some(50)
    );
    assert_eq!(
        updates.next().await.unwrap().unwrap().successful,
        Some(false)
    );
    let error = updates.next().await.unwrap().unwrap_err();
    assert!(updates.next().await.is_none());
    assert_eq!(error.kind(), ErrorKind::TaskFailed);
    assert!(error.to_string().contains("no space left; x.y"), "{error}");
    assert_eq!(error.task_id(), Some("77"));
    assert_eq!(
        error
            .task_status()
            .and_then(|status| status["percentageComplete"].as_i64()),
        Some(100)
    );
    let again = stage.task().await.wait().await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::TaskFailed);
}

/// A status with whatever a server may put there.
fn odd(percent: Value, successful: Value) -> ResponseTemplate {
    let mut status = json!({ "id": "77", "messages": null });
    for (name, value) in [("percentageComplete", percent), ("successful", successful)] {
        if value != json!("absent") {
            status[name] = value;
        }
    }
    ResponseTemplate::new(200).set_body_json(status)
}

#[tokio::test]
async fn the_percentage_may_be_anything_on_the_way() {
    let polls = [
        json!(40),
        json!(10),
        json!(-1),
        json!(null),
        json!("absent"),
        json!(99),
    ];
    let mut polls: Vec<_> = polls.map(|percent| odd(percent, json!(true))).into();
    polls.push(odd(json!(140), json!(true)));
    let stage = Stage::new(polls).await;
    let seen: Vec<LongTaskStatus> = stage.task().await.updates().try_collect().await.unwrap();
    let percent: Vec<_> = seen.iter().map(TaskStatus::percent).collect();
    let expected = [Some(40), Some(10), Some(0), None, None, Some(99), Some(100)];
    assert_eq!(percent, expected);
}

#[tokio::test]
async fn what_is_not_said_to_have_gone_well_has_not() {
    for successful in [json!("absent"), json!(null), json!(false)] {
        let stage = Stage::new(vec![odd(json!(100), successful)]).await;
        let error = stage.task().await.wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TaskFailed);
        assert!(error.to_string().contains("does not say why"), "{error}");
    }
}

#[tokio::test]
async fn a_status_of_another_type_is_an_error_with_the_id() {
    for percent in [json!(99.5), json!("50"), json!({}), json!(1e40)] {
        let stage = Stage::new(vec![status(1, true), odd(percent, json!(true))]).await;
        let error = stage.task().await.wait().await.unwrap_err();
        let kinds = [ErrorKind::Mismatch, ErrorKind::OutOfRange];
        assert!(kinds.contains(&error.kind()), "{error}");
        assert_eq!((error.task_id(), stage.polls()), (Some("77"), 2));
    }
}

#[tokio::test]
async fn what_was_seen_and_is_there_no_more_is_gone() {
    for code in [404, 403, 410] {
        let stage = Stage::new(vec![status(60, true), refused(code)]).await;
        let error = stage.task().await.wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TaskGone, "{code}: {error}");
        assert!(error.to_string().contains("60 %"), "{error}");
        assert_eq!(error.task_id(), Some("77"));
        assert!(error.task_status().is_some());
        assert_eq!(stage.polls(), 2);
    }
}

#[tokio::test]
async fn a_404_at_the_beginning_is_too_early_or_means_never() {
    // The server has just named it: another node may not know of it yet.
    let stage = Stage::new(vec![refused(404), refused(404), status(100, true)]).await;
    stage.task().await.wait().await.unwrap();
    let stage = Stage::new(vec![refused(404)]).await;
    let error = stage.task().await.wait().await.unwrap_err();
    assert_eq!((error.kind(), stage.polls()), (ErrorKind::TaskGone, 3));
    // What failed otherwise is no miss.
    let mut polls = vec![refused(503); 3];
    polls.extend([refused(404), refused(502), refused(404), status(100, true)]);
    let stage = Stage::new(polls).await;
    stage.task().await.wait().await.unwrap();
    // By an id from elsewhere it was perhaps never there.
    let stage = Stage::new(vec![refused(404)]).await;
    let error = stage
        .wiki
        .long_task()
        .follow("77")
        .wait()
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(error.to_string().contains("77 was never there"), "{error}");
    assert_eq!((error.task_id(), stage.polls()), (Some("77"), 1));
}

#[tokio::test]
async fn failed_polls_are_tolerated_up_to_a_number() {
    let mut polls = vec![status(1, true)];
    polls.extend(vec![refused(503); 5]);
    polls.push(status(2, true));
    polls.extend(vec![refused(502); 5]);
    polls.push(status(100, true));
    let stage = Stage::new(polls).await;
    stage.task().await.wait().await.unwrap();

    let stage = Stage::new(vec![status(1, true), refused(503)]).await;
    let settings = PollSettings::default().tolerated_failures(2);
    let error = stage
        .task()
        .await
        .polling(settings)
        .wait()
        .await
        .unwrap_err();
    assert_eq!((error.kind(), stage.polls()), (ErrorKind::Server, 4));
    assert_eq!(error.task_id(), Some("77"));
    assert!(error.task_status().is_some());
}

#[tokio::test]
async fn what_cannot_pass_ends_it_at_once() {
    let html = ResponseTemplate::new(200).set_body_raw("<html><form>log in", "text/html");
    for (answer, kind) in [
        (refused(401), ErrorKind::Unauthorized),
        (html, ErrorKind::Html),
    ] {
        let stage = Stage::new(vec![status(1, true), answer]).await;
        let error = stage.task().await.wait().await.unwrap_err();
        assert_eq!((error.kind(), stage.polls()), (kind, 2));
        assert_eq!(error.task_id(), Some("77"));
    }
}

#[tokio::test]
async fn the_server_may_ask_for_a_longer_wait_once() {
    let slow = status(1, true).insert_header("retry-after", "30");
    let stage = Stage::new(vec![slow, status(2, true), status(100, true)]).await;
    stage.task().await.wait().await.unwrap();
    assert_eq!(stage.waits(), [0.5, 30.0, 2.0]);

    let busy = refused(429).insert_header("retry-after", "45");
    let stage = Stage::new(vec![busy, status(100, true)]).await;
    stage.task().await.wait().await.unwrap();
    assert_eq!(stage.waits()[1], 45.0);

    // Data Center sends zero with what it serves: it is no wait.
    let stage = Stage::new(vec![
        status(1, true).insert_header("retry-after", "0"),
        status(100, true),
    ])
    .await;
    stage.task().await.wait().await.unwrap();
    assert_eq!(stage.waits(), [0.5, 1.0]);
}

#[tokio::test]
async fn the_total_limit_ends_it_with_what_is_known() {
    let stage = Stage::new(vec![status(30, true)]).await;
    let settings = PollSettings::default().total(Duration::from_secs(20));
    let error = stage
        .task()
        .await
        .polling(settings)
        .wait()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TaskTimeout);
    assert!(
        error.is_timeout() && error.to_string().contains("30 %"),
        "{error}"
    );
    assert_eq!(error.task_id(), Some("77"));
    assert_eq!(
        error
            .task_status()
            .and_then(|status| status["percentageComplete"].as_i64()),
        Some(30)
    );
    // The last wait is cut short, and there is a last poll when the time is up.
    assert_eq!(stage.waits(), [0.5, 1.0, 2.0, 4.0, 8.0, 4.5]);
    assert_eq!(stage.polls(), 6);
}

#[tokio::test]
async fn a_limit_that_is_reached_while_polls_fail_tells_why() {
    let stage = Stage::new(vec![status(30, true), refused(503)]).await;
    let settings = PollSettings::default()
        .total(Duration::from_secs(20))
        .tolerated_failures(u32::MAX);
    let error = stage.task().await.polling(settings).wait().await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TaskTimeout);
    assert!(
        error.to_string().contains("the last poll failed"),
        "{error}"
    );
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("503"), "{source}");
}

#[tokio::test]
async fn no_time_at_all_asks_nothing() {
    let stage = Stage::new(vec![status(30, true)]).await;
    let settings = PollSettings::default().total(Duration::ZERO);
    let error = stage.task().await.polling(settings).wait().await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::TaskTimeout);
    assert_eq!(stage.polls(), 0);
}

#[tokio::test]
async fn errors_tell_how_to_go_on() {
    let settings = || {
        PollSettings::default()
            .total(Duration::from_secs(90))
            .tolerated_failures(1)
    };
    let html = ResponseTemplate::new(200).set_body_raw("<html><form>log in", "text/html");
    let again = "it may still go on: it can be followed again by its id, 77";
    for (then, told) in [
        (
            status(30, true),
            vec![
                "the task 77 did not end within 90s, it stands at 30 %",
                again,
            ],
        ),
        (
            refused(503),
            vec!["503", "polls that failed in a row: 2", again],
        ),
        (refused(401), vec!["401", again]),
        (html, vec!["HTML", again]),
        (
            status(100, false),
            vec!["the task 77 ended badly: \"no space left; x.y\""],
        ),
        (
            refused(404),
            vec![
                "the task 77 any more (it was last seen at 30 %)",
                "look whether",
            ],
        ),
    ] {
        let stage = Stage::new(vec![status(30, true), then]).await;
        let error = stage.task().await.polling(settings()).wait().await;
        let error = error.unwrap_err().to_string();
        for words in told {
            assert!(error.contains(words), "{words:?} is not in: {error}");
        }
        assert!(!error.contains('\n') && error.len() < 400, "{error}");
    }
}

#[tokio::test]
async fn without_a_limit_it_waits_for_days() {
    let mut polls = vec![status(30, true); 160];
    polls.push(status(100, true));
    let stage = Stage::new(polls).await;
    let settings = PollSettings::default()
        .max_delay(Duration::from_secs(3600))
        .total(None);
    stage.task().await.polling(settings).wait().await.unwrap();
    assert!(stage.waits().iter().sum::<f64>() > 500_000.0);
}

#[tokio::test]
async fn a_task_that_stands_still_is_stalled() {
    // Time alone is no change.
    let later = |seconds: u32| {
        let body: Value = json!({ "id": "77", "elapsedTime": seconds, "percentageComplete": 30, "successful": true });
        ResponseTemplate::new(200).set_body_json(body)
    };
    let stage = Stage::new((0..100).map(later).collect()).await;
    let settings = PollSettings::default().stall(Duration::from_secs(60));
    let error = stage
        .task()
        .await
        .polling(settings)
        .wait()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TaskTimeout);
    assert!(error.to_string().contains("has not changed"), "{error}");
    let waited: f64 = stage.waits().iter().sum();
    assert!((60.0..75.0).contains(&waited), "{waited}");
}

#[tokio::test]
async fn an_id_from_earlier_is_enough() {
    let stage = Stage::new(vec![status(20, true), status(100, true)]).await;
    let task = stage.wiki.long_task().follow("77");
    assert_eq!(task.status().await.unwrap().percentage_complete, Some(20));
    assert!(stage.waits().is_empty());
    task.wait().await.unwrap();
    // An id that would lead elsewhere is refused before anything is sent.
    let error = stage
        .wiki
        .long_task()
        .follow("../user")
        .wait()
        .await
        .unwrap_err();
    assert!(error.is_invalid_input());
}

#[tokio::test]
async fn an_odd_id_stays_one_segment() {
    let stage = Stage::new(vec![status(100, true)]).await;
    for (id, sent) in [
        ("a/b", "a%2Fb"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("50%", "50%25"),
        ("ü:1", "%C3%BC:1"),
    ] {
        answer(
            &stage.server,
            &format!("/confluence/rest/api/longtask/{sent}"),
            vec![status(100, true)],
        )
        .await;
        let task = stage.wiki.long_task().follow(id);
        assert_eq!(task.id(), id);
        task.wait().await.unwrap();
        let requests = stage.server.requests();
        assert!(requests.last().unwrap().path().ends_with(sent), "{id}");
    }
    for id in ["", "..", ".", "a/../b", "a\nb", "%2e%2e"] {
        let error = stage.wiki.long_task().follow(id).wait().await.unwrap_err();
        assert!(error.is_invalid_input(), "{id:?}: {error}");
    }
}

#[tokio::test]
async fn dropping_the_wait_leaves_nothing_behind() {
    let slow = status(100, true).set_delay(Duration::from_secs(600));
    let stage = Stage::new(vec![slow]).await;
    let task = stage.task().await;
    let asked = async {
        while stage.polls() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        outcome = task.wait() => panic!("it ended: {outcome:?}"),
        () = asked => {}
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!((stage.polls(), stage.waits().len()), (1, 1));
}

#[tokio::test]
async fn only_the_clients_own_url_is_polled() {
    let stage = Stage::new(vec![status(100, true)]).await;
    stage.task().await.wait().await.unwrap();
    let requests = stage.server.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path()).collect();
    assert_eq!(
        paths,
        [
            "/confluence/rest/api/admin/user/morgan",
            "/confluence/rest/api/longtask/77"
        ]
    );
}

#[tokio::test]
async fn an_answer_without_an_id_says_so() {
    let stage = Stage::new(vec![status(100, true)]).await;
    let taken = ResponseTemplate::new(202).set_body_json(json!({ "links": {} }));
    let robin = Mock::given(path("/confluence/rest/api/admin/user/robin"));
    stage.server.mount(robin.respond_with(taken)).await;
    let error = stage.wiki.admin_user().delete("robin").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
    assert!(error.to_string().contains("names no task"), "{error}");
}

#[tokio::test]
async fn dropping_the_stream_stops_the_polling() {
    let stage = Stage::new(vec![status(10, true)]).await;
    let mut updates = stage.task().await.updates();
    updates.next().await.unwrap().unwrap();
    drop(updates);
    assert_eq!(stage.polls(), 1);
}

#[tokio::test]
async fn jobs_of_backup_and_restore_are_tasks() {
    let job = |state: &str, error: Value| {
        ResponseTemplate::new(200)
            .set_body_json(json!({ "id": 9, "jobState": state, "errorMessage": error }))
    };
    let cases = [
        (
            vec![
                job("QUEUED", Value::Null),
                job("A_STATE_OF_TOMORROW", Value::Null),
                job("PROCESSING", Value::Null),
                job("FINISHED", Value::Null),
            ],
            None,
        ),
        (
            vec![
                job("PROCESSING", Value::Null),
                job("FAILED", json!("disk full")),
            ],
            Some((ErrorKind::TaskFailed, "disk full")),
        ),
        (
            vec![
                job("CANCELLING", Value::Null),
                job("CANCELLED", Value::Null),
            ],
            Some((ErrorKind::TaskFailed, "cancelled")),
        ),
        (
            vec![job("PROCESSING", Value::Null), refused(403)],
            Some((ErrorKind::TaskGone, "9")),
        ),
        (vec![refused(403)], Some((ErrorKind::Forbidden, "refused"))),
    ];
    for (polls, expected) in cases {
        let stage = Stage::new(vec![status(100, true)]).await;
        answer(
            &stage.server,
            "/confluence/rest/api/backup-restore/jobs/9",
            polls,
        )
        .await;
        let outcome = stage.wiki.backup_restore().follow_job("9").wait().await;
        match expected {
            None => assert!(outcome.is_ok(), "{outcome:?}"),
            Some((kind, text)) => {
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), kind, "{error}");
                assert!(error.to_string().contains(text), "{error}");
                assert_eq!(error.task_id(), Some("9"));
            }
        }
    }
}

#[tokio::test]
async fn a_reindex_is_a_task_without_an_id() {
    let stage = Stage::new(vec![status(100, true)]).await;
    let started = ResponseTemplate::new(200).set_body_json(json!({ "message": "started" }));
    let reindex = Mock::given(method("POST")).and(path("/confluence/rest/api/index/reindex"));
    stage.server.mount(reindex.respond_with(started)).await;
    let at = |percent: u8| json!({ "finished": percent == 100, "percentageComplete": percent, "jobID": 4 });
    let polls = [0, 50, 100].map(|percent| ResponseTemplate::new(200).set_body_json(at(percent)));
    answer(
        &stage.server,
        "/confluence/rest/api/index/reindex",
        polls.to_vec(),
    )
    .await;
    let task = stage.wiki.search_index().reindex().await.unwrap();
    let last = task.wait().await.unwrap();
    assert_eq!(last.percentage_complete, Some(100));
    assert_eq!(
        stage
            .wiki
            .search_index()
            .follow_reindex()
            .wait()
            .await
            .unwrap()
            .finished,
        Some(true)
    );
}
